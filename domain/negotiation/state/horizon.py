"""How far the record has come, and what is over by then: deadlines, and what facts say until some date.

No reading depends on today: a date has passed for the record when something is dated after it.
"""

from bisect import bisect_left, insort
from collections.abc import Hashable
from typing import Any, Generic, TypeVar

from negotiation.dates import BEGINNING, Begun, Interval
from negotiation.state.ordered import remove_sorted

_T = TypeVar("_T", bound=Hashable)


class Horizon:
    """The last beginnings of what is known to have come; ``begun``: how far that is."""

    __slots__ = ("_days", "_times", "begun")

    def __init__(self) -> None:
        self._days: list[int] = []
        self._times: list[int] = []
        self.begun = Begun(BEGINNING, BEGINNING)

    def enter(self, come: Interval) -> None:
        """This is known to have come."""
        if come.days:
            insort(self._days, come.begins)
            later = come.begins > self.begun.day
        else:
            insort(self._times, come.earliest)
            later = come.earliest > self.begun.time
        if later:
            self._look()

    def leave(self, come: Interval) -> None:
        """Nor is this any more."""
        if come.days:
            remove_sorted(self._days, come.begins)
        else:
            remove_sorted(self._times, come.earliest)
        self._look()

    def _look(self) -> None:
        self.begun = Begun(self._days[-1] if self._days else BEGINNING, self._times[-1] if self._times else BEGINNING)


class Dates(Generic[_T]):
    """Things that are over by some date, sorted by it."""

    __slots__ = ("_by_day", "_by_time")

    def __init__(self) -> None:
        self._by_day: list[tuple[int, _T, Interval]] = []
        self._by_time: list[tuple[int, _T, Interval]] = []

    def enter(self, date: Interval, thing: _T) -> None:
        """The thing is over by this date."""
        day, time = date.over
        insort(self._by_day, (day, thing, date))
        insort(self._by_time, (time, thing, date))

    def leave(self, date: Interval, thing: _T) -> None:
        """It is not."""
        day, time = date.over
        remove_sorted(self._by_day, (day, thing, date))
        remove_sorted(self._by_time, (time, thing, date))

    def between(self, before: Begun, now: Begun) -> list[_T]:
        """What is over when the record has come so far, and not when it has come so far; some of it twice."""
        if not self._by_day:
            return []
        found: list[_T] = []
        for things, one, other in ((self._by_day, before.day, now.day), (self._by_time, before.time, now.time)):
            if one == other:
                continue
            first, last = (one, other) if one < other else (other, one)
            passed = things[_behind(things, first) : _behind(things, last)]
            found += [thing for _, thing, date in passed if before.after(date) != now.after(date)]
        return found


def _behind(things: list[Any], moment: int) -> int:
    """Where those begin that are over later than a moment."""
    return bisect_left(things, (moment + 1,))
