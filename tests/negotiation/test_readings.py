"""What the record says where sources disagree, days are uncertain and clocks are turned back."""

from copy import deepcopy
from itertools import permutations
from typing import Any

import msgspec
import pytest

from negotiation.clocks import Reading
from negotiation.dates import Interval, interval_of_date
from negotiation.documents.ledger import group_answers, inherited
from negotiation.documents.lists import items, latest
from negotiation.envelope import Submission
from negotiation.refusals import NotTheHead, UnknownReference
from negotiation.state import register_keys
from tests.negotiation.desk import (
    ANSWER_OF_THE_UNITED_STATES,
    DEMAND,
    NO_BREAKTHROUGH,
    TALKS,
    UNITED_STATES,
    VETO,
    Desk,
    refused,
    set_table,
)
from tests.negotiation.histories import BRUSSELS, GENEVA, NEGOTIATION


def by(date: str) -> Interval:
    """A date as a clock is given it."""
    return interval_of_date(date)


def answers(desk: Desk, at: Reading | None = None) -> list[str]:
    """What the United States currently answer to the veto."""
    return [value["answer"] for value in desk.values(*ANSWER_OF_THE_UNITED_STATES, at=at or Reading())]


# -- current and contested


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_answer_differently_on_one_day_is_contested_in_whatever_order(order: tuple[int, ...]) -> None:
    """Two sources that give different answers of one party on one day leave it contested: both are shown."""
    desk = set_table()
    acts = [
        lambda: desk.answer("accept", "2022-01-10", publisher="The Gazette"),
        lambda: desk.answer("reject", "2022-01-10", publisher="The Courier"),
        lambda: desk.answer("defer", "2022-01-09", publisher="The Courier"),
    ]
    for number in order:
        acts[number]()

    register = desk.register(*ANSWER_OF_THE_UNITED_STATES)

    assert register.contested
    shown = {
        msgspec.json.decode(value.value)["answer"]: [
            source.publisher for evidence in value.evidence for source in evidence.sources
        ]
        for value in register.values
    }
    assert shown == {"accept": ["The Gazette"], "reject": ["The Courier"]}


def test_answer_on_a_later_day_settles_a_contested_answer() -> None:
    """A later day's answer follows both, also when it is recorded before them."""
    desk = set_table()
    desk.answer("defer", "2022-01-11")
    desk.answer("accept", "2022-01-10")
    desk.answer("reject", "2022-01-10")

    assert not desk.register(*ANSWER_OF_THE_UNITED_STATES).contested
    assert answers(desk) == ["defer"]


def test_answer_after_another_on_the_same_day_settles_it() -> None:
    """`after` says what the dates cannot tell."""
    desk = set_table()
    first = desk.answer("accept", "2022-01-10")

    desk.answer("reject", "2022-01-10", after=[first.id])

    assert answers(desk) == ["reject"]


def test_answer_after_another_against_their_dates_settles_it() -> None:
    """What is said of the order outweighs what the dates say of it."""
    desk = set_table()
    first = desk.answer("accept", "2022-01-10")

    desk.answer("reject", "2022-01-09", after=[first.id])

    assert answers(desk) == ["reject"]


def test_answer_after_each_other_in_a_circle_is_contested() -> None:
    """Where each is said to have followed the other, both stand."""
    desk = set_table()
    first = desk.answer("accept", "2022-01-10")
    second = desk.answer("reject", "2022-01-10", after=[first.id])
    desk.correct(first, msgspec.to_builtins(first.event) | {"after": [second.id]})

    assert sorted(answers(desk)) == ["accept", "reject"]


def test_answer_the_same_again_keeps_since_and_both_as_evidence() -> None:
    """A value stands since it was first given, unless another came between."""
    desk = set_table()
    desk.answer("reject", "2022-01-08")
    desk.answer("reject", "2022-01-10")
    [value] = desk.register(*ANSWER_OF_THE_UNITED_STATES).values
    assert (value.since, value.evidence_total) == ("2022-01-08", 2)

    desk.answer("defer", "2022-01-09")

    [value] = desk.register(*ANSWER_OF_THE_UNITED_STATES).values
    assert (value.since, value.evidence_total) == ("2022-01-10", 1)


