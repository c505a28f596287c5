"""What does not add up in the world is taken and shown; and what stands right beside it raises no eyebrow."""

from collections.abc import Callable
from typing import Any, TypeVar

import pytest

from negotiation.clocks import Reading
from negotiation.dates import interval_of_date
from negotiation.envelope import Recorded
from negotiation.findings import types as findings
from negotiation.findings.rules import RULES
from negotiation.findings.types import FINDINGS, Finding
from tests.negotiation.desk import (
    DEMAND,
    NO_BREAKTHROUGH,
    RUSSIA,
    TALKS,
    UNITED_STATES,
    VETO,
    Desk,
    identified,
    set_table,
)
from tests.negotiation.histories import BRUSSELS, GENEVA, NEGOTIATION

_Test = TypeVar("_Test", bound=Callable[..., None])
_finding: dict[type[Finding], str] = {}
_passing: dict[type[Finding], str] = {}


def finds(rule: type[Finding]) -> Callable[[_Test], _Test]:
    """This test triggers the rule."""

    def noted(test: _Test) -> _Test:
        _finding[rule] = test.__name__
        return test

    return noted


def passes(rule: type[Finding]) -> Callable[[_Test], _Test]:
    """This test comes as close to the rule as it can without breaking it."""

    def noted(test: _Test) -> _Test:
        _passing[rule] = test.__name__
        return test

    return noted


@pytest.mark.parametrize("rule", FINDINGS)
def test_find_every_rule_has_a_test_that_breaks_it_and_one_that_does_not(rule: type[Finding]) -> None:
    """No finding without a pair of tests."""
    assert rule in _finding
    assert rule in _passing


def test_find_every_subclass_is_listed() -> None:
    """FINDINGS has all there are, and each has its rule."""
    assert set(Finding.__subclasses__()) == set(FINDINGS)
    assert len({rule for _, rule in RULES}) == len(FINDINGS)


def one_finding(desk: Desk, about: Recorded, rule: type[Finding], *related: Recorded) -> str:
    """The only finding about this fact; its message."""
    [found] = desk.findings(about)
    assert type(found) is rule
    assert (found.event, found.stream) == (about.id, about.stream)
    assert found.related == tuple(sorted(one.id for one in related))
    assert found in desk.world.dossier(about.stream).findings_in(about.stream)
    assert "{" not in found.message
    return found.message


# -- the course of a round


@finds(findings.TalksAfterConclusion)
def test_hold_talks_after_the_round_was_concluded_is_found() -> None:
    """Sources that report talks in a concluded round are believed, and the contradiction is shown."""
    desk = set_table()
    concluded = desk.record({"type": "RoundConcluded"}, occurred="2022-01-10")

    talks = desk.record(TALKS, occurred="2022-01-11")

    message = one_finding(desk, talks, findings.TalksAfterConclusion, concluded)
    assert message == "Talks are reported in round geneva after the round was concluded."


@passes(findings.TalksAfterConclusion)
def test_hold_talks_on_the_day_of_the_conclusion_passes() -> None:
    """Days do not tell which came first."""
    desk = set_table()
    desk.record({"type": "RoundConcluded"}, occurred="2022-01-10")

    assert desk.findings(desk.record(TALKS, occurred="2022-01-10")) == []


def test_resume_between_conclusion_and_talks_takes_the_finding_away() -> None:
    """A round that was resumed may have talks again, whenever the resumption is recorded."""
    desk = set_table()
    desk.record({"type": "RoundConcluded"}, occurred="2022-01-08")
    talks = desk.record(TALKS, occurred="2022-01-11")
    assert desk.findings(talks)

    desk.record({"type": "TalksResumed"}, occurred="2022-01-10")

    assert desk.findings(talks) == []


BROKEN_OFF: dict[str, Any] = {"type": "TalksBrokenOff"}
RESUMED: dict[str, Any] = {"type": "TalksResumed"}


@finds(findings.TalksAfterBreakOff)
def test_hold_talks_after_they_were_broken_off_is_found() -> None:
    """Talks that go on after they were broken off lack the resumption, and the message says so."""
    desk = set_table()
    broken_off = desk.record(BROKEN_OFF, occurred="2022-01-10")

    talks = desk.record(TALKS, occurred="2022-01-11")

    message = one_finding(desk, talks, findings.TalksAfterBreakOff, broken_off)
    assert message == (
        "Talks are reported in round geneva after talks were broken off, and `TalksResumed` is missing in between. "
        "Record when they were resumed, or correct the date that is wrong."
    )


@passes(findings.TalksAfterBreakOff)
def test_hold_talks_on_the_day_on_which_they_were_broken_off_passes() -> None:
    """Days do not tell which came first; and what was broken off may have been resumed before it was once more."""
    desk = set_table()
    desk.record(BROKEN_OFF, occurred="2022-01-08")
    desk.record(RESUMED, occurred="2022-01-09")
    desk.record(BROKEN_OFF, occurred="2022-01-10")

    assert desk.findings(desk.record(TALKS, occurred="2022-01-10")) == []


