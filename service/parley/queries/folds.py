"""Units folded at the readings that readers ask for: one reading at a time, within a bound on the bytes that they take.

A fold at a position is the beginning of the fold at each later one, so a reading goes on from the nearest earlier fold
that is kept, and takes its place. Of how many bytes a fold takes there is an estimate (`Dossier.weight`).
"""

from bisect import bisect_right, insort
from collections import Counter, OrderedDict
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import chain, islice
from time import perf_counter
from typing import Final, Literal, NamedTuple, TypeAlias

import asyncpg
from msgspec import Struct
from msgspec.structs import replace

from negotiation.clocks import Reading
from negotiation.streams import PARTIES
from parley.projections.aside import Aside
from parley.projections.source import EVENTS_A_PAGE, Queries, Source
from parley.projections.units import Folded, Unit
from parley.queries.turns import WITHIN_S, Turn, Turns
from parley.store.coalesced import Coalesced
from parley.store.errors import ReadingTooLarge, ReadsBusy
from parley.store.log import SQL, head_of

MOST_BYTES: Final = 256 << 20
KEPT_OF_A_COURSE: Final = 4
"""So many folds of one unit by the same dates, at different positions, are kept at most."""
LEAST_OF_AN_EVENT: Final = 500
"""A folded event takes so many bytes at least."""
_WEIGHED_AFTER: Final = 1.25
"""A fold is weighed again when it has grown so much; meanwhile its events are taken to weigh the same on average."""
_LARGE_KNOWN: Final = 1_000
"""Of so many courses it is remembered that they are too large."""

_MOST_POSITION: Final = (1 << 63) - 1

Course: TypeAlias = tuple[str, Reading]
"""A unit by dates: its folds at different positions begin alike."""
Begun: TypeAlias = Literal["anew", "earlier", "same"]


class Use(Struct, frozen=True, kw_only=True):
    """What readings of the past take, and how they were served since the service began."""

    bytes_kept: int
    bytes_in_use: int
    bytes_limit: int
    waiting: int
    refused: int
    events: int
    begun: dict[Begun, int]


