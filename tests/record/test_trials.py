"""A request that is only tried is decided as a real one, and leaves nothing behind."""

import asyncio
import random
from collections.abc import Callable, Sequence
from typing import Any, Final

import asyncpg
import msgspec
import pytest

from negotiation.clocks import NOW
from negotiation.documents.ledger import demand_slugs
from negotiation.documents.party import party_exists
from negotiation.refusals import AnswerToOwnDemand, Refusal, UnknownReference
from negotiation.streams import PARTIES
from parley.commands.identifiers import new_event_id
from parley.commands.request import Entry, Request, Trial
from parley.recording import Recording, Rehearsal
from parley.store.errors import EventIdsPartlyTaken, EventIdTaken, KeyReused, PreconditionFailed, RecordError
from tests.record.chain import assert_whole
from tests.record.conftest import Replica
from tests.record.desk import head_held, until, writers_waiting
from tests.record.fold import assert_documents_equal_fold, assert_equals_fold
from tests.record.world import (
    BRUSSELS,
    GENEVA,
    TALKS,
    account,
    answered,
    corrected,
    demanded,
    entry,
    failed,
    id_of,
    identified,
    joined,
    opened,
    request,
    retracted,
    said,
    scheduled,
    talked,
)

EVERYTHING: Final = """
    SELECT (SELECT row_to_json(head)::text FROM head),
           (SELECT count(*) FROM parley_events), (SELECT count(*) FROM commands)
"""


def tried(one: Request, trial: Trial = Trial()) -> Request:  # noqa: B008 - it is frozen
    """The same request, only tried."""
    return msgspec.structs.replace(one, trial=trial)


async def state(own: asyncpg.Connection) -> tuple[Any, ...]:
    """What is on record."""
    row = await own.fetchrow(EVERYTHING)
    assert row is not None
    return tuple(row)


def told(rehearsal: Rehearsal) -> list[tuple[str, int | None, str]]:
    """The faults: which rule, of which entry, where."""
    return [(type(one).__name__, one.entry, one.pointer) for one in rehearsal.tried.faults]


async def test_trial_records_nothing_and_uses_up_neither_key_nor_ids(
    talks: Recording, psql: asyncpg.Connection
) -> None:
    whole = request(demanded("veto"), answered("veto"), key="first", body=b"body")
    before = await state(psql)
    first = await talks.rehearse(tried(whole))
    second = await talks.rehearse(tried(whole))
    assert await state(psql) == before
    assert first.tried.faults == ()
    assert [one.position for one in first.tried.events] == [one.position for one in second.tried.events]
    receipt = await talks.record(whole)
    assert not receipt.replayed
    assert (receipt.first_position, receipt.last_position) == (
        first.tried.events[0].position,
        first.tried.events[1].position,
    )
    await assert_whole(psql)
    await assert_equals_fold(psql)


async def test_trial_says_what_would_be_told_and_found(talks: Recording) -> None:
    """The sentences name parties by their names, and a finding is the one that the receipt then has."""
    whole = request(demanded("veto", to=["nato"]), failed(), failed(BRUSSELS))
    rehearsal = await talks.rehearse(tried(whole))
    assert rehearsal.told is not None
    assert rehearsal.told.sentences[0] == "Russia tabled the demand veto to Nato: No further."
    body = msgspec.json.decode((await talks.record(whole)).body)
    assert body["findings"]
    assert msgspec.to_builtins(rehearsal.told.findings) == body["findings"]


async def test_trial_tells_parties_of_the_same_request_by_the_names_that_it_gives_them(recording: Recording) -> None:
    """As a file has them: parties, a negotiation, and what they say in it."""
    whole = request(identified("finland"), opened(), scheduled("geneva"), said("Yes.", by="finland"))
    rehearsal = await recording.rehearse(tried(whole))
    assert rehearsal.told is not None
    assert rehearsal.told.sentences[-1] == "Finland made a statement: Yes."
    assert rehearsal.told.findings == []