def test_answer_the_same_again_by_way_of_after_keeps_since_only_without_another_between() -> None:
    """What a chain of `after` leads through counts, step by step."""
    desk = set_table()
    first = desk.answer("reject", "2022-01-10")
    second = desk.answer("reject", "2022-01-10", after=[first.id])
    third = desk.answer("defer", "2022-01-10", after=[second.id])
    desk.answer("reject", "2022-01-10", after=[third.id])

    [value] = desk.register(*ANSWER_OF_THE_UNITED_STATES).values

    assert value.evidence_total == 1


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("2022-01-10", "2022-01-11"),
        ("../2022-01-10", "2022-01-11"),
        ("2022-01-09/2022-01-10", "2022-01-11"),
        ("[..2022-01-10]", "2022-01-11"),
        ("[2022-01-09..2022-01-10]", "2022-01-11"),
        ("2022-01-09", "2022-01-08/.."),  # goes on until the day it was reported, the 12th
        ("2022-01-10T09:00:00Z", "2022-01-10T09:00:01Z"),
        ("2022-01-10", "2022-01-14~"),
        ("2022-01-06~", "2022-01-10"),
        ("2021", "2022-01"),
        ("2021-11", "2022-01~"),
        ("2021-23", "2021-24"),
        ("2022-01-10", "2022-01-11T12:00:00Z"),
        ("2022-01-09T09:59:59Z", "2022-01-10"),
        ("2022-01-11T00:30:00+03:00", "2022-01-10T23:00:00-05:00"),
    ],
)
def test_answer_twice_with_uncertain_dates_the_later_stands(earlier: str, later: str) -> None:
    """A value stands at the last moment that it is asserted for."""
    desk = set_table()
    desk.answer("defer", later)
    desk.answer("reject", earlier)

    assert answers(desk) == ["defer"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2022-01-10", "2022-01-10T09:00:00Z"),
        ("[2022-01-08..2022-01-10]", "2022-01-09"),
        ("[..2022-01-10]", "2022-01-08"),
        ("XXXX", "2022-01-10"),
        ("2022-01", "2022-01-10"),
        ("2022-01-10", "2022-01-11~"),
        ("2021-12", "2022-01~"),
        ("2021-11", "2022-01%"),
        ("2021-12-31?", "2022-01-01"),
        ("2022-01-10", "2022-01-10T19:30:00-05:00"),
        ("2022-01-10", "2022-01-11T11:59:59Z"),
        ("2022-01-09T10:00:00Z", "2022-01-10"),
        ("../2022-01-10", "2022-01-10"),
        ("2022-01-08/..", "2022-01-12"),
    ],
)
def test_answer_twice_with_dates_that_overlap_is_contested(one: str, other: str) -> None:
    """What the dates cannot tell apart is not guessed."""
    desk = set_table()
    desk.answer("defer", one)
    desk.answer("reject", other)

    assert sorted(answers(desk)) == ["defer", "reject"]


def in_force(desk: Desk, at: Reading | None = None) -> list[str]:
    """What the treaty is for all, at a reading."""
    return [value["type"] for value in desk.values(*STATUS, at=at or Reading())]


STATUS = ("status", "document/treaty", "")
TREATY = {"type": "DocumentTabled", "document": "treaty", "kind": "draft"}


def table_treaty() -> Desk:
    desk = set_table()
    desk.record(TREATY, NEGOTIATION, "2021-01-01")
    return desk