class Folds:
    """Folds units at readings, and keeps those that were used last."""

    def __init__(
        self,
        aside: Aside | None = None,
        *,
        most_bytes: int = MOST_BYTES,
        within_s: float = WITHIN_S,
        page: int = EVENTS_A_PAGE,
    ) -> None:
        """``aside``: where the work is done; ``most_bytes``: that folds may take, kept or in use.

        ``within_s``: how long a reading may take; ``page``: events read at once.
        """
        self.aside = aside or Aside()
        self._most_bytes = most_bytes
        self._kept = _Kept()
        self._in_use: set[_Fold] = set()
        self._source = Source(self._forget, page)
        self._looks = Coalesced(self._look)
        # What takes a page of events at most does not wait for what takes longer.
        self._short, self._long = Turns(within_s), Turns(within_s)
        self._gone: list[_Fold] = []
        self._too_large: dict[Course, int] = {}
        self._begun: Counter[Begun] = Counter()
        self._events = 0
        self._refused = 0

    @property
    def use(self) -> Use:
        """What they take now."""
        return Use(
            bytes_kept=self._kept.bytes,
            bytes_in_use=self._bytes_in_use(),
            bytes_limit=self._most_bytes,
            waiting=self._short.waiting + self._long.waiting,
            refused=self._short.refused + self._long.refused + self._refused,
            events=self._events,
            begun={how: self._begun[how] for how in ("anew", "earlier", "same")},
        )

    @asynccontextmanager
    async def at(self, queries: Queries, reading: Reading, name: str) -> AsyncIterator[Folded]:
        """Give a unit and the parties, as they stand at the reading; nothing changes them as long as this is open.

        Raises ReadsBusy, and ReadingTooLarge.
        """
        async with self._at(_Ask(queries, name, (reading,))) as (found,):
            yield found.folded

    @asynccontextmanager
    async def between(
        self, queries: Queries, first: Reading, second: Reading, name: str
    ) -> AsyncIterator[tuple[Folded, Folded]]:
        """Give a unit and the parties as they stand at two readings; raises as `at` does."""
        async with self._at(_Ask(queries, name, (first, second))) as (before, after):
            yield before.folded, after.folded

    @asynccontextmanager
    async def to_change(
        self, queries: Queries, position: int, name: str, *, parties: bool
    ) -> AsyncIterator["FoldedUnits"]:
        """Give a unit and the parties at a position. The unit is the caller's own, and is let go afterwards.

        ``parties``: the caller changes those, too; else they are only to be read. Raises as `at` does.
        """
        own = frozenset({name, PARTIES} if parties else {name})
        async with self._at(_Ask(queries, name, (Reading(as_of=position),), own)) as (found,):
            yield found

    # -- a turn

    @asynccontextmanager
    async def _at(self, ask: "_Ask") -> "AsyncIterator[list[FoldedUnits]]":
        async with AsyncExitStack() as having:
            look, turn = await self._turn(ask, having)
            work = _Work(ask.queries, look.record, turn, [], ask.own)
            try:
                folded = {wanted: await self._folded(work, wanted) for wanted in look.wanted}
                yield [folded[_wanted(ask.name, reading, look.last)] for reading in ask.readings]
            finally:
                for fold in work.used:
                    self._put_back(fold, look.record)
                await self._dissolve()

    async def _turn(self, ask: "_Ask", having: AsyncExitStack) -> "tuple[_Look, Turn]":
        """Wait for a turn, which lasts until ``having`` is left."""
        while True:
            look = (await self._looks(ask))[ask]
            self._check_size(look)
            last = look.wanted[-1]
            turns = self._long if look.events > self._source.page else self._short
            turn = await having.enter_async_context(turns.turn(last.course, last.position, look.events))
            # Another reading may have taken the fold that this one was to go on from: then it takes longer.
            now = zip(self._behind(ask), look.behind, strict=True)
            if turns is self._long or all(nearest >= before for (_, nearest, _), (_, before, _) in now):
                return look, turn
            await having.aclose()

    async def _look(self, asks: Sequence["_Ask"]) -> "dict[_Ask, _Look]":
        """Find where the record ends, and how many events have to be folded for each if it is done now."""
        source = self._source
        while True:
            asked = source.last
            behind = {ask: self._behind(ask) for ask in asks}
            columns = map(list, zip(*chain.from_iterable(behind.values()), strict=True))
            row = head_of(await asks[0].queries.fetchrow(SQL["seen_before"], asked, *columns, self._most_events + 1))
            if source.see(asked, row):
                break
        counts, found = iter(row["behind"]), dict[_Ask, _Look]()
        for ask in asks:
            wanted = sorted({_wanted(ask.name, one, row["head"]) for one in ask.readings}, key=lambda one: one.position)
            events = sum(islice(counts, len(behind[ask])))
            found[ask] = _Look(source.record, row["head"], events, wanted, behind[ask])
        return found

    def _behind(self, ask: "_Ask") -> list[tuple[str, int, int]]:
        """The units that have to be folded, each behind which position, and up to where."""
        return [
            (unit, 0 if unit in ask.own else self._kept.nearest((unit, replace(reading, as_of=None)), until), until)
            for reading in ask.readings
            for until in [_MOST_POSITION if reading.as_of is None else reading.as_of]
            for unit in dict.fromkeys((ask.name, PARTIES))
        ]

    @property
    def _most_events(self) -> int:
        return self._most_bytes // LEAST_OF_AN_EVENT

    def _check_size(self, look: "_Look") -> None:
        """Raise ReadingTooLarge where that can be known before it is folded."""
        if look.events > self._most_events:
            raise self._is_too_large(look.wanted[0].course)
        for (name, reading), position in look.wanted:
            for course in ((name, reading), (PARTIES, reading)):
                if position >= self._too_large.get(course, position + 1):
                    raise self._is_too_large(course)

    def _is_too_large(self, course: Course) -> ReadingTooLarge:
        self._refused += 1
        return ReadingTooLarge(unit=course[0], memory=f"{self._most_bytes / (1 << 20):g} MiB")

    # -- a fold

    async def _folded(self, work: "_Work", wanted: "_Wanted") -> "FoldedUnits":
        """A unit as it is wanted, folded to its end."""
        (name, reading), position = wanted
        fold = parties = self._taken(work, (PARTIES, reading), position, None)
        await self._go_on(work, parties, position)
        parties.whole = PARTIES not in work.own
        if name != PARTIES:
            fold = self._taken(work, wanted.course, position, parties.unit)
            await self._go_on(work, fold, position)
            await self.aside.work(fold.unit.size, lambda: fold.unit.meet(parties.unit))
            fold.whole = name not in work.own
        self._begun[fold.begun] += 1
        return FoldedUnits(fold.unit, parties.unit)

    def _taken(self, work: "_Work", course: Course, position: int, parties: Unit | None) -> "_Fold":
        """The nearest earlier fold that is kept, which nobody else uses meanwhile, or one to be begun."""
        fold = None if course[0] in work.own else self._kept.take(course, position)
        if fold is None:
            fold = _Fold(course, parties)
        else:
            fold.whole, fold.begun = False, "same"
            fold.unit.go_by(parties)
        self._in_use.add(fold)
        work.used.append(fold)
        return fold

    async def _go_on(self, work: "_Work", fold: "_Fold", position: int) -> None:
        """Fold up to a position."""
        source, unit = self._source, fold.unit
        source.assert_same(work.record)
        while unit.position < position:
            began = perf_counter()
            rows = await source.read(work.queries, unit.name, unit.position, position, work.record)
            if rows:
                await self.aside.work(len(rows), lambda: fold.take(rows))  # noqa: B023 - it has ended by then
            unit.position = rows[-1]["notification_id"] if len(rows) == source.page else position
            self._events += len(rows)
            work.turn.count(len(rows), perf_counter() - began)
            self._make_room(fold, work.used)
            await self._dissolve()
        source.assert_same(work.record)

    def _make_room(self, fold: "_Fold", used: "list[_Fold]") -> None:
        """Let go what was used longest ago; raises ReadsBusy or ReadingTooLarge where that does not suffice."""
        while self._kept.bytes + self._bytes_in_use() > self._most_bytes:
            if (oldest := self._kept.take_oldest()) is not None:
                self._gone.append(oldest)
                continue
            if sum(one.bytes for one in used) <= self._most_bytes:
                self._refused += 1
                raise ReadsBusy(reason="Another reading of the past takes the memory for them")
            if len(used) <= 2:  # a unit and the parties: it is too large by itself
                if len(self._too_large) >= _LARGE_KNOWN:
                    self._too_large.clear()
                self._too_large[fold.course] = fold.unit.position
            raise self._is_too_large(fold.course)

    def _put_back(self, fold: "_Fold", record: int) -> None:
        self._in_use.remove(fold)
        fold.unit.go_by(None)
        self._gone += self._kept.put(fold) if fold.whole and record == self._source.record else [fold]

    async def _dissolve(self) -> None:
        """Let go of what is not kept any more, before more is folded."""
        while self._gone:
            fold = self._gone.pop()
            await self.aside.work(fold.unit.size, fold.unit.dossier.history.dissolve)

    def _bytes_in_use(self) -> int:
        return sum(fold.bytes for fold in self._in_use)

    def _forget(self) -> None:
        while (fold := self._kept.take_oldest()) is not None:
            self._gone.append(fold)
        self._too_large.clear()


