"""Limits: how many may wait, and for how long."""

import asyncio

import asyncpg
import pytest

from parley.commands.request import Receipt
from parley.store.errors import DatabaseUnavailable, RecordBusy, RecordUnavailable
from tests.record.chain import assert_whole
from tests.record.conftest import Replica
from tests.record.desk import gate_commits, gate_shut, head_held, writers_waiting
from tests.record.world import id_of, negotiation, parties, request, said


async def test_record_more_than_may_wait_is_told_to_come_back(
    replica: Replica, database: str, psql: asyncpg.Connection
) -> None:
    """The queue is bounded: who comes when it is full is told so at once, and all others are served."""
    recording = await replica(queue_limit=3)
    await recording.record(parties())
    await recording.record(negotiation())
    async with head_held(database):
        first = asyncio.create_task(recording.record(request(said("first"))))
        await writers_waiting(psql)
        tasks = [asyncio.create_task(recording.record(request(said(f"{number}")))) for number in range(8)]
        done, waiting = await asyncio.wait(tasks, timeout=0.2, return_when=asyncio.FIRST_EXCEPTION)
        assert {type(task.exception()) for task in done} == {RecordBusy}
    results = await asyncio.gather(first, *tasks, return_exceptions=True)
    assert [type(result) for result in results] == [Receipt] * 4 + [RecordBusy] * 5
    assert (len(done), len(waiting)) == (5, 3)
    assert await assert_whole(psql) == 8 + 4


async def test_record_more_bytes_than_may_wait_is_told_to_come_back(
    replica: Replica, database: str, psql: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Large requests are as many as memory bears; when they are done, others are taken again."""
    monkeypatch.setattr("parley.commands.fair_queue.MOST_BYTES_WAITING", 2_000)
    recording = await replica()
    await recording.record(parties())
    await recording.record(negotiation())
    async with head_held(database):
        first = asyncio.create_task(recording.record(request(said("first"), size=900)))
        await writers_waiting(psql)
        tasks = [asyncio.create_task(recording.record(request(said(f"{number}"), size=900))) for number in range(4)]
        refused, _ = await asyncio.wait(tasks, timeout=0.2, return_when=asyncio.FIRST_EXCEPTION)
        assert [type(task.exception()) for task in refused] == [RecordBusy] * 2
    await asyncio.gather(first, *tasks, return_exceptions=True)
    await recording.record(request(said("later"), size=900))
    assert await assert_whole(psql) == 8 + 4


async def test_record_while_the_lock_is_held_longer_than_the_deadline_is_unavailable_and_nothing_is_left(
    replica: Replica, database: str, psql: asyncpg.Connection
) -> None:
    """Who waits for longer than they said is told so, and what was not begun by then is not recorded."""
    recording = await replica()
    await recording.record(parties())
    await recording.record(negotiation())
    late, patient = said("late"), said("patient")
    async with head_held(database):
        hurried = [asyncio.create_task(recording.record(request(late, timeout_s=0.2))) for _ in range(3)]
        stays = asyncio.create_task(recording.record(request(patient)))
        results = await asyncio.gather(*hurried, return_exceptions=True)
        assert [type(result) for result in results] == [DatabaseUnavailable] * 3
    assert isinstance(await stays, Receipt)
    stored = await psql.fetch("SELECT event_id::text FROM parley_events WHERE notification_id > 8")
    assert [row["event_id"] for row in stored] == [id_of(patient)]
    assert not (await recording.record(request(late))).replayed


async def test_record_while_the_commit_takes_longer_than_the_deadline_is_unavailable_and_found_by_its_id(
    replica: Replica, database: str, psql: asyncpg.Connection
) -> None:
    """What was being committed when its deadline passed is on record once, and is found by its id."""
    recording = await replica()
    await recording.record(parties())
    await recording.record(negotiation())
    await gate_commits(psql)
    slow = said("slow")
    async with gate_shut(database):
        with pytest.raises(RecordUnavailable):
            await recording.record(request(slow, timeout_s=0.2))
    again = await recording.record(request(slow))
    assert again.replayed
    assert await assert_whole(psql) == 9
