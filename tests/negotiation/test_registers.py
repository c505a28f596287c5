"""Current is every value with no successor; where what facts say goes round in a circle, the whole circle stands."""

import msgspec
from hypothesis import event, given, settings
from hypothesis import strategies as st

from negotiation.clocks import NOW
from negotiation.dates import Interval, of_days
from negotiation.state import register_keys
from negotiation.state.registers import Assertion, current, precedes, read
from tests.negotiation.desk import set_table

_DESK = set_table()
_KNOWN = _DESK.world.talks.history.lives.known(_DESK.answer("reject").id, NOW)[0]
_FACTS = ("a", "b", "c", "d")

usual = settings.get_profile(settings.get_current_profile_name())
many = settings(usual, max_examples=usual.max_examples * 3)

HOUR = 3_600_000_000


def stands(begins: int, lasts: int, place: int | None) -> Interval:
    """So many days, or half days with an offset."""
    if place is None:
        return of_days(begins * 24 * HOUR, (begins + lasts) * 24 * HOUR)
    begins, ends = begins * 12 * HOUR, (begins + lasts) * 12 * HOUR
    return Interval(begins, ends, begins - place * HOUR, ends - place * HOUR, days=False)


assertions = st.lists(
    st.builds(
        lambda fact, begins, lasts, place, after, value: Assertion(
            register_keys.demand("veto-on-enlargement"),
            value,
            msgspec.structs.replace(
                _KNOWN,
                id=fact,
                occurred=f"{begins} to {begins + lasts} {place}",
                stands=stands(begins, lasts, place),
                event=msgspec.structs.replace(_KNOWN.event, after=after),
            ),
        ),
        st.sampled_from(_FACTS),
        st.integers(0, 9),
        st.integers(1, 3),
        st.none() | st.integers(-12, 14),
        st.sampled_from(((), (), (), (), *((fact,) for fact in _FACTS), ("a", "b"))),
        st.sampled_from((b'"accept"', b'"reject"', b'"defer"')),
    ),
    max_size=8,
)


def followers(one: Assertion, every: list[Assertion]) -> list[Assertion]:
    """What one gave way to at once."""
    return [that for that in every if precedes(one.known, that.known)]


def reached(one: Assertion, every: list[Assertion]) -> list[Assertion]:
    """All that one gave way to, at once or by way of others."""
    found: list[Assertion] = []
    waiting = [one]
    while waiting:
        here = waiting.pop()
        new = [that for that in every if precedes(here.known, that.known) and that not in found]
        found += new
        waiting += new
    return found


@many
@given(assertions)
def test_read_values_with_after_gives_those_that_nothing_follows_for_good(every: list[Assertion]) -> None:
    """A value stands when whatever can be reached from it, successor by successor, leads back to it."""
    standing = [one for one in every if all(one in reached(later, every) for later in reached(one, every))]
    circular = any(one in reached(one, every) for one in every)
    event("a circle" if circular else "no circle")

    assert current(every) == standing
    assert bool(current(every)) == bool(every)
    if not circular:
        assert current(every) == [one for one in every if not any(precedes(one.known, that.known) for that in every)]


@many
@given(assertions.map(lambda every: [_undirected(one) for one in every]))
def test_read_values_by_dates_alone_gives_those_without_successor(every: list[Assertion]) -> None:
    """Versions of one fact never succeed each other, however far apart their dates."""
    assert current(every) == [one for one in every if not any(precedes(one.known, that.known) for that in every)]


def _undirected(one: Assertion) -> Assertion:
    event_ = msgspec.structs.replace(one.known.event, after=())
    return one._replace(known=msgspec.structs.replace(one.known, event=event_))


@many
@given(assertions)
def test_read_a_register_shows_each_value_since_no_other_came_between(every: list[Assertion]) -> None:
    """Evidence of a value is what gave way to no other value; in a circle, what stands of it.

    By way of others only where a fact says what it came after: dates alone tell of any two facts.
    """
    follow = reached if any(one.known.event.after for one in every) else followers
    register = read(every)
    standing = current(every)

    assert {bytes(value.value) for value in register.values} == {one.value for one in standing}
    assert register.contested == (len({one.value for one in standing}) > 1)
    for value in register.values:
        same = [one for one in every if one.value == bytes(value.value)]
        unbroken = [one for one in same if all(later.value == one.value for later in follow(one, every))]
        shown = unbroken or [one for one in standing if one in same]
        assert value.evidence_total == len(shown)
        assert sorted(one.event for one in value.evidence) == sorted(one.known.id for one in shown)
        assert value.since == min(shown, key=lambda one: (one.known.stands.by_date, one.known.id)).known.occurred