@pytest.mark.parametrize("where", [GENEVA, NEGOTIATION])
def test_break_all_talks_off_concerns_every_round_until_talks_are_resumed_there_or_everywhere(where: str) -> None:
    """What was broken off for the whole negotiation is resumed for all of it, or in a round of it."""
    desk = set_table()
    talks = [desk.record(TALKS, round_, "2022-01-11") for round_ in (GENEVA, BRUSSELS)]
    broken_off = desk.record(BROKEN_OFF | {"scope": "negotiation"}, NEGOTIATION, "2022-01-09")
    for one in talks:
        one_finding(desk, one, findings.TalksAfterBreakOff, broken_off)

    resumed = desk.record(RESUMED | ({"scope": "negotiation"} if where == NEGOTIATION else {}), where, "2022-01-10")
    assert [bool(desk.findings(one)) for one in talks] == [False, where == GENEVA]

    desk.retract(resumed)
    assert all(desk.findings(one) for one in talks)


def test_hold_talks_long_after_the_last_of_many_break_offs_names_that_one() -> None:
    """Each but the last was resumed."""
    desk = set_table()
    desk.record(BROKEN_OFF, occurred="2022-01-05")
    desk.record(RESUMED, occurred="2022-01-06")
    last = desk.record(BROKEN_OFF, occurred="2022-01-07T23:00:00-05:00")
    desk.record(RESUMED, occurred="2022-01-12")

    one_finding(desk, desk.record(TALKS, occurred="2022-01-11"), findings.TalksAfterBreakOff, last)


@finds(findings.OutcomeWithoutTalks)
def test_assess_an_outcome_before_any_talks_is_found() -> None:
    """A NoBreakthrough in Brussels before any talks there is taken, and shown as a finding."""
    desk = set_table()
    desk.record(TALKS, GENEVA)

    outcome = desk.record(NO_BREAKTHROUGH, BRUSSELS)

    message = one_finding(desk, outcome, findings.OutcomeWithoutTalks)
    assert message == "An outcome of round brussels was assessed, and no talks are on record there."


@passes(findings.OutcomeWithoutTalks)
def test_hold_talks_takes_the_finding_from_an_outcome_away() -> None:
    """Once TalksHeld is recorded the finding is gone; once it is retracted the finding is back."""
    desk = set_table()
    outcome = desk.record(NO_BREAKTHROUGH, BRUSSELS)

    talks = desk.record(TALKS, BRUSSELS)
    assert desk.findings(outcome) == []

    desk.retract(talks)
    assert desk.findings(outcome)


def test_assess_a_written_exchange_needs_no_talks() -> None:
    """An exchange in writing has no talks to hold."""
    desk = set_table()
    outcome = desk.record(NO_BREAKTHROUGH)
    assert desk.findings(outcome)

    desk.record({"type": "RoundScheduled", "round": "geneva", "format": "written"}, occurred="2022-01-04")

    assert desk.findings(outcome) == []


def test_assess_the_outcome_of_another_thing_needs_no_talks_here() -> None:
    """Only the outcome of the round itself rests on its talks."""
    desk = set_table()

    assert desk.findings(desk.record(NO_BREAKTHROUGH | {"of": VETO})) == []
    assert desk.findings(desk.record(NO_BREAKTHROUGH, NEGOTIATION)) == []


# -- answers and acts


@finds(findings.AnswerBeforeDemand)
def test_answer_before_the_demand_was_tabled_is_found() -> None:
    """An answer dated before the demand is taken and shown."""
    desk = set_table()
    demand = desk.record(DEMAND | {"demand": "no-bases"}, occurred="2022-01-10")

    answer = desk.answer("reject", "2022-01-09", on={"kind": "demand", "id": "no-bases"})

    message = one_finding(desk, answer, findings.AnswerBeforeDemand, demand)
    assert message == "The answer on demand no-bases is dated before demand no-bases was tabled."


@passes(findings.AnswerBeforeDemand)
def test_answer_a_demand_already_standing_passes() -> None:
    """A demand first seen on a day was there before; and on one day, days do not tell."""
    desk = set_table()
    desk.record(DEMAND | {"demand": "no-bases"}, occurred="../2022-01-10")
    desk.record(DEMAND | {"demand": "no-missiles"}, occurred="2022-01-10")

    assert desk.findings(desk.answer("reject", "2022-01-09", on={"kind": "demand", "id": "no-bases"})) == []
    assert desk.findings(desk.answer("reject", "2022-01-10", on={"kind": "demand", "id": "no-missiles"})) == []


def test_correct_the_date_of_a_demand_takes_the_finding_from_its_answer_away() -> None:
    """A finding follows what it rests on: demands, and documents with and without a version."""
    desk = set_table()
    draft = {"type": "DocumentTabled", "document": "treaty", "kind": "draft"}
    document = desk.record(draft, occurred="2022-01-11")
    desk.record(draft | {"version": "2"}, occurred="2022-01-11")
    answers = [
        desk.answer("reject", "2022-01-10", on={"kind": "document", "id": "treaty"} | version)
        for version in ({}, {"version": "1"})
    ]
    assert all(desk.findings(answer) for answer in answers)

    desk.correct(document, draft, "2022-01-10")

    assert not any(desk.findings(answer) for answer in answers)


