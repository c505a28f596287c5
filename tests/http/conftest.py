"""Clients of the service: one without a record, for what is answered before it is asked, and one with."""

from collections.abc import AsyncIterator
from typing import Any, cast

import httpx
import pytest
from litestar import Litestar

from parley.app import assemble, create_app
from tests.http.openapi import Described


def client_of(app: Litestar) -> httpx.AsyncClient:
    """A client that calls the application in this process."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=cast("Any", app)), base_url="http://parley")


@pytest.fixture(scope="session")
def bare() -> Litestar:
    """The application without a record."""
    return assemble()


@pytest.fixture(scope="session")
def described(bare: Litestar) -> Described:
    """The OpenAPI document."""
    return Described(bare)


@pytest.fixture
async def client(bare: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the application without a record."""
    async with client_of(bare) as found:
        yield found


@pytest.fixture
async def service(database: str) -> AsyncIterator[Litestar]:
    """The application on a record of the test's own, empty."""
    app = create_app(dsn=database, connections=2)
    async with app.lifespan():
        yield app


@pytest.fixture
async def recorder(service: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the application on an empty record."""
    async with client_of(service) as found:
        yield found
