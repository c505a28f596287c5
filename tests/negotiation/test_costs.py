"""What is looked at again after a change, and what is made anew for it: counted, whatever the speed of the machine."""

from collections.abc import Callable
from typing import Any, Final

import msgspec
import pytest

from negotiation.dates import Interval
from negotiation.documents import ledger
from negotiation.documents.lists import items_touched
from negotiation.documents.party import parties_dossier
from negotiation.envelope import AnyEvent, Recorded
from negotiation.findings.types import RELATED_KEPT
from negotiation.sources import Source
from negotiation.state import register_keys, registers
from negotiation.state.dossier import Dossier
from negotiation.state.history import Changes
from negotiation.state.lifetimes import Lifetime
from negotiation.state.registers import current, read
from tests.negotiation.histories import GENEVA, NEGOTIATION, event_id_of

MANY: Final = 200
FEW: Final = 4
"""A change among many looks again at no more facts than these."""
SOURCES: Final = (Source(publisher="The Gazette", kind="outlet", published="2032-01-01"),)


class Round:
    """One round, folded event by event; every party is known."""

    def __init__(self) -> None:
        self.dossier = Dossier(knows_party=lambda _: True)
        self.events: list[Recorded] = []

    def take(self, event: dict[str, Any], occurred: str = "2022-01-10") -> Changes:
        """Fold one event more; what it changed."""
        number = len(self.events) + 1
        self.events.append(
            Recorded(
                event=msgspec.convert(event, AnyEvent),
                id=event_id_of(number),
                occurred=occurred,
                position=number,
                recorded_at="2032-01-02T00:00:00.000000Z",
                recorded_by="desk-officer",
                sources=SOURCES,
                stream=GENEVA,
                version=number,
            )
        )
        return self.dossier.apply(self.events[-1])

    def document(self) -> "Round":
        """A treaty in two versions is on the table."""
        for version in ("1", "2"):
            self.take({"type": "DocumentTabled", "document": "treaty", "version": version, "kind": "draft"})
        return self


def day(number: int) -> str:
    return f"20{22 + number // 336}-{number // 28 % 12 + 1:02}-{number % 28 + 1:02}"


def deposit(party: int, version: str = "1") -> dict[str, Any]:
    return {"type": "InstrumentDeposited", "document": "treaty", "version": version, "parties": [f"party-{party}"]}


# -- consents


def test_deposit_to_an_agreement_of_many_looks_at_few_facts_again() -> None:
    """Of 200 parties that signed 200 deposit: the last deposit is looked at like the first."""
    talks = Round().document()
    every = [f"party-{number}" for number in range(MANY)]
    talks.take({"type": "AgreementSigned", "document": "treaty", "version": "1", "parties": every})

    looked_at = [len(talks.take(deposit(number), day(number)).facts) for number in range(MANY)]

    assert max(looked_at) <= FEW
    assert not talks.dossier.findings


def test_deposit_to_a_disputed_agreement_looks_at_few_facts_again_and_tells_the_first_that_dispute_it() -> None:
    """Once there are many of both versions, another changes nothing that the others are told."""
    talks = Round().document()
    for number in range(2 * MANY):
        talks.take(deposit(number, "1" if number % 2 else "2"), day(number))

    changes = talks.take(deposit(2 * MANY, "2"), day(2 * MANY))

    assert len(changes.facts) <= FEW
    [found] = talks.dossier.findings[talks.events[-1].id]
    others = [one.id for one in talks.events[3 : 2 * MANY + 2 : 2]]
    assert list(found.related) == sorted(others)[:RELATED_KEPT]
    assert talks.dossier.count_findings() == 2 * MANY + 1


