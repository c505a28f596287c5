"""Whoever records, opens or closes may be cancelled at any moment: effects once or not at all, nobody hangs, nothing
leaks."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

import asyncpg

from parley.commands.request import Receipt, Request
from parley.recording import Recording
from parley.store.errors import DatabaseUnavailable, RecordUnavailable
from tests.faults.proxy import EVERYBODY, SIDES, WRITER, Proxy, Step, proxied
from tests.record.chain import assert_whole
from tests.record.desk import at_work, gate_commits, gate_shut, until, writers_waiting
from tests.record.fold import assert_equals_fold
from tests.record.world import BRUSSELS, demanded, events, id_of, identified, negotiation, parties, request, said

Result = TypeVar("Result")

SOON_S: Final = 10.0
TURNS: Final = 50
"""Up to here at least moments are tried, and further until nothing is left to cancel; late ones lie further apart."""


async def cancelled_after(turns: int, work: Coroutine[Any, Any, Result]) -> Result | None:
    """Cancel it once the loop has turned so often; give its result if it came first, None if it was cancelled."""
    task = asyncio.create_task(work)
    for _ in range(turns):
        if task.done():
            break
        await asyncio.sleep(0)
    task.cancel()
    async with asyncio.timeout(SOON_S):
        results = await asyncio.gather(task, return_exceptions=True)
    if isinstance(results[0], asyncio.CancelledError):
        return None
    assert not isinstance(results[0], BaseException), results
    return results[0]


@asynccontextmanager
async def nothing_leaks(own: asyncpg.Connection) -> AsyncIterator[None]:
    """Afterwards no other tasks run than before, and the service has no connection."""
    before = asyncio.all_tasks()
    yield

    async def true() -> bool:
        await asyncio.sleep(0)
        return asyncio.all_tasks() <= before

    await until(true)
    await until_alone(own)


async def until_alone(own: asyncpg.Connection) -> None:
    """Wait until nobody but tests is connected to this database."""

    async def true() -> bool:
        return not await own.fetchval("""
            SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND backend_type = 'client backend' AND application_name <> 'test'
        """)

    await until(true)


async def stored(own: asyncpg.Connection) -> dict[str, int]:
    rows = await own.fetch("SELECT event_id::text, notification_id FROM parley_events WHERE notification_id > 8")
    return {row["event_id"]: row["notification_id"] for row in rows}


async def test_cancel_record_at_any_turn_of_the_loop_has_one_effect_or_none(
    talks: Recording, psql: asyncpg.Connection
) -> None:
    """What was answered is stored, what was cancelled is stored or is not, and its neighbour never notices."""
    told: dict[str, int] = {}
    asked: set[str] = set()
    in_time, turns = 0, 0
    while in_time < 3 or turns < TURNS:
        cancelled, neighbour = said(f"cancelled {turns}"), demanded(f"neighbour-{turns}", BRUSSELS)
        beside = asyncio.create_task(talks.record(request(neighbour)))
        receipt = await cancelled_after(turns, talks.record(request(cancelled, key=f"{turns}")))
        in_time += receipt is not None
        async with asyncio.timeout(SOON_S):
            for one in (receipt, await beside):
                told |= {} if one is None else {event["id"]: event["position"] for event in events(one)}
        assert id_of(neighbour) in told
        asked |= {id_of(cancelled), id_of(neighbour)}
        turns += 1 + turns // 20
    on_record = await stored(psql)
    assert told.items() <= on_record.items()
    assert on_record.keys() <= asked
    assert talks.ready
    assert await assert_whole(psql) == 8 + len(on_record)
    await assert_equals_fold(psql)


async def test_cancel_record_at_any_message_of_its_append_has_one_effect_or_none(
    database: str, psql: asyncpg.Connection
) -> None:
    """Whatever the writer is doing for a request that is cancelled, it does it whole, and goes on with the next."""
    async with proxied(database) as proxy, at_work(proxy.dsn) as recording:
        await recording.record(parties())
        await recording.record(negotiation())
        for number in range(3):
            proxy.watch()
            await recording.record(request(said(f"{number}"), key=f"warm {number}"))
        steps = [Step(side, number) for side in SIDES for number in range(1, proxy.counted[side] + 1)]
        replayed = set()
        for step in steps:
            cancelled = request(said(f"{step}"), key=f"{step}")
            assert await record_cancelled_at(proxy, recording, cancelled, step) is None
            async with asyncio.timeout(SOON_S):
                again = await recording.record(cancelled)
            assert (await stored(psql))[id_of(cancelled.entries[0])] == again.first_position
            replayed.add(again.replayed)
        assert replayed == {True, False}  # some were recorded all the same, some were left out
        assert recording.ready
        assert await assert_whole(psql) == 8 + 3 + len(steps)
        await assert_equals_fold(psql)


def cancel_at(proxy: Proxy, step: Step, task: "asyncio.Task[Any]", whom: bytes = WRITER) -> None:
    """Cancel a task when this message comes."""

    def cancel(at: Step) -> None:
        if at == step:
            task.cancel()

    proxy.watch(whom=whom, on_step=cancel)


async def record_cancelled_at(proxy: Proxy, recording: Recording, wanted: Request, step: Step) -> Receipt | None:
    task = asyncio.create_task(recording.record(wanted))
    cancel_at(proxy, step, task)
    results = await asyncio.gather(task, return_exceptions=True)
    proxy.watch()
    if isinstance(results[0], asyncio.CancelledError):
        return None
    assert isinstance(results[0], Receipt)
    return results[0]


async def test_cancel_open_at_any_turn_of_the_loop_leaves_nothing_behind(
    database: str, psql: asyncpg.Connection
) -> None:
    """An opening that was given up has no connection and no task; one that was not is a record at work."""
    turns, in_time = 0, 0
    async with nothing_leaks(psql):
        while in_time < 3 or turns < TURNS:
            opened = await cancelled_after(turns, Recording.open(database))
            turns += 1
            if opened is not None:
                in_time += 1
                assert (await opened.record(request(identified(f"party-{turns}")))).first_position == in_time
                await opened.close()


async def test_cancel_open_at_any_message_of_the_server_leaves_nothing_behind(
    database: str, psql: asyncpg.Connection
) -> None:
    """Wherever the server has got to with an opening, it is rid of it."""
    async with proxied(database) as proxy:
        proxy.watch(whom=EVERYBODY)
        async with nothing_leaks(psql):
            await (await Recording.open(proxy.dsn)).close()
        steps = [Step(side, number) for side in SIDES for number in range(1, proxy.counted[side])]
        assert len(steps) > 20
        cancelled = 0
        async with nothing_leaks(psql):
            for step in steps:
                opening = asyncio.create_task(Recording.open(proxy.dsn))
                cancel_at(proxy, step, opening, EVERYBODY)
                try:
                    await (await opening).close()  # how many messages an opening takes varies by a few
                except asyncio.CancelledError:
                    cancelled += 1
        assert cancelled > len(steps) - 5
        async with at_work(proxy.dsn) as recording:
            assert (await recording.record(parties())).first_position == 1


async def test_cancel_close_at_any_turn_of_the_loop_settles_everybody_and_leaves_nothing_behind(
    database: str, psql: asyncpg.Connection
) -> None:
    """Who waits is answered or told to come back, what was answered is stored, and the next to open goes on."""
    async with at_work(database) as recording:
        await recording.record(parties())
        await recording.record(negotiation())
    told: dict[str, int] = {}
    asked = 0
    turns, in_time = 1, 0  # cancelled before its first turn, it has not begun to close
    async with nothing_leaks(psql):
        while in_time < 3 or turns < TURNS:
            recording = await Recording.open(database)
            before = [asyncio.create_task(recording.record(request(said(f"{turns} {one}")))) for one in range(2)]
            for _ in range(turns % 7):  # some in the first batch, some queued behind it
                await asyncio.sleep(0)
            behind = asyncio.create_task(recording.record(request(said(f"{turns} behind"))))
            await asyncio.sleep(0)
            in_time += await cancelled_after(turns, closed(recording)) is not None
            async with asyncio.timeout(SOON_S):
                answers = await asyncio.gather(*before, behind, return_exceptions=True)
            asked += len(answers)
            for answer in answers:
                assert isinstance(answer, Receipt | RecordUnavailable | DatabaseUnavailable), answer
                if isinstance(answer, Receipt):
                    told |= {event["id"]: event["position"] for event in events(answer)}
            turns += 1 + turns // 10
    on_record = await stored(psql)
    assert told.items() <= on_record.items()
    assert 0 < len(on_record) <= asked
    async with at_work(database) as recording:
        assert not (await recording.record(request(said("afterwards")))).replayed
    assert await assert_whole(psql) == 8 + len(on_record) + 1
    await assert_equals_fold(psql)


async def closed(recording: Recording) -> bool:
    await recording.close()
    return True


async def test_cancel_close_and_close_again_while_a_batch_commits_settles_everybody(
    talks: Recording, database: str, psql: asyncpg.Connection
) -> None:
    """Two impatient stops are no more than one: the batch is on record whole or not at all, and nobody hangs."""
    await gate_commits(psql)
    async with gate_shut(database):
        asking = [asyncio.create_task(talks.record(request(said(f"{one}"), timeout_s=3600))) for one in range(3)]
        await writers_waiting(psql)
        behind = asyncio.create_task(talks.record(request(said("behind"), timeout_s=3600)))
        await asyncio.sleep(0)
        for turns in (1, 2, 3):
            await cancelled_after(turns, closed(talks))
        async with asyncio.timeout(SOON_S):
            await talks.close()
            answers = await asyncio.gather(*asking, behind, return_exceptions=True)
        assert [type(answer) for answer in answers] == [*[RecordUnavailable] * 3, DatabaseUnavailable]
    assert not talks.ready
    # The server may finish what it was at when the connection was cut.
    await until_alone(psql)
    assert await assert_whole(psql) in {8, 11}
    await assert_equals_fold(psql)


async def test_close_twice_while_a_batch_commits_lets_it_finish(
    talks: Recording, database: str, psql: asyncpg.Connection
) -> None:
    """The second to stop waits with the first, and who is in the batch is answered."""
    await gate_commits(psql)
    async with gate_shut(database):
        asking = asyncio.create_task(talks.record(request(said("one"), timeout_s=3600)))
        await writers_waiting(psql)
        closing = []
        for _ in range(2):
            closing.append(asyncio.create_task(talks.close()))
            for _ in range(5):  # the writer is told before the next one comes
                await asyncio.sleep(0)
    async with asyncio.timeout(SOON_S):
        await asyncio.gather(*closing)
        assert (await asking).first_position == 9
    assert await assert_whole(psql) == 9
