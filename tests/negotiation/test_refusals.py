"""What the record does not take, and what stands right beside it and is taken."""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
import pytest

from negotiation import refusals
from negotiation.admission import decide
from negotiation.envelope import Submission
from negotiation.refusals import REFUSALS, Refusal
from negotiation.streams import stream
from tests.negotiation.desk import (
    DEMAND,
    NATO,
    NO_BREAKTHROUGH,
    RUSSIA,
    TALKS,
    VETO,
    Desk,
    identified,
    refused,
    set_table,
)
from tests.negotiation.histories import BRUSSELS, CLOCK, ELSEWHERE, GENEVA, NEGOTIATION, event_id_of

_Test = TypeVar("_Test", bound=Callable[..., None])
_refusing: dict[type[Refusal], str] = {}
_taking: dict[type[Refusal], str] = {}


def refuses(rule: type[Refusal]) -> Callable[[_Test], _Test]:
    """This test triggers the rule."""

    def noted(test: _Test) -> _Test:
        _refusing[rule] = test.__name__
        return test

    return noted


def takes(rule: type[Refusal]) -> Callable[[_Test], _Test]:
    """This test comes as close to the rule as it can without breaking it."""

    def noted(test: _Test) -> _Test:
        _taking[rule] = test.__name__
        return test

    return noted


@pytest.mark.parametrize("rule", REFUSALS)
def test_refuse_every_rule_has_a_test_that_breaks_it_and_one_that_does_not(rule: type[Refusal]) -> None:
    """No refusal without a pair of tests."""
    assert rule in _refusing
    assert rule in _taking


def test_refuse_every_subclass_is_listed() -> None:
    """REFUSALS has all there are."""
    assert set(Refusal.__subclasses__()) == set(REFUSALS)


def test_refuse_changes_nothing() -> None:
    """A refused submission leaves the record as it was."""
    desk = set_table()
    before = list(desk.world.events)

    with pytest.raises(Refusal):
        desk.record(DEMAND)

    assert desk.world.events == before


# -- names


@refuses(refusals.UnknownReference)
def test_answer_a_demand_nobody_tabled_is_refused() -> None:
    """An answer needs a demand on record."""
    desk = set_table()

    refused(
        refusals.UnknownReference,
        "/event/on",
        "Nothing on record introduces demand no-bases. Record what introduces it first",
        lambda: desk.answer("reject", on={"kind": "demand", "id": "no-bases"}),
    )


@takes(refusals.UnknownReference)
def test_answer_a_demand_tabled_elsewhere_is_taken() -> None:
    """A demand belongs to the negotiation: it may be answered in any round."""
    desk = set_table()
    desk.record(DEMAND | {"demand": "no-bases"}, BRUSSELS)

    desk.answer("reject", on={"kind": "demand", "id": "no-bases"})


@pytest.mark.parametrize(
    ("pointer", "event"),
    [
        ("/event/by/1/party", NO_BREAKTHROUGH | {"by": [{"party": "russia"}, {"party": "atlantis"}]}),
        ("/event/to/0", NO_BREAKTHROUGH | {"to": ["atlantis"]}),
        ("/event/via/party", NO_BREAKTHROUGH | {"via": {"party": "atlantis"}}),
        ("/event/after/0", NO_BREAKTHROUGH | {"after": [event_id_of(99)]}),
        ("/event/assessed_by/party", NO_BREAKTHROUGH | {"assessed_by": {"party": "atlantis"}}),
        ("/event/of", NO_BREAKTHROUGH | {"of": {"kind": "round", "id": "vienna"}}),
        ("/event/rooms/0/1", TALKS | {"rooms": [["russia", "atlantis"]]}),
        ("/event/body", TALKS | {"body": "plenary"}),
        ("/event/items/0", DEMAND | {"demand": "no-bases", "items": ["guarantees"]}),
        ("/event/revises", DEMAND | {"demand": "no-bases", "revises": "no-base"}),
        ("/event/version", {"type": "AgreementSigned", "document": "treaty", "version": "2", "parties": ["russia"]}),
        ("/event/document", {"type": "EnteredIntoForce", "document": "reply"}),
        ("/event/on", {"type": "AnswerGiven", "on": VETO | {"provision": "p1"}, "answer": "reject", "by": NATO}),
    ],
)
def test_record_a_name_nothing_introduces_is_refused_at_its_place(pointer: str, event: dict[str, Any]) -> None:
    """The pointer leads to the name."""
    desk = set_table()
    desk.record({"type": "DocumentTabled", "document": "treaty", "kind": "draft"})

    refused(refusals.UnknownReference, pointer, "Record what introduces it first", lambda: desk.record(event))


