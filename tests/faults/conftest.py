"""A record at work, and a server of these tests' own that they may stop, fill and set up otherwise."""

import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from parley.embedded import EmbeddedPostgres
from parley.record.recording import Recording
from tests import databases
from tests.record import world
from tests.record.desk import at_work, connection

CONFIG = {"fsync": "off", "synchronous_commit": "on", "max_connections": "16"}
"""Commits wait for standbys, where there are any; and connections are soon used up."""


@pytest.fixture(scope="session")
async def own_server() -> AsyncIterator[EmbeddedPostgres]:
    """A server that tests stop and start, use up and set up; each leaves it as it was."""
    folder = Path(tempfile.mkdtemp(prefix="parley-faults-", dir=databases.in_memory_folder()))
    try:
        with EmbeddedPostgres(folder / "data", config=CONFIG) as postgres:
            await databases.make_template(postgres)
            yield postgres
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
async def own_database(own_server: EmbeddedPostgres) -> AsyncIterator[str]:
    """An empty, migrated database on that server."""
    async with databases.database(own_server) as dsn:
        yield dsn


@pytest.fixture
async def talks(database: str) -> AsyncIterator[Recording]:
    """A record with five parties and a negotiation with two rounds: eight events."""
    async with at_work(database) as recording:
        await recording.record(world.parties())
        await recording.record(world.negotiation())
        yield recording


@pytest.fixture
async def psql(database: str) -> AsyncIterator[asyncpg.Connection]:
    """The test's own connection to its database."""
    async with connection(database) as own:
        yield own
