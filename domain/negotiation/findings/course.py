"""The course of talks: what was concluded, broken off and resumed, kept so that each sitting is looked up in it.

What comes last before a sitting is found by bisection: a round may have many sittings, and be broken off many times.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from itertools import accumulate
from typing import Final, TypeAlias

from negotiation.dates import BEGINNING, Interval
from negotiation.events.procedure import RoundConcluded, TalksBrokenOff, TalksResumed
from negotiation.state.facts import Known
from negotiation.state.history import History
from negotiation.state.register_keys import Key

_Begin: TypeAlias = tuple[int, str]
_NONE: Final[_Begin] = (BEGINNING, "")


class Course:
    """What one register of proceedings says. ``concluded``: the conclusions; ``resumed``: the last first."""

    def __init__(self, every: Iterable[Known]) -> None:
        known = list(every)
        self.concluded = [one for one in known if isinstance(one.event, RoundConcluded)]
        self.resumed = sorted((one.stands for one in known if isinstance(one.event, TalksResumed)), reverse=True)
        self._broken_off = {one.id: one.stands for one in known if isinstance(one.event, TalksBrokenOff)}
        self._last = _Last(one for one in known if isinstance(one.event, TalksBrokenOff))
        self._resumptions = _Resumptions(self.resumed)

    def ended_by(self, concluded: Known, talks: Known) -> bool:
        """Whether a conclusion came before the talks, and no resumption can have come between."""
        return concluded.stands.before(talks.start) and all(
            talks.start.before(resumed) or resumed.before(concluded.stands) for resumed in self.resumed
        )

    def broken_off_before(self, talks: Interval) -> dict[str, Interval]:
        """When talks were last broken off before others, by fact: by a day, and by a time."""
        return {fact: self._broken_off[fact] for fact in self._last.before(talks)}

    def resumed_between(self, broken_off: Interval, talks: Interval) -> bool:
        """Whether a resumption can have come between."""
        return self._resumptions.between(broken_off, talks)


class _Last:
    """Some facts by when they are over, and which of them began last up to there."""

    def __init__(self, knowns: Iterable[Known]) -> None:
        dates = {one.id: one.stands for one in knowns}
        self._over: list[list[int]] = []
        self._began: list[list[tuple[_Begin, _Begin]]] = []
        for by_time in (0, 1):
            ordered = sorted((date.over[by_time], fact) for fact, date in dates.items())
            begins = (
                ((date.begins, fact), _NONE) if (date := dates[fact]).days else (_NONE, (date.earliest, fact))
                for _, fact in ordered
            )
            self._over.append([over for over, _ in ordered])
            self._began.append(list(accumulate(begins, _later)))

    def before(self, at: Interval) -> list[str]:
        """Of the facts that are over when this begins, the one that began last of days, and of times."""
        over, began = self._over[not at.days], self._began[not at.days]
        count = bisect_right(over, at.begins if at.days else at.earliest)
        return [fact for _, fact in began[count - 1] if fact] if count else []


def _later(one: tuple[_Begin, _Begin], other: tuple[_Begin, _Begin]) -> tuple[_Begin, _Begin]:
    return max(one[0], other[0]), max(one[1], other[1])


class _Resumptions:
    """Resumptions by when they begin, and when the last of them up to there is over."""

    def __init__(self, dates: Iterable[Interval]) -> None:
        every = list(dates)
        days = sorted((date.begins, *date.over) for date in every if date.days)
        times = sorted((date.earliest, *date.over) for date in every if not date.days)
        self._begins = [[one[0] for one in ordered] for ordered in (days, times)]
        self._over = [list(accumulate(((one[1], one[2]) for one in ordered), _latest)) for ordered in (days, times)]

    def between(self, first: Interval, second: Interval) -> bool:
        """Whether any begins before the second is over, and is not over before the first begins."""
        for by_time, limit in enumerate(second.over):
            count = bisect_left(self._begins[by_time], limit)
            if count:
                day, time = self._over[by_time][count - 1]
                if day > first.begins if first.days else time > first.earliest:
                    return True
        return False


def _latest(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    return max(one[0], other[0]), max(one[1], other[1])


def course(history: History, key: Key) -> Course | None:
    """What a register of proceedings says; None where it says nothing. It is noted with the register."""
    every = history.assertions(key)
    if not every:
        return None
    noted = history.noted(key)
    found: Course | None = noted.get(Course)
    if found is None:
        found = noted[Course] = Course(one.known for one in every.values())
    return found
