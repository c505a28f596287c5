"""Who speaks for whom, as what parties take part, who holds which office, who sat with whom, and who parties are."""

from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from negotiation.clocks import NOW, Reading
from negotiation.dates import interval_of_date
from negotiation.documents import people, seating
from negotiation.documents.lists import latest
from negotiation.documents.party import party_document, party_summary
from negotiation.envelope import Recorded
from negotiation.events.catalogue import AnyEvent
from negotiation.events.procedure import TalksHeld
from negotiation.refusals import BelongsElsewhere, UnknownReference
from negotiation.tables import calendar, talk_days
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


# -- roles


def took(type_: str, role: str | None = None, party: str = "nato", **more: Any) -> dict[str, Any]:
    """Something of a party's part, in a role or (None) in every role."""
    return {"type": type_, "party": party, **({} if role is None else {"role": role}), **more}


def roles(desk: Desk, at: Reading = NOW) -> list[tuple[str, str]]:
    return [(row.role, row.status) for row in people.roles(desk.read(at).talks)]


def test_party_has_several_roles_at_a_time() -> None:
    """A party to the talks that also chairs them for a year, and mediates from then on: each role has its own dates."""
    desk = long_talks()
    record(desk, took("PartyAdmitted"), "2022-02-01")
    record(desk, took("PartyAdmitted", "chair"), "2022-12/2023-12")
    record(desk, took("PartyAdmitted", "mediator"), "2024-01")

    def whole(at: Reading) -> list[tuple[str, str]]:
        return [(row.role, row.status) for row in people.roles(desk.read(at).talks) if row.scope == "negotiation"]

    assert whole(on("2022-11")) == [("party", "admitted")]
    assert whole(on("2023-06")) == [("party", "admitted"), ("chair", "admitted")]
    assert whole(on("2024-06")) == [("party", "admitted"), ("mediator", "admitted")]
    assert not desk.register("participation", "", "nato").contested
    assert [value["type"] for value in desk.values("participation", "", "nato", at=on("2023-06"))] == [
        "PartyAdmitted"
    ] * 2


def test_role_that_ends_leaves_the_other_roles_as_they_are() -> None:
    """The chair changes hands; who chaired stays a party."""
    desk = long_talks()
    record(desk, took("PartyAdmitted"), "2022-02-01")
    record(desk, took("PartyAdmitted", "chair"), "2022-02-01")
    record(desk, took("PartyLeft", "chair"), "2022-12-31")

    assert roles(desk) == [("party", "admitted"), ("chair", "left")]
    assert desk.values("participation", "", "nato") == [
        {"type": "PartyAdmitted"},
        {"type": "PartyLeft", "role": "chair"},
    ]


def test_party_that_walks_out_does_so_in_every_role_and_returns_in_every_role() -> None:
    """Unless the event names a role."""
    desk = long_talks()
    record(desk, took("PartyAdmitted"), "2022-02-01")
    record(desk, took("PartyAdmitted", "facilitator"), "2022-02-01")
    record(desk, took("PartyWalkedOut"), "2022-03-01")
    assert roles(desk) == [("party", "walked-out"), ("facilitator", "walked-out")]
    assert desk.values("participation", "", "nato") == [{"type": "PartyWalkedOut"}]

    record(desk, took("PartyReturned", "facilitator"), "2022-04-01")
    assert roles(desk) == [("party", "walked-out"), ("facilitator", "returned")]
    assert desk.values("participation", "", "nato") == [
        {"type": "PartyWalkedOut", "role": "party"},
        {"type": "PartyReturned", "role": "facilitator"},
    ]

    record(desk, took("PartyReturned"), "2022-05-01")
    assert roles(desk) == [("party", "returned"), ("facilitator", "returned")]


def test_party_that_left_as_one_thing_and_stays_as_another_is_there() -> None:
    """NATO chairs no more and still sits at the table; once it has left that, too, it acts as an absent party."""
    desk = set_table()
    record(desk, took("PartyAdmitted"), "2022-01-03", GENEVA)
    record(desk, took("PartyAdmitted", "chair"), "2022-01-03", GENEVA)
    record(desk, took("PartyLeft", "chair"), "2022-01-04", GENEVA)
    talks = record(desk, {**MARCH_TALKS, "rooms": [["nato", "russia"]]}, "2022-01-10", GENEVA)
    assert desk.findings(talks) == []

    left = record(desk, took("PartyWalkedOut", "party"), "2022-01-05", GENEVA)
    [found] = desk.findings(talks)
    assert left.id in found.related

    record(desk, took("PartyReturned"), "2022-01-06", GENEVA)
    assert desk.findings(talks) == []


