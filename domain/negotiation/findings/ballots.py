"""Votes that may be one vote on record twice: by one electorate, on one thing, on one day, with one result.

Counts and motions tell votes apart; a vote without counts or a motion may be any of the others. A vote that says that
it came ``after`` another is another vote.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from heapq import merge
from itertools import islice
from typing import Final, TypeAlias

from negotiation.dates import day_of, days_of
from negotiation.envelope import AnyFact
from negotiation.events.agreements import Vote
from negotiation.references import Counts
from negotiation.state.facts import Known
from negotiation.state.history import History
from negotiation.state.register_keys import Key, about_of, kind_of, votes_of
from negotiation.texts import folded

LOOKED_THROUGH: Final = 50
"""A vote is compared with so many of those that may be the same: the first by id."""

_Day: TypeAlias = tuple[str, int]


class Ballots:
    """The votes of one electorate on one thing."""

    def __init__(self, knowns: Iterable[Known]) -> None:
        self._known: dict[str, Known] = {}
        self._every: dict[_Day, list[str]] = {}
        self._by_counts: dict[_Day, dict[Counts | None, list[str]]] = {}
        for one in knowns:
            day = _day_of(one)
            if day is not None and isinstance(one.event, Vote):
                self._known[one.id] = one
                insort(self._every.setdefault(day, []), one.id)
                insort(self._by_counts.setdefault(day, {}).setdefault(one.event.counts, []), one.id)

    def same_as(self, known: Known) -> list[str]:
        """The first votes, by id, that may be the same as this one."""
        day = _day_of(known)
        if day is None or not isinstance(known.event, Vote):
            return []
        every = self._like(day, known.event.counts)
        return [
            one
            for one in islice(every, LOOKED_THROUGH)
            if one != known.id
            and one not in known.event.after
            and known.id not in self._known[one].event.after
            and _on_one_motion(known.event, self._known[one].event)
        ]

    def _like(self, day: _Day, counts: Counts | None) -> Iterator[str]:
        """The votes that these counts do not tell apart, by id."""
        if counts is None:
            return iter(self._every.get(day, ()))
        by_counts = self._by_counts.get(day, {})
        return merge(by_counts.get(counts, ()), by_counts.get(None, ()))

    def compared_with(self, known: Known) -> Iterator[str]:
        """The votes that are compared with this one, which may be here no more."""
        day = _day_of(known)
        if day is None or not isinstance(known.event, Vote):
            return
        by_counts = self._by_counts.get(day, {})
        without = bisect_left(by_counts.get(None, ()), known.id)
        here = by_counts if known.event.counts is None else {known.event.counts, None}
        for counts in here:
            those = by_counts.get(counts, [])
            first = self._every.get(day, []) if counts is None else those
            before = bisect_left(first, known.id) + (0 if counts is None else without)
            if before < LOOKED_THROUGH:
                yield from those


def _on_one_motion(one: Vote, other: AnyFact) -> bool:
    """Whether two votes are on the same things, and nothing that is said of their motions tells them apart."""
    return (
        isinstance(other, Vote)
        and set(one.every_on) == set(other.every_on)
        and (one.yes_means is None or other.yes_means is None or one.yes_means == other.yes_means)
        and (one.motion is None or other.motion is None or folded(one.motion) == folded(other.motion))
    )


def _day_of(known: Known) -> _Day | None:
    """The result and the day of a vote, as written; None where its date tells no single day."""
    if not isinstance(known.event, Vote):
        return None
    days = days_of(known.start)
    return (known.event.result, days.begins) if days == day_of(days.begins) else None


def ballots(history: History, key: Key) -> Ballots:
    """The votes of the electorate of a register, without what accounts that differ make of them. They are noted."""
    votes = votes_of(key)
    noted = history.noted(votes)
    found: Ballots | None = noted.get(Ballots)
    if found is None:
        found = noted[Ballots] = Ballots(_votes(history, key))
    return found


def _votes(history: History, key: Key) -> Iterator[Known]:
    votes = votes_of(key)
    every = history.keys_in_order(kind_of(key), about_of(key))
    for one in islice(every, bisect_left(every, votes), None):
        if votes_of(one) != votes:
            return
        for assertion in history.assertions(one).values():
            if assertion.known.account is None:
                yield assertion.known
