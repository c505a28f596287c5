"""Positions: own answers beside those of blocs; what is contested, withdrawn, silent, unknown, not put; the clocks."""

from typing import Any, get_args

import pytest

from negotiation.clocks import Reading
from negotiation.dates import interval_of_date
from negotiation.events.positions import Answer
from negotiation.tables import positions
from negotiation.tables.cells import GIVEN
from negotiation.tables.matrix import CODES, PositionMatrix, matrix
from negotiation.texts import as_counted
from tests.negotiation.desk import NATO, RUSSIA, UNITED_STATES, Desk, identified, set_table
from tests.negotiation.histories import GENEVA, NEGOTIATION

FOR_MEMBERS = [{"party": "nato", "as": "for-members"}]


@pytest.fixture
def desk() -> Desk:
    """Russia makes a demand to NATO: the United States, Norway and Turkey are members; Sweden takes part, too."""
    desk = set_table()
    for party in ("norway", "turkey", "sweden"):
        desk.record(identified(party), f"parties/{party}", "../2022-01-11")
    for member in ("united-states", "norway", "turkey"):
        joined = {"type": "MemberJoined", "group": "nato", "member": member}
        desk.record(joined, "parties/nato", "1949-04-04", published="1949-04-04")
    demand = {"type": "DemandTabled", "demand": "no-missiles", "text": "No missiles.", "by": RUSSIA, "to": ["nato"]}
    desk.record(demand, GENEVA, "2022-01-10")
    for party in ("norway", "turkey", "sweden"):
        desk.record({"type": "PartyAdmitted", "party": party, "role": "party"}, NEGOTIATION, "2022-01-03")
    return desk


def answer(desk: Desk, given: str, by: Any, occurred: str = "2022-01-12", /, **more: Any) -> Any:
    on = {"kind": "demand", "id": "no-missiles"} | more.pop("on", {})
    event = {"type": "AnswerGiven", "on": on, "answer": given, "by": by} | more
    return desk.record(event, GENEVA, occurred, published="2022-01-30")


def rows(desk: Desk, of: str = "no-missiles", at: Reading | None = None) -> list[Any]:
    world = desk.read(at or Reading())
    return [row for row in positions.rows(world.talks, world.parties) if row.of == of]


def stands(desk: Desk, at: Reading | None = None) -> dict[str, str]:
    """Each party's answer to the demand: ``own/bloc``, where several of its own stand with `` | `` between."""
    found: dict[str, str] = {}
    for row in rows(desk, at=at):
        before = f"{found[row.party]} | " if row.party in found else ""
        own = row.answer if row.basis == "own" else f"({row.answer})"
        found[row.party] = before + own
    return found


def totals(desk: Desk, by: str = "party", of: str = "no-missiles") -> dict[str, int]:
    world = desk.world
    (found,) = [row for row in positions.totals(world.talks, world.parties) if (row.of, row.by) == (of, by)]
    return {name: value for name in found.__struct_fields__ if isinstance(value := getattr(found, name), int) and value}


def of(found: PositionMatrix, column: int = 0) -> dict[str, str]:
    return {party: row[column] for party, row in zip(found.parties, found.cells, strict=True)}


def test_every_answer_of_the_catalogue_has_a_code_of_its_own() -> None:
    answers = get_args(Answer.__annotations__["answer"])
    assert set(GIVEN) == {*answers, "wants"}
    assert len(set(CODES.values())) == len(CODES)


def test_without_an_answer_whoever_was_asked_is_unknown_and_others_were_not_asked(desk: Desk) -> None:
    assert stands(desk) == {
        "russia": "wants",
        **dict.fromkeys(("nato", "united-states", "norway", "turkey"), "(unknown)"),
        "sweden": "(not-put)",
    }
    assert totals(desk) == {"wants": 1, "unknown": 3, "not_put": 1}
    assert totals(desk, "bloc") == {"unknown": 1}


