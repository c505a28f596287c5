"""Where a story ends: what became of the versions of documents."""

from typing import Any

from parley.telling.phrases import Names
from parley.telling.standing import where_it_stands
from tests.negotiation.desk import Desk, set_table
from tests.negotiation.histories import NEGOTIATION


def record(desk: Desk, type_: str, occurred: str, **event: Any) -> None:
    desk.record({"type": type_, "document": "treaty", **event}, NEGOTIATION, occurred, published="2026-01-01")


def documents(desk: Desk) -> list[str]:
    parts = {part.heading: part.lines for part in where_it_stands(desk.world.talks, (), Names(desk.world.parties))}
    return [line.plain for line in parts["Documents"]]


def test_superseded_drafts_are_not_in_force() -> None:
    """The latest version first; the agreement in force is the one that was signed, and only that."""
    desk = set_table()
    for version, occurred in (("1", "2015-02-25"), ("2", "2015-12-05"), ("10", "2015-12-12")):
        record(desk, "DocumentTabled", occurred, version=version, kind="draft")
    record(desk, "AgreementSigned", "2016-04-22", version="10", parties=["russia", "united-states"])
    record(desk, "EnteredIntoForce", "2016-11-04")

    assert documents(desk) == [
        "treaty, version 10: draft; signed, version 10 (russia and united-states); in force",
        "treaty, version 2: draft; superseded",
        "treaty: draft; superseded",
    ]


def test_agreement_that_was_rejected_and_conditions_that_are_not_met_are_told() -> None:
    desk = set_table()
    record(desk, "DocumentTabled", "2016-08-24", kind="agreement")
    threshold = {"threshold": "emissions", "parties": 55, "share": "55", "of": "per cent of emissions"}
    record(desk, "EntryConditionsSet", "2016-08-24", thresholds=[threshold], approvals=["Voters"])
    record(desk, "AgreementSigned", "2016-09-26", version="1", parties=["russia"])
    voted = {"type": "VoteTaken", "electorate": "Voters", "on": {"kind": "document", "id": "treaty"}}
    desk.record({**voted, "result": "rejected"}, NEGOTIATION, "2016-10-02", published="2026-01-01")

    [line] = documents(desk)
    assert line == (
        "treaty: agreement; rejected by those who have to approve it; conditions of entry into force not met yet "
        "(0 of 55 parties, 0 of 55 per cent of emissions, no approval by Voters); signed, version 1 (russia)"
    )