class FoldedUnits(NamedTuple):
    """A unit at a reading, with the parties at the same reading."""

    unit: Unit
    parties: Unit

    @property
    def folded(self) -> Folded:
        """Their dossiers."""
        return Folded(self.unit.dossier, self.parties.dossier)


class _Ask:
    """What is asked for; whom it asks has the record that all others ask for, too.

    ``own``: units that are begun anew for it, and not kept.
    """

    def __init__(
        self, queries: Queries, name: str, readings: Sequence[Reading], own: frozenset[str] = frozenset()
    ) -> None:
        self.queries, self.name, self.readings, self.own = queries, name, readings, own


class _Work(NamedTuple):
    """A turn: where it reads, what it counts, and the folds that it uses."""

    queries: Queries
    record: int
    turn: Turn
    used: "list[_Fold]"
    own: frozenset[str]


class _Wanted(NamedTuple):
    """A unit by dates, up to a position."""

    course: Course
    position: int


class _Look(NamedTuple):
    """Where the record ends, and what is wanted, earlier positions first.

    ``events``: as many have to be folded, which are ``behind`` what is kept: of each unit, from where, and up to where.
    """

    record: int
    last: int
    events: int
    wanted: Sequence[_Wanted]
    behind: Sequence[tuple[str, int, int]]