def test_a_members_own_answer_stands_beside_its_blocs_and_its_deviation_is_marked(desk: Desk) -> None:
    bloc = answer(desk, "reject", FOR_MEMBERS)
    own = answer(desk, "reserve", [{"party": "turkey"}], "2022-01-14", text="Not yet.")
    answer(desk, "reject", UNITED_STATES, "2022-01-13")
    found = {row.party: row for row in rows(desk)}

    norway, turkey, america = found["norway"], found["turkey"], found["united-states"]
    assert (norway.answer, norway.basis, norway.through, norway.bloc_answer) == (
        *("reject", "inherited"),
        *(("nato",), ("reject",)),
    )
    assert (norway.event, norway.position, norway.deviates) == (bloc.id, bloc.position, False)
    assert (turkey.answer, turkey.basis, turkey.through, turkey.bloc, turkey.bloc_answer) == (
        *("reserve", "own", ()),
        *(("nato",), ("reject",)),
    )
    assert (turkey.deviates, turkey.contested, turkey.text, turkey.event) == (True, False, "Not yet.", own.id)
    assert (turkey.since, turkey.earliest, turkey.sources) == ("2022-01-14", "2022-01-14", ("The Gazette, 2022-01-30",))
    assert (america.answer, america.basis, america.bloc_answer, america.deviates) == (
        *("reject", "own"),
        *(("reject",), False),
    )
    assert (found["nato"].by, found["nato"].basis, found["nato"].bloc) == ("bloc", "own", ())
    assert found["sweden"].answer == "not-put"
    assert totals(desk) == {
        "reject": 2,
        "reserve": 1,
        "wants": 1,
        "not_put": 1,
        "inherited": 1,
        "deviating": 1,
    }
    assert totals(desk, "bloc") == {"reject": 1}


def test_what_a_bloc_says_for_itself_binds_no_member(desk: Desk) -> None:
    answer(desk, "reject", NATO)
    assert stands(desk)["norway"] == "(unknown)"


def test_who_joined_after_the_answer_does_not_stand_by_it(desk: Desk) -> None:
    answer(desk, "reject", FOR_MEMBERS)
    joined = {"type": "MemberJoined", "group": "nato", "member": "sweden"}
    desk.record(joined, "parties/nato", "2024-03-07", published="2024-03-08")
    assert stands(desk)["sweden"] == "(unknown)"  # asked as a member, and bound by nothing


def test_a_contested_answer_has_a_row_for_each_value_and_counts_once(desk: Desk) -> None:
    answer(desk, "reject", UNITED_STATES, "2022-01-12")
    answer(desk, "defer", UNITED_STATES, "2022-01-12")
    found = [row for row in rows(desk) if row.party == "united-states"]
    assert sorted(row.answer for row in found) == ["defer", "reject"]
    assert all(row.contested for row in found)
    assert len({row.event for row in found}) == 2
    assert totals(desk)["contested"] == 1


def test_blocs_that_bind_a_member_to_different_answers_contest_each_other(desk: Desk) -> None:
    desk.record(identified("nordic"), "parties/nordic", "../2022-01-11")
    joined = {"type": "MemberJoined", "group": "nordic", "member": "norway"}
    desk.record(joined, "parties/nordic", "1971-03-23", published="1971-03-23")
    answer(desk, "reject", FOR_MEMBERS)
    answer(desk, "accept", [{"party": "nordic", "as": "for-members"}])
    found = {row.through: row for row in rows(desk) if row.party == "norway"}
    assert {through: row.answer for through, row in found.items()} == {("nato",): "reject", ("nordic",): "accept"}
    assert all(row.contested and row.bloc == ("nato", "nordic") for row in found.values())
    assert "norway" in desk.world.talks.history.parties_named


def test_a_retracted_answer_leaves_what_stood_before_it(desk: Desk) -> None:
    answer(desk, "defer", UNITED_STATES, "2022-01-12")
    later = answer(desk, "accept", UNITED_STATES, "2022-01-20")
    assert stands(desk)["united-states"] == "accept"
    desk.retract(later)
    assert stands(desk)["united-states"] == "defer"


def test_who_withdraws_its_demand_does_not_want_it_any_more(desk: Desk) -> None:
    answer(desk, "withdraw", RUSSIA, "2022-02-01")
    assert stands(desk)["russia"] == "withdraw"
    assert totals(desk)["withdraw"] == 1


def test_a_sourced_silence_is_an_answer(desk: Desk) -> None:
    answer(desk, "none", UNITED_STATES)
    (found,) = [row for row in rows(desk) if row.party == "united-states"]
    assert (found.answer, found.basis, found.sources) == ("none", "own", ("The Gazette, 2022-01-30",))