def test_enter_into_force_later_than_it_was_said_is_not_in_force_in_between() -> None:
    """`effective` decides when a status stands."""
    desk = table_treaty()
    desk.record({"type": "ProvisionallyApplied", "document": "treaty"}, occurred="2021-06-01")
    entered = {"type": "EnteredIntoForce", "document": "treaty", "effective": "2021-11-01"}
    fact = desk.record(entered, occurred="2021-10-04")

    assert in_force(desk, Reading(happened_by=by("2021-10-03"))) == ["ProvisionallyApplied"]
    assert in_force(desk, Reading(happened_by=by("2021-10-31"))) == ["ProvisionallyApplied"]
    assert in_force(desk, Reading(happened_by=by("2021-11-01"))) == ["EnteredIntoForce"]
    between = desk.read(Reading(happened_by=by("2021-10-31"))).talks
    assert fact.id in between.history.known  # it was said, and is no part of what may have happened
    assert not between.history.may_have_changed()
    month = desk.record({**entered, "effective": "2021-11"}, occurred="2021-10-05")
    at = Reading(happened_by=by("2021-11-15"))
    assert in_force(desk, at) == ["EnteredIntoForce"]
    assert desk.register(*STATUS, at=at).may_have_changed
    assert desk.read(at).talks.history.may_have_changed()
    desk.retract(month)
    assert not desk.read(at).talks.history.may_have_changed()


def test_apply_until_a_day_ends_behind_that_day() -> None:
    """What holds until a day holds on it, and no more afterwards: nothing stands, and it is told what did."""
    desk = table_treaty()
    applied = {"type": "ProvisionallyApplied", "document": "treaty", "until": "2021-06-30"}
    desk.record(applied, occurred="2021-02-01")

    assert in_force(desk, Reading(happened_by=by("2021-06-30"))) == ["ProvisionallyApplied"]
    ended = desk.register(*STATUS, at=Reading(happened_by=by("2021-07-01")))
    assert (ended.contested, ended.values) == (False, ())
    assert [msgspec.json.decode(value.value)["until"] for value in ended.ended] == ["2021-06-30"]


def test_apply_until_a_day_that_has_passed_shows_with_the_document_as_ended() -> None:
    """The document is listed by what is known last of it, and tells what does not hold any more."""
    desk = table_treaty()
    applied = {"type": "ProvisionallyApplied", "document": "treaty", "until": "2021-06-30"}
    fact = desk.record(applied, occurred="2021-02-01")
    desk.record(TALKS)
    talks = desk.world.talks

    [listed] = latest(talks, NEGOTIATION, NEGOTIATION)["documents"]
    [status] = msgspec.json.decode(listed)["status"]["shown"]
    [item] = [one for one in items(talks, NEGOTIATION) if one.kind == "documents"]

    assert (status["for"], status["values"]) == ("all", [])
    assert status["ended"][0]["evidence"][0]["event"] == fact.id
    assert item.begins == talks.history.known[fact.id][0].stands.begins


def test_apply_until_a_day_ends_when_something_later_is_on_record() -> None:
    """Without a clock no reading depends on today: a date has passed when something is dated after it."""
    desk = table_treaty()
    applied = {"type": "ProvisionallyApplied", "document": "treaty", "until": "2022-03-31"}
    desk.record(applied, occurred="2022-01-01")
    desk.record(TALKS, occurred="2022-03-31", published="2022-04-01")
    assert in_force(desk) == ["ProvisionallyApplied"]

    later = desk.record(TALKS, BRUSSELS, occurred="2022-04-01", published="2022-04-01")
    assert in_force(desk) == []

    desk.retract(later)
    assert in_force(desk) == ["ProvisionallyApplied"]


def test_extend_until_a_day_and_pass_it_does_not_bring_back_what_was_extended() -> None:
    """An agreement whose extension is over is over."""
    desk = table_treaty()
    desk.record({"type": "EnteredIntoForce", "document": "treaty"}, occurred="2021-02-05")
    extended = {"type": "AgreementExtended", "document": "treaty", "until": "2021-08-05"}
    desk.record(extended, occurred="2021-06-03")

    assert in_force(desk, Reading(happened_by=by("2021-08-05"))) == ["AgreementExtended"]
    assert in_force(desk, Reading(happened_by=by("2021-08-06"))) == []


def test_suspend_until_a_day_and_pass_it_brings_back_what_was_suspended() -> None:
    """A suspension that is over leaves the agreement as it was, since when it was."""
    desk = table_treaty()
    desk.record({"type": "EnteredIntoForce", "document": "treaty"}, occurred="2021-02-05")
    suspended = {"type": "AgreementSuspended", "document": "treaty", "until": "2021-08-05"}
    desk.record(suspended, occurred="2021-06-03")

    assert in_force(desk, Reading(happened_by=by("2021-08-05"))) == ["AgreementSuspended"]
    [value] = desk.register(*STATUS, at=Reading(happened_by=by("2021-08-06"))).values
    assert (msgspec.json.decode(value.value)["type"], value.since) == ("EnteredIntoForce", "2021-02-05")