def test_answer_before_any_version_of_a_document_names_them_by_date() -> None:
    """What it does not agree with is listed by date, not by recording."""
    desk = set_table()
    draft = {"type": "DocumentTabled", "document": "treaty", "kind": "draft"}
    days = ("2022-01-11", "2022-01-09", "2022-01-12", "2022-01-10")
    tabled = {day: desk.record(draft | {"version": day}, occurred=day) for day in days}

    [found] = desk.findings(desk.answer("reject", "2022-01-08", on={"kind": "document", "id": "treaty"}))

    assert found.related == tuple(tabled[day].id for day in sorted(days))


def test_answer_on_the_day_of_a_demand_made_late_that_evening_passes() -> None:
    """A written day is that day anywhere: at the table it was still the 10th when the demand was made."""
    desk = set_table()
    desk.record(DEMAND | {"demand": "no-bases"}, occurred="2022-01-10T20:30:00-05:00")
    on = {"kind": "demand", "id": "no-bases"}

    assert desk.findings(desk.answer("reject", "2022-01-10", on=on)) == []
    assert desk.findings(desk.answer("reject", "2022-01-09", on=on))


def test_answer_before_a_demand_at_another_offset_goes_by_the_instant() -> None:
    """Half past midnight in Moscow comes before eleven in the evening of the day before in Washington."""
    desk = set_table()
    desk.record(DEMAND | {"demand": "no-bases"}, occurred="2022-01-11T00:30:00+03:00")
    on = {"kind": "demand", "id": "no-bases"}

    assert desk.findings(desk.answer("reject", "2022-01-10T23:00:00-05:00", on=on)) == []
    assert desk.findings(desk.answer("reject", "2022-01-10T16:00:00-05:00", on=on))


@finds(findings.ActByAbsentParty)
def test_act_in_a_session_without_the_party_is_found() -> None:
    """A party that was in no room acted nevertheless, a source says."""
    desk = set_table()
    statement = {"type": "StatementMade", "text": "We object.", "by": [{"party": "nato"}], "session": "day-1"}
    said = desk.record(statement)
    assert desk.findings(said) == []

    talks = desk.record(TALKS)

    message = one_finding(desk, said, findings.ActByAbsentParty, talks)
    assert message == "nato acts in session day-1, where it was not present."


@passes(findings.ActByAbsentParty)
def test_act_in_a_session_by_some_account_present_passes() -> None:
    """As long as one account puts the party into the room, its act adds up."""
    desk = set_table()
    talks = desk.record(TALKS)
    said = desk.record({"type": "StatementMade", "text": "We object.", "by": [{"party": "nato"}], "session": "day-1"})
    assert desk.findings(said)

    desk.account(talks, "differs", rooms=[["united-states", "russia", "nato"]])

    assert desk.findings(said) == []


def test_act_after_walking_out_is_found_until_the_party_returned() -> None:
    """Who walked out and is in a room the next day has come back, or a source is wrong."""
    desk = set_table()
    walked_out = desk.record({"type": "PartyWalkedOut", "party": "russia"}, occurred="2022-01-09")

    talks = desk.record(TALKS, occurred="2022-01-11")
    one_finding(desk, talks, findings.ActByAbsentParty, walked_out)

    desk.record({"type": "PartyReturned", "party": "russia"}, occurred="2022-01-10")
    assert desk.findings(talks) == []


# -- blocs

BLOC_REJECTS: dict[str, Any] = {
    "type": "AnswerGiven",
    "on": VETO,
    "answer": "reject",
    "by": [{"party": "nato", "as": "for-members"}],
}


def member(group: str, party: str, desk: Desk, occurred: str = "../2022-01-01", what: str = "MemberJoined") -> Recorded:
    return desk.record({"type": what, "group": group, "member": party}, f"parties/{group}", occurred)


@finds(findings.AnswerDepartsFromBloc)
def test_answer_otherwise_than_the_bloc_did_for_its_members_is_found() -> None:
    """The member's own answer stands beside its bloc's and neither overwrites the other; that they differ is said."""
    desk = set_table()
    member("nato", "united-states", desk)
    bloc = desk.record(BLOC_REJECTS)

    own = desk.answer("accept")

    message = one_finding(desk, own, findings.AnswerDepartsFromBloc, bloc)
    assert message == (
        "united-states answers demand veto-on-enlargement itself, and otherwise than nato did for its members; both "
        "answers stand. If it is bound by the answer of nato no more, record that it left, or its later answer."
    )
    assert desk.findings(bloc) == []


