"""Turns: who waits to be recorded is served fairly by client, and a long negotiation does not hold up the others."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from contextvars import copy_context
from typing import Any, Final

import asyncpg
import pytest

from negotiation import admission
from parley.commands import batch, indexes, writer
from parley.commands.fair_queue import FairQueue
from parley.commands.request import Request, Waiter, weight_of
from parley.recording import Recording
from parley.store import damage
from parley.store.errors import DatabaseUnavailable, RecordBusy
from tests.record.chain import assert_whole
from tests.record.conftest import Replica
from tests.record.desk import head_held, until, writers_waiting
from tests.record.test_trials import tried
from tests.record.world import events, negotiation, parties, request, said


def waiter(client: str, weight: int = 1, size: int = 0) -> Waiter:
    """A request of a client that waits."""
    loop = asyncio.get_running_loop()
    asked = Request(entries=(said("x"),) * weight, recorded_by="analyst", client=client, size=size)
    return Waiter(asked, loop.create_future(), loop.time() + 10, copy_context())


def clients(taken: list[Waiter]) -> list[str]:
    return [one.request.client for one in taken]


async def put(queue: FairQueue, *waiters: Waiter, within_s: float = 10) -> None:
    for one in waiters:
        queue.put(one, within_s)


async def test_take_from_a_client_with_many_lists_and_a_quiet_one_takes_the_quiet_one_next() -> None:
    """However much one client has in the queue, another one's event waits for one list of it at most."""
    queue = FairQueue(100)
    await put(queue, *(waiter("loud", 500) for _ in range(64)))
    assert clients(queue.take(500)) == ["loud"]
    await put(queue, waiter("quiet"))
    assert clients(queue.take(500)) == ["quiet"]
    assert clients(queue.take(500)) == ["loud"]


async def test_take_from_clients_with_requests_of_different_weight_gives_each_the_same_weight() -> None:
    """A client with lists gets no more events recorded than one that sends them one by one."""
    queue = FairQueue(1_000)
    await put(queue, *(waiter("lists", 50) for _ in range(10)), *(waiter("single") for _ in range(500)))
    taken = [one for _ in range(4) for one in queue.take(100)]
    lists, single = (
        sum(one.request.weight for one in taken if one.request.client == name) for name in ("lists", "single")
    )
    assert abs(lists - single) <= 50


async def test_take_from_a_client_that_comes_back_at_once_does_not_prefer_it() -> None:
    """A client that sends its next list when it has the answer to the last has no better turn than one that queues."""
    queue = FairQueue(100)
    await put(queue, *(waiter("queues") for _ in range(90)), waiter("returns", 30))
    order: list[str] = []
    for _ in range(45):
        (taken,) = queue.take(1)
        order.append(taken.request.client)
        if taken.request.client == "returns":
            await put(queue, waiter("returns", 30))
    assert order.count("returns") == 2


async def test_take_by_one_client_keeps_its_order() -> None:
    queue = FairQueue(100)
    mine = [waiter("one", weight) for weight in (3, 1, 2)]
    await put(queue, *mine)
    assert queue.take(100) == mine


async def test_put_back_requests_have_the_turn_that_they_had() -> None:
    queue = FairQueue(100)
    first, second = waiter("one"), waiter("one")
    await put(queue, first, second)
    (taken,) = queue.take(1)
    await put(queue, waiter("one"))
    queue.put_back([taken])
    assert queue.take(2) == [first, second]


async def test_put_into_a_full_queue_refuses_the_latest_of_the_client_that_has_most() -> None:
    """A full queue is no privilege of the client who filled it; a client that has as much itself is refused."""
    queue = FairQueue(3)
    loud = [waiter("loud") for _ in range(3)]
    await put(queue, *loud)
    with pytest.raises(RecordBusy):
        await put(queue, waiter("loud"))
    await put(queue, waiter("quiet"))
    assert isinstance(loud[-1].answer.exception(), RecordBusy)
    with pytest.raises(RecordBusy):
        await put(queue, waiter("quiet"))
    assert sorted(clients(queue.clear())) == ["loud", "loud", "quiet"]
    assert len(queue) == 0


async def test_put_more_bytes_than_fit_refuses_the_client_that_has_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parley.commands.fair_queue.MOST_BYTES_WAITING", 100_000)
    queue = FairQueue(100)
    loud = [waiter("loud", size=50_000) for _ in range(2)]
    await put(queue, *loud)
    await put(queue, waiter("quiet", size=1_000))
    assert isinstance(loud[-1].answer.exception(), RecordBusy)


