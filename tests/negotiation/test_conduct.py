"""Conduct keeps its beginning, its length and what it is linked to, though the report that ends it says less."""

from typing import Any, Final

import msgspec
import pytest

from negotiation.documents import lists
from negotiation.documents.party import parties_dossier
from parley.telling import registers
from parley.telling.order import Clock
from parley.telling.phrases import Names
from parley.telling.story import Story
from tests.negotiation.desk import RUSSIA, VETO, Desk, set_table
from tests.negotiation.histories import NEGOTIATION

STRIKE: Final = {"type": "ConductReported", "conduct": "strike", "kind": "strike"}


def report(desk: Desk, occurred: str, phase: str | None, **more: Any) -> Any:
    fields = STRIKE | ({} if phase is None else {"phase": phase}) | more
    return desk.record(fields, NEGOTIATION, occurred, published="2019-12-01")


def course(desk: Desk) -> Any:
    items = lists.items(desk.world.talks, NEGOTIATION)
    [item] = [one for one in items if one[1:3] == ("conduct", "strike")]
    return msgspec.json.decode(item.document)["course"]


def test_conduct_that_has_ended_keeps_its_beginning_and_what_it_is_linked_to() -> None:
    """A strike of forty days, from 15 September to 25 October 2019; the report of its end says no more than that."""
    desk = set_table()
    report(desk, "2019-10-25", "ended")
    report(desk, "2019-09-15", "begun", by=RUSSIA, linked_to=[VETO])

    assert course(desk) == {
        "spells": [{"began": "2019-09-15", "ended": "2019-10-25", "lasted": {"exactly": "P40D"}}],
        "by": [{"party": "russia"}],
        "linked_to": [VETO],
    }


@pytest.mark.parametrize(
    ("reports", "spells"),
    [
        ([("2019-09-15", "begun")], [{"began": "2019-09-15"}]),
        ([("2019-09-01", "threatened")], []),
        (
            [("2019-09-20", "continuing"), ("2019-10-25", "ended")],
            [{"began": "[..2019-09-20]", "ended": "2019-10-25", "lasted": {"at_least": "P35D"}}],
        ),
        (
            [("2019-09", "begun"), ("2019-10-25", "ended")],
            [{"began": "2019-09", "ended": "2019-10-25", "lasted": {"at_least": "P25D", "at_most": "P54D"}}],
        ),
        (
            [("2019-09-15", "begun"), ("../2019-10-25", "ended")],
            [{"began": "2019-09-15", "ended": "[..2019-10-25]", "lasted": {"at_most": "P40D"}}],
        ),
        ([("2019-09-15/..", "continuing")], [{"began": "2019-09-15"}]),
        (
            [("2019-09-15/2019-10-25", None)],
            [{"began": "2019-09-15", "ended": "2019-10-25", "lasted": {"exactly": "P40D"}}],
        ),
        ([("2019-10-25", "ended")], [{"ended": "2019-10-25"}]),
        (
            [("2019-09-15T22:00:00-04:00", "begun"), ("2019-09-16T08:30:00-04:00", "ended")],
            [
                {
                    "began": "2019-09-15T22:00:00-04:00",
                    "ended": "2019-09-16T08:30:00-04:00",
                    "lasted": {"exactly": "PT10H30M"},
                }
            ],
        ),
        (
            [("2019-09-15", "begun"), ("2019-09-17", "ended"), ("2019-10-01", "begun"), ("2019-10-02", "continuing")],
            [
                {"began": "2019-09-15", "ended": "2019-09-17", "lasted": {"exactly": "P2D"}},
                {"began": "2019-10-01"},
            ],
        ),
    ],
)
def test_conduct_has_the_spells_that_its_reports_tell(
    reports: list[tuple[str, str | None]], spells: list[dict[str, Any]]
) -> None:
    """What was seen to go on had begun by then; what began again has another spell."""
    desk = set_table()
    for occurred, phase in reports:
        report(desk, occurred, phase)

    assert course(desk)["spells"] == spells


def test_replay_tells_the_end_of_conduct_without_taking_back_what_it_is_linked_to() -> None:
    """Neither who did it, nor over what."""
    desk = set_table()
    report(desk, "2019-09-15", "begun", by=RUSSIA, linked_to=[VETO], text="All plants.")
    report(desk, "2019-10-25", "ended")
    names = Names(parties_dossier())
    steps = Story(NEGOTIATION, desk.world.events, Clock.HAPPENED).steps()
    lines = [line.plain for step in steps for _, line in registers.changes(step.changes, names, account=False)]

    assert [line for line in lines if "conduct" in line][-1] == "conduct strike: begun -> ended"
