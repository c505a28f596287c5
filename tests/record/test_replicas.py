"""Several replicas on one database: what one records the others decide on at once."""

import asyncio
from typing import Any

import asyncpg
import pytest

from negotiation.envelope import Recorded
from negotiation.refusals import AlreadyIntroduced, UnknownReference
from parley.commands import transaction
from parley.commands.request import Receipt
from parley.recording import Recording
from parley.store import log
from parley.store.codec import encode_state
from parley.store.log import Head, Written, lock_head, write
from tests.record.chain import assert_whole
from tests.record.conftest import Replica
from tests.record.desk import connection, head_held, writers_waiting
from tests.record.fold import assert_documents_equal_fold, assert_equals_fold, bring_up_to_date
from tests.record.world import (
    BRUSSELS,
    GENEVA,
    TALKS,
    account,
    answered,
    demanded,
    id_of,
    identified,
    joined,
    left,
    negotiation,
    opened,
    request,
    retracted,
    said,
)


async def test_record_on_what_another_replica_just_recorded_is_decided_on_it(
    talks: Recording, replica: Replica, psql: asyncpg.Connection
) -> None:
    """A demand, a party and a negotiation of the other replica are known at once, and gone at once."""
    other = await replica()
    for one, that in ((talks, other), (other, talks)):
        for number in range(3):
            name = f"{'a' if one is talks else 'b'}{number}"
            with pytest.raises(UnknownReference):
                await one.record(request(answered(f"demand-{name}")))
            demand, party = demanded(f"demand-{name}", BRUSSELS), identified(f"party-{name}")
            await that.record(request(demand))
            await one.record(request(answered(f"demand-{name}")))
            with pytest.raises(UnknownReference):
                await one.record(request(said("hello", by=f"party-{name}")))
            await that.record(request(party))
            await one.record(request(said("hello", by=f"party-{name}")))
            await that.record(request(retracted(party)))
            with pytest.raises(UnknownReference):
                await one.record(request(said("hello again", by=f"party-{name}")))
            with pytest.raises(UnknownReference):
                await one.record(request(opened(f"child-{name}", parent=f"talks-{name}")))
            await that.record(negotiation(f"talks-{name}"))
            await one.record(request(opened(f"child-{name}", parent=f"talks-{name}")))
            with pytest.raises(AlreadyIntroduced):
                await one.record(request(opened(f"talks-{name}")))
    await assert_whole(psql)
    await assert_equals_fold(psql)


async def test_record_answer_after_another_replica_changed_a_membership_is_inherited_by_its_members(
    talks: Recording, replica: Replica, psql: asyncpg.Connection
) -> None:
    """Who inherits a bloc's answer is decided on the other replica's memberships, whichever writes the ledger."""
    other = await replica()
    await talks.record(request(demanded("veto"), joined("nato", "sweden")))
    await other.record(request(joined("nato", "united-states")))
    await talks.record(request(answered("veto", by="nato", as_="for-members")))
    assert await inherited(psql) == ["sweden", "united-states"]
    await other.record(request(left("nato", "sweden", "2022-02-01")))
    assert await inherited(psql) == ["united-states"]
    await talks.record(request(said("more")))
    await talks.record(request(answered("veto", "defer", by="ukraine")))
    assert await inherited(psql) == ["united-states"]
    await assert_equals_fold(psql)
    await assert_documents_equal_fold(other.pool)


async def inherited(own: asyncpg.Connection) -> list[str]:
    await bring_up_to_date(own)
    rows = await own.fetch("SELECT party FROM demand_answers WHERE through = 'nato' ORDER BY party")
    return [row["party"] for row in rows]


@pytest.mark.parametrize("first", ["answer", "retraction"])
async def test_answer_in_one_round_while_another_replica_retracts_the_demand_ends_in_the_order_of_the_lock(
    talks: Recording, replica: Replica, database: str, psql: asyncpg.Connection, first: str
) -> None:
    """Retracted first, the answer is refused; answered first, the answer stands and is unsupported."""
    other = await replica()
    await other.record(request(said("warm")))
    demand = demanded("veto")
    await talks.record(request(demand))
    answer, retraction = request(answered("veto", stream=BRUSSELS)), request(retracted(demand))
    requests = [(other, answer), (talks, retraction)]
    if first == "retraction":
        requests.reverse()

    async with head_held(database):
        tasks = []
        for number, (one, wanted) in enumerate(requests, 1):
            tasks.append(asyncio.create_task(one.record(wanted)))
            await writers_waiting(psql, number)
    results = dict(zip([first, "other"], await asyncio.gather(*tasks, return_exceptions=True), strict=True))

    await bring_up_to_date(psql)
    types = await psql.fetch("SELECT topic FROM parley_events ORDER BY notification_id DESC LIMIT 2")
    if first == "answer":
        assert [type(result) for result in results.values()] == [Receipt, Receipt]
        assert types[0]["topic"] == "negotiation.EventRetracted"
        unsupported = await psql.fetchval("SELECT document FROM findings")
        assert b"RestsOnWithdrawnFact" in unsupported
    else:
        assert isinstance(results["other"], UnknownReference)
        assert await psql.fetchval("SELECT count(*) FROM demands") == 0
    await assert_whole(psql)
    await assert_equals_fold(psql)
    for one in (talks, other):
        await one.record(request(said("and on")))
        await assert_documents_equal_fold(one.pool)
    await assert_equals_fold(psql)


