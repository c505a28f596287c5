"""Facts as PLOVER and GDELT would code them: every type of event has a code, or a reason why it has none."""

from typing import Any

import pytest

from negotiation.events.catalogue import EVENT_TYPES
from negotiation.events.fact import Fact
from negotiation.tables import gdelt, plover
from negotiation.tables.event_codes import CODES, NO_CODE
from tests.negotiation.desk import DEMAND, NATO, NO_BREAKTHROUGH, RUSSIA, TALKS, UNITED_STATES, VETO, Desk, set_table
from tests.negotiation.histories import GENEVA, NEGOTIATION


def coded(event: dict[str, Any], occurred: str = "2022-01-10", desk: Desk | None = None) -> Any:
    """The row of one fact; None where it is left out."""
    desk = desk or set_table()
    fact = desk.record(event, GENEVA, occurred)
    rows = plover.rows(desk.world.talks, desk.world.parties)
    return next((row for row in rows if row.event == fact.id), None)


def test_every_type_of_fact_has_a_code_or_a_reason_for_none() -> None:
    facts = {name for name, type_ in EVENT_TYPES.items() if issubclass(type_, Fact)}
    assert set(CODES) | set(NO_CODE) == facts
    assert not set(CODES) & set(NO_CODE)


def test_talks_are_mutual_and_have_no_recipient() -> None:
    row = coded(TALKS)
    assert (row.event_type, row.event_mode, row.cameo) == ("CONSULT", None, "046")
    assert (row.actor, row.recipient) == (("united-states", "russia"), ())
    assert coded(TALKS | {"shuttles": ["nato"]}).event_mode == "third-party"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("reject", ("REJECT", "yield", "124")),
        ("accept", ("CONCEDE", None, "080")),
        ("counter", ("REQUEST", "change", "100")),
        ("defer", None),
        ("none", None),
    ],
)
def test_an_answer_goes_to_those_whose_demand_it_is(answer: str, expected: tuple[str, str | None, str] | None) -> None:
    event = {"type": "AnswerGiven", "on": VETO, "answer": answer, "by": UNITED_STATES}
    row = coded(event)
    if expected is None:
        assert row is None
        return
    assert (row.event_type, row.event_mode, row.cameo) == expected
    assert (row.actor, row.recipient) == (("united-states",), ("russia",))


@pytest.mark.parametrize(
    ("kind", "phase", "expected"),
    [
        ("attack", "begun", "190"),
        ("attack", "threatened", "138"),
        ("attack", "ended", "0871"),
        ("strike", None, "143"),
        ("sanction", "ended", "085"),
        ("other", "begun", None),
    ],
)
def test_conduct_is_coded_by_its_kind_and_phase(kind: str, phase: str | None, expected: str | None) -> None:
    event = {"type": "ConductReported", "conduct": "this", "kind": kind, "by": RUSSIA}
    row = coded(event if phase is None else event | {"phase": phase})
    assert (None if row is None else row.cameo) == expected


def test_what_no_scheme_codes_is_left_out() -> None:
    assert coded(NO_BREAKTHROUGH) is None


def test_a_date_that_is_not_known_to_the_day_is_no_day() -> None:
    row = coded(TALKS, "2022-01")
    assert (row.event_date, row.earliest, row.occurred) == (None, "2022-01-01", "2022-01")
    assert coded(TALKS).event_date == "2022-01-10"


def test_gdelt_has_a_row_a_pair_with_codes_of_parties() -> None:
    desk = set_table()
    identified = {"type": "PartyIdentified", "party": "russia", "name": "Russia", "kind": "state"}
    [russia] = [event for event in desk.world.events if event.stream == "parties/russia"]
    desk.correct(russia, identified | {"codes": {"iso3166": "RUS"}}, "../2022-01-11")
    desk.record(TALKS)
    demand = {**DEMAND, "demand": "no-bases", "to": ["united-states", "nato"]}
    desk.record(demand, NEGOTIATION, "2022-01-12")
    desk.record(TALKS | {"session": "day-2"}, GENEVA, "2022-01")  # no day: it cannot be said
    rows = list(gdelt.rows(desk.world.talks, desk.world.parties))
    found = {(row.SQLDATE, row.Actor1Name, row.Actor2Name, row.EventCode, row.QuadClass) for row in rows}
    assert found == {
        ("20220110", "united-states", "Russia", "046", 1),
        ("20220110", "Russia", "united-states", "046", 1),
        ("20220112", "Russia", "united-states", "100", 3),
        ("20220112", "Russia", "nato", "100", 3),
    } | {row for row in found if row[0] == "20211217"}
    assert {row.Actor1CountryCode for row in rows if row.Actor1Name == "Russia"} == {"RUS"}


def test_who_acts_for_nobody_named_is_left_out_of_pairs() -> None:
    desk = set_table()
    desk.record({"type": "WarningIssued", "text": "Consequences.", "by": [{"as": "unnamed"}], "to": ["nato"]})
    assert not [row for row in gdelt.rows(desk.world.talks, desk.world.parties) if row.EventCode == "130"]
    desk.record({"type": "WarningIssued", "text": "Consequences.", "by": NATO})
    [row] = [row for row in gdelt.rows(desk.world.talks, desk.world.parties) if row.EventCode == "130"]
    assert (row.Actor1Name, row.Actor2Name) == ("nato", None)