def test_answer_with_a_date_in_the_future_to_take_effect_says_so() -> None:
    """A value stands at its effective date, and shows it."""
    desk = set_table()
    desk.answer("accept", "2022-01-10", effective="2030-01-01")
    desk.answer("reject", "2022-01-11")

    [value] = desk.register(*ANSWER_OF_THE_UNITED_STATES).values

    assert msgspec.json.decode(value.value)["answer"] == "accept"
    assert value.evidence[0].effective == "2030-01-01"


def test_answer_on_condition_stays_accept_if_until_the_condition_is_assessed() -> None:
    """A conditional acceptance is another value than an acceptance; the assessment stands beside it."""
    desk = set_table()
    condition = {"condition": "build-up-called-off", "text": "The build-up is called off."}
    more: dict[str, Any] = {"if": [condition]}
    desk.answer("accept", **more)
    assert desk.values(*ANSWER_OF_THE_UNITED_STATES) == [{"answer": "accept", "if": [condition]}]

    assessed = {"of": {"kind": "condition", "id": "build-up-called-off"}, "assessed_by": {"party": "united-states"}}
    desk.record({"type": "PerformanceAssessed", "finding": "met", **assessed}, occurred="2022-01-12")

    [key] = desk.world.talks.history.keys("performance", "condition/build-up-called-off")
    assert desk.values(*key) == [{"finding": "met"}]
    assert desk.values(*ANSWER_OF_THE_UNITED_STATES)[0]["if"] == [condition]


def test_answer_by_two_parties_gives_each_its_own_register() -> None:
    """One fact may give several parties' answers; one of them changes alone."""
    desk = set_table()
    desk.answer("reject", by=[{"party": "united-states"}, {"party": "nato"}])
    desk.answer("defer", "2022-01-11", by=[{"party": "nato"}])

    assert answers(desk) == ["reject"]
    assert desk.values("answer", "demand/veto-on-enlargement", "", "", "nato") == [{"answer": "defer"}]


# -- accounts


def test_account_how_long_geneva_lasted_three_stand_side_by_side() -> None:
    """No account is averaged away: at least seven hours, about eight, seven and a half."""
    desk = set_table()
    talks = desk.record(TALKS | {"duration": {"at_least": "PT7H"}})
    desk.account(talks, "differs", publisher="The Courier", duration={"about": "PT8H"})
    desk.account(talks, "differs", publisher="The Herald", duration={"exactly": "PT7H30M"})

    register = desk.register("session", "geneva", "day-1")

    assert register.contested
    durations = {
        value.evidence[0].sources[0].publisher: msgspec.json.decode(value.value)["duration"]
        for value in register.values
    }
    assert durations == {
        "The Gazette": {"at_least": "PT7H"},
        "The Courier": {"about": "PT8H"},
        "The Herald": {"exactly": "PT7H30M"},
    }


def test_account_that_agrees_stands_beside_and_contests_nothing() -> None:
    """It is evidence of the same value."""
    desk = set_table()
    talks = desk.record(TALKS)
    account = desk.account(talks)

    register = desk.register("session", "geneva", "day-1")

    assert not register.contested
    [shown] = register.values[0].evidence[0].accounts
    assert (shown.event, shown.stance, shown.sources[0].publisher) == (account.id, "agrees", "The Courier")


def test_account_that_denies_is_shown_beside_the_fact() -> None:
    """The fact stands, with the denial beside it."""
    desk = set_table()
    answer = desk.answer("accept")
    desk.account(answer, "denies")

    register = desk.register(*ANSWER_OF_THE_UNITED_STATES)

    assert answers(desk) == ["accept"]
    [evidence] = register.values[0].evidence
    assert [account.stance for account in evidence.accounts] == ["denies"]