async def test_answer_and_retraction_of_many_demands_at_two_replicas_never_ends_otherwise(
    talks: Recording, replica: Replica, psql: asyncpg.Connection
) -> None:
    """In whatever order the lock is had, an answer is refused exactly where its demand was withdrawn before."""
    other = await replica()
    for number in range(15):
        demand = demanded(f"veto-{number}")
        await talks.record(request(demand))
        answer = answered(f"veto-{number}", stream=BRUSSELS)
        result, withdrawn = await asyncio.gather(
            other.record(request(answer)), talks.record(request(retracted(demand))), return_exceptions=True
        )
        assert isinstance(withdrawn, Receipt)
        if isinstance(result, Receipt):
            assert result.last_position < withdrawn.first_position
        else:
            assert isinstance(result, UnknownReference)
        entry = await talks.live.demand(TALKS, f"veto-{number}")
        assert (entry is not None) == isinstance(result, Receipt)
    await assert_whole(psql)
    await assert_equals_fold(psql)


async def test_record_on_what_was_committed_while_it_was_being_read_takes_it_in_once(
    talks: Recording, replica: Replica, psql: asyncpg.Connection, database: str
) -> None:
    """An event that a cold replica has read already is not taken in again when it catches up."""
    fact = said("said")
    await talks.record(request(fact))
    cold = await replica()
    event = account(fact, text="said otherwise")
    late = Recorded(
        event=event.submission.event,
        id=id_of(event),
        recorded_at="2026-11-22T00:00:00.000000Z",
        recorded_by="desk",
        sources=event.submission.sources,
        stream=event.stream,
        version=3,
    )
    async with connection(database) as own, own.transaction():
        await own.execute("LOCK TABLE parley_events IN ACCESS EXCLUSIVE MODE")
        # It knows where the record ended, and waits for the events; by the time it reads them there is one more.
        task = asyncio.create_task(cold.record(request(said("and on"))))
        await writers_waiting(psql)
        head, recorded_at = await lock_head(own)
        topic = "negotiation.AccountAdded"
        await write(own, head, [Written(event.stream, 3, topic, encode_state(late), late.id)], recorded_at)
    await task
    await cold.record(request(account(fact, text="said once more")))
    document = await cold.live.round(TALKS, "geneva")
    assert document is not None
    assert document.body.count(id_of(event).encode()) == 1
    await assert_equals_fold(psql)


async def test_record_after_another_replica_recorded_more_than_is_caught_up_with_decides_on_all_of_it(
    talks: Recording, replica: Replica, psql: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A replica that is far behind reads what it needs anew instead of event by event."""
    monkeypatch.setattr("parley.commands.transaction.MOST_EVENTS_TO_CATCH_UP", 3)
    other = await replica()
    await other.record(request(said("warm")))
    demand, party = demanded("veto"), identified("finland")
    await talks.record(request(*(said(f"{number}") for number in range(5)), demand, party))
    await other.record(request(answered("veto", by="finland", stream=BRUSSELS)))
    await talks.record(request(retracted(demand), retracted(party), *(said(f"{number}") for number in range(5))))
    with pytest.raises(UnknownReference):
        await other.record(request(answered("veto")))
    await other.record(request(said("more")))
    await assert_whole(psql)
    await assert_equals_fold(psql)


@pytest.mark.parametrize("where", ["in the same stream", "elsewhere"])
async def test_record_while_another_replica_records_between_the_look_and_the_append_is_decided_again(
    talks: Recording, replica: Replica, psql: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """A service that took nobody else to be recording appends behind what was recorded, or not at all."""
    other = await replica()
    await other.record(request(said("before")))
    monkeypatch.setattr("parley.commands.writer.OTHERS_FOR_S", 0.0)
    append, met = log.write, list[Head]()

    async def late(connection: asyncpg.Connection, head: Head, *rest: Any) -> Head:
        if not met:
            met.append(head)
            await other.record(request(said("meanwhile", GENEVA if where == "in the same stream" else BRUSSELS)))
        return await append(connection, head, *rest)

    await talks.record(request(said("at rest")))
    monkeypatch.setattr(transaction, "write", late)
    receipt = await talks.record(request(said("at last"), demanded("veto", to=["nato"])))
    rows = await psql.fetch("SELECT notification_id FROM parley_events ORDER BY notification_id")
    assert [row["notification_id"] for row in rows] == list(range(1, len(rows) + 1))
    assert (receipt.first_position, receipt.last_position) == (len(rows) - 1, len(rows))
    assert met[0].position == len(rows) - 3
    await assert_whole(psql)
    await assert_equals_fold(psql)
