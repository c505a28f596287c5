"""Processes that project beside each other make what one makes, and whatever becomes of them changes nothing else."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import asyncpg
import pytest

from negotiation.streams import PARTIES
from parley.projections import rebuild as rebuilding
from parley.projections.workers import Worker
from parley.store.errors import EventUnreadable, RebuildCutShort
from tests.rebuild.histories import history, store
from tests.rebuild.runs import AT_WORK, apart, rebuilt, record_apart
from tests.record.desk import claimed, connection, sessions_waiting, until
from tests.record.fold import assert_equals_fold
from tests.record.world import identified, joined, negotiation, request, said

FAULTS = "DELETE FROM items; UPDATE negotiations SET header = ''"


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> list[Worker]:
    """The processes that rebuilds started."""
    started: list[Worker] = []

    class Known(Worker):
        async def open(self) -> None:
            await super().open()
            started.append(self)

    monkeypatch.setattr(rebuilding, "Worker", Known)
    return started


def pid_of(worker: Worker) -> int:
    assert worker._process is not None
    return worker._process.pid


async def gone(psql: asyncpg.Connection) -> None:
    """Wait until no session of a rebuild is left, its processes' neither."""

    async def true() -> bool:
        return not await psql.fetch(f"SELECT FROM pg_stat_activity WHERE {AT_WORK}")

    await until(true)


async def assert_mended(dsn: str, psql: asyncpg.Connection) -> None:
    """Another run does what is left to do, and then all is right."""
    await gone(psql)
    await rebuilt(dsn, processes=2)
    await assert_equals_fold(psql)
    assert (await rebuilt(dsn, processes=2)).differences.total == 0


async def test_rebuild_by_processes_makes_what_the_record_says(
    database: str, psql: asyncpg.Connection, processes: list[Worker]
) -> None:
    """Corrections, retractions, members and parties that go and come: every row of every table."""
    events = await store(psql, history(12, 600, seed=3))
    assert await rebuilt(database, processes=2) == (events, ({}, []))
    assert len(processes) == 2
    await assert_equals_fold(psql)
    assert (await rebuilt(database, processes=0)).differences.total == 0
    await gone(psql)


async def test_rebuild_by_processes_ends_them(recorded: str, processes: list[Worker]) -> None:
    """No process is left, nor one that nobody waited for."""
    await rebuilt(recorded, processes=2)
    for worker in processes:
        with pytest.raises(ProcessLookupError):
            os.kill(pid_of(worker), 0)


async def test_rebuild_by_processes_runs_nothing_from_the_folder_that_one_works_in(
    recorded: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "msgspec.py").write_text("raise SystemExit('another msgspec')")
    monkeypatch.chdir(tmp_path)
    assert (await rebuilt(recorded, processes=1)).differences.total == 0


@pytest.mark.usefixtures("unit_by_unit")
async def test_record_while_processes_project_is_in_the_read_models(recorded: str, psql: asyncpg.Connection) -> None:
    """What is recorded in the middle is in them once they are up to date, and nothing of it is found wrong."""
    meanwhile = [
        request(said("meanwhile", "talks-1/geneva")),
        request(identified("iceland"), joined("nato", "iceland", "2022-01-01")),
        negotiation("new-talks"),
    ]

    def at(moment: int) -> None:
        if moment == 2:
            record_apart(recorded, *meanwhile)

    await psql.execute(FAULTS)
    await rebuilt(recorded, at, processes=2)
    await assert_equals_fold(psql)
    assert (await rebuilt(recorded, processes=2)).differences.total == 0


async def test_rebuild_by_processes_with_unreadable_event_names_its_position(
    recorded: str, psql: asyncpg.Connection
) -> None:
    """What one of them cannot read ends the rebuild, with where it stands."""
    last = await psql.fetchval("SELECT max(notification_id) FROM parley_events WHERE unit <> 'parties'")
    await psql.execute("UPDATE parley_events SET state = '{}' WHERE notification_id = $1", last)
    with pytest.raises(EventUnreadable, match=f"position {last} cannot be read"):
        await rebuilt(recorded, processes=2)
    await gone(psql)


async def test_kill_the_processes_before_they_are_asked_ends_the_rebuild_which_can_begin_again(
    recorded: str, psql: asyncpg.Connection, processes: list[Worker]
) -> None:
    """Nobody waits for an answer of theirs when they end: the first that does is told."""
    await psql.execute(FAULTS)

    async def noticed() -> bool:
        await asyncio.sleep(0)
        return all(worker._running is not None and worker._running.done() for worker in processes)

    async with claimed(recorded, PARTIES):
        run = asyncio.create_task(rebuilt(recorded, processes=2))
        await sessions_waiting(psql, "parley rebuild")
        assert len(processes) == 2
        for worker in processes:
            os.kill(pid_of(worker), signal.SIGKILL)
        await until(noticed)
    async with asyncio.timeout(20):
        with pytest.raises(RebuildCutShort, match=r"ended with status -9.*start again"):
            await run
    await assert_mended(recorded, psql)


@pytest.mark.usefixtures("unit_by_unit")
async def test_kill_the_processes_in_their_work_ends_the_rebuild_which_can_begin_again(
    recorded: str, psql: asyncpg.Connection, processes: list[Worker]
) -> None:
    """Somebody, or want of memory, ends them: the rebuild says so, and can begin again."""
    await psql.execute(FAULTS)

    def at(now: int) -> None:
        if now == 2:
            for worker in processes:
                os.kill(pid_of(worker), signal.SIGKILL)

    async with asyncio.timeout(20), claimed(recorded, "talks-3"):  # so that it is never done before
        with pytest.raises(RebuildCutShort, match=r"ended with status -9.*start again"):
            await rebuilt(recorded, at, processes=2)
    await assert_mended(recorded, psql)


async def test_kill_rebuild_ends_its_processes_too(recorded: str, psql: asyncpg.Connection) -> None:
    """SIGKILL of the one that asks: nobody is left at work, and another can begin."""
    await psql.execute(FAULTS)
    command = (sys.executable, "-m", "tests.rebuild.killed", recorded, "2", "2")
    process = await asyncio.create_subprocess_exec(*command)
    assert await process.wait() == -signal.SIGKILL
    await assert_mended(recorded, psql)


@pytest.mark.usefixtures("unit_by_unit")
async def test_lose_database_while_processes_project_ends_the_rebuild_which_can_begin_again(
    recorded: str, psql: asyncpg.Connection
) -> None:
    """Every connection of the rebuild is cut: an error that the command can tell."""
    await psql.execute(FAULTS)

    async def cut() -> None:
        async with connection(recorded) as own:
            await own.fetch(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE {AT_WORK}")

    def at(moment: int) -> None:
        if moment == 2:
            apart(cut)

    async with claimed(recorded, "talks-3"):  # so that it is never done before
        with pytest.raises((OSError, asyncpg.PostgresError, asyncpg.InterfaceError, RebuildCutShort)):
            await rebuilt(recorded, at, processes=2)
    await assert_mended(recorded, psql)