@passes(findings.AnswerDepartsFromBloc)
@pytest.mark.parametrize(
    ("group_answer", "own_answer"),
    [
        (BLOC_REJECTS, {"answer": "reject", "text": "We say the same."}),
        (BLOC_REJECTS, {"answer": "none"}),
        (BLOC_REJECTS | {"by": [{"party": "nato"}]}, {"answer": "accept"}),
        (BLOC_REJECTS | {"answer": "none"}, {"answer": "accept"}),
        (BLOC_REJECTS, {"answer": "accept", "by": RUSSIA, "on": {"kind": "demand", "id": "own"}}),
    ],
    ids=["the same", "silent", "not for members", "a silent bloc", "no member"],
)
def test_answer_beside_the_bloc_without_departing_from_it_passes(
    group_answer: dict[str, Any], own_answer: dict[str, Any]
) -> None:
    desk = set_table()
    desk.record(DEMAND | {"demand": "own", "by": UNITED_STATES})
    member("nato", "united-states", desk)
    bloc = desk.record(group_answer | ({"on": own_answer["on"]} if "on" in own_answer else {}))

    own = desk.answer(**own_answer)

    assert desk.findings(own) == desk.findings(bloc) == []


def test_answer_of_a_bloc_after_its_member_did_is_found_and_goes_with_either() -> None:
    """In whatever order they are recorded; when one is withdrawn or said anew, nothing departs any more."""
    desk = set_table()
    own = desk.answer("accept")
    bloc = desk.record(BLOC_REJECTS)
    assert desk.findings(own) == []

    joined = member("nato", "united-states", desk)
    one_finding(desk, own, findings.AnswerDepartsFromBloc, bloc)

    left = member("nato", "united-states", desk, "2022-01-11", "MemberLeft")
    assert desk.findings(own) == []
    desk.retract(left)
    assert desk.findings(own) != []
    again = desk.answer("reject", "2022-01-11")
    assert desk.findings(own) == desk.findings(again) == []
    desk.retract(again)
    assert desk.findings(own) != []
    desk.retract(bloc)
    assert desk.findings(own) == []
    assert desk.findings(joined) == []


def test_answer_of_the_bloc_for_itself_later_takes_away_what_departed_from_the_one_for_its_members() -> None:
    desk = set_table()
    member("nato", "united-states", desk)
    desk.record(BLOC_REJECTS)
    own = desk.answer("accept")
    assert desk.findings(own) != []

    desk.record(BLOC_REJECTS | {"by": [{"party": "nato"}]}, occurred="2022-01-11")

    assert desk.findings(own) == []


def test_answer_of_who_joined_after_the_bloc_answered_departs_from_nothing() -> None:
    """A bloc's answer is its members' who belonged to it when it was given."""
    desk = set_table()
    desk.record(BLOC_REJECTS)
    member("nato", "united-states", desk, "2022-01-11")

    assert desk.findings(desk.answer("accept", "2022-01-11")) == []


def two_blocs() -> Desk:
    """The United States belongs to NATO and to the Quad; Russia to the Quad alone."""
    desk = set_table()
    desk.record(identified("quad"), "parties/quad", "../2022-01-11")
    for group, party in (("nato", "united-states"), ("quad", "united-states"), ("quad", "russia")):
        member(group, party, desk)
    return desk


QUAD = [{"party": "quad", "as": "for-members"}]


@finds(findings.GroupsBindMemberDifferently)
def test_answer_of_two_groups_that_bind_one_member_differently_is_found_on_both() -> None:
    desk = two_blocs()
    nato = desk.record(BLOC_REJECTS)

    quad = desk.record(BLOC_REJECTS | {"answer": "accept", "by": QUAD})

    message = one_finding(desk, quad, findings.GroupsBindMemberDifferently, nato)
    assert message == (
        "quad and nato answer demand veto-on-enlargement for their members, and not the same: united-states belongs to "
        "both. Record the answer that a member of both gave itself, if it gave one."
    )
    one_finding(desk, nato, findings.GroupsBindMemberDifferently, quad)


@passes(findings.GroupsBindMemberDifferently)
def test_answer_of_two_groups_alike_or_with_no_member_in_common_passes() -> None:
    desk = two_blocs()
    nato, quad = desk.record(BLOC_REJECTS), desk.record(BLOC_REJECTS | {"by": QUAD})
    assert desk.findings(nato) == desk.findings(quad) == []

    desk.record(BLOC_REJECTS | {"answer": "accept", "by": QUAD}, occurred="2022-01-11")
    assert desk.findings(nato) != []
    member("nato", "united-states", desk, "2022-01-11", "MemberLeft")

    assert desk.findings(nato) == []


def test_answer_of_the_member_itself_takes_away_that_its_groups_bind_it_differently() -> None:
    """Then it is not bound by either; that its answer departs from one of them is a finding of its own."""
    desk = two_blocs()
    nato = desk.record(BLOC_REJECTS)
    quad = desk.record(BLOC_REJECTS | {"answer": "accept", "by": QUAD})

    own = desk.answer("reject")

    assert desk.findings(nato) == desk.findings(quad) == []
    one_finding(desk, own, findings.AnswerDepartsFromBloc, quad)
    desk.retract(own)
    assert desk.findings(nato) != []