async def test_trial_tells_what_is_recorded_about_a_fact_of_the_same_list(talks: Recording) -> None:
    talk = talked()
    rehearsal = await talks.rehearse(tried(request(talk, retracted(talk))))
    assert rehearsal.told is not None
    assert rehearsal.told.sentences[1].startswith("On #9: The United-States and Russia held talks")
    assert rehearsal.told.sentences[1].endswith("Withdrawn: It was wrong.")


async def test_trial_tells_all_faults_at_once_and_judges_later_entries_by_themselves(talks: Recording) -> None:
    refused = demanded("veto", by="atlantis", to=["lemuria"])
    talk = failed("talks/paris")
    rehearsal = await talks.rehearse(
        tried(
            request(
                refused,
                answered("veto"),  # rests on the demand alone, which only lacks its party
                answered("veto", by="atlantis"),
                answered("other"),
                talk,
                retracted(said("never recorded")),
            )
        )
    )
    assert told(rehearsal) == [
        ("UnknownReference", 0, "/event/by/0/party"),
        ("UnknownReference", 0, "/event/to/0"),
        ("UnknownReference", 2, "/event/by/0/party"),
        ("AnswerToOwnDemand", 2, "/event/by/0/party"),
        ("UnknownReference", 3, "/event/on"),
        ("NotOpenedYet", 4, ""),
        ("UnknownReference", 5, "/event/target"),
    ]
    assert rehearsal.tried.undecided == ()
    assert rehearsal.tried.events == ()


async def test_trial_does_not_judge_what_speaks_about_a_refused_correction(talks: Recording) -> None:
    one = said("before")
    await talks.record(request(one))
    correction = corrected(one, {"type": "StatementMade", "text": "after", "by": [{"party": "atlantis"}]})
    rehearsal = await talks.rehearse(
        tried(request(correction, corrected(correction, {"type": "StatementMade", "text": "last"})))
    )
    assert told(rehearsal) == [("UnknownReference", 0, "/event/replacement/by/0/party")]
    assert rehearsal.tried.undecided == (1,)


async def test_trial_of_a_list_with_an_entry_that_could_not_be_mended_does_not_judge_by_names(
    talks: Recording,
) -> None:
    rehearsal = await talks.rehearse(
        tried(request(answered("veto"), answered("veto", occurred="2099-01-01")), Trial(unsure_after=-1))
    )
    assert told(rehearsal) == [("StartsAfterTheClock", 1, "/occurred")]
    assert rehearsal.tried.undecided == (0, 1)


async def test_trial_knows_what_is_on_record_and_which_keys_and_ids_are_taken(
    talks: Recording, psql: asyncpg.Connection
) -> None:
    one, other = said("one"), said("other")
    await talks.record(request(one, key="key", body=b"one"))
    before = await state(psql)
    same = await talks.rehearse(tried(request(one, key="another", body=b"one")))
    assert [stored.event_id for stored in same.tried.on_record] == [id_of(one)]
    by_key = await talks.rehearse(tried(request(said("whatever"), key="key", body=b"one")))
    assert [stored.event_id for stored in by_key.tried.on_record] == [id_of(one)]
    taken = entry(GENEVA, {"type": "StatementMade", "text": "else", "by": [{"party": "russia"}]}, id=id_of(one))
    cases: dict[type[RecordError], Request] = {
        KeyReused: request(other, key="key", body=b"two"),
        EventIdTaken: request(taken),
        EventIdsPartlyTaken: request(one, other),
        PreconditionFailed: request(other, if_match=(GENEVA, 99)),
    }
    for error, given in cases.items():
        rehearsal = await talks.rehearse(tried(given))
        assert [type(fault) for fault in rehearsal.tried.faults] == [error]
    several = await talks.rehearse(tried(request(taken, other, other, if_match=(GENEVA, 99))))
    assert told(several) == [("EventIdTaken", 2, "/id"), ("EventIdTaken", 0, "/id"), ("PreconditionFailed", None, "")]
    assert await state(psql) == before
    assert not (await talks.record(request(said("new"), key="another", body=b"two"))).replayed