def test_party_that_was_suspended_until_a_day_is_there_again_after_it() -> None:
    """Without another event: what it was before stands again, and what it does then is no act of an absent party."""
    desk = set_table()
    record(desk, took("PartyAdmitted"), "2022-01-03", GENEVA)
    record(desk, took("PartySuspended", until="2022-01-20"), "2022-01-05", GENEVA)
    early = record(desk, {**MARCH_TALKS, "rooms": [["nato", "russia"]]}, "2022-01-10", GENEVA)
    late = record(desk, {**MARCH_TALKS, "session": "day-2", "rooms": [["nato", "russia"]]}, "2022-01-25", GENEVA)

    assert [type(one).__name__ for one in desk.findings(early)] == ["ActByAbsentParty"]
    assert desk.findings(late) == []
    assert roles(desk, on("2022-01-10")) == [("party", "suspended")]
    assert roles(desk) == [("party", "admitted")]
    assert [(row.status, row.since, row.until) for row in people.roles(desk.world.talks, past=True)] == [
        ("admitted", "2022-01-03", "2022-01-05"),
        ("suspended", "2022-01-05", "2022-01-20"),
    ]


def test_party_whose_role_sources_tell_differently_is_contested() -> None:
    """One source calls it mediator, another facilitator: that is one role that nobody knows for sure."""
    desk = long_talks()
    admitted = record(desk, took("PartyAdmitted", "mediator"), "2022-02-01")
    desk.account(admitted, "differs", role="facilitator")

    assert desk.register("participation", "", "nato").contested
    assert [(row.role, row.contested) for row in people.roles(desk.world.talks)] == [
        ("mediator", True),
        ("facilitator", True),
    ]


def test_party_that_is_said_to_be_a_party_or_said_to_be_admitted_is_the_same() -> None:
    """`role: party` is what no role means for who is admitted."""
    desk = long_talks()
    record(desk, took("PartyAdmitted"), "2022-02-01")
    record(desk, took("PartyAdmitted", "party"), "2022-02-01", publisher="The Courier")

    assert desk.values("participation", "", "nato") == [{"type": "PartyAdmitted"}]


# -- bodies and their offices


def office(office_: str, who: str, **more: Any) -> dict[str, Any]:
    """A person takes an office of the body ``verification``."""
    return {"type": "OfficeTaken", "body": "verification", "office": office_, "person": who, **more}


def left(office_: str, who: str) -> dict[str, Any]:
    return {"type": "OfficeLeft", "body": "verification", "office": office_, "person": who}


def holders(desk: Desk, at: Reading = NOW) -> list[tuple[str, str | None]]:
    return [(row.office, row.person or row.party) for row in people.offices(desk.read(at).talks)]


def test_offices_are_held_by_persons_and_by_parties() -> None:
    """A party chairs the one body, a person of a party coordinates in the other."""
    desk = long_talks()
    record(desk, {"type": "BodyEstablished", "body": "plenary", "kind": "plenary"}, "2022-01-20")
    chaired = record(desk, {"type": "OfficeTaken", "body": "plenary", "office": "chair", "party": "nato"}, "2022-02-01")
    record(desk, office("coordinator", "Fomin", party="russia", until="2022-12"), "2022-02-02")

    rows = people.offices(desk.world.talks)

    assert [(row.body, row.office, row.person, row.party, row.since, row.until) for row in rows] == [
        ("plenary", "chair", None, "nato", "2022-02-01", None),
        ("verification", "coordinator", "Fomin", "russia", "2022-02-02", "2022-12"),
    ]
    assert (rows[0].events, rows[0].positions) == ((chaired.id,), (chaired.position,))


def test_chairs_follow_each_other_and_co_chairs_sit_side_by_side() -> None:
    """A body has one chair at a time and several co-chairs, though each is recorded by itself."""
    desk = long_talks()
    for one in ("chair", "co-chair"):
        record(desk, office(one, "Djoghlaf"), "2022-02-01")
        record(desk, office(one, "Reifsnyder"), "2022-06-01")

    assert holders(desk, on("2022-03")) == [("chair", "Djoghlaf"), ("co-chair", "Djoghlaf")]
    assert holders(desk) == [("chair", "Reifsnyder"), ("co-chair", "Djoghlaf"), ("co-chair", "Reifsnyder")]
    assert not desk.register("office", "", "verification", "co-chair").contested
    assert len(desk.values("office", "", "verification", "co-chair")) == 2


