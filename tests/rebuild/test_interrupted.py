"""A rebuild that is interrupted leaves the live read models alone, and can be started again at once."""

import asyncio
import signal
import sys

import asyncpg
import pytest

from parley.store.errors import RebuildUnderWay
from tests.rebuild.runs import Moment, apart, live_rows, rebuilt
from tests.record.desk import connection, until
from tests.record.fold import assert_equals_fold

MOMENTS = [("fold", 0), ("fold", 2), ("compare", 0), ("swap", 0)]
FAULTS = "DELETE FROM items; UPDATE negotiations SET header = ''"


async def nothing_left(psql: asyncpg.Connection) -> None:
    """Wait until no table of a session is left."""

    async def true() -> bool:
        return not await psql.fetchval("SELECT count(*) FROM pg_class WHERE relpersistence = 't'")

    await until(true)


async def mended(dsn: str, psql: asyncpg.Connection) -> None:
    """Another run begins at once, and does it all."""
    assert (await rebuilt(dsn)).differences.total > 0
    await assert_equals_fold(psql)
    await nothing_left(psql)


@pytest.mark.parametrize("moment", MOMENTS)
async def test_cancel_rebuild_changes_nothing(recorded: str, psql: asyncpg.Connection, moment: Moment) -> None:
    """Cancelled, as Ctrl-C does it, at any stage: every live row is what and where it was."""
    await psql.execute(FAULTS)
    before = await live_rows(psql)

    def at(now: Moment) -> None:
        task = asyncio.current_task()
        if now == moment and task is not None:
            task.cancel()

    run = asyncio.ensure_future(rebuilt(recorded, at))
    with pytest.raises(asyncio.CancelledError):
        await run
    assert await live_rows(psql) == before
    await mended(recorded, psql)


@pytest.mark.parametrize("moment", MOMENTS)
async def test_kill_rebuild_changes_nothing(recorded: str, psql: asyncpg.Connection, moment: Moment) -> None:
    """SIGKILL at any stage: nothing of it is left, and the head is free."""
    await psql.execute(FAULTS)
    before = await live_rows(psql)
    doing, number = moment
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.rebuild.killed", recorded, doing, str(number), "0"
    )
    assert await process.wait() == -signal.SIGKILL
    assert await live_rows(psql) == before
    await mended(recorded, psql)


@pytest.mark.parametrize("moment", MOMENTS)
async def test_lose_database_during_rebuild_changes_nothing(
    recorded: str, psql: asyncpg.Connection, moment: Moment
) -> None:
    """The connection is cut at any stage: an error that the command can tell, and live rows as they were."""
    await psql.execute(FAULTS)
    before = await live_rows(psql)

    async def cut() -> None:
        async with connection(recorded) as own:
            await own.fetch(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                "WHERE datname = current_database() AND application_name = 'parley rebuild'"
            )

    def at(now: Moment) -> None:
        if now == moment:
            apart(cut)

    with pytest.raises((OSError, asyncpg.PostgresError, asyncpg.InterfaceError)):
        await rebuilt(recorded, at)
    assert await live_rows(psql) == before
    await mended(recorded, psql)


async def test_start_second_rebuild_is_told_of_the_first(recorded: str, psql: asyncpg.Connection) -> None:
    """Two at once: the second changes nothing and says why; the first goes on to its end."""
    await psql.execute(FAULTS)
    told = []

    def at(now: Moment) -> None:
        if now == ("compare", 0):
            with pytest.raises(RebuildUnderWay) as caught:
                apart(lambda: rebuilt(recorded))
            told.append(str(caught.value))

    assert (await rebuilt(recorded, at)).differences.total > 0
    assert told == [
        "Another `parley rebuild` is at work on this record. Wait for its end, or stop it, and start again."
    ]
    await assert_equals_fold(psql)
