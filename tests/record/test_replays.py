"""The same request again: by event id, by Idempotency-Key; it records nothing and answers alike."""

import asyncio

import asyncpg
import pytest

from negotiation.refusals import UnknownReference
from parley.commands.request import Receipt, Request
from parley.recording import Recording
from parley.store.errors import EventIdsPartlyTaken, EventIdTaken, KeyReused, PreconditionFailed
from tests.record.chain import assert_whole
from tests.record.conftest import Replica
from tests.record.desk import in_one_batch
from tests.record.fold import assert_equals_fold
from tests.record.world import (
    BRUSSELS,
    GENEVA,
    answered,
    demanded,
    events,
    failed,
    found,
    id_of,
    identified,
    request,
    retracted,
    said,
)


async def assert_refused(recording: Recording, wanted: Request, error: type[Exception]) -> None:
    with pytest.raises(error):
        await recording.record(wanted)


async def test_record_same_event_ids_again_answers_alike_and_records_nothing(
    talks: Recording, psql: asyncpg.Connection
) -> None:
    """The receipt is the first one, findings and all, and says that it is replayed."""
    first = None
    for wanted in (request(said("one")), request(failed()), request(failed(BRUSSELS), said("two"), demanded("veto"))):
        first = await talks.record(wanted)
        again = await talks.record(wanted)
        assert (first.replayed, again.replayed) == (False, True)
        assert again.body == first.body
        assert (again.first_position, again.last_position) == (first.first_position, first.last_position)
    assert first is not None
    assert found(first) == ["OutcomeWithoutTalks"]
    assert await assert_whole(psql) == 13


async def test_record_same_event_id_with_other_content_is_refused_by_name(
    talks: Recording, psql: asyncpg.Connection
) -> None:
    """Another text, date, source or stream is other content, and the error tells which entry it is."""
    taken = said("one")
    await talks.record(request(taken))
    source = {"publisher": "The Courier", "kind": "outlet", "published": "2022-01-12"}
    for other in (
        said("two", id=id_of(taken)),
        said("one", id=id_of(taken), occurred="2022-01-11"),
        said("one", BRUSSELS, id=id_of(taken)),
        said("one", id=id_of(taken), sources=[source]),
        answered("veto", id=id_of(taken)),
    ):
        with pytest.raises(EventIdTaken) as refused:
            await talks.record(request(said("new"), other))
        assert (refused.value.entry, refused.value.pointer) == (1, "/id")
        assert f"{id_of(taken)} is taken by the event at position 9" in str(refused.value)
    assert await assert_whole(psql) == 9


async def test_record_list_partly_on_record_is_refused_as_such(talks: Recording, psql: asyncpg.Connection) -> None:
    """A list of which some is on record and some is not is nobody's repetition."""
    known, new = said("known"), said("new")
    await talks.record(request(known))
    await assert_refused(talks, request(known, new), EventIdsPartlyTaken)
    await assert_refused(talks, request(new, known), EventIdsPartlyTaken)
    assert await assert_whole(psql) == 9


async def test_record_same_event_id_twice_in_one_list_is_refused(talks: Recording) -> None:
    """Two events of one list never share an id, whether it is on record or not."""
    one = said("one")
    await assert_refused(talks, request(one, one), EventIdTaken)
    await talks.record(request(one))
    await assert_refused(talks, request(one, one), EventIdTaken)


