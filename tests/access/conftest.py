"""A service on a record with a negotiation and two rounds (positions 1 to 6), and another negotiation (7 to 9)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import pytest
from litestar import Litestar

from parley.app import create_app
from tests.http.conftest import bare, client_of, described, running
from tests.http.world import opened, record, record_frame, scheduled

__all__ = ["bare", "described"]

OTHER: Final = "/v1/negotiations/trade-talks"


@pytest.fixture
async def service(database: str) -> AsyncIterator[Litestar]:
    """The service, which has no keys yet."""
    async with serving(database) as app:
        yield app


@asynccontextmanager
async def serving(database: str) -> AsyncIterator[Litestar]:
    """A service on that record, which is made in an empty database."""
    async with running(create_app(dsn=database, connections=2)) as app, client_of(app) as client:
        await record_frame(client)
        await record(client, "/v1/negotiations", {**opened(), "negotiation": "trade-talks"})
        await record(client, f"{OTHER}/rounds", scheduled("doha"), scheduled("geneva"))
        yield app