# -- parties that were not there

SPLIT: dict[str, Any] = {"type": "PartySplit", "party": "russia", "into": ["united-states", "nato"]}


@finds(findings.ActOutsideLifetime)
def test_act_before_the_party_was_identified_is_found() -> None:
    desk = set_table()
    began = desk.record(identified("republic"), "parties/republic", "2022-01-11")

    said = desk.record({"type": "PositionStated", "text": "We are here.", "by": [{"party": "republic"}]})

    message = one_finding(desk, said, findings.ActOutsideLifetime, began)
    assert message == (
        "republic acts before it was identified (2022-01-11), when it was not there. If it was there before, date its "
        "`PartyIdentified` `../DATE`; if it goes on, name it among the parties in `into`; else correct the date that "
        "is wrong."
    )
    desk.correct(began, identified("republic"), "../2022-01-11")
    assert desk.findings(said) == []


ACTS: list[dict[str, Any]] = [
    {"type": "PositionStated", "text": "We are here.", "by": RUSSIA},
    TALKS,
    {"type": "PartyAdmitted", "party": "russia"},
    {"type": "DelegationNamed", "party": "russia", "members": [{"person": "Ryabkov"}]},
    {"type": "AgreementSigned", "document": "treaty", "version": "1", "parties": ["russia"]},
]


@pytest.mark.parametrize("act", ACTS, ids=lambda act: str(act["type"]))
def test_act_after_the_party_split_is_found(act: dict[str, Any]) -> None:
    """Whatever the act, and though the end of the party is recorded only later."""
    desk = set_table()
    desk.record({"type": "DocumentTabled", "document": "treaty", "kind": "draft"})
    done = desk.record(act, occurred="2022-01-11")
    assert desk.findings(done) == []

    ended = desk.record(SPLIT, "parties/russia", "2022-01-10")

    message = one_finding(desk, done, findings.ActOutsideLifetime, ended)
    assert message.startswith("russia acts after it split or was succeeded (2022-01-10), when it was not there.")
    desk.retract(ended)
    assert desk.findings(done) == []


@passes(findings.ActOutsideLifetime)
def test_act_on_the_last_day_or_of_a_party_that_goes_on_or_is_only_spoken_of_passes() -> None:
    desk = set_table()
    desk.record(SPLIT, "parties/russia", "2022-01-10")
    desk.record(SPLIT | {"party": "nato", "into": ["nato", "russia"]}, "parties/nato", "2022-01-10")

    acts = [
        desk.record(ACTS[0]),
        desk.record(ACTS[0] | {"by": [{"party": "nato"}]}, occurred="2022-01-11"),
        desk.record(ACTS[0] | {"by": UNITED_STATES, "to": ["russia"]}, occurred="2022-01-11"),
    ]

    assert [found for one in acts for found in desk.findings(one)] == []


# -- codes of parties

CODED: dict[str, Any] = identified("republic") | {"codes": {"iso3166": "RUS"}}
RECODED: dict[str, Any] = {"type": "PartyReclassified", "party": "russia", "codes": {"iso3166": "SUN"}}


@finds(findings.CodeHeldByTwo)
def test_identify_a_party_by_a_code_that_another_holds_is_found_on_both() -> None:
    desk = set_table()
    first = desk.record(RECODED | {"codes": {"iso3166": "RUS"}}, "parties/russia", "2022-01-01")

    second = desk.record(CODED, "parties/republic", "2022-01-05")

    message = one_finding(desk, second, findings.CodeHeldByTwo, first)
    assert message.startswith("The code RUS (iso3166) is republic's and that of another party at one date: russia.")
    one_finding(desk, first, findings.CodeHeldByTwo, second)


@passes(findings.CodeHeldByTwo)
def test_take_a_code_that_another_party_has_given_up_passes() -> None:
    desk = set_table()
    first = desk.record(RECODED | {"codes": {"iso3166": "RUS"}}, "parties/russia", "2022-01-01")
    desk.record(RECODED, "parties/russia", "2022-01-03")

    second = desk.record(CODED, "parties/republic", "2022-01-05")

    assert desk.findings(first) == desk.findings(second) == []


# -- votes, deadlines, agreements


def _vote(desk: Desk, rule: str | None, result: str, *counts: int) -> Recorded:
    names = ("for", "against", "abstaining", "absent")
    fields: dict[str, Any] = {"type": "VoteTaken", "electorate": "The Council", "on": VETO, "result": result}
    fields["counts"] = dict(zip(names, counts, strict=False))
    return desk.record(fields | ({} if rule is None else {"rule": rule}))