def test_show_a_document_of_many_consents_reads_only_the_register_that_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other registers that are shown with it are kept as they were read."""
    talks = Round().document()
    for number in range(MANY):
        list(items_touched(talks.dossier, NEGOTIATION, talks.take(deposit(number), day(number))))
    reads = counting(monkeypatch, "negotiation.state.history.read_of")

    list(items_touched(talks.dossier, NEGOTIATION, talks.take(deposit(1), day(MANY))))

    assert len(reads) == 1


def counting(monkeypatch: pytest.MonkeyPatch, name: str) -> list[None]:
    """Count the calls of a function, which does what it does."""
    calls: list[None] = []
    module, _, function = name.rpartition(".")
    real: Callable[..., Any] = getattr(__import__(module, fromlist=[function]), function)

    def counted(*arguments: Any, **named: Any) -> Any:
        calls.append(None)
        return real(*arguments, **named)

    monkeypatch.setattr(name, counted)
    return calls


# -- long rounds


def test_adjourn_a_round_of_many_sittings_looks_at_none_of_them_again() -> None:
    """Only conclusions and what resumes talks say anything about sittings, and only of those behind them."""
    talks = Round()
    talks.take({"type": "RoundConcluded"}, day(0))
    for number in range(MANY):
        talks.take({"type": "TalksHeld", "session": f"day-{number}", "rooms": [["russia", "nato"]]}, day(number + 1))
    assert len(talks.dossier.findings) == MANY

    adjourned = talks.take({"type": "TalksAdjourned"}, day(MANY))
    concluded = talks.take({"type": "RoundConcluded"}, day(MANY + 1))
    left = talks.take({"type": "PartyLeft", "party": "russia"}, day(MANY + 1))
    resumed = talks.take({"type": "TalksResumed"}, f"[{day(0)}..{day(1)}]")

    assert [len(changes.facts) for changes in (adjourned, concluded, left)] == [1, 1, 1]
    assert len(resumed.found) == MANY


@pytest.mark.parametrize("scope", ["round", "negotiation"])
def test_break_talks_off_many_times_looks_at_few_sittings_again(scope: str) -> None:
    """A break-off that was resumed before the sittings behind it concerns none of them, in whatever order it comes."""
    talks = Round()
    talks.take({"type": "TalksResumed", "scope": scope}, day(2 * MANY))
    for number in range(MANY):
        talks.take({"type": "TalksHeld", "session": f"day-{number}"}, day(2 * MANY + 1 + number))

    looked_at = [
        len(talks.take({"type": "TalksBrokenOff", "scope": scope}, day(number)).facts) for number in range(MANY)
    ]

    assert max(looked_at) <= FEW
    assert not talks.dossier.findings


def test_hold_many_talks_after_many_break_offs_compares_few_dates_for_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last break-off before a sitting is found by bisection, not by going through all of them."""
    talks = Round()
    for number in range(MANY):
        talks.take({"type": "TalksBrokenOff"}, day(2 * number))
        talks.take({"type": "TalksResumed"}, day(2 * number + 1))
    talks.take({"type": "TalksHeld", "session": "first"}, day(0))
    compared: list[None] = []

    def before(one: Interval, other: Interval, real: Callable[..., bool] = Interval.before) -> bool:
        compared.append(None)
        return real(one, other)

    monkeypatch.setattr(Interval, "before", before)

    for number in range(MANY):
        talks.take({"type": "TalksHeld", "session": f"day-{number}"}, day(2 * number))

    assert len(compared) <= FEW * MANY
    assert not talks.dossier.findings


def test_set_a_date_among_many_looks_only_at_those_that_have_passed_since() -> None:
    """When the record comes to a later day, the deadlines up to it are looked at again, once."""
    talks = Round()
    for number in range(MANY):
        deadline = {"type": "DeadlineSet", "deadline": f"date-{number}", "what": "A reply", "due": day(number + 100)}
        talks.take(deadline, day(0))

    looked_at = [len(talks.take({"type": "TalksAdjourned"}, day(number)).facts) for number in range(100, 100 + MANY)]

    assert max(looked_at) <= FEW
    assert talks.dossier.count_findings() == MANY - 1


def test_move_a_deadline_many_times_looks_at_few_facts_again() -> None:
    """Those that gave way long ago are not looked at for each that comes."""
    talks = Round()
    moved = [
        {"type": "DeadlineSet", "deadline": "reply", "what": "A reply", "due": day(number + 400)}
        for number in range(MANY)
    ]

    assert max(len(talks.take(event, day(number)).facts) for number, event in enumerate(moved)) <= FEW


# -- votes


@pytest.mark.parametrize("counted", ["alike", "each otherwise", "every other"])
def test_take_many_votes_on_a_day_looks_at_few_of_them_again(counted: str) -> None:
    """A vote is compared with the first of those that may be the same; once there are more, it concerns no other."""
    talks = Round()
    vote = {"type": "VoteTaken", "electorate": "Council", "on": {"kind": "demand", "id": "veto"}, "result": "adopted"}
    looked_at = []
    for number in range(2 * MANY):
        count = 7 if counted == "alike" else number
        counts = {} if counted == "every other" and number % 2 else {"counts": {"for": count}}
        looked_at.append(len(talks.take(vote | counts).facts))

    assert max(looked_at[MANY:]) <= FEW
    assert sum(looked_at) <= 2 * MANY * 60


# -- demands


def answered_by_many() -> Round:
    talks = Round()
    talks.take({"type": "DemandTabled", "demand": "veto", "text": "No.", "by": [{"party": "russia"}]})
    for number in range(MANY):
        talks.take(answer(number), day(number + 20))
    return talks


def answer(party: int) -> dict[str, Any]:
    on = {"kind": "demand", "id": "veto"}
    return {"type": "AnswerGiven", "on": on, "answer": "reject", "by": [{"party": f"party-{party}"}]}


def test_correct_a_demand_that_many_answered_looks_at_none_of_the_answers_again() -> None:
    """They came after it before and come after it now."""
    talks = answered_by_many()
    demand = {"type": "DemandTabled", "demand": "veto", "text": "Never.", "by": [{"party": "russia"}]}
    correction = {"type": "EventCorrected", "target": talks.events[0].id, "reason": "Read anew.", "replacement": demand}

    assert len(talks.take(correction, "2022-01-11").facts) == 1


