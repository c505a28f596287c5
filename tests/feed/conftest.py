"""A service with talks on record: five parties, a negotiation and its two rounds, positions 1 to 8."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from tests.faults.conftest import own_database, own_server
from tests.feed.services import Service, served
from tests.record import world
from tests.record.conftest import psql, recording, replica, talks

__all__ = ["own_database", "own_server", "psql", "recording", "replica", "talks"]


@pytest.fixture
async def service(database: str) -> AsyncIterator[Service]:
    """A service on a record of the test's own."""
    async with served(database) as found:
        await found.recording.record(world.parties())
        await found.recording.record(world.negotiation())
        yield found


async def cut_feeds(own: asyncpg.Connection) -> int:
    """Cut the connections of all feeds to this database; tell how many there were."""
    cut = """
        SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'parley feed'
    """
    return int(await own.fetchval(cut))
