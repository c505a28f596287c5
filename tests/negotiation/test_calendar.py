"""The calendar: which days they talked for certain, how many at least and at most, pauses, rounds, deadlines."""

from typing import Any

import pytest

from negotiation.clocks import Reading
from negotiation.dates import interval_of_date
from negotiation.tables import calendar, talk_days
from negotiation.tables.talk_days import TalkDays
from tests.negotiation.desk import Desk, set_table
from tests.negotiation.histories import BRUSSELS, GENEVA, NEGOTIATION


def talks(session: str, *rooms: list[str]) -> dict[str, Any]:
    return {"type": "TalksHeld", "session": session, "rooms": list(rooms) or [["united-states", "russia"]]}


def held(*dates: str) -> Desk:
    """Talks in Geneva on these dates, a session each."""
    desk = set_table()
    for number, date in enumerate(dates, 1):
        desk.record(talks(f"day-{number}"), GENEVA, date, published="2022-12-31")
    return desk


def counted(desk: Desk) -> TalkDays:
    return talk_days.talk_days(desk.world.talks)


def days(desk: Desk) -> list[Any]:
    return list(talk_days.rows(desk.world.talks, desk.world.parties))


def entries(desk: Desk, kind: str, at: Reading | None = None) -> list[Any]:
    world = desk.read(at or Reading())
    return [row for row in calendar.rows(world.talks, world.parties) if row.kind == kind]


@pytest.mark.parametrize(
    ("dates", "at_least", "at_most"),
    [
        ((), 0, 0),
        (("2022-01-10",), 1, 1),
        (("2022-01-10", "2022-01-10"), 1, 1),  # two sessions of one day
        (("2022-01-10", "2022-01-12"), 2, 2),
        (("2022-01-10T23:30:00-05:00",), 1, 1),  # the day that is written
        (("2022-01",), 1, 1),  # some day in January
        (("2022-01", "2022-01-10"), 1, 2),  # it may have been the 10th
        (("2022-01", "2022-03"), 2, 2),
        (("2022-01", "2022-01"), 1, 2),
        (("[2022-01-10..2022-01-11]", "[2022-01-11..2022-01-12]"), 1, 2),
        (("[2022-01-10..2022-01-11]", "[2022-01-12..2022-01-13]"), 2, 2),
        (("2022-01-10/2022-01-12",), 2, 3),  # the first and the last for certain
        (("2022-01-10/2022-01-11",), 2, 2),
        (("2022-01-10/..",), 1, None),  # still going on: no bound
        (("../2022-01-12",), 1, None),
        (("0001-01-01/0001-01-02",), 2, 2),  # the calendar begins there
        (("../0001-01-01",), 1, None),
        (("2022-01-10/2022-01-14", "2022-01-12/2022-01-16"), 4, 7),
        (("XXXX",), 1, 1),  # one day, whenever it was
        (("2022-01-10", "2022-01-11", "[2022-01-10..2022-01-11]"), 2, 2),
    ],
)
def test_days_of_talks_are_counted_as_far_as_dates_tell(
    dates: tuple[str, ...], at_least: int, at_most: int | None
) -> None:
    found = counted(held(*dates))
    assert (found.at_least, found.at_most) == (at_least, at_most)


def test_the_longest_gap_lies_between_certain_days() -> None:
    found = counted(held("2022-01-10", "2022-01-12", "2022-02-01", "2022-02", "2022-02-02"))
    assert (found.first, found.last, found.sessions, found.rounds) == ("2022-01-10", "2022-02-02", 5, 1)
    assert (found.longest_gap_days, found.longest_gap_from, found.longest_gap_to) == (19, "2022-01-12", "2022-02-01")


def test_a_day_has_its_sessions_rounds_and_parties_and_the_gap_before_it() -> None:
    desk = held("2022-01-10", "2022-01-10")
    desk.record(talks("council", ["nato", "russia"]), BRUSSELS, "2022-01-10")
    desk.record(talks("last"), BRUSSELS, "2022-01-13")
    first, second = days(desk)
    assert (first.day, first.certain, first.gap_days) == ("2022-01-10", True, None)
    assert first.rounds == ("brussels", "geneva")
    assert first.sessions == ("brussels/council", "geneva/day-1", "geneva/day-2")
    assert first.parties == ("nato", "russia", "united-states")
    assert (second.day, second.gap_days) == ("2022-01-13", 2)


def test_a_stretch_says_between_which_days_it_was() -> None:
    [row] = days(held("2022-01"))
    assert (row.day, row.certain, row.earliest, row.latest) == (None, False, "2022-01-01", "2022-01-31")