def test_open_a_negotiation_under_an_unknown_parent_is_refused() -> None:
    """A parent or related negotiation is one that was opened."""
    desk = Desk()
    opened = {"type": "NegotiationOpened", "title": "Talks", "parent": "arms-control", "related": ["grain"]}

    refused(
        refusals.UnknownReference, "/event/related/0", "negotiation grain", lambda: desk.record(opened, NEGOTIATION)
    )
    desk.record(opened | {"related": ["arms-control"]}, NEGOTIATION)


def test_record_after_a_correction_is_refused_after_its_fact_is_taken() -> None:
    """`after` names facts by their first event."""
    desk = set_table()
    first = desk.answer("accept")
    correction = desk.correct(first, msgspec.to_builtins(first.event) | {"text": "Yes."})

    refused(
        refusals.UnknownReference,
        "/event/after/0",
        "correct the name",
        lambda: desk.answer("reject", after=[correction.id]),
    )
    desk.answer("reject", after=[first.id])


@refuses(refusals.AlreadyIntroduced)
def test_table_a_demand_under_a_name_in_use_is_refused() -> None:
    """Two demands have two ids."""
    desk = set_table()

    refused(
        refusals.AlreadyIntroduced,
        "/event/demand",
        "Choose another id, or correct that event",
        lambda: desk.record(DEMAND | {"text": "Another."}),
    )


@takes(refusals.AlreadyIntroduced)
def test_table_a_demand_under_a_name_that_was_withdrawn_is_taken() -> None:
    """What was retracted gives its name free."""
    desk = set_table()
    desk.retract(desk.world.events[-1])

    desk.record(DEMAND | {"text": "Another."})


def test_restore_a_demand_whose_name_was_given_again_is_refused() -> None:
    """Nor does a restoration bring two demands under one id."""
    desk = set_table()
    retraction = desk.retract(desk.world.events[-1])
    desk.record(DEMAND | {"text": "Another."})

    refused(refusals.AlreadyIntroduced, "/event/target", "was introduced already", lambda: desk.retract(retraction))


@refuses(refusals.AnswerToOwnDemand)
def test_answer_ones_own_demand_is_refused() -> None:
    """Russia cannot accept what Russia demands."""
    desk = set_table()

    refused(
        refusals.AnswerToOwnDemand,
        "/event/by/1/party",
        'say `"answer": "withdraw"`',
        lambda: desk.answer("accept", by=[{"party": "united-states"}, {"party": "russia"}]),
    )


@takes(refusals.AnswerToOwnDemand)
def test_withdraw_ones_own_demand_is_taken() -> None:
    """But it can withdraw it."""
    set_table().answer("withdraw", by=RUSSIA)


# -- dates


@refuses(refusals.StartsAfterTheClock)
def test_record_a_start_beyond_tomorrow_anywhere_is_refused() -> None:
    """Nothing that is recorded begins later than the latest time zone allows: the clock and 14 hours."""
    desk = set_table()

    refused(
        refusals.StartsAfterTheClock,
        "/occurred",
        "plans go into `starts`, `due` or `effective`",
        lambda: desk.record(TALKS, occurred="2026-11-22T14:00:01Z"),
    )


@takes(refusals.StartsAfterTheClock)
def test_record_a_start_that_is_today_somewhere_is_taken() -> None:
    """Fourteen hours ahead it is still now in some place; and what takes effect may be far ahead."""
    desk = set_table()

    desk.record(TALKS | {"effective": "2030"}, occurred="2026-11-22T14:00:00Z")


@refuses(refusals.LastsBeyondTheClock)
@pytest.mark.parametrize(
    ("occurred", "known"),
    [
        ("2026-11-22/2026-12-05", "2026-11-22/.."),
        ("2026-11-20~/2026-11-23T15:00:00+01:00", "2026-11-20~/.."),
        ("../2026-12", "../2026-11-22"),
    ],
)
def test_record_what_lasts_beyond_the_clock_is_refused(occurred: str, known: str) -> None:
    """What is to come is no fact yet, also where it has begun: the clock shows 22 November."""
    desk = set_table()
    talks = desk.record(TALKS)

    for record in (
        lambda: desk.record(TALKS | {"session": "day-2"}, occurred=occurred),
        lambda: desk.correct(talks, TALKS, occurred),
    ):
        refused(refusals.LastsBeyondTheClock, "/occurred", f"Say how far it is known: `{known}`", record)
    refused(
        refusals.LastsBeyondTheClock,
        "/event/differs/occurred",
        "a planned end goes into `ends`, `until` or `due`",
        lambda: desk.account(talks, "differs", occurred=occurred),
    )


