"""A commit that is done here and may not have reached the standby is no success until it has.

The standby is one that never comes, so that commits wait; the wait is cancelled as an impatient operator would.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import asyncpg
import pytest

from parley.store.errors import DatabaseUnavailable
from tests.record.chain import assert_whole
from tests.record.desk import at_work, connection, until
from tests.record.fold import assert_equals_fold
from tests.record.world import events, negotiation, parties, request, said

WAITING = """
    SELECT pid FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event = 'SyncRep' AND application_name = $1
"""


@asynccontextmanager
async def standby_missing(dsn: str, own: asyncpg.Connection) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Every commit waits for a standby that never comes, until the context is left or what it gives is called."""

    async def release() -> None:
        await own.execute("ALTER SYSTEM RESET synchronous_standby_names")
        await own.execute("SELECT pg_reload_conf()")

    await own.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
    await own.execute("SELECT pg_reload_conf()")
    async with connection(dsn) as probe:
        writing = asyncio.create_task(write_until_it_waits(probe))
        try:
            await waiting_for_standby(own, "test")
            yield release
        finally:
            await release()
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)


async def write_until_it_waits(probe: asyncpg.Connection) -> None:
    """Commit again and again: once commits wait, this one does not come back."""
    while True:
        await probe.execute("SELECT pg_current_xact_id()")
        await probe.execute("CREATE TABLE IF NOT EXISTS probe (); DROP TABLE probe")


async def waiting_for_standby(own: asyncpg.Connection, who: str = "parley writer", *, but: int = 0) -> int:
    """Wait until somebody waits for the standby, on another backend than ``but``; give the backend."""
    found: list[int] = []

    async def true() -> bool:
        found[:] = [row["pid"] for row in await own.fetch(WAITING, who) if row["pid"] != but]
        return bool(found)

    await until(true)
    return found[0]


@pytest.mark.parametrize("impatience", ["pg_cancel_backend", "pg_terminate_backend"])
@pytest.mark.parametrize("told", ["warning", "error"])
async def test_commit_that_may_not_be_replicated_is_acknowledged_only_once_it_is(
    own_database: str, impatience: str, told: str
) -> None:
    """It is on record here already, and nobody hears of it until commits reach the standby again; it is there once.

    A database that is set up to keep its warnings to itself changes nothing.
    """
    wanted, hurried = request(said("one"), key="one"), request(said("two"), timeout_s=0.3)
    async with connection(own_database) as own, at_work(own_database) as other:
        await own.execute(f"ALTER DATABASE {own_database_name(own_database)} SET client_min_messages = {told}")
        async with at_work(own_database) as recording:
            await recording.record(parties())
            await recording.record(negotiation())
            async with standby_missing(own_database, own) as release:
                waiting = asyncio.create_task(recording.record(wanted))
                backend = await waiting_for_standby(own)
                assert await own.fetchval("SELECT position FROM head") == 8
                for _ in range(2):
                    await own.execute(f"SELECT {impatience}({backend})")
                    backend = await waiting_for_standby(own, but=backend)
                    assert await own.fetchval("SELECT position FROM head") == 9
                    assert not waiting.done()
                # Another replica could read it, and does not answer with it either.
                with pytest.raises(DatabaseUnavailable):
                    await other.record(hurried)
                elsewhere = asyncio.create_task(other.record(wanted))
                await own.execute(f"SELECT {impatience}({backend})")
                await waiting_for_standby(own, but=backend)
                assert not waiting.done()
                assert not elsewhere.done()
                await release()
                receipts = await asyncio.gather(waiting, elsewhere)
            assert [events(receipt)[0]["position"] for receipt in receipts] == [9, 9]
            assert receipts[0].body == receipts[1].body
            assert recording.ready
            assert other.ready
            assert not (await recording.record(request(said("three")))).replayed
        assert await assert_whole(own) == 10
        await assert_equals_fold(own)


def own_database_name(dsn: str) -> str:
    return dsn.partition("@/")[2].partition("?")[0]