def test_chair_who_leaves_on_the_day_on_which_another_follows_does_not_take_the_office_along() -> None:
    desk = long_talks()
    record(desk, office("chair", "Djoghlaf"), "2022-02-01")
    record(desk, left("chair", "Djoghlaf"), "2022-06-01")
    assert holders(desk) == []
    assert [value["type"] for value in desk.values("office", "", "verification", "chair")] == ["OfficeLeft"]

    record(desk, office("chair", "Reifsnyder"), "2022-06-01")

    assert holders(desk) == [("chair", "Reifsnyder")]
    assert not desk.register("office", "", "verification", "chair").contested


def test_chairs_of_whom_sources_name_two_at_a_time_are_contested() -> None:
    desk = long_talks()
    record(desk, office("chair", "Djoghlaf"), "2022-02-01")
    record(desk, office("chair", "Reifsnyder"), "2022-02-01")

    assert {row.contested for row in people.offices(desk.world.talks)} == {True}
    assert len(people.offices(desk.world.talks)) == 2


@pytest.mark.parametrize(
    ("occurred", "more"),
    [("2022-02-01", {"until": "2022-12-31"}), ("2022-02-01/2022-12-31", {})],
)
def test_office_ends_with_its_period(occurred: str, more: dict[str, Any]) -> None:
    desk = long_talks()
    record(desk, office("facilitator", "Djoghlaf", **more), occurred)

    assert holders(desk, on("2022-12-31")) == [("facilitator", "Djoghlaf")]
    assert holders(desk, on("2023-01-01")) == []


def test_terms_of_an_office_are_told_one_after_the_other() -> None:
    """By date, not by recording: three chairs, one of whom left before the next came; two co-chairs that overlap."""
    desk = long_talks()
    record(desk, office("chair", "Third"), "2024-01")
    record(desk, office("chair", "First"), "2022-02")
    record(desk, office("chair", "Second"), "2022-09")
    record(desk, left("chair", "Second"), "2023-10")
    record(desk, office("co-chair", "One"), "2022-02")
    record(desk, office("co-chair", "Other"), "2022-05")
    record(desk, left("co-chair", "One"), "2022-07")

    rows = people.offices(desk.world.talks, past=True)

    assert [(row.office, row.person, row.since, row.until) for row in rows] == [
        ("chair", "First", "2022-02", "2022-09"),
        ("chair", "Second", "2022-09", "2023-10"),
        ("chair", "Third", "2024-01", None),
        ("co-chair", "One", "2022-02", "2022-07"),
        ("co-chair", "Other", "2022-05", None),
    ]


def test_offices_are_listed_in_the_document_of_the_negotiation() -> None:
    desk = long_talks()
    record(desk, office("chair", "Djoghlaf"), "2022-02-01")

    [listed] = map(msgspec.json.decode, latest(desk.world.talks, NEGOTIATION, NEGOTIATION)["offices"])

    assert (listed["body"], listed["office"], listed["contested"]) == ("verification", "chair", False)
    assert listed["values"][0]["value"] == {"type": "OfficeTaken", "person": "Djoghlaf"}


def test_office_names_a_body_that_is_there_and_somebody_who_holds_it() -> None:
    desk = long_talks()
    refused(
        UnknownReference,
        "/event/body",
        "body drafting",
        lambda: record(desk, office("chair", "A") | {"body": "drafting"}, "2022-03"),
    )
    with pytest.raises(msgspec.ValidationError, match="the person or the party"):
        record(desk, {"type": "OfficeTaken", "body": "verification", "office": "chair"}, "2022-03")
    with pytest.raises(msgspec.ValidationError, match="until"):
        record(desk, office("chair", "A", until="next year"), "2022-03")


