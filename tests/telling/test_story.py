"""A story: each event once, in the order of a clock, and at its end what the plain fold says."""

from collections.abc import Iterable, Sequence
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from negotiation.clocks import Reading
from negotiation.dates import interval_of_date
from negotiation.envelope import Recorded
from negotiation.findings.types import OutcomeWithoutTalks
from negotiation.state.register_keys import Key
from negotiation.streams import stream
from parley.telling.dates import iso_day
from parley.telling.order import WHO_IS_WHO, Clock
from parley.telling.phrases import Names
from parley.telling.standing import where_it_stands
from parley.telling.story import Step, Story, Until
from tests.negotiation.desk import DEMAND, NATO, NO_BREAKTHROUGH, TALKS, Desk, identified, set_table
from tests.negotiation.histories import (
    BRUSSELS,
    CLOCKS,
    GENEVA,
    NEGOTIATION,
    World,
    folded,
    folded_at_once,
    histories,
    portrait,
)

few = settings(max_examples=settings.get_profile(settings.get_current_profile_name()).max_examples // 2)
clocks = st.sampled_from(Clock)


def story(events: Iterable[Recorded], clock: Clock = Clock.HAPPENED, **options: Any) -> Story:
    return Story(NEGOTIATION, events, clock, **options)


def told(events: Iterable[Recorded], clock: Clock = Clock.HAPPENED, **options: Any) -> list[Step]:
    return list(story(events, clock, **options).steps())


def ids(steps: Iterable[Step]) -> list[str]:
    return [step.event.id for step in steps if step.moment != WHO_IS_WHO]


def at_the_end(of: Story) -> World:
    for _ in of.steps():
        pass
    world = World()
    world.parties, world.talks = of.parties, of.talks
    return world


# -- where it ends


@few
@given(histories(), clocks, st.randoms(use_true_random=False))
def test_story_by_any_clock_ends_where_the_plain_fold_does(
    events: list[Recorded], clock: Clock, random: Random
) -> None:
    """Whatever clock orders it, and in whatever order the events are handed in."""
    shuffled = random.sample(events, len(events))

    assert portrait(at_the_end(story(shuffled, clock))) == portrait(folded_at_once(events))


@few
@given(histories(), st.integers(0, 40))
def test_story_until_a_position_stands_where_the_record_stood(events: list[Recorded], position: int) -> None:
    """By the clock of recording, the state is that of the record at the position, findings and all."""
    until = story(events, Clock.RECORDED, until=Until(position=position))

    assert portrait(at_the_end(until)) == portrait(folded([one for one in events if one.position <= position]))


@few
@given(histories(), st.sampled_from(CLOCKS), st.sampled_from([Clock.HAPPENED, Clock.REPORTED]))
def test_story_until_a_day_holds_the_facts_of_the_reading_at_that_day(
    events: list[Recorded], day: str, clock: Clock
) -> None:
    """What is told by a day is what the record shows as certain when it is read at that day.

    An account that dates a fact otherwise is told with the fact.
    """
    by = interval_of_date(day)
    at = Reading(happened_by=by) if clock is Clock.HAPPENED else Reading(reported_by=by)

    world = at_the_end(story(events, clock, until=Until(clock=by)))

    known = folded(events, at).talks.history.known
    assert world.talks.history.known.keys() == {fact for fact, (first, *_) in known.items() if first.account is None}


@few
@given(histories(), clocks)
def test_story_tells_every_event_of_the_negotiation_once(events: list[Recorded], clock: Clock) -> None:
    """None is lost and none is told twice; as many as the heading says."""
    of = story(events, clock)
    steps = list(of.steps())

    own = {event.id for event in events if not stream(event.stream).is_party}
    found = [step.event.id for step in steps]
    assert len(found) == len(set(found)) == of.told == of.total
    assert own <= set(found)


@few
@given(histories(), clocks)
def test_story_changes_lead_from_nothing_to_what_stands(events: list[Recorded], clock: Clock) -> None:
    """Each change begins where the last one of the same register ended; so it is with findings."""
    of = story(events, clock)
    reads: dict[Key, Any] = {}
    found: set[Any] = set()
    for step in of.steps():
        for change in step.changes:
            if change.key[0] not in {"party", "party-code", "party-name", "membership", "succession"}:
                assert reads.get(change.key) == change.before
                reads[change.key] = change.after
        if not stream(step.event.stream).is_party:
            assert not found & set(step.raised)
        found = (found | set(step.raised)) - set(step.gone)

    history = of.talks.history
    assert {key for key, register in reads.items() if register} == history.all_keys()
    assert all(register == history.register(key) for key, register in reads.items() if register)


# -- in which order


def test_story_as_it_happened_goes_by_the_latest_possible_start() -> None:
    """Within a day: what was already so, then what was done by then, then what was done that day."""
    desk = set_table()
    on_the_day = desk.answer("reject", "2022-01-10")
    by_the_day = desk.answer("defer", "[..2022-01-10]")
    already = desk.record({**DEMAND, "demand": "no-bases"}, NEGOTIATION, "../2022-01-10")
    before = desk.answer("accept", "2022-01-09")

    assert ids(told(desk.world.events))[-4:] == [before.id, already.id, by_the_day.id, on_the_day.id]


def test_story_tells_a_time_on_the_day_that_is_written_in_it() -> None:
    """In UTC the demand was made on the 11th; it was answered on the 10th, as it was for those at the table."""
    desk = set_table()
    demand = desk.record({**DEMAND, "demand": "no-bases"}, NEGOTIATION, "2022-01-10T20:30:00-05:00")
    answer = desk.answer("reject", "2022-01-10", on={"kind": "demand", "id": "no-bases"})
    steps = told(desk.world.events)[-2:]

    assert ids(steps) == [demand.id, answer.id]
    assert [iso_day(step.moment.ends) for step in steps] == ["2022-01-10", "2022-01-10"]
    assert outcomes_found(desk) == []


def test_story_tells_what_was_earlier_first_also_where_it_was_a_day_later_there() -> None:
    """Half past midnight in Moscow comes before eleven in the evening of the day before in Washington."""
    desk = set_table()
    answer = desk.record(NO_BREAKTHROUGH, occurred="2022-01-10")
    demand = desk.record({**DEMAND, "demand": "no-bases"}, NEGOTIATION, "2022-01-11T00:30:00+03:00")
    late = desk.answer("reject", "2022-01-10T23:00:00-05:00", on={"kind": "demand", "id": "no-bases"})
    day_after = desk.answer("accept", "2022-01-12")
    steps = told(desk.world.events)[-4:]

    assert ids(steps) == [answer.id, demand.id, late.id, day_after.id]
    assert [iso_day(step.moment.ends) for step in steps] == ["2022-01-10", "2022-01-11", "2022-01-11", "2022-01-12"]
    until = [step.event.id for step in told(desk.world.events, until=Until(clock=interval_of_date("2022-01-10")))]
    assert late.id in until
    assert demand.id not in until


def test_story_finds_no_name_missing_that_a_day_may_have_given_at_another_offset() -> None:
    """Eight in the evening of the 9th in Washington can be the 10th where the demand was made."""
    desk = set_table()
    desk.record({**DEMAND, "demand": "no-bases"}, NEGOTIATION, "2022-01-10")
    desk.answer("reject", "2022-01-09T20:00:00-05:00", on={"kind": "demand", "id": "no-bases"})

    assert outcomes_found(desk) == []


def test_story_as_it_was_reported_goes_by_the_first_report() -> None:
    """Not by when it happened."""
    desk = set_table()
    late = desk.record(TALKS, occurred="2022-01-10", published="2022-01-20")
    early = desk.record(NO_BREAKTHROUGH, occurred="2022-01-11", published="2022-01-19")

    assert ids(told(desk.world.events, Clock.REPORTED))[-2:] == [early.id, late.id]
    assert ids(told(desk.world.events, Clock.HAPPENED))[-2:] == [late.id, early.id]


def test_story_as_it_was_recorded_goes_by_position() -> None:
    """Everything at its own, who the parties are too."""
    every = told(reversed(set_table().world.events), Clock.RECORDED)

    assert [step.event.position for step in every] == [1, 4, 5, 6, 7]  # nobody names the parties 2 and 3


@pytest.mark.parametrize("clock", [Clock.HAPPENED, Clock.REPORTED])
def test_story_tells_a_corrected_fact_at_its_corrected_date_and_the_correction_behind_it(clock: Clock) -> None:
    """A correction repairs the record; it is no happening of its own."""
    desk = set_table()
    wrong = desk.record(TALKS, occurred="2022-01-13", published="2022-01-15")
    other = desk.record(NO_BREAKTHROUGH, occurred="2022-01-11", published="2022-01-14")
    correction = desk.correct(wrong, {**TALKS, "venue": "Geneva"}, "2022-01-10")

    assert ids(told(desk.world.events, clock))[-3:] == [wrong.id, correction.id, other.id]


@pytest.mark.parametrize("clock", Clock)
def test_story_tells_a_withdrawn_fact_where_it_stood_and_its_withdrawal(clock: Clock) -> None:
    """Withdrawn directly behind it; by the clock of recording, when that was done. Its registers are gone."""
    desk = set_table()
    withdrawn = desk.answer("reject", "2022-01-09")
    other = desk.answer("defer", "2022-01-11", publisher="The Courier")
    retraction = desk.retract(withdrawn)
    steps = told(desk.world.events, clock)

    behind = [withdrawn.id, retraction.id, other.id]
    assert ids(steps)[-3:] == ([withdrawn.id, other.id, retraction.id] if clock is Clock.RECORDED else behind)


def test_story_tells_an_account_behind_its_fact_or_on_the_day_of_its_report() -> None:
    """Behind the fact as it happened; on its own day as it was reported, and not before the fact."""
    desk = set_table()
    talks = desk.record(TALKS, occurred="2022-01-10", published="2022-01-11")
    other = desk.record(NO_BREAKTHROUGH, occurred="2022-01-11", published="2022-01-12")
    late = desk.account(talks, "denies", published="2022-01-20")
    early = desk.account(other, "denies", published="2022-01-01")

    assert ids(told(desk.world.events, Clock.HAPPENED))[-4:] == [talks.id, late.id, other.id, early.id]
    reported = ids(told(desk.world.events, Clock.REPORTED))
    assert reported[reported.index(talks.id) :] == [talks.id, *reported_between(reported, talks.id, late.id), late.id]
    assert reported.index(other.id) + 1 == reported.index(early.id)


def reported_between(found: Sequence[str], first: str, last: str) -> Sequence[str]:
    return found[found.index(first) + 1 : found.index(last)]


def test_story_tells_at_its_head_who_the_parties_are_that_it_names() -> None:
    """And of no others; a membership only where both are named, at its own date."""
    desk = set_table()
    for party in ("estonia", "canada"):
        desk.record(identified(party), f"parties/{party}", "2022-01-12")
    joined = [
        desk.record({"type": "MemberJoined", "group": "nato", "member": party}, "parties/nato", "2022-01-09")
        for party in ("united-states", "estonia")
    ]
    desk.record({"type": "PartyAdmitted", "party": "nato"})
    desk.record({"type": "PartyAdmitted", "party": "united-states"})
    steps = told(desk.world.events)

    first = [step.event.event for step in steps if step.moment == WHO_IS_WHO]
    assert {getattr(event, "party", "") for event in first} == {"russia", "united-states", "nato"}
    assert joined[0].id in ids(steps)
    assert joined[1].id not in ids(steps)


def test_story_of_a_round_tells_its_events_and_folds_all() -> None:
    """What stands at its end is not the round's alone."""
    desk = set_table()
    talks = desk.record(TALKS)
    desk.record({"type": "PartyAdmitted", "party": "russia"}, BRUSSELS)
    of = story(desk.world.events, round_="geneva")
    steps = list(of.steps())

    assert {step.event.stream for step in steps} == {GENEVA}
    assert talks.id in ids(steps)
    assert of.told == len(steps) < of.total
    assert of.talks.history.all_keys() == desk.world.talks.history.all_keys()


# -- what it finds


def outcomes_found(desk: Desk) -> list[tuple[str, list[str], list[str]]]:
    return [
        (step.event.id, [type(one).__name__ for one in step.raised], [type(one).__name__ for one in step.gone])
        for step in told(desk.world.events)
        if step.raised or step.gone
    ]


def test_story_finds_what_does_not_add_up_from_when_on_until_when() -> None:
    """Talks that happened a day after the outcome: it did not add up for a day."""
    desk = set_table()
    outcome = desk.record(NO_BREAKTHROUGH, occurred="2022-01-10")
    talks = desk.record(TALKS, occurred="2022-01-11")

    name = OutcomeWithoutTalks.__name__
    assert outcomes_found(desk) == [(outcome.id, [name], []), (talks.id, [], [name])]


def test_story_names_the_event_that_does_not_add_up_by_type_date_and_stream() -> None:
    """Where it stands in the end, a reader does not have to look an id up."""
    desk = set_table()
    outcome = desk.record(NO_BREAKTHROUGH)
    whole = story(desk.world.events)
    list(whole.steps())

    parts = where_it_stands(whole.talks, whole.findings(), Names(whole.parties))
    [part] = [part for part in parts if part.heading == "What does not add up"]

    [line] = part.lines
    assert line.plain.startswith(
        f"#{outcome.position} NoBreakthrough, 2022-01-10, {GENEVA}: An outcome of round geneva"
    )


def test_story_finds_what_rests_on_a_party_that_is_withdrawn() -> None:
    """From when that is recorded; by the other clocks there never was such a party."""
    desk = set_table()
    russia = desk.world.events[0]
    retraction = desk.retract(russia)

    raised = {step.event.id for step in told(desk.world.events, Clock.RECORDED) if step.raised}
    assert raised == {retraction.id}
    assert desk.world.events[6].id in {step.event.id for step in told(desk.world.events) if step.raised}


def test_story_finds_nothing_that_one_moment_raises_and_settles() -> None:
    """Of two facts of one day, one is told first; that proves nothing."""
    desk = set_table()
    desk.record(NO_BREAKTHROUGH, occurred="[..2022-01-10]")
    desk.record(TALKS, occurred="2022-01-10")

    assert outcomes_found(desk) == []


def test_story_finds_no_name_missing_that_can_have_been_given_by_then() -> None:
    """A paper of December, day unknown, was published on the 17th: it had been tabled by then."""
    desk = set_table()
    paper = {"type": "DocumentTabled", "document": "proposals", "kind": "proposal"}
    published = {"type": "Disclosed", "of": {"kind": "document", "id": "proposals"}, "manner": "published"}
    desk.record(paper, NEGOTIATION, "2021-12")
    desk.record(published, NEGOTIATION, "2021-12-17")

    assert outcomes_found(desk) == []


def test_story_finds_a_name_missing_that_was_given_later() -> None:
    """Answered on the 9th what was tabled on the 10th."""
    desk = set_table()
    demand = desk.record({**DEMAND, "demand": "no-bases"}, NEGOTIATION, "2022-01-10")
    answer = desk.record(
        {"type": "AnswerGiven", "on": {"kind": "demand", "id": "no-bases"}, "answer": "reject", "by": NATO},
        GENEVA,
        "2022-01-09",
    )

    assert outcomes_found(desk) == [
        (answer.id, ["RestsOnWithdrawnFact"], []),
        (demand.id, ["AnswerBeforeDemand"], ["RestsOnWithdrawnFact"]),
    ]