def test_answer_what_many_answered_composes_one_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the ledger row's answers that read as before are as they were composed."""
    talks = answered_by_many()
    parties = parties_dossier()
    ledger.ledger_row(talks.dossier, parties, "veto")
    composed = counting(monkeypatch, "negotiation.documents.ledger.answer_document")

    talks.take(answer(7), day(MANY + 30))
    row = ledger.ledger_row(talks.dossier, parties, "veto")

    assert len(composed) == 1
    monkeypatch.undo()
    documents = [ledger.answer_document(talks.dossier, key) for key in ledger.answer_keys(talks.dossier, "veto")]
    assert [one.document for one in row.answers] == documents


# -- contested registers


def test_read_a_register_of_many_values_that_say_what_they_came_after_goes_through_them_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However many different values stand, who gave way to whom is found out once to read it."""
    talks = Round()
    for number in range(MANY):
        after = [talks.events[-1].id] if number == MANY // 2 else []
        schedule = {"type": "RoundScheduled", "round": "geneva", "venue": f"Room {number}", "after": after}
        talks.take(schedule)
    every = list(talks.dossier.history.assertions(register_keys.schedule("geneva")).values())
    standing = current(every)
    closed = counting(monkeypatch, "negotiation.state.registers._followers")

    register = read(every)

    assert len(register.values) == len(standing) == MANY - 1
    assert len(closed) == 2  # for those that stand, and for what they rest on
    assert register.values[0].evidence_total <= registers.EVIDENCE_SHOWN


# -- blocs and lifetimes


class Table(Round):
    """A round, and the parties' own unit beside it."""

    def __init__(self) -> None:
        super().__init__()
        self.parties = Dossier()
        self.dossier = Dossier(knows_party=lambda _: True, parties=lambda: self.parties.history)

    def party(self, event: dict[str, Any], occurred: str = "../2020") -> Changes:
        """Fold one event more of the parties."""
        number = len(self.parties.history.lives.events) + 1
        return self.parties.apply(
            Recorded(
                event=msgspec.convert(event, AnyEvent),
                id=event_id_of(1_000_000 + number),
                occurred=occurred,
                position=number,
                recorded_at="2032-01-02T00:00:00.000000Z",
                recorded_by="desk-officer",
                sources=SOURCES,
                stream=f"parties/{event.get('group', event.get('party'))}",
                version=number,
            )
        )

    def of_blocs(self, members: int = MANY) -> "Table":
        """Two groups, and who belongs to both; the first answered for its members."""
        for number in range(members):
            for group in ("bloc", "league"):
                self.party({"type": "MemberJoined", "group": group, "member": f"party-{number}"})
        self.take({"type": "DemandTabled", "demand": "veto", "text": "No.", "by": [{"party": "russia"}]}, day(0))
        self.take(answer(0) | {"answer": "accept", "by": [{"party": "bloc", "as": "for-members"}]}, day(1))
        return self


def test_answer_beside_a_bloc_by_many_members_looks_at_few_facts_again() -> None:
    """What a member answers concerns its own answers and, where several groups bind it, theirs; no other member's."""
    talks = Table().of_blocs()

    alone = [len(talks.take(answer(number), day(number + 2)).facts) for number in range(MANY // 2)]
    talks.take(answer(0) | {"by": [{"party": "league", "as": "for-members"}]}, day(MANY))
    of_both = [len(talks.take(answer(number), day(number + 2)).facts) for number in range(MANY // 2, MANY)]

    assert max(alone) == 1
    assert max(of_both) <= FEW
    assert talks.dossier.count_findings() == MANY


def test_answer_of_parties_that_belong_to_no_bloc_looks_at_no_other_answer() -> None:
    talks = Table().of_blocs(members=1)

    assert max(len(talks.take(answer(number), day(number + 2)).facts) for number in range(1, MANY)) == 1


def test_act_of_many_parties_is_compared_with_few_that_began_or_ended_on_record(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Only parties with a known beginning or end are kept, so most acts are compared with nothing."""
    talks = Table()
    for number in range(MANY):
        identified = {"type": "PartyIdentified", "party": f"party-{number}", "name": "A", "kind": "state"}
        talks.party(identified, day(0) if number == MANY - 1 else "../2020")
    compared: list[None] = []

    def outside(one: Lifetime, start: Interval, real: Callable[..., bool] = Lifetime.not_yet) -> bool:
        compared.append(None)
        return real(one, start)

    monkeypatch.setattr(Lifetime, "not_yet", outside)

    for number in range(MANY):
        talks.take({"type": "StatementMade", "text": "Yes.", "by": [{"party": f"party-{number}"}]}, day(1))

    assert len(talks.parties.history.lifetimes) == len(compared) == 1