def test_body_has_a_parent_that_is_there() -> None:
    """A drafting group under a committee; not under itself, and not under a body that nobody established."""
    desk = long_talks()
    drafting = {"type": "BodyEstablished", "body": "drafting", "kind": "working-group"}
    under = {**drafting, "parent": "verification"}
    refused(
        UnknownReference,
        "/event/parent",
        "body plenary",
        lambda: record(desk, {**drafting, "parent": "plenary"}, "2022-03"),
    )
    with pytest.raises(msgspec.ValidationError, match="not its own parent"):
        record(desk, {**drafting, "parent": "drafting"}, "2022-03")

    established = record(desk, under, "2022-03")
    assert desk.values("body", "", "drafting") == [{"kind": "working-group", "parent": "verification"}]
    assert desk.findings(established) == []

    desk.retract(desk.world.events[-2])
    [finding] = desk.findings(established)
    assert finding.message.startswith("Unsupported: it rests on body verification")


# -- who sat with whom

PAIRWISE: Final = {
    "type": "TalksHeld",
    "session": "day-1",
    "meetings": [
        {"parties": ["russia", "united-states"]},
        {"parties": ["nato", "russia"], "through": [{"party": "united-states"}, {"person": "The envoy"}]},
    ],
}
"""On one day Russia met the United States directly, and NATO through them and an envoy."""


def met(desk: Desk) -> list[tuple[str, str, str, list[str | None]]]:
    """How each pair met, and through whom."""
    rows = seating.sittings(desk.world.talks)
    return [(row.first, row.second, row.manner, [one.party or one.person for one in row.through]) for row in rows]


def test_pairs_that_met_differently_on_one_day_have_one_answer_each() -> None:
    """In one event, so the session is not contested; a pair of which nothing is said has no row."""
    desk = set_table()
    held = record(desk, PAIRWISE, "2022-01-10", GENEVA)

    assert met(desk) == [
        ("nato", "russia", "through", ["united-states", "The envoy"]),
        ("russia", "united-states", "direct", []),
    ]
    [first, _] = seating.sittings(desk.world.talks)
    assert (first.round, first.session, first.contested, first.event) == ("geneva", "day-1", False, held.id)
    assert desk.findings(held) == []


def test_calendar_has_who_met_without_a_room() -> None:
    """And so have the days of talks."""
    desk = set_table()
    present = [{"person": "Fomin", "party": "russia"}]
    record(desk, {**PAIRWISE, "meetings": PAIRWISE["meetings"][1:], "present": present}, "2022-01-10", GENEVA)

    [day] = [row for row in calendar.rows(desk.world.talks, desk.world.parties) if row.kind == "talks"]
    assert day.parties == ("nato", "russia")
    assert day.detail == "nato, russia through united-states, The envoy"
    assert next(talk_days.rows(desk.world.talks, desk.world.parties)).parties == ("nato", "russia")


@pytest.mark.parametrize(
    ("talks", "answers"),
    [
        ({"rooms": [["nato", "russia"]]}, {("nato", "russia"): "direct"}),
        ({"rooms": [["nato", "russia"]], "direct": False}, {("nato", "russia"): "indirect"}),
        ({"rooms": [["nato"], ["russia"]]}, {("nato", "russia"): "indirect"}),
        ({"rooms": [["nato"], ["russia"]], "shuttles": ["united-states"]}, {("nato", "russia"): "through"}),
        (
            {
                "rooms": [["nato", "united-states"], ["russia"]],
                "meetings": [{"parties": ["nato", "russia"], "through": [{"person": "E"}]}],
            },
            {
                ("nato", "russia"): "through",
                ("nato", "united-states"): "direct",
                ("russia", "united-states"): "indirect",
            },
        ),
        (
            {"rooms": [["nato", "russia"], ["russia", "united-states"]]},
            {
                ("nato", "russia"): "direct",
                ("nato", "united-states"): "indirect",
                ("russia", "united-states"): "direct",
            },
        ),
    ],
)
def test_rooms_tell_how_pairs_met(talks: dict[str, Any], answers: dict[tuple[str, str], str]) -> None:
    event = msgspec.convert({"type": "TalksHeld", "session": "day-1", **talks}, TalksHeld)

    assert {(pair.first, pair.second): pair.manner for pair in seating.who_met(event)} == answers


def test_session_that_sources_tell_differently_has_the_answers_of_each() -> None:
    desk = set_table()
    talks = record(desk, {**MARCH_TALKS, "rooms": [["nato", "russia"]]}, "2022-01-10", GENEVA)
    desk.account(talks, "differs", rooms=[["nato"], ["russia"]])

    assert {(row.manner, row.contested) for row in seating.sittings(desk.world.talks)} == {
        ("direct", True),
        ("indirect", True),
    }


