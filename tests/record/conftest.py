"""Open records to test with."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any, Protocol

import asyncpg
import pytest

from parley.recording import Recording
from tests.record import world
from tests.record.desk import at_work, connection


class Replica(Protocol):
    """Opens one more service's record on the test's database."""

    async def __call__(self, **options: Any) -> Recording: ...


@pytest.fixture
async def replica(database: str) -> AsyncIterator[Replica]:
    """Opens records on the test's database, as many as wanted; all are closed at the end."""
    async with AsyncExitStack() as stack:

        async def opened(**options: Any) -> Recording:
            return await stack.enter_async_context(at_work(database, **options))

        yield opened


@pytest.fixture
async def recording(replica: Replica) -> Recording:
    """An empty record."""
    return await replica()


@pytest.fixture
async def talks(recording: Recording) -> Recording:
    """A record with five parties, and a negotiation with two rounds."""
    await recording.record(world.parties())
    await recording.record(world.negotiation())
    return recording


@pytest.fixture
async def psql(database: str) -> AsyncIterator[asyncpg.Connection]:
    """The test's own connection to its database."""
    async with connection(database) as own:
        yield own