@takes(refusals.LastsBeyondTheClock)
@pytest.mark.parametrize(
    "occurred", ["2026-11-20/2026-11-22", "2026-11-20/2026-11", "2026-11-22/..", "../2026-11-22", "[..2026-12]"]
)
def test_record_what_can_be_over_by_the_clock_is_taken(occurred: str) -> None:
    """What lasts until some day of this month can have ended; what goes on, and a moment by then, say no more."""
    set_table().record(TALKS, occurred=occurred, published="2026-11-22")


@pytest.mark.parametrize("name", ["published", "retrieved"])
def test_record_a_source_or_account_from_the_future_is_refused(name: str) -> None:
    """Each date of a source is bound by the same rule, and so is the date that an account gives."""
    desk = set_table()
    talks = desk.record(TALKS)
    source = {"publisher": "The Gazette", "kind": "outlet", "published": "2022-01-11", "retrieved": "2022-01-12"}

    refused(
        refusals.StartsAfterTheClock,
        f"/sources/0/{name}",
        "after the clock",
        lambda: desk.record(TALKS, sources=[source | {name: "2027"}]),
    )
    refused(
        refusals.StartsAfterTheClock,
        "/event/differs/occurred",
        "after the clock",
        lambda: desk.account(talks, "differs", occurred="2027"),
    )


# -- places


@refuses(refusals.BelongsElsewhere)
@pytest.mark.parametrize(
    ("event", "stream", "pointer", "remedy"),
    [
        (TALKS, NEGOTIATION, "/event/type", "the stream of its round"),
        (TALKS, "parties/russia", "/event/type", "a negotiation or one of its rounds"),
        (identified("ukraine"), "parties/russia", "/event/party", "parties/ukraine"),
        (identified("ukraine"), GENEVA, "/event/party", "parties/ukraine"),
        ({"type": "MemberJoined", "group": "nato", "member": "russia"}, "parties/russia", "/event/group", "nato"),
        ({"type": "RoundScheduled", "round": "vienna"}, GENEVA, "/event/round", f"{NEGOTIATION}/vienna"),
        ({"type": "NegotiationConcluded"}, GENEVA, "/event/type", NEGOTIATION),
        ({"type": "TalksAdjourned"}, NEGOTIATION, "/event/scope", '"scope": "negotiation"'),
        ({"type": "RoundConcluded", "scope": "negotiation"}, NEGOTIATION, "/event/type", "the stream of its round"),
        (
            {"type": "PartyInvited", "party": "russia", "scope": "round"},
            NEGOTIATION,
            "/event/scope",
            "the stream of its round",
        ),
    ],
)
def test_record_a_fact_where_it_does_not_live_is_refused(
    event: dict[str, Any], stream: str, pointer: str, remedy: str
) -> None:
    """The refusal says which stream is the right one."""
    desk = set_table()

    refused(refusals.BelongsElsewhere, pointer, remedy, lambda: desk.record(event, stream))


@takes(refusals.BelongsElsewhere)
def test_record_a_fact_where_it_lives_is_taken() -> None:
    """Proceedings of the whole negotiation stand in its stream, a round's in the round's."""
    desk = set_table()

    desk.record({"type": "TalksAdjourned", "scope": "negotiation"}, NEGOTIATION)
    desk.record({"type": "TalksAdjourned"}, GENEVA)
    desk.record({"type": "MemberJoined", "group": "nato", "member": "united-states"}, "parties/nato")
    desk.record({"type": "NegotiationConcluded"}, NEGOTIATION)


@refuses(refusals.NotOpenedYet)
def test_record_in_a_round_not_scheduled_is_refused() -> None:
    """A round is created by its RoundScheduled, a negotiation by its NegotiationOpened."""
    desk = set_table()

    refused(
        refusals.NotOpenedYet,
        "",
        "Record its RoundScheduled first",
        lambda: desk.record(TALKS, f"{NEGOTIATION}/vienna"),
    )
    refused(
        refusals.NotOpenedYet,
        "",
        "Record its NegotiationOpened first",
        lambda: Desk().record({"type": "RoundScheduled", "round": "geneva"}, GENEVA),
    )