def test_before_and_after_a_clock(desk: Desk) -> None:
    answer(desk, "reject", FOR_MEMBERS, "2022-01-12")
    answer(desk, "accept", [{"party": "turkey"}], "2022-01-20")
    before = Reading(happened_by=interval_of_date("2022-01-11"))
    between = Reading(happened_by=interval_of_date("2022-01-15"))
    assert stands(desk, before)["turkey"] == "(unknown)"
    assert stands(desk, between)["turkey"] == "(reject)"
    assert stands(desk)["turkey"] == "accept"


def test_an_answer_that_may_have_been_given_by_then_is_marked(desk: Desk) -> None:
    answer(desk, "reject", UNITED_STATES, "2022-01-12")
    answer(desk, "accept", UNITED_STATES, "[2022-01-13..2022-01-20]")
    answer(desk, "accept", [{"party": "turkey"}], "[2022-01-13..2022-01-20]")
    at = Reading(happened_by=interval_of_date("2022-01-15"))
    found = {row.party: (row.answer, row.may_have_changed) for row in rows(desk, at=at)}
    assert found["united-states"] == ("reject", True)
    assert found["turkey"] == ("unknown", True)
    assert found["norway"] == ("unknown", False)


def test_since_is_when_it_was_said_first_and_the_event_the_last_that_says_it(desk: Desk) -> None:
    answer(desk, "reject", UNITED_STATES, "2022-01-12")
    again = answer(desk, "reject", UNITED_STATES, "2022-01-20")
    (found,) = [row for row in rows(desk) if row.party == "united-states"]
    assert (found.since, found.occurred, found.event) == ("2022-01-12", "2022-01-20", again.id)


def test_conditions_and_what_is_brought_instead_are_told(desk: Desk) -> None:
    condition = {"condition": "verified", "text": "If it is verified"}
    answer(desk, "accept", UNITED_STATES, "2022-01-12", **{"if": [condition]})
    answer(
        desk,
        "counter",
        [{"party": "turkey"}],
        "2022-01-12",
        **{"with": {"kind": "demand", "id": "veto-on-enlargement"}},
    )
    found = {row.party: row for row in rows(desk)}
    assert found["united-states"].conditions == ("If it is verified",)
    assert found["turkey"].instead == "demand veto-on-enlargement"


def test_who_answers_a_part_is_not_unknown_in_the_whole_and_the_other_way_round(desk: Desk) -> None:
    parts = [{"part": "one", "text": "One."}, {"part": "two", "text": "Two."}]
    demand = {"type": "DemandTabled", "demand": "package", "text": "All.", "by": RUSSIA, "to": ["norway", "turkey"]}
    desk.record(demand | {"parts": parts}, GENEVA, "2022-01-10")
    answer(desk, "accept", [{"party": "norway"}], on={"id": "package", "provision": "two"})
    answer(desk, "reject", [{"party": "turkey"}], on={"id": "package"})
    found = {(row.provision, row.party): row.answer for row in rows(desk, "package") if row.answer != "not-put"}
    assert found == {
        ("", "russia"): "wants",
        ("", "turkey"): "reject",
        ("one", "norway"): "unknown",
        ("two", "norway"): "accept",
    }


def treaty(desk: Desk, version: str, occurred: str, *provisions: str, **more: Any) -> None:
    event = {"type": "DocumentTabled", "document": "treaty", "version": version, "kind": "draft"}
    texts = [{"id": provision, "text": f"{provision} of {version}"} for provision in provisions]
    desk.record(event | {"provisions": texts} | more, GENEVA, occurred)


def test_provisions_stand_in_the_order_of_their_text_and_all_are_asked(desk: Desk) -> None:
    treaty(desk, "1", "2022-01-10", "article-2", "article-10", "preamble")
    on = {"kind": "document", "id": "treaty", "version": "1"}
    answer(desk, "accept", UNITED_STATES, on={**on, "provision": "article-10"})
    answer(desk, "reject", FOR_MEMBERS, on={**on, "provision": "article-10"})
    found = matrix(desk.world.talks, desk.world.parties, on="provision")
    assert [column.provision for column in found.columns] == ["article-2", "article-10", "preamble"]
    assert of(found, 1) == {
        "nato": "R",
        "norway": "r",
        "turkey": "r",
        "united-states": "Ar",
        "russia": "?",
        "sweden": "?",
    }
    assert set(of(found, 0).values()) == {"?"}
    assert found.columns[1].counts == {"R": 1, "r": 2, "Ar": 1, "?": 2}
    assert found.blocs == ("nato",)
    parties_alone = matrix(desk.world.talks, desk.world.parties, on="provision", by="party")
    assert "nato" not in parties_alone.parties
    assert matrix(desk.world.talks, desk.world.parties, on="provision", by="bloc").parties == ("nato",)