@pytest.mark.parametrize(
    ("wrong", "remedy"),
    [
        ({"direct": True}, "leave `direct` out"),
        ({"meetings": [*PAIRWISE["meetings"], {"parties": ["russia", "nato"]}]}, "nato and russia meet in two ways"),
        ({"rooms": [["russia"], ["united-states"]]}, "in separate rooms and meet directly"),
        ({"rooms": [["russia", "nato"]]}, "in one room and meet through others"),
        ({"meetings": [{"parties": ["russia"]}]}, "length >= 2"),
        ({"meetings": [{"parties": ["russia", "russia"]}]}, "each party of a meeting once"),
        ({"meetings": [{"parties": ["russia", "nato"], "through": [{"party": "nato"}]}]}, "name a third"),
        ({"present": [{"party": "nato"}]}, "person"),
    ],
)
def test_talks_that_leave_two_answers_are_refused_with_the_remedy(wrong: dict[str, Any], remedy: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=remedy):
        record(set_table(), {**PAIRWISE, **wrong}, "2022-01-10", GENEVA)


def test_talks_name_parties_that_are_known() -> None:
    """In meetings, as those between, and as those whom a person is of."""
    desk = set_table()
    through = {"parties": ["russia", "nato"], "through": [{"person": "E"}, {"party": "oman"}]}
    for wrong, pointer in (
        ({"meetings": [{"parties": ["russia", "oman"]}]}, "/event/meetings/0/parties/1"),
        ({"meetings": [through]}, "/event/meetings/0/through/1/party"),
        ({"present": [{"person": "A"}, {"person": "B", "party": "oman"}]}, "/event/present/1/party"),
    ):
        event = {"type": "TalksHeld", "session": "day-1", **wrong}
        refused(UnknownReference, pointer, "party oman", lambda event=event: record(desk, event, "2022-01-10", GENEVA))  # type: ignore[misc]


def test_talks_say_who_was_present() -> None:
    """Persons with party and capacity; who is told of as present acts as one who was there, and so do go-betweens."""
    desk = set_table()
    present = [{"person": "Sherman", "party": "united-states", "capacity": "head"}, {"person": "An interpreter"}]
    record(desk, {**MARCH_TALKS, "rooms": [["nato", "russia"]], "present": present}, "2022-01-10", GENEVA)
    [held] = desk.values("session", "geneva", "day-1")
    assert held["present"] == present

    said = {"type": "StatementMade", "text": "We listened.", "session": "day-1", "by": [{"party": "united-states"}]}
    assert desk.findings(record(desk, said, "2022-01-10", GENEVA)) == []

    record(desk, {**PAIRWISE, "session": "day-2", "meetings": PAIRWISE["meetings"][1:]}, "2022-01-11", GENEVA)
    assert desk.findings(record(desk, {**said, "session": "day-2"}, "2022-01-11", GENEVA)) == []


def test_talks_of_which_only_persons_are_told_do_not_say_that_others_were_absent() -> None:
    desk = set_table()
    present = [{"person": "Sherman", "party": "united-states"}]
    record(desk, {"type": "TalksHeld", "session": "day-1", "present": present}, "2022-01-10", GENEVA)
    said = {"type": "StatementMade", "text": "We were there.", "session": "day-1", "by": [{"party": "nato"}]}
    assert desk.findings(record(desk, said, "2022-01-10", GENEVA)) == []


def test_party_that_meets_others_after_it_left_is_found() -> None:
    """Though no room is told of."""
    desk = set_table()
    record(desk, took("PartyAdmitted"), "2022-01-03", GENEVA)
    record(desk, took("PartyLeft"), "2022-01-05", GENEVA)
    talks = record(desk, PAIRWISE, "2022-01-10", GENEVA)

    assert [type(one).__name__ for one in desk.findings(talks)] == ["ActByAbsentParty"]


# -- who parties are


def becomes(desk: Desk, party: str, occurred: str, **what: Any) -> Recorded:
    return record(desk, {"type": "PartyReclassified", "party": party, **what}, occurred, f"parties/{party}")


def identified(desk: Desk, party: str, occurred: str, kind: str = "state", **codes: str) -> Recorded:
    event = {"type": "PartyIdentified", "party": party, "name": party, "kind": kind}
    return record(desk, event | ({"codes": codes} if codes else {}), occurred, f"parties/{party}")


def is_now(desk: Desk, party: str, at: Reading = NOW) -> tuple[list[str], dict[str, list[str]]]:
    """The kinds and codes of a party, as a line of a list shows them."""
    shown = msgspec.json.decode(party_summary(desk.read(at).parties, party))
    return shown["kinds"], shown["codes"]