async def test_record_same_event_id_twice_in_one_batch_is_recorded_once(
    talks: Recording, database: str, psql: asyncpg.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    """The second of the batch is a repetition of the first, or has its id taken by it."""
    one = said("one")
    _, first, again, other = await in_one_batch(
        talks, database, request(said("first")), request(one), request(one), request(said("other", id=id_of(one)))
    )
    assert isinstance(first, Receipt)
    assert isinstance(again, Receipt)
    assert (first.replayed, again.replayed, again.body) == (False, True, first.body)
    assert isinstance(other, EventIdTaken)
    assert await assert_whole(psql) == 10
    assert not caplog.records  # decided as one batch, and not one by one after the database refused the batch


async def test_record_same_event_id_at_two_replicas_at_once_is_recorded_once(
    talks: Recording, replica: Replica, psql: asyncpg.Connection
) -> None:
    """Whoever comes second gets the first one's receipt."""
    other = await replica()
    for number in range(20):
        wanted = request(said(f"{number}"), said(f"{number} too", BRUSSELS))
        receipts = await asyncio.gather(talks.record(wanted), other.record(wanted))
        assert sorted(receipt.replayed for receipt in receipts) == [False, True]
        assert receipts[0].body == receipts[1].body
    assert await assert_whole(psql) == 8 + 40
    await assert_equals_fold(psql)


async def test_record_same_key_with_same_body_replays_the_bytes(
    talks: Recording, replica: Replica, psql: asyncpg.Connection
) -> None:
    """The answer is the stored one, byte for byte, also from another replica and after reopening."""
    wanted = request(failed(), demanded("veto"), key="k1", body=b"body")
    first = await talks.record(wanted)
    await talks.record(request(said("something else")))
    await talks.close()
    # The client sent no ids: each time it is asked, the events have other ones.
    again = [
        await (await replica()).record(request(failed(), demanded("veto"), key="k1", body=b"body")) for _ in range(2)
    ]
    assert [receipt.body for receipt in again] == [first.body] * 2
    assert [receipt.replayed for receipt in (first, *again)] == [False, True, True]
    assert {(one.first_position, one.last_position) for one in again} == {(first.first_position, first.last_position)}
    assert await assert_whole(psql) == 11


async def test_record_same_key_with_another_body_is_refused_by_name(talks: Recording, psql: asyncpg.Connection) -> None:
    """A key belongs to one request for good, and to one recorder."""
    await talks.record(request(said("one"), key="k1", body=b"one"))
    await assert_refused(talks, request(said("two"), key="k1", body=b"two"), KeyReused)
    other = await talks.record(request(said("two"), by="another desk", key="k1", body=b"two"))
    assert not other.replayed
    assert await assert_whole(psql) == 10


async def test_record_refused_request_leaves_its_key_free(talks: Recording) -> None:
    """Only successes are remembered: after the remedy the same key serves, for the same body and for another."""
    await assert_refused(talks, request(answered("veto"), key="k1", body=b"one"), UnknownReference)
    await talks.record(request(demanded("veto")))
    assert not (await talks.record(request(answered("veto"), key="k1", body=b"one"))).replayed
    await assert_refused(talks, request(answered("nothing"), key="k2", body=b"one"), UnknownReference)
    assert not (await talks.record(request(said("two"), key="k2", body=b"two"))).replayed


async def test_record_same_key_twice_in_one_batch_is_recorded_once(
    talks: Recording, database: str, psql: asyncpg.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    """In a batch as between batches: same body, same bytes; other body, refused; a refused one does not count."""
    _, refused, first, again, reused, elsewhere = await in_one_batch(
        talks,
        database,
        request(said("first")),
        request(answered("nothing"), key="k1", body=b"zero"),
        request(said("one"), key="k1", body=b"one"),
        request(said("one"), key="k1", body=b"one"),
        request(said("two"), key="k1", body=b"two"),
        request(said("two"), by="another desk", key="k1", body=b"two"),
    )
    assert isinstance(refused, UnknownReference)
    assert isinstance(first, Receipt)
    assert isinstance(again, Receipt)
    assert (first.replayed, again.replayed, again.body) == (False, True, first.body)
    assert isinstance(reused, KeyReused)
    assert isinstance(elsewhere, Receipt)
    assert await assert_whole(psql) == 11
    assert not caplog.records  # decided as one batch, and not one by one after the database refused the batch


async def test_record_same_key_at_two_replicas_at_once_is_recorded_once(
    talks: Recording, replica: Replica, psql: asyncpg.Connection
) -> None:
    """The same key at two replicas at once: one records, both answer with its bytes."""
    other = await replica()
    for number in range(10):
        receipts = await asyncio.gather(
            *(one.record(request(said("text"), key=f"k{number}", body=b"same")) for one in (talks, other))
        )
        assert receipts[0].body == receipts[1].body
    assert await assert_whole(psql) == 8 + 10


async def test_record_known_event_ids_under_a_new_key_binds_the_key(talks: Recording, psql: asyncpg.Connection) -> None:
    """A repetition by event id is a success too: its key then belongs to that body."""
    wanted = said("one")
    first = await talks.record(request(wanted))
    again = await talks.record(request(wanted, key="k1", body=b"one"))
    assert (again.replayed, again.body) == (True, first.body)
    assert (await talks.record(request(wanted, key="k1", body=b"one"))).body == first.body
    await assert_refused(talks, request(said("two"), key="k1", body=b"two"), KeyReused)
    assert await assert_whole(psql) == 9


async def test_record_with_everything_wrong_is_told_key_then_event_id_then_if_match_then_rules(
    talks: Recording,
) -> None:
    """Key, event id, If-Match, rules: the first that applies answers."""
    taken = said("one")
    await talks.record(request(taken, key="k1", body=b"one"))
    broken = answered("nothing", id=id_of(taken))
    stale = (GENEVA, 1)
    await assert_refused(talks, request(broken, key="k1", body=b"two", if_match=stale), KeyReused)
    await assert_refused(talks, request(broken, key="k2", body=b"two", if_match=stale), EventIdTaken)
    await assert_refused(talks, request(answered("nothing"), key="k2", if_match=stale), PreconditionFailed)
    await assert_refused(talks, request(answered("nothing"), key="k2", if_match=(GENEVA, 2)), UnknownReference)
    # What was answered before is answered again, whatever the stream is at now.
    assert (await talks.record(request(taken, key="k1", body=b"one", if_match=stale))).replayed
    assert (await talks.record(request(taken, if_match=stale))).replayed


async def test_replay_after_the_fact_was_withdrawn_still_answers_with_what_was_recorded(talks: Recording) -> None:
    """What is withdrawn stays recorded: its event is answered as it stands in the record."""
    party = identified("finland")
    first = await talks.record(request(party))
    await talks.record(request(retracted(party)))
    again = await talks.record(request(party))
    assert again.replayed
    assert events(again) == events(first)
