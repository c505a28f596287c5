"""What moved between two readings: both sides, concessions and revisions included."""

from itertools import pairwise
from typing import Any

import pytest

from negotiation.clocks import NOW, Reading
from negotiation.dates import interval_of_date
from negotiation.tables.moves import At, MoveRow, moves
from tests.negotiation.desk import DEMAND, RUSSIA, UNITED_STATES, VETO, Desk, identified, set_table
from tests.negotiation.histories import GENEVA

FOR_MEMBERS = [{"party": "nato", "as": "for-members"}]


@pytest.fixture
def desk() -> Desk:
    """The veto on enlargement is demanded; Norway is a member of NATO."""
    desk = set_table()
    desk.record(identified("norway"), "parties/norway", "../2022-01-11")
    joined = {"type": "MemberJoined", "group": "nato", "member": "norway"}
    desk.record(joined, "parties/nato", "1949-04-04", published="1949-04-04")
    return desk


def at(desk: Desk, reading: Reading) -> At:
    world = desk.read(reading)
    return At(world.talks, world.parties)


def moved(desk: Desk, since: int, until: Reading = NOW) -> list[MoveRow]:
    """What moved since a position."""
    return moves(at(desk, Reading(as_of=since)), at(desk, until))


def last(desk: Desk) -> int:
    return desk.world.events[-1].position


def told(rows: list[MoveRow]) -> list[tuple[Any, ...]]:
    return [(row.of, row.party, row.side, row.move, row.before, row.after) for row in rows]


def answer(desk: Desk, given: str, by: Any = UNITED_STATES, occurred: str = "2022-01-12", **more: Any) -> Any:
    return desk.answer(given, occurred, by=by, **more)


def test_each_step_of_an_answer_is_a_move_with_its_event(desk: Desk) -> None:
    veto = "veto-on-enlargement"
    since = last(desk)
    answer(desk, "reject")
    assert told(moved(desk, since)) == [(veto, "united-states", "answers", "answered", (), ("reject",))]

    since = last(desk)
    reserve = answer(desk, "reserve", occurred="2022-01-14")
    (row,) = moved(desk, since)
    assert told([row]) == [(veto, "united-states", "answers", "moved", ("reject",), ("reserve",))]
    assert (row.event, row.occurred, row.earliest) == (reserve.id, "2022-01-14", "2022-01-14")
    assert (row.before_basis, row.after_basis, row.sources) == ("own", "own", ("The Gazette, 2022-01-12",))

    since = last(desk)
    accept = answer(desk, "accept", occurred="2022-01-14")
    (row,) = moved(desk, since)
    assert (row.move, row.before, sorted(row.after)) == ("contested", ("reserve",), ["accept", "reserve"])
    assert row.event == accept.id

    since = last(desk)
    desk.retract(reserve)
    (row,) = moved(desk, since)
    assert (row.move, sorted(row.before), row.after) == ("settled", ["accept", "reserve"], ("accept",))

    since = last(desk)
    answer(desk, "accept", occurred="2022-01-20")  # again
    assert moved(desk, since) == []

    for event in desk.world.events[:]:
        if type(event.event).__name__ == "AnswerGiven" and event.id != reserve.id:
            desk.retract(event)
    assert told(moved(desk, since)) == [(veto, "united-states", "answers", "went", ("accept",), ())]


def test_a_blocs_move_is_its_members_and_one_that_leaves_the_line_moves_by_itself(desk: Desk) -> None:
    since = last(desk)
    answer(desk, "reject", FOR_MEMBERS)
    found = {row.party: row for row in moved(desk, since)}
    assert (found["norway"].move, found["norway"].after, found["norway"].after_basis) == (
        *("answered", ("reject",)),
        "inherited",
    )
    assert found["norway"].through == ("nato",)
    assert (found["nato"].after_basis, found["nato"].through) == ("own", ())

    since = last(desk)
    answer(desk, "accept", [{"party": "norway"}], "2022-01-15")
    (row,) = moved(desk, since)
    assert (row.party, row.move, row.before, row.before_basis, row.after, row.after_basis) == (
        *("norway", "moved", ("reject",), "inherited"),
        *(("accept",), "own"),
    )

    since = last(desk)
    answer(desk, "accept", FOR_MEMBERS, "2022-01-16")  # Norway said so already
    assert [row.party for row in moved(desk, since)] == ["nato"]


