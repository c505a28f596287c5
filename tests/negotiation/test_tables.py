"""Tables of votes and of people: what the facts say, a row each."""

from typing import Any

from negotiation.clocks import Reading
from negotiation.dates import interval_of_date
from negotiation.tables.every import TABLES
from tests.negotiation.desk import TALKS, VETO, Desk, set_table
from tests.negotiation.histories import GENEVA, NEGOTIATION


def rows(desk: Desk, name: str, at: Reading | None = None) -> list[Any]:
    [table] = [one for one in TABLES if one.name == name]
    world = desk.read(at or Reading())
    return list(table.rows(world.talks, world.parties))


def test_two_votes_on_one_thing_have_a_row_each_with_what_a_yes_means() -> None:
    desk = set_table()
    vote = {"type": "VoteTaken", "electorate": "The council", "on": VETO}
    desk.record(vote | {"result": "rejected", "counts": {"for": 3, "against": 12}}, GENEVA, "2022-01-10")
    desk.record(vote | {"result": "adopted", "motion": "To close the debate", "yes_means": "end"}, GENEVA, "2022-01-11")
    first, second = rows(desk, "votes")
    assert (first.result, first.votes_for, first.against, first.on) == (
        "rejected",
        3,
        12,
        ("demand veto-on-enlargement",),
    )
    assert (second.result, second.yes_means, second.motion, second.votes_for) == (
        "adopted",
        "end",
        "To close the debate",
        None,
    )
    assert (first.round, first.earliest) == ("geneva", "2022-01-10")


def test_a_delegate_stands_until_another_is_named() -> None:
    desk = set_table()
    for person, date in (("A. Head", "2022-01-09"), ("B. Next", "2022-01-12")):
        named = {"type": "DelegationNamed", "party": "russia", "members": [{"person": person, "capacity": "head"}]}
        desk.record(named, GENEVA, date, published="2022-01-13")
    [now] = rows(desk, "delegations")
    assert (now.party, now.person, now.capacity, now.round) == ("russia", "B. Next", "head", "geneva")
    [then] = rows(desk, "delegations", Reading(happened_by=interval_of_date("2022-01-10")))
    assert then.person == "A. Head"


def test_a_party_has_a_row_for_each_of_its_roles() -> None:
    desk = set_table()
    for role in ("party", "chair"):
        desk.record({"type": "PartyAdmitted", "party": "nato", "role": role}, GENEVA, "2022-01-09")
    assert {(row.party, row.role, row.status) for row in rows(desk, "participants")} == {
        ("nato", "party", "admitted"),
        ("nato", "chair", "admitted"),
    }


def test_an_office_is_held_since_its_date() -> None:
    desk = set_table()
    desk.record({"type": "BodyEstablished", "body": "group", "kind": "working-group"}, NEGOTIATION, "2022-01-05")
    taken = {"type": "OfficeTaken", "body": "group", "office": "chair", "party": "nato"}
    desk.record(taken, NEGOTIATION, "2022-01-06")
    [row] = rows(desk, "offices")
    assert (row.body, row.office, row.party, row.person, row.since) == ("group", "chair", "nato", None, "2022-01-06")


def test_each_pair_of_parties_that_met_has_one_row() -> None:
    desk = set_table()
    desk.record({**TALKS, "rooms": [["russia", "united-states", "nato"]]})
    pairs = {(row.first, row.second, row.manner) for row in rows(desk, "meetings")}
    assert pairs == {
        ("nato", "russia", "direct"),
        ("nato", "united-states", "direct"),
        ("russia", "united-states", "direct"),
    }