def test_account_of_another_date_stands_at_that_date() -> None:
    """An account may give another date: its version of the fact stands there."""
    desk = set_table()
    answer = desk.answer("accept", "2022-01-08")
    desk.answer("reject", "2022-01-09")
    assert answers(desk) == ["reject"]

    desk.account(answer, "differs", occurred="2022-01-10")

    assert answers(desk) == ["accept"]


def test_account_of_a_corrected_fact_differs_from_the_correction() -> None:
    """Beside a correction the account says what it said; where it no longer fits, it is only shown."""
    desk = set_table()
    talks = desk.record(TALKS | {"duration": {"at_least": "PT7H"}})
    desk.account(talks, "differs", duration={"about": "PT8H"})

    desk.correct(talks, TALKS | {"duration": {"at_least": "PT7H"}, "venue": "Geneva"})

    venues = [(value.get("venue"), value["duration"]) for value in desk.values("session", "geneva", "day-1")]
    assert venues == [("Geneva", {"at_least": "PT7H"}), ("Geneva", {"about": "PT8H"})]


# -- the clocks


def test_read_reported_by_a_day_hides_a_later_account() -> None:
    """A fact shows with the accounts reported by then, and no others."""
    desk = set_table()
    talks = desk.record(TALKS | {"duration": {"at_least": "PT7H"}}, published="2022-01-11")
    desk.account(talks, "differs", published="2022-01-14", duration={"about": "PT8H"})
    key = ("session", "geneva", "day-1")

    assert len(desk.values(*key)) == 2
    assert [value["duration"] for value in desk.values(*key, at=Reading(reported_by=by("2022-01-13")))] == [
        {"at_least": "PT7H"}
    ]
    assert desk.values(*key, at=Reading(reported_by=by("2022-01-10"))) == []


def test_read_reported_by_a_day_shows_a_fact_by_whichever_source_was_first() -> None:
    """One source that had certainly reported is enough, however vague another's date is."""
    desk = set_table()
    dated = {"publisher": "The Gazette", "kind": "outlet", "published": "2022-01-11"}
    vague = {"publisher": "The Courier", "kind": "outlet", "published": "2022"}
    talks = desk.record(TALKS, sources=[vague, dated])
    at = Reading(reported_by=by("2022-01-11"))

    [known] = desk.read(at).talks.history.known[talks.id]

    assert [source.publisher for source in known.sources] == ["The Gazette"]


def test_read_happened_by_a_day_takes_the_certain_and_flags_the_possible() -> None:
    """What only may have happened by then does not count, and is told."""
    desk = set_table()
    desk.answer("defer", "2022-01-08")
    desk.answer("reject", "[2022-01-09..2022-01-11]")
    at = Reading(happened_by=by("2022-01-10"))

    assert answers(desk, at) == ["defer"]
    assert desk.register(*ANSWER_OF_THE_UNITED_STATES, at=at).may_have_changed
    assert answers(desk) == ["reject"]
    assert not desk.register(*ANSWER_OF_THE_UNITED_STATES).may_have_changed


def test_read_happened_by_a_day_counts_a_time_on_the_day_that_is_written_in_it() -> None:
    """A clock's day is the day at the place; what is somewhere else another day already is possible."""
    desk = set_table()
    desk.answer("defer", "2022-01-08")
    desk.answer("reject", "2022-01-10T20:30:00-05:00")  # in UTC on the 11th

    assert answers(desk, Reading(happened_by=by("2022-01-10"))) == ["reject"]
    assert answers(desk, Reading(happened_by=by("2022-01-09"))) == ["defer"]
    assert answers(desk, Reading(happened_by=by("2022-01-11T01:29:59Z"))) == ["defer"]
    assert answers(desk, Reading(happened_by=by("2022-01-11T01:30:00Z"))) == ["reject"]


def test_read_reported_by_a_day_counts_a_report_on_the_day_that_is_written_in_it() -> None:
    """What was published late in the evening of a day was reported by that day."""
    desk = set_table()
    talks = desk.record(TALKS, published="2022-01-10T23:00:00-05:00")

    assert talks.id in desk.read(Reading(reported_by=by("2022-01-10"))).talks.history.known
    assert talks.id not in desk.read(Reading(reported_by=by("2022-01-09"))).talks.history.known


