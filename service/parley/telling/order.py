"""The order in which a story is told: the moment of each event by a chosen clock.

Facts stand where the clock puts them; what was recorded about a fact stands where it tells the story truthfully:

- *recorded*: everything at its own position.
- *happened*: a fact at the end of its latest possible start, as it reads at last; corrections, withdrawals and accounts
  directly behind it, for they are no happenings of their own.
- *reported*: a fact on the day of its first report, as it reads at last, corrections and withdrawals directly behind
  it; an account on the day of its own report, but not before the fact.

By the dated clocks, who the parties are comes first: it is the ground that the story stands on.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final, NamedTuple

from negotiation.clocks import NOW
from negotiation.dates import BEGINNING, END_OF_TIME, Instant, instant
from negotiation.envelope import Recorded
from negotiation.events.catalogue import AccountAdded, EventRetracted
from negotiation.events.fact import Fact
from negotiation.events.parties import PartyIdentified
from negotiation.sources import first_reported
from negotiation.state.facts import Known, Lives, reported_day


class Clock(StrEnum):
    """The clock that orders a story."""

    HAPPENED = "happened"
    REPORTED = "reported"
    RECORDED = "recorded"


class Moment(NamedTuple):
    """Where the clock has come to.

    ``ends``: the first instant behind it (microseconds since 1970, UTC); BEGINNING: before the story. ``position``: of
    the event, by the clock *recorded*; 0 by the others, whose events of one instant are one moment.
    """

    ends: Instant
    position: int = 0


class Placed(NamedTuple):
    """An event at its moment."""

    moment: Moment
    event: Recorded


WHO_IS_WHO: Final = Moment(BEGINNING)


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
        return [Placed(Moment(instant(event.recorded_at) + 1, event.position), event) for event in by_position]
    keys = _Keys(lives, clock)
    placed = sorted(((keys.of(event), event) for event in every), key=lambda pair: pair[0])
    return [Placed(key.moment, event) for key, event in placed]


class _Keys:
    """The sort key of each event, by a dated clock."""

    def __init__(self, lives: Lives, clock: Clock) -> None:
        self._lives = lives
        self._by_report = clock is Clock.REPORTED
        self._facts: dict[str, _Key] = {}

    def of(self, event: Recorded) -> _Key:
        """Where an event stands: at a moment of its own, or behind what it is about."""
        root = self._lives.root(event.id)
        if root is None:  # what it is about is not here
            return _last(event)
        if root not in self._facts:
            self._facts[root] = self._of_fact(self._lives.events[root])
        fact = self._facts[root]
        if root == event.id:
            return fact
        account = self._account(event)
        if account is not None and self._by_report and fact.moment != WHO_IS_WHO:
            report = first_reported(account.sources)
            ends = reported_day(report).ends if report is not None else BEGINNING
            if ends > fact.moment.ends:
                fact = fact._replace(moment=Moment(ends), fact=account.position)
        return fact if fact.fact == event.position else fact._replace(about=event.position)

    def _account(self, event: Recorded) -> Recorded | None:
        """The account that the event is, or is about."""
        while not isinstance(event.event, Fact):
            if isinstance(event.event, AccountAdded):
                return event
            event = self._lives.events[event.event.target]
        return None

    def _of_fact(self, event: Recorded) -> _Key:
        if isinstance(event.event, PartyIdentified):
            return _Key(WHO_IS_WHO, BEGINNING, anew=False, begins=BEGINNING, fact=event.position, about=0)
        known = self._known(event)
        if known is None:  # no source of it says when
            return _last(event)
        already = known.occurred.startswith("../")
        happened = known.start.ends
        moment = Moment(known.reported_on.ends if self._by_report else happened)
        return _Key(moment, happened, anew=not already, begins=known.start.begins, fact=event.position, about=0)

    def _known(self, event: Recorded) -> Known | None:
        """The fact as it reads at last; one that was withdrawn, as it would without that."""
        known = self._lives.known(event.id, NOW)
        if not known:
            life = (self._lives.events[name] for name in self._lives.life(event.id))
            known = lives_of(one for one in life if not isinstance(one.event, EventRetracted)).known(event.id, NOW)
        return known[0] if known else None


def _last(event: Recorded) -> _Key:
    return _Key(Moment(END_OF_TIME), END_OF_TIME, anew=True, begins=END_OF_TIME, fact=event.position, about=0)
