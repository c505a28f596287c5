"""Who speaks for whom, as what parties take part, who holds which office: at each date, and one after the other."""

from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from negotiation.clocks import NOW, Reading
from negotiation.dates import interval_of_date
from negotiation.documents import people
from negotiation.documents.lists import latest
from negotiation.envelope import Recorded
from negotiation.events.catalogue import AnyEvent
from negotiation.refusals import BelongsElsewhere, UnknownReference
from tests.negotiation.desk import Desk, refused, set_table
from tests.negotiation.histories import GENEVA, NEGOTIATION

MARCH_TALKS: Final = {"type": "TalksHeld", "session": "day-1", "rooms": [["united-states", "russia"]]}


GOLDEN: Final = Path(__file__).parent / "golden" / "people.jsonl"
"""Events with fields that came later than their types, as they are stored."""


def test_read_stored_events_with_later_fields_gives_them_back_byte_for_byte() -> None:
    """What is stored is what was stored when the file was made."""
    lines = GOLDEN.read_bytes().splitlines()

    assert [msgspec.json.encode(msgspec.json.decode(line, type=AnyEvent)) for line in lines] == lines


def on(date: str) -> Reading:
    """A reading by a date."""
    return Reading(happened_by=interval_of_date(date))


def named(*members: tuple[str, str], party: str = "russia", **more: Any) -> dict[str, Any]:
    """A delegation of these people, each with a capacity."""
    return {
        "type": "DelegationNamed",
        "party": party,
        "members": [{"person": person, "capacity": capacity} for person, capacity in members],
        **more,
    }


def long_talks() -> Desk:
    """A negotiation of several years with a body: what happens there is reported on the day."""
    desk = set_table()
    desk.record({"type": "BodyEstablished", "body": "verification", "kind": "working-group"}, NEGOTIATION, "2022-02-01")
    return desk


def record(desk: Desk, event: dict[str, Any], occurred: str, stream: str = NEGOTIATION, **more: Any) -> Recorded:
    return desk.record(event, stream, occurred, published="2026-01-01", **more)


def delegates(desk: Desk, at: Reading = NOW) -> list[tuple[str, str]]:
    """The people in delegations, with their capacities."""
    return [(row.person, row.capacity) for row in people.delegations(desk.read(at).talks)]


# -- delegations


def test_delegation_of_the_negotiation_stands_until_another_is_named() -> None:
    """Heads and deputies of a negotiation of years: on each date those of that date, and nobody before the first."""
    desk = long_talks()
    record(desk, named(("Lavrov", "head"), ("Ryabkov", "deputy")), "2022-02-10")
    record(desk, named(("Kislyak", "head"), ("Ulyanov", "deputy")), "2024-05")

    assert delegates(desk, on("2022-02-09")) == []
    assert delegates(desk, on("2022-02-10")) == [("Lavrov", "head"), ("Ryabkov", "deputy")]
    assert delegates(desk, on("2024-04-30")) == [("Lavrov", "head"), ("Ryabkov", "deputy")]
    assert delegates(desk, on("2024-05")) == [("Kislyak", "head"), ("Ulyanov", "deputy")]
    assert delegates(desk) == [("Kislyak", "head"), ("Ulyanov", "deputy")]


def test_delegation_whose_head_alone_is_named_keeps_its_deputies() -> None:
    """Another head was named, and nothing is said of the others: they stay."""
    desk = long_talks()
    record(desk, named(("Lavrov", "head"), ("Ryabkov", "deputy"), ("Grushko", "adviser")), "2022-02-10")
    record(desk, named(("Kislyak", "head")), "2024-05-01")

    assert delegates(desk) == [("Kislyak", "head"), ("Ryabkov", "deputy"), ("Grushko", "adviser")]


@pytest.mark.parametrize(
    ("occurred", "more"),
    [("2022-02-10", {"until": "2023-06-30"}), ("2022-02-10/2023-06-30", {})],
)
def test_delegation_ends_with_its_period(occurred: str, more: dict[str, Any]) -> None:
    """Whether the event says until when, or its date does: on the last day they stand, on the day after nobody does."""
    desk = long_talks()
    record(desk, named(("Lavrov", "head"), **more), occurred)
    record(desk, {**MARCH_TALKS, "session": "day-9"}, "2023-07-01", GENEVA)

    assert delegates(desk, on("2023-06-30")) == [("Lavrov", "head")]
    assert delegates(desk, on("2023-07-01")) == []
    assert delegates(desk) == []
    [was] = people.delegations(desk.world.talks, past=True)
    assert (was.person, was.since, was.until) == ("Lavrov", "2022-02-10", "2023-06-30")


def test_delegation_that_is_known_already_has_not_ended_on_that_day() -> None:
    """`../b` says that it was so by b, and nothing of an end."""
    desk = long_talks()
    record(desk, named(("Lavrov", "head")), "../2022-02-10")
    record(desk, {**MARCH_TALKS, "session": "day-9"}, "2023-07-01", GENEVA)

    assert delegates(desk) == [("Lavrov", "head")]