@finds(findings.VoteContradictsCounts)
@pytest.mark.parametrize(
    ("rule", "result", "counts"),
    [
        ("simple-majority", "adopted", (5, 5)),
        ("simple-majority", "rejected", (6, 5)),
        ("absolute-majority", "adopted", (5, 2, 2, 1)),
        ("two-thirds", "adopted", (65, 35)),
        ("two-thirds", "rejected", (2, 1)),
        ("three-quarters", "adopted", (74, 26)),
        ("unanimity", "adopted", (26, 1)),
        ("consensus", "rejected", (57, 0)),
        (None, "adopted", (0, 3)),
    ],
)
def test_vote_whose_counts_contradict_its_result_is_found(
    rule: str | None, result: str, counts: tuple[int, ...]
) -> None:
    """The result and the counts cannot both be right under the rule."""
    desk = set_table()

    message = one_finding(desk, _vote(desk, rule, result, *counts), findings.VoteContradictsCounts)

    assert message.startswith(f"The vote is reported as {result}, which its counts contradict under the rule ")


@passes(findings.VoteContradictsCounts)
@pytest.mark.parametrize(
    ("rule", "result", "counts"),
    [
        ("simple-majority", "adopted", (6, 5)),
        ("simple-majority", "rejected", (5, 5)),
        ("absolute-majority", "adopted", (6, 2, 2, 1)),
        ("two-thirds", "adopted", (2, 1)),
        ("two-thirds", "rejected", (0, 0)),
        ("three-quarters", "adopted", (75, 25)),
        ("unanimity", "adopted", (26, 0, 1)),
        ("consensus", "rejected", (56, 1)),
        ("simple-majority", "no-quorum", (6, 5)),
        (None, "rejected", (6, 5)),
    ],
)
def test_vote_whose_counts_bear_its_result_passes(rule: str | None, result: str, counts: tuple[int, ...]) -> None:
    """Fractions are exact, and without a rule little can be said."""
    desk = set_table()

    assert desk.findings(_vote(desk, rule, result, *counts)) == []


VOTE: dict[str, Any] = {"type": "VoteTaken", "electorate": "The Council", "on": VETO, "result": "rejected"}
COUNTED = VOTE | {"counts": {"for": 3, "against": 12}}


@finds(findings.VoteRecordedTwice)
@pytest.mark.parametrize(
    ("other", "occurred"),
    [
        (COUNTED, "2022-01-10"),
        (VOTE | {"electorate": "The  Council "}, "2022-01-10"),  # one reported the counts, and the other did not
        (COUNTED, "2022-01-10T15:00:00+01:00"),
    ],
)
def test_record_a_vote_twice_is_found_on_both(other: dict[str, Any], occurred: str) -> None:
    """Two newspapers report one vote, and somebody recorded it twice."""
    desk = set_table()
    first = desk.record(COUNTED)
    assert desk.findings(first) == []

    second = desk.record(other, NEGOTIATION, occurred)

    message = one_finding(desk, first, findings.VoteRecordedTwice, second)
    assert message == (
        "The same vote on demand veto-on-enlargement, rejected on the same day, is on record more than once. If it was "
        "one vote, retract one of the events; if there were several, let the later ones name the earlier in `after`."
    )
    one_finding(desk, second, findings.VoteRecordedTwice, first)
    desk.retract(first)
    assert desk.findings(second) == []


@passes(findings.VoteRecordedTwice)
@pytest.mark.parametrize(
    ("other", "occurred"),
    [
        (COUNTED | {"counts": {"for": 4, "against": 12}}, "2022-01-10"),
        (COUNTED | {"electorate": "The Assembly"}, "2022-01-10"),
        (VOTE | {"result": "adopted"}, "2022-01-10"),
        (COUNTED, "2022-01-11"),
        (COUNTED, "2022-01"),
        (COUNTED, "XXXX"),
    ],
)
def test_vote_once_more_passes(other: dict[str, Any], occurred: str) -> None:
    """Other counts, another electorate, result or day make another vote; and of a month nobody knows."""
    desk = set_table()
    votes = [desk.record(COUNTED), desk.record(other, NEGOTIATION, occurred)]

    assert [desk.findings(vote) for vote in votes] == [[], []]


def test_vote_once_more_after_another_vote_of_the_day_passes() -> None:
    """A vote that says what it came after is another one, also where that is corrected later."""
    desk = set_table()
    first, second = desk.record(COUNTED), desk.record(COUNTED)
    assert desk.findings(first)
    assert desk.findings(second)

    desk.correct(second, COUNTED | {"after": [first.id]})

    assert desk.findings(first) == desk.findings(second) == []


def test_tell_another_account_of_a_vote_is_not_voting_twice() -> None:
    """What another source says of a vote is no second vote."""
    desk = set_table()
    vote = desk.record(COUNTED)

    desk.account(vote, "differs", electorate="the Council")
    desk.account(vote, "differs", counts={"for": 3, "against": 11})

    assert desk.findings(vote) == []


DEADLINE = {"type": "DeadlineSet", "deadline": "reply-due", "what": "A reply", "due": "2022-01-10"}