def test_who_tabled_a_text_or_wrote_it_is_not_asked_for_its_answer(desk: Desk) -> None:
    treaty(desk, "1", "2022-01-10", "article-1", by=RUSSIA, authors=["turkey"], to=["nato"])
    assert {row.party: row.answer for row in rows(desk, "treaty")} == {
        **dict.fromkeys(("nato", "norway", "united-states"), "unknown"),
        "sweden": "not-put",
    }
    on = {"kind": "document", "id": "treaty", "version": "1", "provision": "article-1"}
    answer(desk, "accept", RUSSIA, on=on)  # and may answer it
    assert {row.answer for row in rows(desk, "treaty") if row.party == "russia"} == {"accept"}


def test_a_version_without_answers_is_a_column_only_if_it_is_the_last(desk: Desk) -> None:
    for number, day in (("1", "2022-01-10"), ("2", "2022-01-11"), ("3", "2022-01-12")):
        treaty(desk, number, day, "article-1")
    on = {"kind": "document", "id": "treaty", "version": "1", "provision": "article-1"}
    answer(desk, "accept", UNITED_STATES, on=on)
    found = matrix(desk.world.talks, desk.world.parties, of="treaty")
    assert [(column.on, column.version) for column in found.columns] == [("provision", "1"), ("provision", "3")]


def test_who_wants_which_option(desk: Desk) -> None:
    options = [
        {"option": "short", "text": "Short.", "wanted_by": ["russia"]},
        {"option": "long", "text": "Long.", "wanted_by": ["norway", "turkey"]},
    ]
    treaty(desk, "1", "2022-01-10", provisions=[{"id": "article-1", "options": options}])
    found = [row for row in rows(desk, "treaty") if row.on == "option"]
    assert {(row.option, row.party) for row in found if row.answer == "wants"} == {
        *(("short", "russia"), ("long", "norway"), ("long", "turkey")),
    }
    assert {row.party for row in found if row.answer == "unknown"} == {"nato", "sweden"}


def test_the_matrix_cites_each_letter(desk: Desk) -> None:
    bloc = answer(desk, "reject", FOR_MEMBERS)
    condition = {"condition": "verified", "text": "If it is verified"}
    own = answer(desk, "accept", [{"party": "turkey"}], "2022-01-14", **{"if": [condition]})
    found = matrix(desk.world.talks, desk.world.parties, of="no-missiles")
    assert of(found) == {
        "nato": "R",
        "norway": "r",
        "russia": "P",
        "sweden": "-",
        "turkey": "A*r",
        "united-states": "r",
    }
    turkey = found.cited[found.parties.index("turkey")][0]
    assert [found.references.position[place] for place in turkey] == [own.position, bloc.position]
    assert [found.references.since[place] for place in turkey] == ["2022-01-14", "2022-01-12"]
    assert [found.sources[one] for one in found.references.sources[turkey[0]]] == ["The Gazette, 2022-01-30"]
    assert found.cited[found.parties.index("sweden")][0] == ()
    assert {found.codes[code] for code in "RAP-"} == {"reject", "accept", "wants", "not-put"}


def test_the_history_of_a_cell_has_its_own_answers_and_its_blocs(desk: Desk) -> None:
    answer(desk, "defer", [{"party": "turkey"}], "2022-01-11")
    answer(desk, "reject", FOR_MEMBERS, "2022-01-12")
    answer(desk, "accept", [{"party": "turkey"}], "2022-01-14")
    desk.retract(answer(desk, "reject", [{"party": "turkey"}], "2022-01-16"))
    world = desk.world
    found = [row for row in positions.history_rows(world.talks, world.parties) if row.party == "turkey"]
    assert [(row.occurred, row.answer, row.basis, row.through, row.current) for row in found] == [
        ("2022-01-11", "defer", "own", None, False),
        ("2022-01-12", "reject", "inherited", "nato", True),
        ("2022-01-14", "accept", "own", None, True),
    ]


def test_names_sort_as_people_count() -> None:
    assert sorted(["art-10", "art-2", "annex", "art-2-bis", "2", "10"], key=as_counted) == [
        *("2", "10", "annex", "art-2", "art-2-bis", "art-10"),
    ]
