"""Commitments lapse, are suspended and resumed, and recur."""

from typing import Any, Final

import msgspec
import pytest

from negotiation.clocks import Reading
from negotiation.dates import interval_of_date
from negotiation.documents import lists
from negotiation.envelope import AnyFact, Recorded
from negotiation.references import FieldError
from tests.negotiation.desk import RUSSIA, Desk, set_table
from tests.negotiation.histories import NEGOTIATION, folded

CORRIDOR: Final = {"type": "CommitmentMade", "commitment": "corridor", "text": "Ships with grain pass.", "by": RUSSIA}


def record(desk: Desk, day: str, **event: Any) -> Recorded:
    return desk.record(event, NEGOTIATION, day, published="2023-08-01")


def commitment(desk: Desk, at: str | None = None) -> Any:
    world = desk.world if at is None else folded(desk.world.events, Reading(happened_by=interval_of_date(at)))
    items = lists.items(world.talks, NEGOTIATION)
    [item] = [one for one in items if one[1:3] == ("commitments", "corridor")]
    return msgspec.json.decode(item.document)


def course(desk: Desk, at: str | None = None) -> list[str]:
    return [value["value"]["type"] for value in commitment(desk, at)["course"]["values"]]


def test_commitment_is_suspended_resumed_and_lapses_and_keeps_its_words() -> None:
    """The grain corridor: agreed in July 2022, suspended on 29 October, resumed on 2 November, ended in July 2023."""
    desk = set_table()
    record(desk, "2022-07-22", **CORRIDOR)
    record(desk, "2023-07-17", type="CommitmentLapsed", commitment="corridor")
    record(desk, "2022-11-02", type="CommitmentResumed", commitment="corridor")
    record(desk, "2022-10-29", type="CommitmentSuspended", commitment="corridor", by=RUSSIA)

    assert [course(desk, day) for day in ("2022-10-01", "2022-10-30", "2022-12-01")] == [
        [],
        ["CommitmentSuspended"],
        ["CommitmentResumed"],
    ]
    assert course(desk) == ["CommitmentLapsed"]
    assert commitment(desk)["values"][0]["value"]["text"] == "Ships with grain pass."


def test_suspension_that_was_limited_ends_by_itself() -> None:
    """What was suspended until a day binds again behind it."""
    desk = set_table()
    record(desk, "2022-07-22", **CORRIDOR)
    suspended = {"type": "CommitmentSuspended", "commitment": "corridor", "until": "2022-11-05"}
    record(desk, "2022-10-29", **suspended)

    assert course(desk, "2022-11-01") == ["CommitmentSuspended"]
    assert course(desk, "2022-11-06") == []


def test_commitment_that_binds_until_a_date_has_ended_then() -> None:
    desk = set_table()
    record(desk, "2022-07-22", **CORRIDOR, until="2022-11-19")

    assert commitment(desk, "2022-11-01")["values"][0]["value"]["until"] == "2022-11-19"
    ended = commitment(desk, "2022-11-20")
    assert (ended["values"], len(ended["ended"])) == ([], 1)


def test_commitment_that_recurs_is_assessed_each_time() -> None:
    """A payment that was missed in March does not undo the one of February."""
    desk = set_table()
    record(desk, "2022-01-10", **CORRIDOR, every="P1M", due="2022-02-01")
    of = {"of": {"kind": "commitment", "id": "corridor"}, "assessed_by": {"party": "nato"}}
    record(desk, "2022-02-02", type="PerformanceAssessed", **of, finding="met", occasion="2022-02")
    record(desk, "2022-03-02", type="PerformanceAssessed", **of, finding="not-met", occasion="2022-03")

    found = commitment(desk)["performance"]
    told = [(one["occasion"], [value["value"]["finding"] for value in one["values"]]) for one in found["shown"]]
    assert (found["total"], told) == (2, [("2022-03", ["not-met"]), ("2022-02", ["met"])])


def test_assessment_of_a_commitment_shows_it_anew() -> None:
    """What is shown with it touches its item, though the commitment reads as before."""
    desk = set_table()
    record(desk, "2022-07-22", **CORRIDOR)
    lapsed = record(desk, "2023-07-17", type="CommitmentLapsed", commitment="corridor")
    desk.retract(lapsed)

    dossier = desk.world.talks
    changes = type(dossier)().apply_all(desk.world.events)
    changes.keys = {key for key in changes.keys if key[0] == "commitment-course"}
    changes.facts = set()
    assert [one[1:3] for one in lists.items_touched(dossier, NEGOTIATION, changes)] == [("commitments", "corridor")]


@pytest.mark.parametrize(("field", "value"), [("every", "monthly"), ("until", "soon")])
def test_commitment_with_a_length_or_date_that_is_none_is_refused_by_name(field: str, value: str) -> None:
    with pytest.raises((FieldError, msgspec.ValidationError), match=field):
        msgspec.convert(CORRIDOR | {field: value}, AnyFact)
