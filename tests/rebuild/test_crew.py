"""Processes that fold beside each other make what one makes, and whatever becomes of them changes nothing."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import asyncpg
import pytest

from parley.store.errors import EventUnreadable, RebuildCutShort
from tests import processes
from tests.rebuild.histories import history, store
from tests.rebuild.runs import Moment, apart, live_rows, rebuilt, record_apart
from tests.record.desk import connection, until
from tests.record.fold import assert_equals_fold
from tests.record.world import identified, joined, negotiation, request, said

FAULTS = "DELETE FROM items; UPDATE negotiations SET header = ''"
AT_WORK = "SELECT pid FROM pg_stat_activity WHERE application_name = 'parley rebuild'"


async def gone(psql: asyncpg.Connection) -> None:
    """Wait until no session of a rebuild is left, its processes' neither."""

    async def true() -> bool:
        return not await psql.fetch(AT_WORK)

    await until(true)


async def test_rebuild_by_processes_makes_what_the_record_says(database: str, psql: asyncpg.Connection) -> None:
    """Corrections, retractions, members and parties that go and come: every row of every table."""
    await store(psql, history(12, 600, seed=3))
    done = await rebuilt(database, processes=2)
    assert done.differences.total > 0
    await assert_equals_fold(psql)
    assert (await rebuilt(database, processes=0)).differences.total == 0
    await gone(psql)


async def test_rebuild_by_processes_runs_nothing_from_the_folder_that_one_works_in(
    recorded: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "msgspec.py").write_text("raise SystemExit('another msgspec')")
    monkeypatch.chdir(tmp_path)
    assert (await rebuilt(recorded, processes=1)).differences.total == 0


async def test_record_while_processes_fold_is_caught_up_with(recorded: str, psql: asyncpg.Connection) -> None:
    """What is recorded after they were told up to where to fold is in the read models at the end."""
    meanwhile = [
        request(said("meanwhile", "talks-1/geneva")),
        request(identified("iceland"), joined("nato", "iceland", "2022-01-01")),
        negotiation("new-talks"),
    ]

    def at(moment: Moment) -> None:
        if moment == ("fold", 1):
            record_apart(recorded, *meanwhile)

    await psql.execute(FAULTS)
    done = await rebuilt(recorded, at, processes=2)
    assert done.position == await psql.fetchval("SELECT position FROM head")
    await assert_equals_fold(psql)


async def test_rebuild_by_processes_with_unreadable_event_names_its_position(
    recorded: str, psql: asyncpg.Connection
) -> None:
    """What one of them cannot read ends the rebuild, with where it stands."""
    last = await psql.fetchval("SELECT max(notification_id) FROM parley_events WHERE unit <> 'parties'")
    await psql.execute("UPDATE parley_events SET state = '{}' WHERE notification_id = $1", last)
    with pytest.raises(EventUnreadable, match=f"position {last} cannot be read"):
        await rebuilt(recorded, processes=2)
    await gone(psql)


async def test_kill_one_of_the_processes_ends_the_rebuild_without_a_change(
    recorded: str, psql: asyncpg.Connection
) -> None:
    """Somebody, or want of memory, ends one of them: the rebuild says so, changes nothing, and can begin again."""
    await psql.execute(FAULTS)
    before = await live_rows(psql)
    others = set(processes.children(os.getpid()))

    def at(moment: Moment) -> None:
        if moment == ("fold", 1):
            crew = set(processes.children(os.getpid())) - others
            assert len(crew) == 2
            os.kill(min(crew), signal.SIGKILL)

    with pytest.raises(RebuildCutShort, match="status -9"):
        await rebuilt(recorded, at, processes=2)
    assert await live_rows(psql) == before
    await gone(psql)
    assert (await rebuilt(recorded, processes=2)).differences.total > 0


async def test_kill_rebuild_ends_its_processes_too(recorded: str, psql: asyncpg.Connection) -> None:
    """SIGKILL of the one that asks: nobody is left at work, and nothing was changed."""
    await psql.execute(FAULTS)
    before = await live_rows(psql)
    command = (sys.executable, "-m", "tests.rebuild.killed", recorded, "fold", "2", "2")
    process = await asyncio.create_subprocess_exec(*command)
    assert await process.wait() == -signal.SIGKILL
    await gone(psql)
    assert await live_rows(psql) == before


async def test_lose_database_while_processes_fold_changes_nothing(recorded: str, psql: asyncpg.Connection) -> None:
    """Every connection of the rebuild is cut: an error that the command can tell, and live rows as they were."""
    await psql.execute(FAULTS)
    before = await live_rows(psql)

    async def cut() -> None:
        async with connection(recorded) as own:
            await own.fetch(f"SELECT pg_terminate_backend(pid, 5000) FROM ({AT_WORK}) AS at_work")

    def at(moment: Moment) -> None:
        if moment == ("fold", 2):
            apart(cut)

    with pytest.raises((OSError, asyncpg.PostgresError, asyncpg.InterfaceError)):
        await rebuilt(recorded, at, processes=2)
    assert await live_rows(psql) == before
    await gone(psql)
