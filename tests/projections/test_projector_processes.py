"""Projecting by processes: the same promises, whatever becomes of the processes."""

import asyncio
import os
import signal
from contextlib import suppress

import asyncpg
import pytest

from parley.projections import workers
from parley.projections.projecting import Status
from parley.projections.workers import Projectors
from parley.recording import Recording
from parley.store.errors import EventUnreadable, ReadModelsBehind
from tests.record import world
from tests.record.conftest import Replica
from tests.record.desk import claimed, until
from tests.record.fold import assert_documents_equal_fold, assert_rows_equal_fold, lagging
from tests.record.world import TALKS, demanded, failed, found, identified, joined, negotiation, request, retracted, said

WITHIN_S = 30.0


def projectors(recording: Recording) -> Projectors:
    assert isinstance(recording.projecting, Projectors)
    return recording.projecting


def pids(recording: Recording) -> list[int]:
    return [worker._process.pid for worker in projectors(recording)._workers if worker._process is not None]


def runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def text_of(recording: Recording, name: str = TALKS) -> str:
    document = await recording.live.round(name, "geneva")
    assert document is not None
    return document.body.decode()


@pytest.mark.parametrize("processes", [1, 2])
async def test_record_and_read_with_processes_is_as_with_none(
    replica: Replica, psql: asyncpg.Connection, processes: int
) -> None:
    """Findings come with the receipt, every read shows what was recorded, and nothing lags once it is settled."""
    recording = await replica(projectors=processes)
    finland = identified("finland")
    await recording.record(world.parties())
    await recording.record(request(finland, joined("nato", "finland")))
    for number in range(4):
        name = f"talks-{number}"
        await recording.record(negotiation(name))
        receipt = await recording.record(request(failed(f"{name}/geneva"), said("hello", f"{name}/geneva", "finland")))
        assert found(receipt) == ["OutcomeWithoutTalks"]
        assert "hello" in await text_of(recording, name)
    assert len((await recording.live.negotiations(None, 10)).items) == 4
    await recording.record(request(retracted(finland), demanded("veto", "talks-1/geneva", to=["nato"])), minimal=True)

    await recording.projecting.settle(WITHIN_S)

    assert await lagging(psql) == []
    assert await recording.projecting.status() == Status(0, {})
    await assert_rows_equal_fold(psql)
    await assert_documents_equal_fold(recording.pool)


async def test_kill_a_process_has_it_started_again_and_reading_works_again(
    replica: Replica, psql: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Recording goes on meanwhile; a reader is told that there is no answer, or waits."""
    monkeypatch.setattr(workers, "START_AGAIN_S", 0.05)
    recording = await replica(projectors=1)
    await recording.record(world.parties())
    await recording.record(negotiation())
    for number in range(2):
        (pid,) = pids(recording)
        os.kill(pid, signal.SIGKILL)
        await recording.record(request(said(f"word {number}")), minimal=True)

        async def read(word: str = f"word {number}") -> bool:
            with suppress(ConnectionError):
                return word in await text_of(recording)
            return False

        await until(read)
        assert pids(recording) != [pid]
        assert not runs(pid)
    await recording.projecting.settle(WITHIN_S)
    assert await lagging(psql) == []
    await assert_rows_equal_fold(psql)


async def test_kill_a_process_while_a_reader_waits_tells_the_reader(
    replica: Replica, database: str, psql: asyncpg.Connection
) -> None:
    """Nobody is left hanging by the death of who projects."""
    recording = await replica(projectors=1)
    await recording.record(world.parties())
    await recording.record(negotiation())
    await recording.projecting.settle(WITHIN_S)
    async with claimed(database, TALKS):
        await recording.record(request(said("here")), minimal=True)
        reader = asyncio.create_task(text_of(recording))
        await asyncio.sleep(0)
        with pytest.raises(ReadModelsBehind):
            await recording.projecting.settle(0.3)
        assert not reader.done()
        os.kill(pids(recording)[0], signal.SIGKILL)
        async with asyncio.timeout(10):
            with pytest.raises(ConnectionAbortedError):
                await reader
    await recording.projecting.settle(WITHIN_S)
    assert "here" in await text_of(recording)


async def test_event_that_cannot_be_read_is_told_by_a_process_with_its_unit_and_reason(
    replica: Replica, psql: asyncpg.Connection
) -> None:
    """The parent raises what the process found; others are read."""
    async with asyncio.timeout(WITHIN_S):
        recording = await replica(projectors=1)
        await recording.record(world.parties())
        await recording.record(negotiation())
        await recording.record(negotiation("other"))
        await recording.projecting.settle(WITHIN_S)
        await recording.record(request(said("here")), minimal=True)
        await recording.projecting.settle(WITHIN_S)
        position = await psql.fetchval("SELECT position FROM head")
        await psql.execute("UPDATE parley_events SET state = '{}' WHERE notification_id = $1", position)
    again = await replica(projectors=1)
    await psql.execute("UPDATE projections SET position = 0 WHERE unit = 'talks'")
    with pytest.raises(EventUnreadable, match=f"position {position} cannot be read"):
        await text_of(again)
    assert await text_of(again, "other")
    status = await again.projecting.status()
    assert list(status.broken) == [TALKS]
    assert status.damage.startswith(f"the event at position {position} cannot be read")


async def test_close_ends_the_processes(replica: Replica) -> None:
    """None of them outlives the service."""
    recording = await replica(projectors=2)
    await recording.record(world.parties())
    started = pids(recording)
    assert all(map(runs, started))
    await recording.close()
    assert not any(map(runs, started))