def _in_words(error: Refusal | RecordError) -> tuple[Any, ...]:
    """All that an error says, but the time."""
    facts = {name: value for name, value in error.facts.items() if name != "clock"}
    return type(error), error.entry, error.pointer, facts


def _some(rng: random.Random, known: Sequence[Entry]) -> Entry:
    """An entry that is likely to be refused, and may be taken."""
    about = rng.choice(known)
    demand, party = rng.choice(["veto", "pause", "exit"]), rng.choice(["russia", "ukraine", "atlantis"])
    statement = {"type": "StatementMade", "text": "Again.", "by": [{"party": party}]}
    makers: list[Callable[[], Entry]] = [
        lambda: demanded(demand, by=party),
        lambda: answered(demand, by=party, stream=rng.choice([GENEVA, BRUSSELS, "talks/paris"])),
        lambda: said("so", by=party, occurred=rng.choice(["2022-01-10", "2099-01-01"])),
        lambda: scheduled(rng.choice(["geneva", "paris"])),
        lambda: opened(rng.choice([TALKS, "parties"])),
        lambda: identified(party),
        lambda: joined(party, "nato"),
        lambda: corrected(about, statement),
        lambda: retracted(about),
        lambda: account(about, text=rng.choice(["Otherwise.", 7])),
        lambda: entry(GENEVA, statement, id=rng.choice([id_of(about), new_event_id()])),
    ]
    return rng.choice(makers)()


async def test_trial_says_what_recording_right_after_it_says(talks: Recording, psql: asyncpg.Connection) -> None:
    """Of many requests, most of which are refused: the first fault is the refusal, word by word."""
    rng = random.Random(15)
    known = [said("first")]
    await talks.record(request(*known))
    taken = 0
    for number in range(150):
        entries = tuple(_some(rng, known) for _ in range(rng.choice([1, 1, 2, 4])))
        guard = rng.choice([None, None, (GENEVA, number)])
        given = request(*entries, key=rng.choice([None, "a", "b"]), body=bytes([rng.randrange(3)]), if_match=guard)
        before = await state(psql)
        rehearsal = await talks.rehearse(tried(given))
        assert await state(psql) == before
        try:
            receipt = await talks.record(given)
        except (Refusal, RecordError) as error:
            first = rehearsal.tried.faults[0]
            assert _in_words(first) == _in_words(error)
            assert await state(psql) == before
            continue
        taken += 1
        known += [one for one in entries if id_of(one) not in map(id_of, known)]
        assert rehearsal.tried.faults == ()
        positions = [one.position for one in rehearsal.tried.events or rehearsal.tried.on_record]
        assert (positions[0], positions[-1]) == (receipt.first_position, receipt.last_position)
        if not receipt.replayed:
            assert rehearsal.told is not None
            found = msgspec.json.decode(receipt.body)["findings"]
            assert msgspec.to_builtins(rehearsal.told.findings) == found
    assert 20 < taken < 130
    await assert_whole(psql)
    await assert_equals_fold(psql)


async def test_trials_beside_recording_at_two_services_leave_no_trace(
    talks: Recording, replica: Replica, psql: asyncpg.Connection
) -> None:
    other = await replica()
    known = said("known")
    await talks.record(request(known))
    real = [request(demanded(f"veto-{number}"), answered(f"veto-{number}")) for number in range(40)]
    rng = random.Random(15)
    trials = [tried(request(demanded(f"veto-{number}"), *([_some(rng, [known])]))) for number in range(40)]
    services = (talks, other)
    answers = await asyncio.gather(
        *(services[number % 2].record(one) for number, one in enumerate(real)),
        *(services[number % 2].rehearse(one) for number, one in enumerate(trials)),
    )
    assert len(answers) == 80
    rows = await psql.fetch("SELECT event_id::text FROM parley_events WHERE notification_id > 9")
    assert {row["event_id"] for row in rows} == {id_of(one) for given in real for one in given.entries}
    await assert_whole(psql)
    await assert_equals_fold(psql)
    for service in services:
        with pytest.raises(AnswerToOwnDemand):
            await service.record(request(answered("veto-0", by="russia")))
        with pytest.raises(UnknownReference):
            await service.record(request(answered("pause")))


