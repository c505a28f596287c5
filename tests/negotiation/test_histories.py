"""What holds of every history: the order of recording never decides."""

from random import Random

import msgspec
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from negotiation.admission import check_form
from negotiation.clocks import Reading
from negotiation.dates import BEGINNING, day_of, instant_text, interval_of_date
from negotiation.envelope import Recorded, Submission
from negotiation.events.catalogue import AccountAdded, EventRetracted
from negotiation.events.fact import Fact
from negotiation.sources import reported
from tests.negotiation.histories import (
    World,
    clocks,
    folded,
    folded_at_once,
    histories,
    portrait,
    reading,
    recorded_anew,
    submission_of,
)

usual = settings.get_profile(settings.get_current_profile_name())
few = settings(usual, max_examples=usual.max_examples * 2 // 3)  # for what folds a history once for each of its events


@given(histories(), clocks, st.randoms(use_true_random=False))
def test_record_in_any_admitted_order_reads_the_same(events: list[Recorded], at: Reading, random: Random) -> None:
    """Whatever order the rules let it be recorded in, the record reads the same at all clocks."""
    shuffled = random.sample(events, len(events))
    other = recorded_anew(shuffled)
    assume(other is not None)
    assert other is not None
    event(f"{sum(one.id != that.id for one, that in zip(events, other.events, strict=True)) // 5 * 5}+ in other places")

    assert reading(other.events, at) == reading(events, at)


@given(histories(), clocks, st.randoms(use_true_random=False))
def test_fold_any_subset_in_any_order_never_fails(events: list[Recorded], at: Reading, random: Random) -> None:
    """Every subset can be folded, in whatever order it comes, and reads the same in each."""
    some = [one for one in events if random.random() < 0.7]

    assert reading(random.sample(some, len(some)), at) == reading(some, at)


@few
@given(histories(), clocks)
def test_fold_event_by_event_finds_what_folding_at_once_finds(events: list[Recorded], at: Reading) -> None:
    """A dossier kept up to date never misses anything: after each event it is what one made from scratch is."""
    world = World(at)
    for number, one in enumerate(events, 1):
        world.apply(one)
        assert portrait(world) == portrait(folded_at_once(events[:number], at))


@few
@given(histories(), clocks, st.randoms(use_true_random=False))
def test_fold_event_by_event_in_another_order_finds_the_same(
    events: list[Recorded], at: Reading, random: Random
) -> None:
    """Nor does it miss anything where a name is used before it is introduced."""
    world = World(at)
    for one in random.sample(events, len(events)):
        world.apply(one)
        assert portrait(world) == portrait(folded_at_once(world.events, at))


@given(histories(), clocks, st.randoms(use_true_random=False))
def test_retract_then_restore_reads_as_before(events: list[Recorded], at: Reading, random: Random) -> None:
    """A fact or account that is withdrawn and restored leaves no trace in any reading."""
    world = folded(events)
    lives = {one.id: world.dossier(one.stream).history.lives for one in events}
    standing = [
        one for one in events if isinstance(one.event, Fact | AccountAdded) and lives[one.id].retraction(one.id) is None
    ]
    assume(standing)
    target = random.choice(standing)
    retraction = _retract(world, target)
    if isinstance(target.event, Fact):
        assert target.id not in world.dossier(target.stream).history.known

    restoration = _retract(world, retraction)

    assert reading([*events, retraction, restoration], at) == reading(events, at)


def _retract(world: World, target: Recorded) -> Recorded:
    return world.record(target.stream, Submission(event=EventRetracted(target=target.id, reason="It was wrong.")))


@given(histories(), st.integers(0, 6), st.sampled_from(("day", "time")), clocks)
def test_add_a_fact_changes_nothing_before_its_earliest_start(
    events: list[Recorded], days: int, by: str, clocks: Reading
) -> None:
    """Read at a date by which it cannot have begun, the record does not know the fact.

    What was already so by a day (`../b`) may have begun at any date (test_readings).
    """
    facts = [
        one for one in events if isinstance(one.event, Fact) and not (one.occurred or "").startswith(("XXXX", "../"))
    ]
    assume(facts)
    fact = facts[-1]
    before = events[: events.index(fact)]
    [known] = folded([*before, fact]).dossier(fact.stream).history.known[fact.id]
    assume(known.start.begins > BEGINNING)
    last = known.start.earliest - 1 - days * 86_400_000_000
    clock = interval_of_date(instant_text(last))
    if by == "day":  # the last that is over everywhere, or, beside days, the one before
        before_it = known.start.begins - 1 if known.start.days else known.start.earliest - 36 * 3_600_000_000
        clock = day_of(before_it - days * 86_400_000_000)
    at = Reading(happened_by=clock, reported_by=clocks.reported_by)

    assert reading([*before, fact], at) == reading(before, at)


@given(histories(), clocks, st.integers(0, 40))
def test_read_as_of_a_position_is_reading_what_was_recorded_by_then(
    events: list[Recorded], at: Reading, position: int
) -> None:
    """As of a position, the record is what it was when nothing else had been recorded."""
    as_of = msgspec.structs.replace(at, as_of=position)

    assert reading(events, as_of) == reading(events[:position], at)


@given(histories(), clocks, st.integers(0, 40))
def test_read_by_a_report_knows_nothing_of_later_reports(events: list[Recorded], at: Reading, chosen: int) -> None:
    """What only later sources tell, as a fact or as another account, leaves no trace in an earlier reading."""
    assume(at.reported_by is not None)
    later = [
        one for one in events if isinstance(one.event, Fact | AccountAdded) and one.sources and not _reported(one, at)
    ]
    assume(later)
    left_out = later[chosen % len(later)]
    spoken_of = {left_out.id}
    for one in events:
        if not isinstance(one.event, Fact) and one.event.target in spoken_of:
            spoken_of.add(one.id)
    assume(len(spoken_of) == 1)

    assert reading([one for one in events if one is not left_out], at) == reading(events, at)


def _reported(one: Recorded, at: Reading) -> bool:
    return any(at.reported(reported(source)) for source in one.sources)


@given(histories())
def test_submit_what_was_recorded_is_well_formed(events: list[Recorded]) -> None:
    """The generated histories are what the record takes: each event passes the rules of form."""
    for one in events:
        check_form(submission_of(one))
    assert recorded_anew(events) is not None