async def test_put_what_cannot_be_recorded_in_time_is_refused_at_once() -> None:
    """Once full batches show how fast it goes, a request that would only wait for its deadline is refused."""
    queue = FairQueue(1_000)
    await put(queue, *(waiter("loud", 100) for _ in range(10)), within_s=0.01)
    queue.measured(500, 0.5)
    with pytest.raises(RecordBusy):
        await put(queue, waiter("loud", 100), within_s=1)
    await put(queue, waiter("loud", 100), within_s=1.2)
    await put(queue, waiter("quiet"), within_s=0.1)


async def test_removed_requests_are_neither_taken_nor_remembered() -> None:
    """Callers that hang up while the database is away leave nothing behind."""
    queue = FairQueue(10)
    for _ in range(5_000):
        gone = waiter("hurried")
        await put(queue, gone)
        queue.remove(gone)
    assert len(queue._starts) < 2_000
    assert queue.take(10) == []


def test_weight_of_a_request_counts_its_events_or_its_bytes() -> None:
    assert [weight_of(3, 1_000), weight_of(1, 10 * 2_048), weight_of(1, 10 * 2_048 + 1)] == [3, 10, 11]


async def test_record_beside_a_client_with_many_lists_is_in_the_next_batch(
    replica: Replica, database: str, psql: asyncpg.Connection
) -> None:
    """The writer takes turns: a quiet client's event stands before all lists of the loud one that are not begun."""
    recording = await replica()
    await recording.record(parties())
    await recording.record(negotiation())
    async with head_held(database):
        first = asyncio.create_task(recording.record(request(said("first"), client="loud")))
        await writers_waiting(psql)
        lists = [
            asyncio.create_task(recording.record(request(*(said("list") for _ in range(300)), client="loud")))
            for _ in range(4)
        ]
        quiet = asyncio.create_task(recording.record(request(said("quiet"), client="quiet")))
        await until(_waiting(recording, 5))
    await asyncio.gather(first, *lists)
    assert events(await quiet)[0]["position"] <= 9 + 300 + 1
    assert await assert_whole(psql) == 8 + 1 + 1_200 + 1


def _waiting(recording: Recording, number: int) -> Callable[[], Awaitable[bool]]:
    async def true() -> bool:
        await asyncio.sleep(0)
        return recording._writer.waiting >= number

    return true


# -- long negotiations

LONG: Final = 20


async def long_and_short(replica: Replica) -> None:
    """Record a negotiation that has several pages, and a short one."""
    before = await replica()
    await before.record(parties())
    await before.record(negotiation())
    await before.record(request(*(said(f"{number}") for number in range(LONG))))
    await before.record(negotiation("short"))
    await before.close()


def let_wait(recording: Recording, until_set: asyncio.Event) -> None:
    """Keep what is read aside from being read until the event is set."""
    aside = recording._writer._aside
    connect = aside._connect

    async def patient() -> asyncpg.Connection:
        await until_set.wait()
        return await connect()

    aside._connect = patient


@pytest.fixture
def _short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let five events be a page, so that a negotiation of more is long."""
    monkeypatch.setattr(indexes, "EVENTS_A_PAGE", 5)


@pytest.mark.usefixtures("_short_pages")
async def test_record_in_a_long_negotiation_after_a_start_holds_up_nobody_else(
    replica: Replica, psql: asyncpg.Connection
) -> None:
    """Requests for other negotiations are recorded while the long one is read, and then those that waited for it."""
    await long_and_short(replica)
    recording, may_read = await replica(), asyncio.Event()
    let_wait(recording, may_read)
    waiting = [asyncio.create_task(recording.record(request(said(f"into the long one, {one}")))) for one in range(3)]
    beside = await recording.record(request(said("beside", stream="short/geneva")))
    assert not any(task.done() for task in waiting)
    may_read.set()
    receipts = await asyncio.gather(*waiting)
    assert [events(one)[0]["position"] for one in (beside, *receipts)] == list(range(32, 36))
    assert await assert_whole(psql) == 35


@pytest.mark.usefixtures("_short_pages")
async def test_record_in_a_long_negotiation_that_another_service_writes_to_meanwhile_is_decided_on_all_of_it(
    replica: Replica, psql: asyncpg.Connection
) -> None:
    """What another service recorded while the negotiation was read counts: versions go on behind it."""
    await long_and_short(replica)
    recording, may_read = await replica(), asyncio.Event()
    let_wait(recording, may_read)
    other = await replica()
    waiting = asyncio.create_task(recording.record(request(said("waits"))))
    for number in range(7):
        await other.record(request(said(f"elsewhere, {number}")))
        await recording.record(request(said(f"beside, {number}", stream="short/geneva")))
    may_read.set()
    assert events(await waiting)[0]["version"] == 1 + LONG + 7 + 1
    assert await assert_whole(psql) == 31 + 14 + 1


@pytest.mark.usefixtures("_short_pages")
async def test_record_in_a_long_negotiation_that_is_not_read_in_time_records_nothing(
    replica: Replica, psql: asyncpg.Connection
) -> None:
    """Who waits longer than they said is refused, and is not recorded when the negotiation is read at last."""
    await long_and_short(replica)
    recording, may_read = await replica(), asyncio.Event()
    let_wait(recording, may_read)
    with pytest.raises(DatabaseUnavailable):
        await recording.record(request(said("hurried"), timeout_s=0.1))
    may_read.set()
    await recording.record(request(said("patient")))
    assert await assert_whole(psql) == 32


@pytest.mark.usefixtures("_short_pages")
async def test_close_while_a_long_negotiation_is_read_settles_who_waits_for_it(replica: Replica) -> None:
    await long_and_short(replica)
    recording = await replica()
    let_wait(recording, asyncio.Event())
    waiting = asyncio.create_task(recording.record(request(said("waits"), timeout_s=3600)))
    await recording.record(request(said("beside", stream="short/geneva")))
    async with asyncio.timeout(10):
        await recording.close()
        with pytest.raises(DatabaseUnavailable):
            await waiting


@pytest.mark.usefixtures("_short_pages")
async def test_record_after_another_service_recorded_very_much_reads_what_is_needed_before_it_takes_the_head(
    replica: Replica, psql: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service that has missed too much drops what it has in memory, and records all the same."""
    monkeypatch.setattr("parley.commands.transaction.MOST_EVENTS_TO_CATCH_UP", 3)
    await long_and_short(replica)
    recording, other = await replica(), await replica()
    await recording.record(request(said("one")))
    await other.record(request(*(said(f"elsewhere, {number}") for number in range(10))))
    assert events(await recording.record(request(said("two"))))[0]["position"] == 43
    assert await assert_whole(psql) == 43


