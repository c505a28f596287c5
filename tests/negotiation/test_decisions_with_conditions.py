"""Values that hang on conditions read by what is known of these."""

from typing import Any, Final

import msgspec
import pytest

from negotiation.clocks import NOW, Reading
from negotiation.dates import interval_of_date
from negotiation.documents.ledger import ledger_entry, ledger_row
from negotiation.documents.party import parties_dossier
from negotiation.documents.plain import plain_document
from negotiation.envelope import Recorded
from negotiation.findings import types as findings
from negotiation.state.registers import Register
from parley.telling import registers
from parley.telling.order import Clock
from parley.telling.phrases import Names
from parley.telling.story import Story
from tests.negotiation.desk import ANSWER_OF_THE_UNITED_STATES, Desk, set_table
from tests.negotiation.histories import NEGOTIATION, folded

APPROVED: Final = {"condition": "approved", "text": "The House of Commons approves the agreement next week."}
NOT_APPROVED: Final = {"condition": "not-approved", "text": "The House of Commons does not approve it next week."}
DECIDED: Final = "2019-03-21"
DEADLINE: Final = ("deadline", "", "article-50")


def decide(desk: Desk, due: str, *conditions: dict[str, str], occurred: str = DECIDED, **more: Any) -> Recorded:
    """A branch of what the European Council decided on 21 March 2019."""
    deadline = {"type": "DeadlineSet", "deadline": "article-50", "what": "The exit", "due": due, "if": conditions}
    return desk.record(deadline, NEGOTIATION, occurred, **({"published": "2019-03-22"} | more))


def decided() -> Desk:
    """Until 22 May if the Commons approve the agreement, else until 12 April: one decision, of two branches."""
    desk = set_table()
    decide(desk, "2019-03-29", occurred="2017-03-29", published="2017-03-29")
    decide(desk, "2019-05-22", APPROVED)
    decide(desk, "2019-04-12", NOT_APPROVED)
    return desk


def assess(desk: Desk, condition: str, finding: str, day: str = "2019-03-29", by: str = "united-states") -> Recorded:
    of = {"kind": "condition", "id": condition}
    event = {"type": "PerformanceAssessed", "of": of, "finding": finding, "assessed_by": {"party": by}}
    return desk.record(event, NEGOTIATION, day, published=day)


def answer(desk: Desk, said: str, *conditions: dict[str, str], **more: Any) -> None:
    """The answer of the United States to the veto, if ..."""
    fields: dict[str, Any] = {"if": list(conditions), **more}
    desk.answer(said, **fields)


def dues(register: Register) -> list[str]:
    return sorted(msgspec.json.decode(value.value)["due"] for value in register.values)


def test_branches_of_one_decision_are_alternatives_and_contest_nothing() -> None:
    """The council decided both at once; no source disagrees with another. What held before holds no more."""
    register = decided().register(*DEADLINE)

    assert dues(register) == ["2019-04-12", "2019-05-22"]
    assert register.alternatives
    assert not register.contested


def test_branch_whose_condition_was_not_met_is_gone() -> None:
    """On 29 March the Commons rejected the agreement: what is left is 12 April."""
    desk = decided()
    assess(desk, "approved", "not-met")

    register = desk.register(*DEADLINE)
    assert dues(register) == ["2019-04-12"]
    assert not register.alternatives
    assert dues(desk.register(*DEADLINE, at=Reading(happened_by=interval_of_date("2019-03-28")))) == [
        "2019-04-12",
        "2019-05-22",
    ]


def test_branch_whose_condition_was_met_is_what_was_decided() -> None:
    """The other one is gone, also where nobody says that its condition was not met."""
    desk = decided()
    assess(desk, "not-approved", "met")

    assert dues(desk.register(*DEADLINE)) == ["2019-04-12"]


def test_branch_comes_back_when_the_assessment_is_withdrawn() -> None:
    desk = decided()
    assessed = assess(desk, "approved", "not-met")
    desk.retract(assessed)

    assert desk.register(*DEADLINE).alternatives


@pytest.mark.parametrize("second", ["met", "partly"])
def test_condition_of_which_assessments_differ_is_open(second: str) -> None:
    """Nobody's assessment counts for more than another's."""
    desk = decided()
    assess(desk, "approved", "not-met")
    assess(desk, "approved", second, by="russia")

    assert desk.register(*DEADLINE).alternatives


def test_assessment_that_hangs_on_a_condition_itself_decides_nothing() -> None:
    """Not even on its own."""
    desk = decided()
    of = {"kind": "condition", "id": "approved"}
    event = {"type": "PerformanceAssessed", "of": of, "finding": "not-met", "assessed_by": {"party": "russia"}}
    desk.record(event | {"if": [APPROVED]}, NEGOTIATION, "2019-03-29", published="2019-03-29")

    assert desk.register(*DEADLINE).alternatives