def test_read_happened_by_the_end_of_an_approximate_month_takes_it_as_possible() -> None:
    """About May is not before June for certain: it stands under what is possible."""
    desk = set_table()
    desk.answer("defer", "2022-01-08")
    event = {"type": "AnswerGiven", "on": VETO, "answer": "reject", "by": UNITED_STATES}
    about = desk.record(event, occurred="2022-05~", published="2022-09-01")
    at = Reading(happened_by=by("2022-05"))

    assert answers(desk, at) == ["defer"]
    assert desk.register(*ANSWER_OF_THE_UNITED_STATES, at=at).may_have_changed
    assert about.id in desk.read(at).talks.history.possible
    assert answers(desk, Reading(happened_by=by("2022-06"))) == ["reject"]
    assert about.id not in desk.read(Reading(happened_by=by("2022-03"))).talks.history.possible


def test_read_happened_by_the_day_of_the_report_counts_a_vague_date() -> None:
    """A reported fact has begun by the end of the day it was first reported, whatever else is known of its date."""
    desk = set_table()
    desk.answer("reject", "2022")  # reported on the 12th

    assert answers(desk, Reading(happened_by=by("2022-01-12"))) == ["reject"]
    assert answers(desk, Reading(happened_by=by("2022-01-11"))) == []


def test_answer_in_a_vague_year_and_after_its_report_the_later_stands() -> None:
    """So it also stands before what happened after that day."""
    desk = set_table()
    desk.answer("reject", "2022")  # reported on the 12th
    desk.record(
        {"type": "AnswerGiven", "on": VETO, "answer": "defer", "by": UNITED_STATES},
        occurred="2022-01-13",
        published="2022-01-13",
    )

    assert answers(desk) == ["defer"]


def test_read_happened_by_the_day_a_standing_demand_was_seen_counts_it() -> None:
    """`../b` counts from b."""
    desk = set_table()
    desk.record(DEMAND | {"demand": "no-bases"}, occurred="../2022-01-11")
    key = ("demand", "", "no-bases")

    assert desk.values(*key, at=Reading(happened_by=by("2022-01-11")))
    assert not desk.values(*key, at=Reading(happened_by=by("2022-01-10")))


def test_read_before_the_day_a_demand_was_seen_standing_its_answers_are_supported() -> None:
    """What was already so by a day can have been so before: its values count from b, its name at every date."""
    desk = set_table()
    desk.record(DEMAND | {"demand": "no-bases"}, occurred="../2022-01-11")
    answer = desk.record(
        {"type": "AnswerGiven", "on": {"kind": "demand", "id": "no-bases"}, "answer": "reject", "by": UNITED_STATES},
        occurred="2022-01-10",
    )
    earlier = desk.read(Reading(happened_by=by("2022-01-10"))).talks

    [known] = earlier.history.known[answer.id]

    assert earlier.history.unsupported(known) == []
    assert earlier.findings.get(answer.id, ()) == ()
    assert not earlier.history.assertions(register_keys.demand("no-bases"))
    assert earlier.history.register(register_keys.demand("no-bases")).may_have_changed


@pytest.mark.parametrize(("joined", "binds"), [("../2022-01-11", True), ("2022-01-08", True), ("2022-01-11", False)])
def test_answer_for_members_binds_who_may_have_been_one_already(joined: str, *, binds: bool) -> None:
    """A membership first seen on the 11th can have begun long before the 9th."""
    desk = set_table()
    desk.record({"type": "MemberJoined", "group": "nato", "member": "united-states"}, "parties/nato", joined)
    desk.answer("reject", "2022-01-09", by=[{"party": "nato", "as": "for-members"}])
    talks, parties = desk.world.talks, desk.world.parties

    found = inherited(group_answers(talks, "veto-on-enlargement"), parties, set())

    assert [one.party for one in found] == (["united-states"] if binds else [])