@takes(refusals.NotOpenedYet)
def test_schedule_the_first_round_of_an_open_negotiation_is_taken() -> None:
    """The round's first event is what creates it."""
    desk = set_table()

    desk.record({"type": "RoundScheduled", "round": "vienna"}, f"{NEGOTIATION}/vienna")
    desk.record(TALKS, f"{NEGOTIATION}/vienna")


@refuses(refusals.StreamNameTaken)
def test_open_a_negotiation_named_parties_is_refused() -> None:
    """That name is where the parties are."""
    opened = {"type": "NegotiationOpened", "title": "Talks"}

    refused(refusals.StreamNameTaken, "/event", "Choose another", lambda: Desk().record(opened, "parties"))


@takes(refusals.StreamNameTaken)
def test_open_a_negotiation_named_nearly_parties_is_taken() -> None:
    """Another name is free."""
    Desk().record({"type": "NegotiationOpened", "title": "Talks"}, "parties-in-council")


# -- what speaks about events


@refuses(refusals.TargetElsewhere)
def test_retract_from_another_stream_is_refused() -> None:
    """What speaks about an event stands in its stream."""
    desk = set_table()
    talks = desk.record(TALKS, GENEVA)
    retraction = {"type": "EventRetracted", "target": talks.id, "reason": "It was wrong."}

    refused(
        refusals.TargetElsewhere,
        "/event/target",
        f"is in stream {GENEVA}. Record what speaks about it there",
        lambda: desk.record(retraction, BRUSSELS, None, sources=[]),
    )


@takes(refusals.TargetElsewhere)
def test_retract_from_its_own_stream_is_taken() -> None:
    """In its own stream it can be withdrawn."""
    desk = set_table()

    desk.retract(desk.record(TALKS, GENEVA))


def test_retract_what_is_not_on_record_is_refused() -> None:
    """A target is known like any other name."""
    desk = set_table()
    retraction = {"type": "EventRetracted", "target": event_id_of(99), "reason": "It was wrong."}

    refused(
        refusals.UnknownReference,
        "/event/target",
        "Nothing on record introduces event",
        lambda: desk.record(retraction, GENEVA, None, sources=[]),
    )


@refuses(refusals.NotTheHead)
def test_correct_what_was_corrected_since_is_refused() -> None:
    """Two desks that correct the same reading cannot both win: a correction names the head."""
    desk = set_table()
    talks = desk.record(TALKS)
    correction = desk.correct(talks, TALKS | {"venue": "Geneva"})

    refused(
        refusals.NotTheHead,
        "/event/target",
        f"correct the latest event: {correction.id}",
        lambda: desk.correct(talks, TALKS | {"venue": "The mission"}),
    )


@takes(refusals.NotTheHead)
def test_correct_the_last_correction_is_taken() -> None:
    """The head is the fact's last correction."""
    desk = set_table()
    talks = desk.record(TALKS)
    correction = desk.correct(talks, TALKS | {"venue": "Geneva"})

    desk.correct(correction, TALKS | {"venue": "The mission"})

    assert desk.values("session", "geneva", "day-1")[0]["venue"] == "The mission"


@refuses(refusals.TargetUnfit)
def test_aim_at_an_event_of_the_wrong_kind_is_refused() -> None:
    """Corrections and accounts are of facts; a correction is replaced, not retracted."""
    desk = set_table()
    talks = desk.record(TALKS)
    account = desk.account(talks)
    correction = desk.correct(talks, TALKS | {"venue": "Geneva"})
    pointer = "/event/target"

    refused(refusals.TargetUnfit, pointer, "retract an account", lambda: desk.correct(account, TALKS))
    refused(refusals.TargetUnfit, pointer, "Correct the fact again", lambda: desk.retract(correction))
    refused(refusals.TargetUnfit, pointer, f"Name the fact itself: {talks.id}", lambda: desk.account(correction))


@takes(refusals.TargetUnfit)
def test_retract_an_account_is_taken() -> None:
    """An account can be withdrawn, and restored."""
    desk = set_table()
    talks = desk.record(TALKS)

    retraction = desk.retract(desk.account(talks))
    assert not desk.world.talks.history.known[talks.id][0].accounts
    desk.retract(retraction)
    assert desk.world.talks.history.known[talks.id][0].accounts


