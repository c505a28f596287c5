"""The order in which a story is told: the moment of each event by a chosen clock.

Facts stand where the clock puts them; what was recorded about a fact stands where it tells the story truthfully:

- *recorded*: everything at its own position.
- *happened*: a fact at the end of its latest possible start, on the day as it is written, as it reads at last;
  corrections, withdrawals and accounts directly behind it, for they are no happenings of their own.
- *reported*: a fact on the day of its first report, as it reads at last, corrections and withdrawals directly behind
  it; an account on the day of its own report, but not before the fact.

By the dated clocks, who the parties are comes first: it is the ground that the story stands on.
"""

from bisect import bisect_right
from collections.abc import Iterable
from enum import StrEnum
from typing import Final, NamedTuple

from negotiation.clocks import NOW
from negotiation.dates import BEGINNING, END_OF_TIME, EVER, Instant, Interval, days_of, interval_of_date, of_days
from negotiation.envelope import Recorded
from negotiation.events.catalogue import AccountAdded, EventRetracted
from negotiation.events.fact import Fact
from negotiation.events.parties import PartyIdentified
from negotiation.sources import first_reported
from negotiation.state.facts import Known, Lives


class Clock(StrEnum):
    """The clock that orders a story."""

    HAPPENED = "happened"
    REPORTED = "reported"
    RECORDED = "recorded"


class Moment(NamedTuple):
    """Where the clock has come to.

    ``ends``: the first instant behind it (microseconds since 1970, as written); BEGINNING: before the story.
    ``position``: of the event, by the clock *recorded*; 0 by the others, whose events of one instant are one moment.
    """

    ends: Instant
    position: int = 0


class Placed(NamedTuple):
    """An event at its moment; ``within``: when that was, as far as the clock tells."""

    moment: Moment
    event: Recorded
    within: Interval


WHO_IS_WHO: Final = Moment(BEGINNING)
_BEFORE_ALL: Final = of_days(BEGINNING, BEGINNING)


class _Key(NamedTuple):
    """Sorts events: by moment, then by date: what was already so first, then by earliest beginning, then as recorded.

    ``fact`` is the position of the fact that the event stands beside, ``about`` the event's own behind it.
    """

    moment: Moment
    happened: Instant
    anew: bool
    begins: Instant
    fact: int
    about: int
    within: Interval


def lives_of(events: Iterable[Recorded]) -> Lives:
    """Events with what speaks about which."""
    lives = Lives()
    for event in events:
        lives.add(event)
    return lives


def in_order(lives: Lives, clock: Clock) -> list[Placed]:
    """The events in the order of the clock, whatever order they were given in."""
    every = lives.events.values()
    if clock is Clock.RECORDED:
        by_position = sorted(every, key=lambda event: event.position)
        within = ((interval_of_date(event.recorded_at), event) for event in by_position)
        return [Placed(Moment(at.ends, event.position), event, at) for at, event in within]
    keys = _Keys(lives, clock)
    placed = sorted(((keys.of(event), event) for event in every), key=lambda pair: pair[0])
    return [Placed(key.moment, event, key.within) for key, event in placed]


class _Keys:
    """The sort key of each event, by a dated clock."""

    def __init__(self, lives: Lives, clock: Clock) -> None:
        self._lives = lives
        self._by_report = clock is Clock.REPORTED
        known = {event.id: self._known(event) for event in lives.events.values() if isinstance(event.event, Fact)}
        self._calendar = _Calendar(one.start for one in known.values() if one is not None)
        self._facts = {fact: self._of_fact(lives.events[fact], one) for fact, one in known.items()}

    def of(self, event: Recorded) -> _Key:
        """Where an event stands: at a moment of its own, or behind what it is about."""
        root = self._lives.root(event.id)
        if root is None:  # what it is about is not here
            return _last(event)
        fact = self._facts[root]
        if root == event.id:
            return fact
        account = self._account(event)
        if account is not None and self._by_report and fact.moment != WHO_IS_WHO:
            report = first_reported(account.sources)
            day = _BEFORE_ALL if report is None else days_of(report)
            if day.ends > fact.moment.ends:
                fact = fact._replace(moment=Moment(day.ends), fact=account.position, within=day)
        return fact if fact.fact == event.position else fact._replace(about=event.position)

    def _account(self, event: Recorded) -> Recorded | None:
        """The account that the event is, or is about."""
        while not isinstance(event.event, Fact):
            if isinstance(event.event, AccountAdded):
                return event
            event = self._lives.events[event.event.target]
        return None

    def _of_fact(self, event: Recorded, known: Known | None) -> _Key:
        if isinstance(event.event, PartyIdentified):
            return _Key(WHO_IS_WHO, BEGINNING, False, BEGINNING, event.position, 0, _BEFORE_ALL)
        if known is None:  # no source of it says when
            return _last(event)
        begins, happened = known.start.by_date
        within = known.reported_on if self._by_report else known.start
        ends = within.ends if within.days else self._calendar.at(within)
        return _Key(
            Moment(ends),
            happened,
            anew=not known.when.already,
            begins=begins,
            fact=event.position,
            about=0,
            within=within,
        )

    def _known(self, event: Recorded) -> Known | None:
        """The fact as it reads at last; one that was withdrawn, as it would without that."""
        known = self._lives.known(event.id, NOW)
        if not known:
            life = (self._lives.events[name] for name in self._lives.life(event.id))
            known = lives_of(one for one in life if not isinstance(one.event, EventRetracted)).known(event.id, NOW)
        return known[0] if known else None


def _last(event: Recorded) -> _Key:
    return _Key(Moment(END_OF_TIME), END_OF_TIME, True, END_OF_TIME, event.position, 0, EVER)


class _Calendar:
    """How late it is on the calendars of all places that tell a time, by each of these times.

    What happened later is told later, also where it was another day there: midnight in Moscow comes before the evening
    of the day before in Washington.
    """

    def __init__(self, starts: Iterable[Interval]) -> None:
        self._latest: list[Instant] = []
        self._written: list[Instant] = []
        written = BEGINNING
        for start in sorted((one for one in starts if not one.days), key=lambda one: one.latest):
            written = max(written, start.ends)
            self._latest.append(start.latest)
            self._written.append(written)

    def at(self, time: Interval) -> Instant:
        """What the calendar of some place showed at most when this was over."""
        return self._written[bisect_right(self._latest, time.latest) - 1]