@finds(findings.DeadlinePassed)
def test_pass_a_deadline_unmet_is_found_when_later_things_are_on_record() -> None:
    """No reading depends on today: a deadline has passed when something is dated after it."""
    desk = set_table()
    deadline = desk.record(DEADLINE, occurred="2022-01-05")
    assert desk.findings(deadline) == []

    desk.record(TALKS, occurred="2022-01-11")

    message = one_finding(desk, deadline, findings.DeadlinePassed)
    assert message == "Deadline reply-due (2022-01-10) has passed, and nobody assessed it as met."


@passes(findings.DeadlinePassed)
def test_pass_a_deadline_on_its_day_passes() -> None:
    """The day itself is within the deadline."""
    desk = set_table()
    deadline = desk.record(DEADLINE, occurred="2022-01-05")

    desk.record(TALKS, occurred="2022-01-10T23:59:59Z")

    assert desk.findings(deadline) == []


@pytest.mark.parametrize(
    "then",
    [
        {"type": "DeadlineSet", "deadline": "reply-due", "what": "A reply", "due": "2022-01-26"},
        {"type": "DeadlineSet", "deadline": "reply-due", "what": "A reply"},
        {
            "type": "PerformanceAssessed",
            "of": {"kind": "deadline", "id": "reply-due"},
            "finding": "met",
            "assessed_by": {"party": "russia"},
        },
    ],
    ids=["moved", "lifted", "met"],
)
def test_move_lift_or_meet_a_deadline_takes_the_finding_away(then: dict[str, Any]) -> None:
    """It no longer counts, or it was kept."""
    desk = set_table()
    deadline = desk.record(DEADLINE, occurred="2022-01-05")
    desk.record(TALKS, occurred="2022-01-11")
    assert desk.findings(deadline)

    desk.record(then, occurred="2022-01-09")

    assert desk.findings(deadline) == []


def test_read_a_deadline_by_a_date_asks_that_date() -> None:
    """Read by a date, a deadline has passed when that date is beyond it."""
    desk = set_table()
    deadline = desk.record(DEADLINE, occurred="2022-01-05")

    assert desk.findings(deadline, Reading(happened_by=interval_of_date("2022-01-09"))) == []
    assert desk.findings(deadline, Reading(happened_by=interval_of_date("2022-01-10")))


@pytest.mark.parametrize(
    ("occurred", "passed"), [("2022-01-11T11:59:59Z", False), ("2022-01-11T12:00:00Z", True), ("2022-01-11~", False)]
)
def test_pass_a_deadline_of_a_day_when_that_day_is_over_everywhere(occurred: str, *, passed: bool) -> None:
    """Beside a time, a deadline of a day lasts as long as it is that day anywhere."""
    desk = set_table()
    deadline = desk.record(DEADLINE, occurred="2022-01-05")

    desk.record(TALKS, occurred=occurred)

    assert bool(desk.findings(deadline)) is passed


def test_pass_a_deadline_at_a_time_on_a_day_that_is_after_it_everywhere() -> None:
    """Noon in Geneva on the 10th has not passed on the 10th, nor for certain on the 11th at +14:00."""
    desk = set_table()
    deadline = desk.record(DEADLINE | {"due": "2022-01-10T12:00:00+01:00"}, occurred="2022-01-05")

    desk.record(TALKS, occurred="2022-01-11")
    assert desk.findings(deadline) == []

    desk.record(TALKS | {"session": "day-2"}, occurred="2022-01-12")
    assert desk.findings(deadline)


@finds(findings.AgreementDisputed)
def test_sign_different_versions_is_found_on_both_sides() -> None:
    """Who signs another version has not agreed with the other."""
    desk = set_table()
    for version in ("1", "2"):
        desk.record({"type": "DocumentTabled", "document": "treaty", "version": version, "kind": "draft"})
    signed = {"type": "AgreementSigned", "document": "treaty"}

    russian = desk.record(signed | {"version": "1", "parties": ["russia"]})
    american = desk.record(signed | {"version": "2", "parties": ["united-states"]})

    message = one_finding(desk, russian, findings.AgreementDisputed, american)
    assert message == "russia consented to version 1 of treaty, another party to another version."
    one_finding(desk, american, findings.AgreementDisputed, russian)


@passes(findings.AgreementDisputed)
def test_sign_the_same_version_in_the_end_passes() -> None:
    """Only current consents are compared: who signed another version before, signed this one since."""
    desk = set_table()
    for version in ("1", "2"):
        desk.record({"type": "DocumentTabled", "document": "treaty", "version": version, "kind": "draft"})
    signed = {"type": "AgreementSigned", "document": "treaty"}
    russian = desk.record(signed | {"version": "1", "parties": ["russia"]}, occurred="2022-01-10")
    american = desk.record(signed | {"version": "2", "parties": ["united-states"]}, occurred="2022-01-11")

    later = desk.record(signed | {"version": "2", "parties": ["russia"]}, occurred="2022-01-12")

    assert [desk.findings(one) for one in (russian, american, later)] == [[], [], []]


# -- grounds and reports