@refuses(refusals.AlreadyRetracted)
def test_retract_twice_is_refused() -> None:
    """What is withdrawn cannot be withdrawn again."""
    desk = set_table()
    talks = desk.record(TALKS)
    retraction = desk.retract(talks)

    refused(
        refusals.AlreadyRetracted,
        "/event/target",
        f"by event {retraction.id}. To bring it back, retract that retraction",
        lambda: desk.retract(talks),
    )


@takes(refusals.AlreadyRetracted)
def test_retract_anew_what_was_restored_is_taken() -> None:
    """After a restoration it can, and be restored anew."""
    desk = set_table()
    talks = desk.record(TALKS)
    desk.retract(desk.retract(talks))

    again = desk.retract(talks)
    assert talks.id not in desk.world.talks.history.known
    desk.retract(again)
    assert talks.id in desk.world.talks.history.known


def test_restore_twice_is_refused() -> None:
    """One retraction is taken back once."""
    desk = set_table()
    retraction = desk.retract(desk.world.events[-1])
    desk.retract(retraction)

    refused(refusals.AlreadyRetracted, "/event/target", "already", lambda: desk.retract(retraction))


def test_correct_what_rests_on_a_withdrawn_fact_is_taken() -> None:
    """It is not blocked: only the names that a correction or an account adds have to be known."""
    desk = set_table()
    answer = desk.answer("reject")
    desk.retract(desk.world.events[-2])

    desk.account(answer, "differs", text="A non-starter.")
    correction = desk.correct(answer, msgspec.to_builtins(answer.event) | {"answer": "defer"})

    refused(
        refusals.UnknownReference,
        "/event/replacement/on",
        "demand no-bases",
        lambda: desk.correct(correction, msgspec.to_builtins(answer.event) | {"on": VETO | {"id": "no-bases"}}),
    )


@refuses(refusals.RestorationIsFinal)
def test_retract_a_restoration_is_refused() -> None:
    """A retraction of a retraction stands: the way back is to retract the fact."""
    desk = set_table()
    talks = desk.record(TALKS)
    restoration = desk.retract(desk.retract(talks))

    refused(
        refusals.RestorationIsFinal,
        "/event/target",
        f"Retract the fact anew: {talks.id}",
        lambda: desk.retract(restoration),
    )


@takes(refusals.RestorationIsFinal)
def test_retract_a_retraction_is_taken() -> None:
    """The retraction itself may be withdrawn once."""
    desk = set_table()
    talks = desk.record(TALKS)

    desk.retract(desk.retract(talks))

    assert talks.id in desk.world.talks.history.known


@refuses(refusals.CorrectionChangesIdentity)
@pytest.mark.parametrize(
    "replacement",
    [
        DEMAND | {"demand": "no-bases"},
        {"type": "WarningIssued", "text": "No further expansion.", "by": RUSSIA},
    ],
)
def test_correct_a_fact_into_another_is_refused(replacement: dict[str, Any]) -> None:
    """A correction keeps type and id: others may name them."""
    desk = set_table()

    refused(
        refusals.CorrectionChangesIdentity,
        "/event/replacement",
        "retract the fact and record another",
        lambda: desk.correct(desk.world.events[-1], replacement),
    )


@takes(refusals.CorrectionChangesIdentity)
def test_correct_text_date_and_author_of_a_fact_is_taken() -> None:
    """All else can be corrected."""
    desk = set_table()

    desk.correct(desk.world.events[-1], DEMAND | {"text": "Never.", "by": NATO}, "2021-12-15")

    assert desk.values("demand", "", "veto-on-enlargement") == [{"by": NATO, "text": "Never."}]


def test_account_that_names_another_demand_is_refused() -> None:
    """Nor can an account tell of another thing."""
    desk = set_table()

    refused(
        refusals.CorrectionChangesIdentity,
        "/event/differs",
        "record another",
        lambda: desk.account(desk.world.events[-1], "differs", demand="no-bases"),
    )


@refuses(refusals.AccountDoesNotFit)
@pytest.mark.parametrize(
    "differs",
    [{"duration": {"about": "seven hours"}}, {"wages": "7.5"}, {"session": None}, {"rooms": "one"}],
)
def test_account_whose_values_the_fact_cannot_have_is_refused(differs: dict[str, Any]) -> None:
    """The values of an account are of the fact's own fields and shapes."""
    desk = set_table()
    talks = desk.record(TALKS)

    refused(
        refusals.AccountDoesNotFit,
        "/event/differs",
        "do not fit the fact:",
        lambda: desk.account(talks, "differs", **differs),
    )


