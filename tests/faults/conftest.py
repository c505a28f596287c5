"""A record at work, and a server of these tests' own that they may stop, fill and set up otherwise."""

import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from parley.embedded import EmbeddedPostgres
from tests import databases
from tests.record.conftest import psql, recording, replica, talks

__all__ = ["own_database", "own_server", "psql", "recording", "replica", "talks"]

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