async def test_load_look_through_and_decide_let_other_tasks_have_their_turn(
    replica: Replica, psql: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many events there are to be read, looked through or decided, one turn of the loop has few of them."""
    turn, at_turn = 0, Counter[tuple[str, int]]()

    async def count_turns() -> None:
        nonlocal turn
        while True:
            turn += 1
            await asyncio.sleep(0)

    def spied(name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def spy(*given: Any) -> Any:
            at_turn[name, turn] += 1
            return work(*given)

        return spy

    first = await replica()
    await first.record(parties())
    await first.record(negotiation())
    await first.record(request(*(said(f"{number}") for number in range(400))))
    await first.close()
    monkeypatch.setattr(indexes, "entry_of", spied("read", damage.entry_of))
    monkeypatch.setattr(writer, "check_form", spied("look through", admission.check_form))
    monkeypatch.setattr(batch, "decide", spied("decide", admission.decide))
    recording = await replica()
    counting = asyncio.create_task(count_turns())
    lists = [request(*(said(f"{one} {number}") for number in range(130)), client=f"{one}") for one in range(8)]
    await asyncio.gather(*(recording.record(one) for one in lists))
    counting.cancel()
    kinds = ("read", "look through", "decide")
    total = {kind: sum(n for (name, _), n in at_turn.items() if name == kind) for kind in kinds}
    most = {kind: max(n for (name, _), n in at_turn.items() if name == kind) for kind in kinds}
    assert total == {"read": 408, "look through": 8 * 130, "decide": 8 * 130}
    assert most["read"] <= indexes.EVENTS_A_SLICE <= 50
    assert most["look through"] <= 2 * writer.EVENTS_A_TURN <= 200
    assert most["decide"] <= batch.EVENTS_A_SLICE <= 100
    assert await assert_whole(psql) == 8 + 400 + 8 * 130


async def test_a_trial_of_a_long_list_lets_other_tasks_have_their_turn(
    replica: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where it is refused, and every entry is decided to tell all faults."""
    turn, at_turn = 0, Counter[int]()

    async def count_turns() -> None:
        nonlocal turn
        while True:
            turn += 1
            await asyncio.sleep(0)

    def spy(*given: Any, **more: Any) -> Any:
        at_turn[turn] += 1
        return admission.decide(*given, **more)

    recording = await replica()
    await recording.record(parties())
    await recording.record(negotiation())
    monkeypatch.setattr(batch, "decide", spy)
    counting = asyncio.create_task(count_turns())
    nobody = said("x", by="nobody")
    rehearsal = await recording.rehearse(tried(request(nobody, *(said(f"{number}") for number in range(299)))))
    counting.cancel()
    assert len(rehearsal.tried.faults) == 1
    assert sum(at_turn.values()) == 1 + 300  # it stops at the fault, and then looks for all
    assert max(at_turn.values()) <= batch.EVENTS_A_SLICE
