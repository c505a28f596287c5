"""The life of a demand: all that happened to it, in order."""

from typing import Any, Final

import msgspec
import pytest

from negotiation.clocks import Reading
from negotiation.dates import interval_of_date
from negotiation.documents.demand_life import life
from negotiation.documents.ledger import ledger_entry, ledger_row
from negotiation.envelope import AnyFact, Recorded
from negotiation.references import FieldError
from tests.negotiation.desk import Desk, identified, set_table
from tests.negotiation.histories import NEGOTIATION, folded

UNION: Final = [{"party": "union"}]
RAILWAY: Final = [{"party": "railway", "speaker": "Martin Seiler"}]
WEEK: Final = {"kind": "demand", "id": "35-hour-week"}
RISE: Final = {"type": "DemandTabled", "demand": "35-hour-week", "text": "35 hours for shift workers.", "by": UNION}
HOURS: Final = "weekly hours"


def table() -> Desk:
    desk = set_table()
    for party in ("union", "railway", "members", "ministry"):
        desk.record(identified(party), f"parties/{party}", "../2022-01-11")
    return desk


def record(desk: Desk, day: str, **event: Any) -> Recorded:
    return desk.record(event, NEGOTIATION, day, published="2024-04-01")


def dispute() -> Desk:
    """A demand for shorter hours, from when it was tabled until it was settled; recorded in another order."""
    desk = table()
    record(desk, "2023-11-08", **RISE, to=["railway"], terms=[{"name": HOURS, "value": "35"}])
    settled = {"type": "DemandSettled", "demand": "35-hour-week"}
    record(desk, "[2024-03-22..2024-03-25]", **settled)
    accept = {"type": "AnswerGiven", "on": WEEK, "by": RAILWAY}
    record(
        desk, "2024-01-19", **accept, answer="counter", text="One hour less.", terms=[{"name": HOURS, "value": "37"}]
    )
    record(desk, "2023-11-24", **accept, answer="reject", text="Out of the question.")
    record(desk, "2024-01-05", type="DemandPut", demand="35-hour-week", by=UNION, to=["ministry"])
    about = {"text": "36 hours from 2028 on.", "about": [WEEK]}
    record(desk, "2024-03-01", type="ConcessionMade", by=UNION, **about)
    revised = {"type": "DemandTabled", "demand": "36-hour-week", "text": "36 hours.", "by": UNION}
    record(desk, "2024-02-20", **revised, revises="35-hour-week", terms=[{"name": HOURS, "value": "36"}])
    assessed = {"type": "PerformanceAssessed", "of": WEEK, "finding": "partly", "assessed_by": {"party": "union"}}
    record(desk, "2024-03-26", **assessed)
    return desk


def steps(desk: Desk, *fields: str, at: Reading | None = None) -> list[tuple[Any, ...]]:
    world = desk.world if at is None else folded(desk.world.events, at)
    told = msgspec.json.decode(msgspec.json.encode(life(world.talks, "35-hour-week")))
    return [tuple(step.get(field) for field in ("step", *fields)) for step in told]


def test_life_tells_a_demand_from_when_it_was_tabled_until_it_was_settled() -> None:
    """In order, whatever the order of recording, and settled between two dates without anybody saying how."""
    assert steps(dispute(), "occurred", "text") == [
        ("tabled", "2023-11-08", "35 hours for shift workers."),
        ("answered", "2023-11-24", "Out of the question."),
        ("put", "2024-01-05", None),
        ("answered", "2024-01-19", "One hour less."),
        ("revised", "2024-02-20", "36 hours."),
        ("conceded", "2024-03-01", "36 hours from 2028 on."),
        ("settled", "[2024-03-22..2024-03-25]", None),
        ("assessed", "2024-03-26", None),
    ]


def test_life_tells_words_and_terms_and_whom_it_was_put_to() -> None:
    told = {(step, occurred): rest for step, occurred, *rest in steps(
        dispute(), "occurred", "to", "terms", "answer", "demand", "finding", "how"
    )}  # fmt: skip
    terms = [{"name": HOURS, "value": "35"}]
    assert told["tabled", "2023-11-08"] == [["railway"], terms, None, None, None, None]
    assert told["put", "2024-01-05"] == [["ministry"], None, None, None, None, None]
    assert told["answered", "2024-01-19"] == [None, [{"name": HOURS, "value": "37"}], "counter", None, None, None]
    assert told["revised", "2024-02-20"][3] == "36-hour-week"
    assert told["assessed", "2024-03-26"][4] == "partly"