def test_a_pause_lasts_until_talks_are_resumed() -> None:
    desk = set_table()
    desk.record({"type": "TalksSuspended", "scope": "round"}, GENEVA, "2022-01-10")
    [pause] = entries(desk, "pause")
    assert (pause.round, pause.state, pause.starts, pause.ends) == ("geneva", "lasting", "2022-01-10", None)
    desk.record({"type": "TalksResumed", "scope": "round"}, GENEVA, "2022-01-20")
    desk.record({"type": "TalksAdjourned", "scope": "round"}, GENEVA, "2022-01-25")
    first, second = entries(desk, "pause")
    assert (first.state, first.starts, first.ends, first.latest) == ("ended", "2022-01-10", "2022-01-20", "2022-01-20")
    assert (second.state, second.detail) == ("lasting", "TalksAdjourned")
    [then] = entries(desk, "pause", Reading(happened_by=interval_of_date("2022-01-15")))
    assert then.state == "lasting"


def test_a_round_is_planned_held_concluded_postponed_or_cancelled() -> None:
    desk = set_table()
    states = {row.name: row.state for row in entries(desk, "round")}
    assert states == {"geneva": "postponed", "brussels": "postponed"}  # scheduled without a date
    later = {"starts": "2022-01-10", "ends": "2022-01-11", "venue": "Geneva"}
    desk.record({"type": "RoundScheduled", "round": "geneva", **later}, GENEVA, "2022-01-05")
    desk.record({"type": "RoundScheduled", "round": "brussels", "starts": "2022-02"}, BRUSSELS, "2022-01-05")
    geneva, brussels = entries(desk, "round")
    assert (geneva.state, geneva.earliest, geneva.latest, geneva.venue) == (
        "planned",
        "2022-01-10",
        "2022-01-11",
        "Geneva",
    )
    assert (brussels.earliest, brussels.latest) == ("2022-02-01", "2022-02-28")
    desk.record(talks("day-1"), GENEVA, "2022-01-10")
    assert entries(desk, "round")[0].state == "held"
    desk.record({"type": "RoundConcluded"}, GENEVA, "2022-01-11")
    desk.record({"type": "RoundCancelled"}, BRUSSELS, "2022-01-20")
    assert [row.state for row in entries(desk, "round")] == ["concluded", "cancelled"]


def test_two_schedules_that_contradict_each_other_both_stand_in_it() -> None:
    desk = set_table()
    for starts, publisher in (("2022-01-10", "The Gazette"), ("2022-01-11", "The Courier")):
        event = {"type": "RoundScheduled", "round": "geneva", "starts": starts}
        desk.record(event, GENEVA, "2022-01-05", publisher=publisher)
    found = [row for row in entries(desk, "round") if row.name == "geneva"]
    assert [(row.starts, row.contested) for row in found] == [("2022-01-10", True), ("2022-01-11", True)]


def test_a_deadline_stands_with_its_state() -> None:
    desk = set_table()
    event = {"type": "DeadlineSet", "deadline": "answer", "what": "A written answer", "due": "2022-01-26"}
    desk.record(event, NEGOTIATION, "2022-01-10")
    [row] = entries(desk, "deadline")
    assert (row.name, row.state, row.earliest, row.detail) == ("answer", "open", "2022-01-26", "A written answer")
    desk.record(talks("day-1"), GENEVA, "2022-02-01", published="2022-02-02")
    assert entries(desk, "deadline")[0].state == "passed"
    of = {"kind": "deadline", "id": "answer"}
    assessed = {"type": "PerformanceAssessed", "of": of, "assessed_by": {"outlet": "The Gazette"}}
    desk.record(assessed | {"finding": "met"}, NEGOTIATION, "2022-01-26", published="2022-02-02")
    assert entries(desk, "deadline")[0].state == "met"
    other = assessed | {"assessed_by": {"outlet": "The Courier"}, "finding": "not-met"}
    desk.record(other, NEGOTIATION, "2022-01-27", published="2022-02-02")
    assert entries(desk, "deadline")[0].state == "disputed"


def test_a_proximity_session_says_who_was_in_which_room() -> None:
    desk = set_table()
    desk.record(talks("day-1", ["united-states"], ["russia", "nato"]), GENEVA, "2022-01-10")
    [row] = entries(desk, "talks")
    assert row.detail == "united-states; russia, nato"
    assert row.parties == ("united-states", "russia", "nato")