def _wanted(name: str, reading: Reading, last: int) -> _Wanted:
    position = last if reading.as_of is None else min(last, reading.as_of)
    return _Wanted((name, replace(reading, as_of=None)), position)


class _Fold:
    """A unit by dates, as far as it is folded. ``whole``: nothing of it is half done."""

    def __init__(self, course: Course, parties: Unit | None) -> None:
        self.course = course
        self.unit = Unit(*course, parties)
        self.whole = False
        self.begun: Begun = "anew"
        self._written = 0
        self._weighed = 0
        self.bytes = self.unit.dossier.weight(0)

    def take(self, rows: Sequence[asyncpg.Record]) -> None:
        """Fold some more events."""
        before = self.unit.size
        self.begun = "anew" if self.begun == "anew" else "earlier"
        self.unit.take(rows)
        self._written += sum(len(row["state"]) for row in rows)
        size = self.unit.size
        if size > _WEIGHED_AFTER * self._weighed:
            self.bytes, self._weighed = self.unit.dossier.weight(self._written), size
        else:
            self.bytes = self.bytes * size // before


class _Kept:
    """Folds that may be used again, by course and position."""

    def __init__(self) -> None:
        self.bytes = 0
        self._folds: OrderedDict[tuple[Course, int], _Fold] = OrderedDict()
        self._positions: dict[Course, list[int]] = {}

    def nearest(self, course: Course, position: int) -> int:
        """The position of the nearest fold that is no later; 0 where there is none."""
        positions = self._positions.get(course, [])
        found = bisect_right(positions, position)
        return positions[found - 1] if found else 0

    def take(self, course: Course, position: int) -> _Fold | None:
        """Take out the nearest fold that is no later."""
        key = course, self.nearest(course, position)
        return self._take_out(key) if key in self._folds else None

    def put(self, fold: _Fold) -> list[_Fold]:
        """Put a fold in; give those that have to go for it: the same, or one of its course, used longest ago."""
        course, position = fold.course, fold.unit.position
        gone = [self._take_out((course, position))] if (course, position) in self._folds else []
        self._folds[course, position] = fold
        insort(self._positions.setdefault(course, []), position)
        self.bytes += fold.bytes
        if len(self._positions[course]) > KEPT_OF_A_COURSE:
            gone.append(self._take_out(next(key for key in self._folds if key[0] == course)))
        return gone

    def take_oldest(self) -> _Fold | None:
        """Take out the fold that was used longest ago; None where there is none."""
        return self._take_out(next(iter(self._folds))) if self._folds else None

    def _take_out(self, key: tuple[Course, int]) -> _Fold:
        fold = self._folds.pop(key)
        course, position = key
        positions = self._positions[course]
        positions.remove(position)
        if not positions:
            del self._positions[course]
        self.bytes -= fold.bytes
        return fold
