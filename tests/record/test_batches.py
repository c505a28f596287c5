"""One batch: each request decided on what the ones before it left; a bad one is nobody else's matter."""

import asyncio

import asyncpg
import pytest

from negotiation.admission import Malformed
from negotiation.refusals import AnswerToOwnDemand, NotOpenedYet, Refusal, UnknownReference
from parley.commands.request import Entry, Receipt
from parley.recording import Recording
from tests.record.chain import assert_whole
from tests.record.conftest import Replica
from tests.record.desk import gate_commits, gate_shut, head_held, in_one_batch, writers_waiting
from tests.record.fold import assert_documents_equal_fold, assert_equals_fold
from tests.record.world import (
    GENEVA,
    TALKS,
    account,
    answered,
    corrected,
    demanded,
    entry,
    events,
    failed,
    found,
    id_of,
    identified,
    opened,
    request,
    retracted,
    said,
    scheduled,
)


async def recorded_ids(own: asyncpg.Connection) -> list[str]:
    rows = await own.fetch("SELECT event_id::text FROM parley_events ORDER BY notification_id")
    return [row["event_id"] for row in rows]


def batches(receipts: list[Receipt | BaseException]) -> set[str]:
    """When these were recorded: one moment a batch."""
    return {one["recorded_at"] for receipt in receipts if isinstance(receipt, Receipt) for one in events(receipt)}


async def test_record_bad_request_inside_a_batch_is_refused_alone_and_leaves_no_trace(
    talks: Recording, database: str, psql: asyncpg.Connection
) -> None:
    """Its neighbours are recorded, and what would rest on it is refused as if it had never come."""
    whole = (demanded("veto"), answered("veto", by="russia"))
    good = [said("before"), said("between"), said("after")]
    first, before, refused, between, dependent, after = await in_one_batch(
        talks,
        database,
        request(said("first")),
        request(good[0]),
        request(*whole),
        request(good[1]),
        request(answered("veto")),
        request(good[2]),
    )

    assert isinstance(refused, AnswerToOwnDemand)
    assert (refused.entry, refused.pointer) == (1, "/event/by/0/party")
    assert isinstance(dependent, UnknownReference)
    assert len(batches([before, between, after])) == 1
    assert batches([first]).isdisjoint(batches([before]))
    assert (await recorded_ids(psql))[-3:] == [id_of(one) for one in good]
    await assert_whole(psql)
    await assert_equals_fold(psql)


async def test_record_list_of_which_the_third_is_refused_leaves_nothing_of_the_first_two(
    talks: Recording, psql: asyncpg.Connection
) -> None:
    """A list is recorded whole or not at all, and its names are free again."""
    before = await recorded_ids(psql)
    identify, demand = identified("finland"), demanded("veto", by="finland")
    refusals: tuple[tuple[Entry, type[Refusal | Malformed]], ...] = (
        (answered("no-such-demand"), UnknownReference),
        (entry(GENEVA, {"type": "StatementMade", "text": "said"}, occurred=None), Malformed),
        (said("too early", "talks/vienna"), NotOpenedYet),
    )
    for bad, error in refusals:
        with pytest.raises((Refusal, Malformed)) as refused:
            await talks.record(request(identify, demand, bad))
        assert isinstance(refused.value, error)
        assert refused.value.entry == 2
        with pytest.raises(UnknownReference):
            await talks.record(request(said("hello", by="finland")))
    assert await recorded_ids(psql) == before

    await talks.record(request(identify, demand))
    await assert_equals_fold(psql)


async def test_record_list_is_decided_each_after_the_one_before(recording: Recording, psql: asyncpg.Connection) -> None:
    """Parties, negotiation, round, demand, answer, correction and retraction of it, in one list."""
    demand, answer = demanded("veto"), answered("veto", "reject")
    now = {"type": "AnswerGiven", "on": {"kind": "demand", "id": "veto"}, "answer": "defer", "by": [{"party": "nato"}]}
    receipt = await recording.record(
        request(
            *map(identified, ("russia", "united-states", "nato")),
            opened(),
            scheduled("geneva"),
            demand,
            answer,
            corrected(answer, now),
            retracted(answer),
            answered("veto", "accept"),
            failed(),
        )
    )

    assert [one["version"] for one in events(receipt)] == [1, 1, 1, 1, 1, 2, 3, 4, 5, 6, 7]
    assert [one["position"] for one in events(receipt)] == list(range(1, 12))
    assert (receipt.first_position, receipt.last_position, receipt.replayed) == (1, 11, False)
    assert found(receipt) == ["OutcomeWithoutTalks"]
    await assert_whole(psql)
    await assert_equals_fold(psql)
    await assert_documents_equal_fold(recording.pool)