def test_the_side_that_demands_moves_too(desk: Desk) -> None:
    since = last(desk)
    milder = {"type": "DemandTabled", "demand": "moratorium", "text": "A moratorium.", "by": RUSSIA}
    desk.record(milder | {"revises": VETO["id"]}, GENEVA, "2022-01-20")
    conceded = {"type": "ConcessionMade", "text": "Not in writing.", "about": [VETO], "by": RUSSIA}
    desk.record(conceded, GENEVA, "2022-01-21")
    answer(desk, "withdraw", RUSSIA, "2022-02-01")
    assert told(moved(desk, since)) == [
        ("moratorium", "russia", "makes", "tabled", (), ("A moratorium.",)),
        (VETO["id"], "russia", "makes", "revised", ("No further expansion.",), ("moratorium: A moratorium.",)),
        (VETO["id"], "russia", "makes", "conceded", (), ("Not in writing.",)),
        (VETO["id"], "russia", "makes", "withdrawn", ("wants",), ("withdraw",)),
    ]


def test_what_the_other_side_concedes_and_what_is_conceded_on_nothing_in_particular(desk: Desk) -> None:
    since = last(desk)
    event = {"type": "ConcessionMade", "text": "We can talk about missiles.", "by": UNITED_STATES}
    first = desk.record(event | {"about": [VETO]}, GENEVA, "2022-01-20")
    desk.record(event, GENEVA, "2022-01-21")
    words = ("We can talk about missiles.",)
    assert told(moved(desk, since)) == [
        (VETO["id"], "united-states", "answers", "conceded", (), words),
        (None, "united-states", None, "conceded", (), words),
    ]
    since = last(desk)
    desk.retract(first)
    assert told(moved(desk, since)) == [(VETO["id"], "united-states", "answers", "went", words, ())]


def test_a_demand_is_reworded_where_its_words_or_terms_are_others(desk: Desk) -> None:
    tabled = next(event for event in desk.world.events if type(event.event).__name__ == "DemandTabled")
    since = last(desk)
    corrected = desk.correct(tabled, {**DEMAND, "text": "No  further expansion."}, "2021-12-17")  # a space more
    assert moved(desk, since) == []
    terms = [{"name": "for", "value": "10", "unit": "years"}]
    desk.correct(corrected, {**DEMAND, "terms": terms}, "2021-12-17")
    before, after = ("No further expansion.",), ("No further expansion. (for 10 years)",)
    assert told(moved(desk, since)) == [(VETO["id"], "russia", "makes", "reworded", before, after)]


def test_versions_and_answers_to_provisions_and_options_move(desk: Desk) -> None:
    since = last(desk)
    options = [{"option": "short", "text": "Short.", "wanted_by": ["norway"]}]
    event = {"type": "DocumentTabled", "document": "treaty", "kind": "draft", "title": "Draft", "by": UNITED_STATES}
    desk.record(event | {"provisions": [{"id": "article-1", "options": options}]}, GENEVA, "2022-01-11")
    answer(desk, "accept", RUSSIA, on={"kind": "document", "id": "treaty", "version": "1", "provision": "article-1"})
    assert [(row.on, row.provision, row.option, row.party, row.side, row.move) for row in moved(desk, since)] == [
        ("document", "", "", "united-states", None, "tabled"),
        ("provision", "article-1", "", "russia", None, "answered"),
        ("option", "article-1", "short", "norway", None, "answered"),
    ]


def test_between_two_dates_of_the_world(desk: Desk) -> None:
    answer(desk, "defer", occurred="2022-01-12")
    answer(desk, "reject", occurred="2022-01-20")
    dates = [Reading(happened_by=interval_of_date(day)) for day in ("2022-01-11", "2022-01-15", "2022-01-31")]
    steps = [moves(at(desk, first), at(desk, second)) for first, second in pairwise(dates)]
    assert [[(row.before, row.after) for row in rows] for rows in steps] == [
        [((), ("defer",))],
        [(("defer",), ("reject",))],
    ]
    back = moves(at(desk, dates[2]), at(desk, dates[0]))
    assert [(row.move, row.before, row.after) for row in back] == [("went", ("reject",), ())]