def test_read_as_of_a_position_knows_nothing_recorded_later() -> None:
    """A correction does not reach back before it was recorded."""
    desk = set_table()
    answer = desk.answer("accept")
    desk.correct(answer, msgspec.to_builtins(answer.event) | {"answer": "reject"})

    assert answers(desk, Reading(as_of=answer.position)) == ["accept"]
    assert answers(desk, Reading(as_of=answer.position - 1)) == []
    assert answers(desk) == ["reject"]


# -- corrections and retractions


def test_correct_an_answer_names_the_head_and_replaces_it() -> None:
    """A correction of what was corrected since is refused, with the head to name."""
    desk = set_table()
    answer = desk.answer("accept")
    content: dict[str, Any] = msgspec.to_builtins(answer.event)
    head = desk.correct(answer, content | {"answer": "defer"})

    refused(NotTheHead, "/event/target", head.id, lambda: desk.correct(answer, content | {"answer": "reject"}))
    desk.correct(head, content | {"answer": "reject"}, "2022-01-09")

    [value] = desk.register(*ANSWER_OF_THE_UNITED_STATES).values
    assert (answers(desk), value.since, value.evidence[0].corrected) == (["reject"], "2022-01-09", True)


def test_retract_a_demand_and_record_it_again_revives_its_answers() -> None:
    """The answers are unsupported in between; they are neither deleted nor blocked."""
    desk = set_table()
    demand = desk.world.events[-1]
    answer = desk.answer("reject")
    desk.retract(demand)
    [known] = desk.world.talks.history.known[answer.id]
    assert [str(ref) for ref in desk.world.talks.history.unsupported(known)] == ["demand veto-on-enlargement"]
    assert answers(desk) == ["reject"]

    desk.record(DEMAND, NEGOTIATION, "2021-12-17")

    assert desk.world.talks.history.unsupported(known) == []


def test_retract_an_answer_lets_the_one_before_stand_again() -> None:
    """What was withdrawn succeeds nothing; restored, it does again."""
    desk = set_table()
    desk.answer("accept", "2022-01-08")
    retraction = desk.retract(desk.answer("reject", "2022-01-10"))
    assert answers(desk) == ["accept"]

    desk.retract(retraction)

    assert answers(desk) == ["reject"]


def test_assess_before_talks_then_hold_them_the_finding_goes() -> None:
    """A NoBreakthrough before any talks is taken with a finding, which is gone once TalksHeld is recorded."""
    desk = set_table()
    outcome = desk.record(NO_BREAKTHROUGH, BRUSSELS)
    assert [type(found).__name__ for found in desk.findings(outcome)] == ["OutcomeWithoutTalks"]

    desk.record(TALKS, BRUSSELS)

    assert desk.findings(outcome) == []
    assert desk.values("outcome", "brussels", "round", "brussels", "", "", '{"outlet":"The Gazette"}') == [
        {"type": "NoBreakthrough"}
    ]


def test_answer_a_party_is_not_in_the_room_is_taken() -> None:
    """Parties that are not in the room may answer."""
    desk = set_table()
    desk.record(TALKS)

    nato = desk.answer("reject", by=[{"party": "nato"}])

    assert desk.findings(nato) == []


def test_decide_changes_nothing_in_the_index() -> None:
    """Deciding is asking: it leaves no trace, whether it refuses or not."""
    desk = set_table()
    event = {"type": "AnswerGiven", "on": VETO, "answer": "reject", "by": UNITED_STATES}
    source = {"publisher": "The Gazette", "kind": "outlet", "published": "2022-01-12"}
    given = msgspec.convert({"event": event, "occurred": "2022-01-10", "sources": [source]}, Submission)
    fields = {"event": event | {"on": VETO | {"id": "x"}}, "occurred": "2022-01-10", "sources": [source]}
    nowhere = msgspec.convert(fields, Submission)
    index = desk.world.index(GENEVA)
    before = deepcopy((index.chains.events, index.versions, index.latest, index._introduced, index._names))

    desk.world.decide(GENEVA, given)
    with pytest.raises(UnknownReference):
        desk.world.decide(GENEVA, nowhere)

    assert (index.chains.events, index.versions, index.latest, index._introduced, index._names) == before