@finds(findings.RestsOnWithdrawnFact)
def test_retract_a_demand_leaves_its_answers_unsupported() -> None:
    """Nothing is blocked or deleted: the answer is listed as unsupported."""
    desk = set_table()
    demand = desk.world.events[-1]
    answer = desk.answer("reject")

    desk.retract(demand)

    message = one_finding(desk, answer, findings.RestsOnWithdrawnFact)
    assert message == "Unsupported: it rests on demand veto-on-enlargement, which nothing introduces at this reading."
    assert desk.world.talks.history.known[answer.id]


@passes(findings.RestsOnWithdrawnFact)
def test_record_the_demand_again_revives_its_answers() -> None:
    """Its ground is recorded again, as another event, and the answer stands on it."""
    desk = set_table()
    demand = desk.world.events[-1]
    answer = desk.answer("reject")
    desk.retract(demand)

    desk.record(DEMAND | {"text": "In other words."}, NEGOTIATION, "2021-12-17")

    assert desk.findings(answer) == []


def test_retract_a_fact_that_another_speaks_about_leaves_that_unsupported() -> None:
    """A fact may speak about another fact itself, by its event id."""
    desk = set_table()
    warning = desk.record({"type": "WarningIssued", "text": "Consequences.", "by": UNITED_STATES})
    denial = {"type": "IntentDenied", "text": "No.", "by": RUSSIA, "about": [{"kind": "event", "id": warning.id}]}
    denied = desk.record(denial)

    retraction = desk.retract(warning)
    one_finding(desk, denied, findings.RestsOnWithdrawnFact)

    desk.retract(retraction)
    assert desk.findings(denied) == []


def test_retract_the_identity_of_a_party_leaves_its_acts_unsupported() -> None:
    """Parties stand in streams of their own, and are looked at all the same."""
    desk = set_table()
    ukraine = desk.record(identified("ukraine"), "parties/ukraine", "../2022-01-11")
    said = desk.record({"type": "StatementMade", "text": "No.", "by": [{"party": "ukraine"}]})

    desk.retract(ukraine)

    one_finding(desk, said, findings.RestsOnWithdrawnFact)


@finds(findings.ReportedBeforeItHappened)
def test_date_a_fact_after_its_report_is_found() -> None:
    """A reported fact has begun: a date after the day of the report is somebody's mistake."""
    desk = set_table()

    talks = desk.record(TALKS, occurred="2022-01-12", published="2022-01-11")

    message = one_finding(desk, talks, findings.ReportedBeforeItHappened)
    assert message == "It is dated 2022-01-12, after the day on which its first source reported it."


def test_date_a_fact_after_the_earliest_of_its_reports_is_found() -> None:
    """The first report is the earliest, wherever it stands in the list."""
    desk = set_table()
    sources = [{"publisher": "The Gazette", "kind": "outlet", "published": day} for day in ("2022-01-13", "2022-01-11")]

    one_finding(desk, desk.record(TALKS, occurred="2022-01-12", sources=sources), findings.ReportedBeforeItHappened)


@passes(findings.ReportedBeforeItHappened)
def test_date_a_fact_on_the_day_of_its_report_passes() -> None:
    """Within the day, and within a month that had begun, it adds up."""
    desk = set_table()

    same_day = desk.record(TALKS, occurred="2022-01-11T18:00:00Z", published="2022-01-11")
    same_month = desk.record(TALKS | {"session": "day-2"}, occurred="2022-01", published="2022-01-11T09:00:00Z")

    assert desk.findings(same_day) == desk.findings(same_month) == []


@pytest.mark.parametrize(
    ("occurred", "published"),
    [
        ("2022-01-10T21:00:00-05:00", "2022-01-10"),
        ("2022-01-11", "2022-01-10T23:00:00-05:00"),  # in Kyiv it was the 11th already
        ("2022-01-11T18:00:00Z", "2022-01-11T09:00:00Z"),  # on the day of the report
        ("../2022-01-15", "2022-01-11"),  # already so: since when, nobody says
        ("2022-01-14~", "2022-01-11"),
        ("2021-24", "2021-12-01"),
    ],
)
def test_date_a_fact_that_can_have_begun_when_it_was_reported_passes(occurred: str, published: str) -> None:
    """Nothing is found where the dates leave it open."""
    desk = set_table()

    assert desk.findings(desk.record(TALKS, occurred=occurred, published=published)) == []


@pytest.mark.parametrize(
    ("occurred", "published"),
    [
        ("2022-01-11T12:00:00Z", "2022-01-10"),
        ("2022-01-12T18:00:00Z", "2022-01-11T09:00:00Z"),
        ("2022-01-12", "2022-01-11T09:59:59Z"),
        ("2022-01-15~", "2022-01-11"),
    ],
)
def test_date_a_fact_that_cannot_have_begun_when_it_was_reported_is_found(occurred: str, published: str) -> None:
    """It begins behind the report and the day of the report, wherever these were."""
    desk = set_table()

    one_finding(desk, desk.record(TALKS, occurred=occurred, published=published), findings.ReportedBeforeItHappened)
