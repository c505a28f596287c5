"""Records to rebuild."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from parley.projections import rebuild
from tests.rebuild.histories import history, record
from tests.record.desk import at_work, connection
from tests.record.fold import bring_up_to_date


@pytest.fixture
async def psql(database: str) -> AsyncIterator[asyncpg.Connection]:
    """The test's own connection to its database."""
    async with connection(database) as own:
        yield own


@pytest.fixture
async def recorded(database: str, psql: asyncpg.Connection) -> str:
    """The DSN of a record of some hundred events, with corrections and retractions, its read models up to date."""
    async with at_work(database) as recording:
        await record(recording, history(4, 150))
    await bring_up_to_date(psql)
    return database


@pytest.fixture
def unit_by_unit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each negotiation is projected in a transaction of its own, as large ones are."""
    monkeypatch.setattr(rebuild, "EVENTS_TOGETHER", 1)