def test_heads_of_a_delegation_are_one_succession() -> None:
    """One register: three heads, each until the next, whoever recorded them first; the deputies are another."""
    desk = long_talks()
    third = record(desk, named(("Polyansky", "head")), "2024-09-01")
    first = record(desk, named(("Lavrov", "head"), ("Ryabkov", "deputy")), "2022-02-10")
    second = record(desk, named(("Kislyak", "head")), "2023-03/2024-08-31")

    rows = [row for row in people.delegations(desk.world.talks, past=True) if row.capacity == "head"]

    assert [(row.person, row.since, row.until, row.events) for row in rows] == [
        ("Lavrov", "2022-02-10", "2023-03", (first.id,)),
        ("Kislyak", "2023-03", "2024-08-31", (second.id,)),
        ("Polyansky", "2024-09-01", None, (third.id,)),
    ]
    assert desk.values("delegation", "", "", "russia", "head") == [{"persons": ["Polyansky"]}]


def test_delegations_to_a_body_a_round_and_the_negotiation_stand_side_by_side() -> None:
    """Who is sent to one of them says nothing of the others."""
    desk = long_talks()
    record(desk, named(("Lavrov", "head")), "2022-02-10")
    to_body = record(desk, named(("Ulyanov", "head"), body="verification"), "2022-03-01")
    record(desk, named(("Ryabkov", "head")), "2022-03-01", GENEVA)
    record(desk, named(("Sherman", "head"), party="united-states", scope="negotiation"), "2022-03-02", GENEVA)

    rows = people.delegations(desk.world.talks)

    assert [(row.party, row.scope, row.round, row.body, row.person) for row in rows] == [
        ("russia", "negotiation", None, None, "Lavrov"),
        ("united-states", "negotiation", None, None, "Sherman"),
        ("russia", "body", None, "verification", "Ulyanov"),
        ("russia", "round", "geneva", None, "Ryabkov"),
    ]
    assert (rows[2].events, rows[2].positions) == ((to_body.id,), (to_body.position,))
    assert [source.publisher for source in rows[2].sources] == ["The Gazette"]


def test_delegation_of_which_sources_tell_different_heads_is_contested_in_its_head_alone() -> None:
    """One source tells the head, another the head and the members: that is no contradiction. Another head is."""
    desk = long_talks()
    record(desk, named(("Lavrov", "head")), "2022-02-10", publisher="The Gazette")
    record(desk, named(("Lavrov", "head"), ("Grushko", "member"), ("Fomin", "member")), "2022-02-10")
    record(desk, named(("Fomin", "member"), ("Grushko", "member")), "2022-02-10", publisher="The Courier")
    assert not any(row.contested for row in people.delegations(desk.world.talks))

    record(desk, named(("Ryabkov", "head")), "2022-02-10", publisher="The Courier")

    assert {(row.person, row.contested) for row in people.delegations(desk.world.talks)} == {
        ("Lavrov", True),
        ("Ryabkov", True),
        ("Grushko", False),
        ("Fomin", False),
    }


def test_delegation_of_the_negotiation_is_listed_in_its_document() -> None:
    """By party and capacity, each with the facts that it rests on; a round's is listed with the round."""
    desk = long_talks()
    record(desk, named(("Lavrov", "head"), body="verification"), "2022-02-10")
    record(desk, named(("Ryabkov", "head")), "2022-03-01", GENEVA)

    [listed] = map(msgspec.json.decode, latest(desk.world.talks, NEGOTIATION, NEGOTIATION)["delegations"])
    [in_round] = map(msgspec.json.decode, latest(desk.world.talks, NEGOTIATION, GENEVA)["delegations"])

    assert (listed["body"], listed["party"], listed["capacity"]) == ("verification", "russia", "head")
    assert listed["values"][0]["value"] == {"persons": ["Lavrov"]}
    assert (in_round["party"], in_round["values"][0]["value"]) == ("russia", {"persons": ["Ryabkov"]})


def test_delegation_in_the_wrong_place_is_refused_with_the_remedy() -> None:
    """A round's delegation lives in the round; a body has to be there; a body is a scope of its own."""
    desk = long_talks()
    in_round = named(("Lavrov", "head"), scope="round")
    refused(BelongsElsewhere, "/event/scope", "the stream of its round", lambda: record(desk, in_round, "2022-03"))
    unknown = named(("Lavrov", "head"), body="drafting")
    refused(UnknownReference, "/event/body", "body drafting", lambda: record(desk, unknown, "2022-03"))
    with pytest.raises(msgspec.ValidationError, match="leave out `scope` or `body`"):
        record(desk, named(("Lavrov", "head"), body="verification", scope="round"), "2022-03")
    with pytest.raises(msgspec.ValidationError, match="until"):
        record(desk, named(("Lavrov", "head"), until="next year"), "2022-03")
