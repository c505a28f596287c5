"""Records to rebuild."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from tests.rebuild.histories import history, record
from tests.record.desk import at_work, connection


@pytest.fixture
async def psql(database: str) -> AsyncIterator[asyncpg.Connection]:
    """The test's own connection to its database."""
    async with connection(database) as own:
        yield own


@pytest.fixture
async def recorded(database: str) -> str:
    """The DSN of a record of some hundred events, with corrections and retractions, and with live read models."""
    async with at_work(database) as recording:
        await record(recording, history(4, 150))
    return database