def test_life_at_a_clock_tells_what_had_happened() -> None:
    at = Reading(happened_by=interval_of_date("2024-03-24"))
    assert [step for step, in steps(dispute(), at=at)][-1] == "conceded"  # fmt: skip


def test_life_tells_a_withdrawal_by_those_whose_demand_it_is() -> None:
    """Another party that withdraws something said an answer."""
    desk = table()
    record(desk, "2023-11-08", **RISE)
    for by, day in ((RAILWAY, "2023-11-09"), (UNION, "2023-11-10")):
        record(desk, day, type="AnswerGiven", on=WEEK, answer="withdraw", by=by)

    assert steps(desk) == [("tabled",), ("answered",), ("withdrawn",)]


def test_life_of_one_day_goes_by_what_facts_say_they_came_after() -> None:
    """Two answers of one day, of which the second says so; recorded first."""
    desk = table()
    record(desk, "2023-11-08", **RISE)
    first = record(desk, "2023-11-09", type="AnswerGiven", on=WEEK, answer="reject", by=RAILWAY)
    last = record(desk, "2023-11-09", type="AnswerGiven", on=WEEK, answer="accept", by=RAILWAY, after=[first.id])
    answer = {"type": "AnswerGiven", "on": WEEK, "answer": "defer", "by": RAILWAY}
    middle = record(desk, "2023-11-09", **answer, after=[first.id])
    desk.correct(last, {**answer, "answer": "accept", "after": [middle.id]}, "2023-11-09")

    assert steps(desk, "answer") == [
        ("tabled", None),
        ("answered", "reject"),
        ("answered", "defer"),
        ("answered", "accept"),
    ]


def test_life_begins_with_what_was_already_so() -> None:
    """A standing demand that was first seen on the 11th is not tabled behind its answer of the 10th."""
    desk = table()
    record(desk, "../2022-01-11", **RISE)
    record(desk, "2022-01-10", type="AnswerGiven", on=WEEK, answer="reject", by=RAILWAY)

    assert steps(desk) == [("tabled",), ("answered",)]


def test_life_tells_answers_to_a_part_and_what_a_motion_and_a_commitment_did() -> None:
    desk = table()
    record(desk, "2023-11-08", **RISE, parts=[{"part": "shifts", "text": "For shifts."}])
    record(desk, "2023-11-09", type="AnswerGiven", on={**WEEK, "provision": "shifts"}, answer="accept", by=RAILWAY)
    vote = {"electorate": "Members", "on": WEEK, "result": "adopted", "motion": "To insist on it."}
    record(desk, "2023-11-10", type="VoteTaken", **vote)
    record(desk, "2023-11-11", type="CommitmentMade", commitment="hours", text="By 2029.", by=RAILWAY, under=WEEK)

    assert steps(desk, "of", "text") == [
        ("tabled", None, "35 hours for shift workers."),
        ("answered", "shifts", None),
        ("voted", None, "To insist on it."),
        ("committed", None, "By 2029."),
    ]


def test_demand_is_put_to_all_that_it_was_ever_put_to_and_its_course_is_told() -> None:
    desk = dispute()
    entry = msgspec.json.decode(
        ledger_entry(ledger_row(desk.world.talks, desk.world.parties, "35-hour-week"), ("nato",))
    )
    assert entry["to"] == ["ministry", "railway"]
    assert (entry["unknown"], entry["not_put"]) == ({"total": 1}, {"total": 1})
    assert [value["value"] for value in entry["course"]["values"]] == [{"type": "DemandSettled"}]
    assert "life" not in entry

    record(desk, "2024-03-28", type="DemandPut", demand="35-hour-week", by=UNION, to=["railway"])

    assert desk.values("demand-course", "", "35-hour-week") == [{"type": "DemandPut"}]


def test_demand_that_is_put_to_nobody_is_refused_with_the_remedy() -> None:
    with pytest.raises((FieldError, msgspec.ValidationError), match="name the parties"):
        msgspec.convert({"type": "DemandPut", "demand": "x"}, AnyFact)