@pytest.mark.parametrize(
    "other",
    [
        {"conditions": (APPROVED,)},  # one and the same condition
        {"publisher": "The Courier"},  # another source
        {"conditions": ()},  # nothing hangs on anything
        {"by": [{"party": "nato"}]},  # somebody else's
    ],
)
def test_sources_that_disagree_on_a_decision_contest_it(other: dict[str, Any]) -> None:
    """Contested stays for what cannot both be so."""
    desk = set_table()
    answer(desk, "accept", APPROVED)
    conditions = other.get("conditions", (NOT_APPROVED,))
    by = [{"party": "united-states"}, *other.get("by", [])]
    publisher = other.get("publisher", "The Gazette")
    answer(desk, "reject", *conditions, publisher=publisher, by=by)

    register = desk.register(*ANSWER_OF_THE_UNITED_STATES)
    assert register.contested
    assert not register.alternatives


def test_account_that_differs_of_one_branch_contests_it() -> None:
    """Two accounts of one fact are no two branches."""
    desk = decided()
    branch = decide(desk, "2019-05-22", APPROVED)
    desk.account(branch, "differs", "2019-03-23", due="2019-05-23")

    assert desk.register(*DEADLINE).contested


def test_branches_that_take_effect_at_different_times_do_not_follow_each_other() -> None:
    """If it is ratified in time it is in force in May, else applied in April: the one that is later ends neither."""
    desk = set_table()
    desk.record({"type": "DocumentTabled", "document": "treaty", "kind": "agreement"}, NEGOTIATION, "2019-01-01")
    for type_, effective, condition in (
        ("EnteredIntoForce", "2019-05-01", APPROVED),
        ("ProvisionallyApplied", "2019-04-01", NOT_APPROVED),
    ):
        status = {"type": type_, "document": "treaty", "effective": effective, "if": [condition]}
        desk.record(status, NEGOTIATION, DECIDED, published=DECIDED)

    register = desk.register("status", "document/treaty", "")
    assert register.alternatives
    assert {msgspec.json.decode(value.value)["type"] for value in register.values} == {
        "EnteredIntoForce",
        "ProvisionallyApplied",
    }


def test_answer_that_hung_on_what_was_not_met_stands_no_more() -> None:
    """What was said before it stands again; without anything before, it is shown as what ended."""
    desk = set_table()
    answer(desk, "accept", APPROVED)
    assess(desk, "approved", "not-met", "2022-01-12")
    register = desk.register(*ANSWER_OF_THE_UNITED_STATES)
    assert register.values == ()
    assert [msgspec.json.decode(value.value)["answer"] for value in register.ended] == ["accept"]
    entry = msgspec.json.decode(
        ledger_entry(ledger_row(desk.world.talks, desk.world.parties, "veto-on-enlargement"), ())
    )
    [shown] = entry["answers"]
    assert shown["conditions"][0]["assessments"][0]["values"][0]["value"]["finding"] == "not-met"

    desk.answer("defer", "2022-01-09")

    assert desk.values(*ANSWER_OF_THE_UNITED_STATES) == [{"answer": "defer"}]


def test_assessment_that_may_have_been_made_leaves_open_what_hangs_on_it() -> None:
    """By the 28th it is not certain, and said to be so."""
    desk = decided()
    assess(desk, "approved", "not-met", "2019-03")
    register = desk.register(*DEADLINE, at=Reading(happened_by=interval_of_date("2019-03-28")))

    assert register.alternatives
    assert register.may_have_changed


def test_deadline_of_a_branch_that_is_gone_passes_unnoticed() -> None:
    """12 April passed; 22 May was the deadline of nobody any more."""
    desk = decided()
    lapsed = next(fact for fact in desk.world.events if getattr(fact.event, "due", None) == "2019-05-22")
    desk.record({"type": "StatementMade", "text": "Still in."}, NEGOTIATION, "2019-06-01", published="2019-06-01")
    assert [type(one) for one in desk.findings(lapsed)] == [findings.DeadlinePassed]

    assess(desk, "approved", "not-met")

    assert desk.findings(lapsed) == []


def test_replay_tells_alternatives_and_what_was_decided() -> None:
    """No line says that a decision of two branches is contested."""
    desk = decided()
    assess(desk, "approved", "not-met")
    names = Names(parties_dossier())
    steps = Story(NEGOTIATION, desk.world.events, Clock.HAPPENED).steps()
    lines = [line.plain for step in steps for _, line in registers.changes(step.changes, names, account=False)]

    told = [line for line in lines if "deadline article-50" in line]
    approved, not_approved = (f"if {one['text']}" for one in (APPROVED, NOT_APPROVED))
    assert told[2:] == [
        f"alternatives now: deadline article-50: 22 May 2019, {approved} | 12 April 2019, {not_approved}",
        f"decided now: deadline article-50: 12 April 2019, {not_approved}",
    ]
    assert not any("contested" in line for line in told)


def test_fold_in_another_order_reads_the_same() -> None:
    """An assessment may be recorded before what hangs on it."""
    desk = decided()
    assess(desk, "approved", "not-met")

    backwards = folded(list(reversed(desk.world.events)), NOW)
    assert dues(backwards.talks.history.register(desk.world.talks.history.keys("deadline").pop())) == ["2019-04-12"]


def test_plain_reading_shows_every_branch() -> None:
    """What the branches agree on stands once, the rest side by side."""
    register = msgspec.json.decode(bytes(decided().register(*DEADLINE).shown))
    [found] = plain_document({"deadlines": [register]}, refs=False)["deadlines"]

    assert found["what"] == "The exit"
    assert [one["due"] for one in found["alternatives"]] == ["2019-05-22", "2019-04-12"]
    assert "contested" not in found