async def test_trial_in_one_batch_with_requests_that_are_recorded(
    talks: Recording, database: str, psql: asyncpg.Connection
) -> None:
    """It sees what came before it, and what comes behind does not see it."""
    async with head_held(database) as own:
        await replica_recorded(own)
        first = asyncio.create_task(talks.record(request(said("first"))))
        await writers_waiting(psql)
        demand = asyncio.create_task(talks.record(request(demanded("veto"))))
        await _queued(talks, 1)
        given = request(answered("veto"), demanded("pause"), key="key", body=b"body")
        trial = asyncio.create_task(talks.rehearse(tried(given)))
        await _queued(talks, 2)
        after = asyncio.create_task(talks.record(request(answered("pause"))))
        await _queued(talks, 3)
        real = asyncio.create_task(talks.record(given))
        await _queued(talks, 4)
    await asyncio.gather(first, demand)
    assert (await trial).tried.faults == ()
    receipt = await real
    assert not receipt.replayed
    assert receipt.first_position == (await trial).tried.events[0].position
    with pytest.raises(UnknownReference):
        await after
    await assert_whole(psql)


async def replica_recorded(own: asyncpg.Connection) -> None:
    """The head is held by a transaction that changes it, so that whoever takes stock has to wait for it."""
    await own.execute("UPDATE head SET position = position")


async def _queued(recording: Recording, number: int) -> None:
    async def true() -> bool:
        await asyncio.sleep(0)
        return recording.waiting >= number

    await until(true)


async def test_trial_neither_takes_the_head_nor_waits_for_it(
    talks: Recording, replica: Replica, database: str, psql: asyncpg.Connection
) -> None:
    """Also where another service recorded something just now."""
    other = await replica()
    await other.record(request(demanded("veto")))
    before = await state(psql)
    async with head_held(database):
        rehearsal = await talks.rehearse(tried(request(answered("veto"))))
        assert rehearsal.tried.faults == ()
        assert (await talks.rehearse(tried(request(answered("veto", by="russia"))))).tried.faults
    assert await state(psql) == before
    assert not (await talks.record(request(answered("veto")))).replayed


async def test_trial_changes_nothing_that_is_kept_in_memory(talks: Recording) -> None:
    """The indexes know nothing of it, and what is shown is as before."""
    document = await talks.live.negotiation(TALKS)
    await talks.rehearse(tried(request(demanded("veto"), talked(), failed())))
    assert talks.folds.use.bytes_in_use == 0
    async with talks.folds.at(talks.pool, NOW, TALKS) as (dossier, _):
        assert "veto" not in demand_slugs(dossier)
    await talks.rehearse(tried(request(identified("finland"), joined("nato", "finland"))))
    async with talks.folds.at(talks.pool, NOW, PARTIES) as (parties, _):
        assert not party_exists(parties, "finland")
    assert await talks.live.negotiation(TALKS) == document
    index = talks._writer._indexes[TALKS]
    assert index.versions == {TALKS: 1, GENEVA: 1, BRUSSELS: 1}
    await assert_documents_equal_fold(talks.pool)


async def test_trial_of_a_negotiation_that_is_not_there_leaves_no_index_of_it(recording: Recording) -> None:
    await recording.rehearse(tried(request(opened("new"), scheduled("geneva", "new"))))
    assert "new" not in recording._writer._indexes