async def test_record_in_one_batch_sees_what_the_request_before_it_left(
    talks: Recording, database: str, psql: asyncpg.Connection
) -> None:
    """A party identified, a negotiation opened and a demand tabled serve the next request of the same batch."""
    receipts = await in_one_batch(
        talks,
        database,
        request(said("first")),
        request(identified("finland")),
        request(opened("arms-control", related=[TALKS])),
        request(opened("arms-control-2", parent="arms-control")),
        request(scheduled("geneva", "arms-control")),
        request(demanded("limits", "arms-control/geneva", by="finland")),
        request(answered("limits", stream="arms-control/geneva")),
    )
    assert [type(receipt) for receipt in receipts] == [Receipt] * 7
    assert len(batches(receipts[1:])) == 1
    await assert_equals_fold(psql)


async def test_cancel_request_while_queued_is_not_recorded(
    talks: Recording, database: str, psql: asyncpg.Connection
) -> None:
    """Who gives up before the batch is decided leaves nothing behind, and disturbs nobody."""
    gone, also_gone, stays = said("given up"), said("given up while its batch waits"), said("stays")
    async with head_held(database):
        waits = asyncio.create_task(talks.record(request(also_gone)))
        await writers_waiting(psql)
        queued = asyncio.create_task(talks.record(request(gone)))
        neighbour = asyncio.create_task(talks.record(request(stays)))
        await asyncio.sleep(0)
        for task in (queued, waits):
            task.cancel()
        results = await asyncio.gather(queued, waits, return_exceptions=True)
    assert [type(result) for result in results] == [asyncio.CancelledError] * 2
    assert isinstance(await neighbour, Receipt)
    ids = await recorded_ids(psql)
    assert id_of(stays) in ids
    assert not {id_of(gone), id_of(also_gone)} & set(ids)


async def test_cancel_request_while_its_batch_commits_is_recorded(
    talks: Recording, database: str, psql: asyncpg.Connection
) -> None:
    """What is being committed is committed; only the answer is thrown away, and nobody else is affected."""
    await gate_commits(psql)
    given_up, stays, later = said("given up"), said("stays"), said("later")
    async with gate_shut(database):
        cancelled = asyncio.create_task(talks.record(request(given_up)))
        kept = asyncio.create_task(talks.record(request(stays)))
        await writers_waiting(psql)
        cancelled.cancel()
        with pytest.raises(asyncio.CancelledError):
            await cancelled
        after = asyncio.create_task(talks.record(request(later)))
    assert events(await kept)[0]["id"] == id_of(stays)
    assert isinstance(await after, Receipt)
    assert (await recorded_ids(psql))[-3:] == [id_of(one) for one in (given_up, stays, later)]
    assert (await talks.record(request(given_up))).replayed
    await assert_equals_fold(psql)


async def test_record_request_that_only_the_database_refuses_fails_alone(
    talks: Recording, database: str, psql: asyncpg.Connection
) -> None:
    """A data error nobody foresaw is that request's own: its neighbours are recorded, and the service stays ready."""
    await psql.execute("ALTER TABLE parley_events ADD CHECK (position('unspeakable' IN encode(state, 'escape')) = 0)")
    good = [said("before"), said("after")]
    _, before, bad, after = await in_one_batch(
        talks, database, request(said("first")), request(good[0]), request(said("unspeakable")), request(good[1])
    )

    assert isinstance(bad, asyncpg.CheckViolationError)
    assert isinstance(before, Receipt)
    assert isinstance(after, Receipt)
    assert (await recorded_ids(psql))[-2:] == [id_of(one) for one in good]
    with pytest.raises(asyncpg.CheckViolationError):
        await talks.record(request(said("unspeakable")))
    assert talks.ready
    await assert_whole(psql)
    await assert_equals_fold(psql)


async def test_record_on_a_negotiation_that_is_not_in_memory_knows_what_it_is_related_to(
    talks: Recording, replica: Replica
) -> None:
    """Negotiations named as parent or related are found wherever they are, also through accounts and corrections."""
    await talks.record(request(opened("parent"), opened("unrelated")))
    child = opened("child", parent="parent", related=[TALKS])
    await talks.record(request(child))

    cold = await replica(negotiations_limit=1)
    event = {"type": "NegotiationOpened", "title": "Talks", "related": ["parent"]}
    await cold.record(request(corrected(child, event)))
    for differs in ({"title": "Other talks"}, {"parent": "unrelated"}, {"related": ["unrelated"]}):
        await cold.record(request(account(child, **differs)))
    for differs in ({"parent": "nowhere"}, {"related": ["parent", "nowhere"]}):
        with pytest.raises(UnknownReference):
            await cold.record(request(account(child, **differs)))
    with pytest.raises(UnknownReference):
        await cold.record(request(opened("grandchild", parent="nowhere")))


async def test_record_nothing_but_refusals_leaves_the_head_where_it_was(
    talks: Recording, psql: asyncpg.Connection
) -> None:
    """A refused request moves neither the head nor any read model."""
    before = await psql.fetch("SELECT * FROM head")
    for bad in (answered("nothing"), said("x", "parties"), said("x", "nowhere"), said("x", by="nobody")):
        with pytest.raises(Refusal):
            await talks.record(request(bad))
    assert await psql.fetch("SELECT * FROM head") == before
    await assert_equals_fold(psql)