@pytest.mark.parametrize("kind", ["employers-association", "trade-union-federation"])
def test_party_can_be_an_association_of_employers_or_a_federation_of_unions(kind: str) -> None:
    desk = set_table()
    identified(desk, "one-of-them", "2022-01-01", kind)
    assert is_now(desk, "one-of-them") == ([kind], {})


def test_kind_of_a_party_has_a_history() -> None:
    """A movement becomes a government; on each date it is what it was then."""
    desk = set_table()
    identified(desk, "taliban", "1994-08", "movement")
    becomes(desk, "taliban", "1996-09-27", kind="government")
    becomes(desk, "taliban", "2001-12", kind="movement")

    kinds = [is_now(desk, "taliban", on(date))[0] for date in ("1995", "1997", "2010")]
    assert kinds == [["movement"], ["government"], ["movement"]]


def test_codes_of_a_party_have_a_history_scheme_by_scheme() -> None:
    """Romania's ISO code was ROM until 2002; its others stayed."""
    desk = set_table()
    identified(desk, "romania", "1990-01-01", iso3166="ROM", wikidata="Q218")
    becomes(desk, "romania", "2002-02-01", codes={"iso3166": "ROU"})

    assert is_now(desk, "romania", on("2001"))[1] == {"iso3166": ["ROM"], "wikidata": ["Q218"]}
    assert is_now(desk, "romania")[1] == {"iso3166": ["ROU"], "wikidata": ["Q218"]}
    document = msgspec.json.decode(party_document(desk.world.parties, "romania"))
    assert document["kind"]["values"][0]["value"] == "state"
    assert (document["codes"]["iso3166"]["values"][0]["value"], document["codes"]["iso3166"]["values"][0]["since"]) == (
        "ROU",
        "2002-02-01",
    )


def test_code_that_two_parties_have_at_one_date_is_found_on_both() -> None:
    """Most often one party was recorded twice."""
    desk = set_table()
    one = identified(desk, "burma", "../2022", iso3166="MMR")
    other = identified(desk, "myanmar", "../2022", iso3166="MMR")

    [found], [also] = desk.findings(one), desk.findings(other)
    assert found.message.startswith("The code MMR (iso3166) is burma's and that of another party at one date: myanmar.")
    assert "PartyReclassified" in found.message
    assert (found.related, also.related) == ((other.id,), (one.id,))

    desk.retract(other)
    assert desk.findings(one) == []


def test_code_that_a_party_gave_up_before_another_took_it_is_no_finding() -> None:
    """And it is one again if that is taken back, or if it was given up later than that."""
    desk = set_table()
    first = identified(desk, "first", "1990", iso3166="XAA")
    second = identified(desk, "second", "2005", iso3166="XAA")
    assert len(desk.findings(first)) == len(desk.findings(second)) == 1

    changed = becomes(desk, "first", "2002", codes={"iso3166": "XBB"})
    assert desk.findings(first) == desk.findings(second) == []

    later = {"type": "PartyReclassified", "party": "first", "codes": {"iso3166": "XBB"}}
    desk.correct(changed, later, "2010")
    assert len(desk.findings(first)) == len(desk.findings(second)) == 1


def test_code_of_a_party_that_was_succeeded_may_be_that_of_its_successor() -> None:
    desk = set_table()
    first = identified(desk, "first", "1990", iso3166="XAA")
    second = identified(desk, "second", "2003", iso3166="XAA")
    assert len(desk.findings(second)) == 1

    ended = {"type": "PartySucceeded", "party": "first", "into": ["second"]}
    record(desk, ended, "2003", "parties/first")

    assert desk.findings(first) == desk.findings(second) == []


def test_code_in_another_scheme_is_another_code() -> None:
    desk = set_table()
    one = identified(desk, "one", "2000", iso3166="XAA")
    other = identified(desk, "other", "2000", cameo="XAA")
    assert desk.findings(one) == desk.findings(other) == []


def test_party_that_becomes_nothing_else_is_refused_with_the_remedy() -> None:
    desk = set_table()
    nothings: list[dict[str, Any]] = [{}, {"codes": {}}]
    for nothing in nothings:
        with pytest.raises(msgspec.ValidationError, match="which codes it has"):
            becomes(desk, "russia", "2022-01-10", **nothing)
