"""On which days they talked: each day that is known, each stretch of time with a day that is not, and how many days."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise
from typing import Annotated, Final, NamedTuple

from msgspec import Meta, Struct

from negotiation.dates import Interval
from negotiation.events.procedure import Talks
from negotiation.state.dossier import Dossier
from negotiation.state.facts import Known
from negotiation.tables.calendar import talks
from negotiation.tables.table import Sources, Table, days, told

Day = Annotated[
    str | None, Meta(description="The day (ISO 8601); null: only a stretch is known.", examples=["2022-01-10"])
]


class TalkDayRow(Struct, frozen=True, kw_only=True, gc=False):
    """A day on which talks were held; or a stretch of time of which only that is known, that talks were held in it."""

    day: Day
    earliest: Annotated[str | None, Meta(description="The first day that it can be.", examples=["2022-01-10"])]
    latest: Annotated[str | None, Meta(description="The last day that it can be.", examples=["2022-01-10"])]
    certain: Annotated[bool, Meta(description="Whether talks were certainly held on that very day.")]
    gap_days: Annotated[
        int | None,
        Meta(description="Days without certain talks since the certain day before; null: the first.", examples=[1]),
    ]
    rounds: Annotated[tuple[str, ...], Meta(description="The rounds that met.", examples=[["geneva"]])]
    sessions: Annotated[tuple[str, ...], Meta(description="The sessions.", examples=[["geneva/day-1"]])]
    parties: Annotated[tuple[str, ...], Meta(description="Who met.", examples=[["russia", "united-states"]])]
    sources: Sources
    events: Annotated[
        tuple[str, ...],
        Meta(description="The events that say it.", examples=[["00000000-0000-4000-8000-000000000017"]]),
    ]


class TalkDays(Struct, frozen=True, kw_only=True, gc=False):
    """How many days talks were held, as far as the record tells."""

    at_least: Annotated[int, Meta(description="So many days at least: certain ones, and stretches apart from them.")]
    at_most: Annotated[int | None, Meta(description="So many at most; null: the record has no bound for it.")]
    sessions: Annotated[int, Meta(description="Sessions on record.")]
    rounds: Annotated[int, Meta(description="Rounds in which talks were held.")]
    first: Annotated[str | None, Meta(description="The first certain day of talks.")]
    last: Annotated[str | None, Meta(description="The last certain day of talks.")]
    longest_gap_days: Annotated[
        int | None, Meta(description="The most days without certain talks between two of them.")
    ]
    longest_gap_from: Annotated[str | None, Meta(description="The certain day of talks before that gap.")]
    longest_gap_to: Annotated[str | None, Meta(description="The certain day of talks after it.")]


class _Held(NamedTuple):
    """That talks were held on some of the days from ``first`` to ``last`` (None: no bound), both included.

    ``one``: on exactly one of them; else on any number of them, none perhaps.
    """

    first: date | None
    last: date | None
    one: bool
    session: str
    known: Known


def _held(dossier: Dossier) -> Iterator[_Held]:
    """What is said of the days of talks, session by session."""
    for round_, session, known, _ in talks(dossier):
        name = f"{round_}/{session}"
        first, last = _days(known.start)
        when = known.when
        if when.shape == "moment":
            yield _Held(first, last, one=True, session=name, known=known)
            continue
        if not when.already:
            yield _Held(first, last, one=True, session=name, known=known)
        ends = (None, None) if when.until is None else _days(when.until)
        if when.until is not None:
            yield _Held(*ends, one=True, session=name, known=known)
        after = None if when.already else last
        if after is None or ends[0] is None or (ends[0] - after).days > 1:
            between = _moved(after, 1), _moved(ends[0], -1)
            yield _Held(*between, one=False, session=name, known=known)


def _moved(day: date | None, by: int) -> date | None:
    """A day so many days later, within the calendar; None where there is no bound."""
    return None if day is None else date.fromordinal(min(max(day.toordinal() + by, 1), date.max.toordinal()))


def _days(interval: Interval) -> tuple[date | None, date | None]:
    first, last = days(interval)
    return None if first is None else date.fromisoformat(first), None if last is None else date.fromisoformat(last)


def rows(dossier: Dossier, _: Dossier) -> Iterator[TalkDayRow]:
    """The days and stretches by their first day."""
    found: dict[tuple[date | None, date | None, bool], list[_Held]] = {}
    for held in _held(dossier):
        found.setdefault((held.first, held.last, held.one), []).append(held)
    before: date | None = None
    for first, last, one in sorted(found, key=lambda key: (key[0] or date.min, key[1] or date.max, not key[2])):
        certain = one and first is not None and first == last
        gap = None
        if certain and first is not None:
            gap = None if before is None else (first - before).days - 1
            before = first
        every = found[first, last, one]
        yield TalkDayRow(
            day=_text(first) if certain else None,
            earliest=_text(first),
            latest=_text(last),
            certain=certain,
            gap_days=gap,
            rounds=tuple(sorted({held.session.partition("/")[0] for held in every})),
            sessions=tuple(sorted({held.session for held in every})),
            parties=tuple(sorted({party for held in every for party in _parties(held.known)})),
            sources=tuple(dict.fromkeys(told(source) for held in every for source in held.known.sources)),
            events=tuple(sorted({held.known.id for held in every})),
        )


def _parties(known: Known) -> Iterator[str]:
    event = known.event
    assert isinstance(event, Talks), "only talks have sessions"
    return iter(event.attend())


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def talk_days(dossier: Dossier) -> TalkDays:
    """How many days talks were held."""
    every = list(_held(dossier))
    certain = sorted({held.first for held in every if held.one and held.first is not None and held.first == held.last})
    uncertain = [held for held in every if not held.one or held.first is None or held.first != held.last]
    gaps = [((later - earlier).days - 1, earlier, later) for earlier, later in pairwise(certain)]
    longest = max(gaps, key=lambda gap: gap[0], default=None)
    sessions = {held.session for held in every}
    return TalkDays(
        at_least=len(certain) + _apart(certain, uncertain),
        at_most=_most(certain, uncertain),
        sessions=len(sessions),
        rounds=len({session.partition("/")[0] for session in sessions}),
        first=_text(certain[0]) if certain else None,
        last=_text(certain[-1]) if certain else None,
        longest_gap_days=None if longest is None else longest[0],
        longest_gap_from=None if longest is None else _text(longest[1]),
        longest_gap_to=None if longest is None else _text(longest[2]),
    )


def _apart(certain: Sequence[date], uncertain: Sequence[_Held]) -> int:
    """How many more days there are at least: as few as there is one of in each stretch that has no certain day."""
    stretches = sorted(
        (held.last or date.max, held.first or date.min)
        for held in uncertain
        if held.one and not any((held.first or date.min) <= day <= (held.last or date.max) for day in certain)
    )
    count, reached = 0, None
    for last, first in stretches:
        if reached is None or first > reached:
            count, reached = count + 1, last
    return count


def _most(certain: Sequence[date], uncertain: Sequence[_Held]) -> int | None:
    """How many days there are at most: a day for each stretch with one, no more than all stretches cover."""
    ones = len({(held.first, held.last, held.session) for held in uncertain if held.one})
    lasting = [held for held in uncertain if not held.one]
    if any(held.first is None or held.last is None for held in lasting):
        return None
    every = len(certain) + ones + sum(last - first + 1 for first, last in _bounded(lasting))
    bounded = _bounded(uncertain)
    if len(bounded) < len(uncertain):
        return every
    return min(every, _union([*((day.toordinal(), day.toordinal()) for day in certain), *bounded]))


def _bounded(stretches: Sequence[_Held]) -> list[tuple[int, int]]:
    """The first and the last day of those that have both, as ordinals."""
    return [
        (held.first.toordinal(), held.last.toordinal())
        for held in stretches
        if held.first is not None and held.last is not None
    ]


def _union(stretches: Sequence[tuple[int, int]]) -> int:
    """How many days stretches cover together."""
    count, reached = 0, 0
    for first, last in sorted(stretches):
        count += max(0, last - max(first, reached + 1) + 1)
        reached = max(reached, last)
    return count


TALK_DAYS: Final = Table("talk-days", "days of talks", TalkDayRow, rows)