@takes(refusals.AccountDoesNotFit)
def test_account_whose_values_the_fact_can_have_is_taken() -> None:
    """What fits is taken, null leaving a field out."""
    desk = set_table()
    talks = desk.record(TALKS | {"venue": "Geneva"})

    desk.account(talks, "differs", duration={"about": "PT7H"}, venue=None)

    assert [value.get("venue") for value in desk.values("session", "geneva", "day-1")] == ["Geneva", None]


def test_account_that_names_an_unknown_party_is_refused() -> None:
    """An account rests on names as a fact does."""
    desk = set_table()
    talks = desk.record(TALKS)

    refused(
        refusals.UnknownReference,
        "/event/differs/rooms/0/0",
        "party atlantis",
        lambda: desk.account(talks, "differs", rooms=[["atlantis"]]),
    )


# -- all of them at once


def _all_refusals(desk: Desk, event: dict[str, Any], stream_name: str = GENEVA, **around: Any) -> list[Refusal]:
    """Every refusal of one submission; the first is what recording it raises."""
    sent = {
        "event": event,
        "occurred": "2022-01-10",
        "sources": [{"publisher": "The Gazette", "kind": "outlet", "published": "2022-01-12"}],
        **around,
    }
    submission = msgspec.convert({name: value for name, value in sent.items() if value is not None}, Submission)
    found: list[Refusal] = []
    index = desk.world.index(stream_name)
    decide(submission, stream(stream_name), index, ELSEWHERE, CLOCK, refuse=found.append)
    with pytest.raises(Refusal) as caught:
        desk.world.record(stream_name, submission)
    assert (type(caught.value), str(caught.value)) == (type(found[0]), str(found[0]))
    return found


def _told(refusals_: list[Refusal]) -> list[tuple[str, str]]:
    return [(type(one).__name__, one.pointer) for one in refusals_]


def test_refuse_all_at_once_names_every_place_of_a_fact() -> None:
    answer = {"type": "AnswerGiven", "on": VETO, "answer": "reject", "by": [{"party": "atlantis"}, *RUSSIA]}
    late = {"publisher": "The Gazette", "kind": "outlet", "published": "2099-01-01"}
    found = _all_refusals(set_table(), answer | {"to": ["lemuria"]}, occurred="2099-01-01", sources=[late])
    assert _told(found) == [
        ("StartsAfterTheClock", "/occurred"),
        ("StartsAfterTheClock", "/sources/0/published"),
        ("UnknownReference", "/event/by/0/party"),
        ("UnknownReference", "/event/to/0"),
        ("AnswerToOwnDemand", "/event/by/1/party"),
    ]


def test_refuse_all_at_once_says_once_that_there_is_no_negotiation() -> None:
    assert _told(_all_refusals(Desk(), TALKS))[:1] == [("NotOpenedYet", "")]
    assert [name for name, _ in _told(_all_refusals(Desk(), TALKS))].count("NotOpenedYet") == 1


def test_refuse_all_at_once_does_not_judge_a_correction_by_a_target_that_is_not_there() -> None:
    replacement = DEMAND | {"demand": "other", "by": [{"party": "atlantis"}]}
    correction = {
        "type": "EventCorrected",
        "target": event_id_of(77),
        "reason": "Read anew.",
        "replacement": replacement,
    }
    assert _told(_all_refusals(set_table(), correction)) == [("UnknownReference", "/event/target")]


def test_refuse_all_at_once_of_accounts_and_retractions_ends_where_the_target_does_not_fit() -> None:
    desk = set_table()
    talks = desk.record(TALKS)
    retraction = desk.retract(talks)
    again = {"type": "EventRetracted", "target": talks.id, "reason": "It was wrong."}
    assert _told(_all_refusals(desk, again, occurred=None)) == [("AlreadyRetracted", "/event/target")]
    account = {"type": "AccountAdded", "target": retraction.id, "stance": "differs", "differs": {"venue": "Bern"}}
    assert _told(_all_refusals(desk, account, occurred=None)) == [("TargetUnfit", "/event/target")]
    unfit = {"type": "AccountAdded", "target": talks.id, "stance": "differs", "differs": {"rooms": 3}}
    assert _told(_all_refusals(desk, unfit, occurred=None)) == [("AccountDoesNotFit", "/event/differs")]
    correction = {"type": "EventCorrected", "target": retraction.id, "reason": "Read anew.", "replacement": TALKS}
    assert _told(_all_refusals(desk, correction)) == [("TargetUnfit", "/event/target")]
