"""Folded units: a negotiation with its rounds, or the parties, at a reading; loaded, kept and caught up in one way.

The projector folds units at the present and tells from them what read models have to show; readings of the past fold
the events that the clocks let through. Both fold here.
"""

import asyncio
import sys
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final, NamedTuple, Protocol, TypeVar
from weakref import WeakValueDictionary

import asyncpg
import msgspec

from negotiation.clocks import NOW, Reading
from negotiation.documents.negotiation import negotiation_dossier
from negotiation.documents.party import knows_party, parties_dossier
from negotiation.envelope import Recorded
from negotiation.findings.types import Finding
from negotiation.state.dossier import Dossier
from negotiation.state.history import Changes
from negotiation.state.register_keys import about_of, kind_of
from negotiation.streams import PARTIES
from parley.store.codec import decode_state
from parley.store.errors import EventUnreadable
from parley.store.log import SQL as LOG
from parley.store.sql import statements

EVENTS_KEPT: Final = 50_000
"""How many folded events stay in memory between uses, over all readings and units."""
EVENTS_A_PAGE: Final = 2_000
ONE_BY_ONE: Final = 64
"""So few new events are folded one by one, so that it is known which findings each of them raises."""
AT_ONCE: Final = 100
"""More events than these are folded on a thread: they take longer than the event loop may stand still."""
RAISED_KEPT: Final = 10_000
"""For so many positions it is remembered which findings an event raised."""

SQL: Final = statements("parley.projections", "projections.sql")

_T = TypeVar("_T")


class Queries(Protocol):
    """What answers a query: a connection or a pool."""

    async def fetch(self, query: str, *args: Any) -> list[asyncpg.Record]:
        """Return the rows."""

    async def fetchrow(self, query: str, *args: Any) -> asyncpg.Record | None:
        """Return the first row."""


class Stock(NamedTuple):
    """Where a record ends, as seen in one statement, and what it had for the units that were asked about.

    ``record``: tells records apart; after a failover the number is another one. ``held``: how far the read models of
    these units have come. ``new``: events of these units, and of the parties, behind what is in memory: a page each.
    """

    record: int
    last: int
    held: Mapping[str, int] = {}
    new: Mapping[str, Sequence[asyncpg.Record]] = {}


class Folded(NamedTuple):
    """A unit at a reading, with the parties at the same reading."""

    dossier: Dossier
    parties: Dossier


class Unit:
    """A unit's dossier, folded up to a position."""

    def __init__(self, name: str, reading: Reading, parties: "Unit | None") -> None:
        """``parties``: at the same reading; None where this is the parties."""
        self.name = name
        self.position = 0
        self.parties = parties
        self.parties_position = 0 if parties is None else parties.position
        self.named: set[str] = set()
        self.raised: dict[int, tuple[Finding, ...]] = {}
        self.touched_at: dict[str, int] = {}
        self.pending = Changes.none()
        self.groups: set[str] = set()
        self.pending_since: int | None = None
        # No method of this unit: what is let go has no cycles, so that it is gone at once.
        self.dossier: Dossier = (
            parties_dossier(reading)
            if parties is None
            else negotiation_dossier(partial(knows_party, parties.dossier), reading)
        )

    @property
    def size(self) -> int:
        """How many events were folded."""
        return len(self.dossier.history.lives.events)

    @property
    def is_pending(self) -> bool:
        """Whether anything changed since the unit's read models were projected."""
        pending = self.pending
        return any((pending.keys, pending.facts, pending.streams, pending.flips, pending.found, self.groups))

    def take(self, events: Sequence[Recorded]) -> None:
        """Fold some more events."""
        if len(events) <= ONE_BY_ONE:
            for event in events:
                changes = self.dossier.apply(event)
                if changes.raised:
                    self.raised[event.position] = tuple(changes.raised)
                self._note(changes, event.position)
            while self.raised and next(iter(self.raised)) < self.position - RAISED_KEPT:
                del self.raised[next(iter(self.raised))]
        elif events:
            self._note(self.dossier.apply_all(events), events[-1].position)

    def _note(self, changes: Changes, position: int) -> None:
        self.named |= {flip[1] for flip in changes.flips if flip[0] == "named"}
        if self.parties is None:
            self.touched_at |= dict.fromkeys(parties_touched(changes), position)
        if self.pending_since is not None:
            self.pending.join(changes)

    def watch_from(self, position: int) -> None:
        """Note from here on what changes: the unit's read models are right as of this position."""
        self.pending, self.groups, self.pending_since = Changes.none(), set(), position
        self.parties_position = position

    def meet(self, parties: "Unit") -> None:
        """Look again at what names a party that changed since the unit was last looked at."""
        since, self.parties_position = self.parties_position, parties.position
        named = self.dossier.history.parties_named
        touched = {party for party, at in parties.touched_at.items() if at > since and party in named}
        if not touched:
            return
        changes = self.dossier.parties_flipped(touched)
        # A dossier that was folded after the parties changed finds nothing new, but its rows were made before.
        changes.found |= changes.facts
        changes.streams |= {self.dossier.history.lives.events[fact].stream for fact in changes.facts}
        self.groups |= touched
        self._note(changes, self.position)

    def everything(self) -> Changes:
        """Changes that touch all there is."""
        history = self.dossier.history
        changes = Changes.none()
        changes.keys |= history.all_keys()
        changes.facts |= history.known.keys()
        changes.streams |= history.versions.keys()
        changes.flips |= {("named", party) for party in self.named}
        changes.found |= self.dossier.findings.keys()
        return changes

    def findings(self, positions: Sequence[int], ids: Sequence[str]) -> list[Finding]:
        """What does not add up with these events: on the facts they belong to, and raised by them elsewhere.

        Only findings that stand.
        """
        lives, standing = self.dossier.history.lives, self.dossier.findings
        facts = [fact for event_id in ids if (fact := lives.root(event_id)) is not None]
        found = [finding for fact in facts for finding in standing.get(fact, ())]
        for position in positions:
            found += [one for one in self.raised.get(position, ()) if one in standing.get(one.event, ())]
        return list(dict.fromkeys(found))


def parties_touched(changes: Changes) -> set[str]:
    """The parties that became known or are known no more, and the groups whose members changed."""
    flipped = {flip[2] for flip in changes.flips if flip[:2] == ("exists", "party")}
    return flipped | {about_of(key) for key in changes.keys if kind_of(key) == "membership"}


class Units:
    """The units that were used last, by reading and name, within a bound on their events."""

    def __init__(self, kept: int = EVENTS_KEPT, page: int = EVENTS_A_PAGE) -> None:
        """``kept``: how many folded events may stay in memory; ``page``: how many are read at once."""
        self._kept = kept
        self._page = page
        self._units: OrderedDict[tuple[Reading, str], Unit] = OrderedDict()
        self._events = 0
        self._head: tuple[int, bytes] = (0, b"")
        self._record = 0
        self._locks: WeakValueDictionary[tuple[Reading, str], asyncio.Lock] = WeakValueDictionary()
        self._working = asyncio.Lock()

    @property
    def events(self) -> int:
        """How many folded events are in memory."""
        return self._events

    def holds(self, reading: Reading, name: str) -> bool:
        """Whether a unit is in memory."""
        return (reading, name) in self._units

    @asynccontextmanager
    async def at(self, queries: Queries, reading: Reading, name: str) -> AsyncIterator[Folded]:
        """Give a unit and the parties, as they stand at the reading; they hold still as long as this is open."""
        stock = await (self.take_stock(queries, [name]) if reading == NOW else self.look(queries))
        if reading.as_of is not None:
            stock = stock._replace(last=min(stock.last, reading.as_of))
        async with self.held(queries, reading, name, stock) as unit:
            yield Folded(unit.dossier, unit.dossier if unit.parties is None else unit.parties.dossier)

    @asynccontextmanager
    async def held(self, queries: Queries, reading: Reading, name: str, stock: Stock) -> AsyncIterator[Unit]:
        """Give a unit, folded up to a position at least; it holds still as long as this is open.

        Raises ConnectionAbortedError where another record was seen meanwhile, or answers now.
        """
        async with self._lock(reading, name):
            if name == PARTIES:
                yield await self._caught_up(queries, reading, Unit(PARTIES, reading, None), stock)
                return
            async with self._lock(reading, PARTIES):
                parties = await self._caught_up(queries, reading, Unit(PARTIES, reading, None), stock)
            unit = await self._caught_up(queries, reading, Unit(name, reading, parties), stock)
            unit.meet(parties)
            yield unit

    @asynccontextmanager
    async def between(
        self, queries: Queries, first: Reading, second: Reading, name: str
    ) -> AsyncIterator[tuple[Dossier, Dossier]]:
        """Give a unit as it stands at two readings."""
        if first == second:
            async with self.at(queries, first, name) as (dossier, _):
                yield dossier, dossier
            return
        # Always in the same order, because a task that holds one may wait for the other.
        turned = str(first) > str(second)
        earlier, later = (second, first) if turned else (first, second)
        async with self.at(queries, earlier, name) as (one, _), self.at(queries, later, name) as (other, _):
            yield (other, one) if turned else (one, other)

    async def work(self, size: int, work: Callable[[], _T], *, on_parties: bool = False) -> _T:
        """Do work on units that hold still: at once where it is little, else on a thread, one at a time.

        ``on_parties``: it changes the parties, which work on a thread may be reading.
        """
        if size <= AT_ONCE and not (on_parties and self._working.locked()):
            return work()
        async with self._working:
            return work() if size <= AT_ONCE else await asyncio.to_thread(work)

    def forget(self) -> None:
        """Let everything go."""
        self._units.clear()
        self._events = 0
        self._head = (0, b"")
        self._record += 1

    def _lock(self, reading: Reading, name: str) -> asyncio.Lock:
        return self._locks.setdefault((reading, name), asyncio.Lock())

    async def look(self, queries: Queries) -> Stock:
        """Find where the record ends."""
        while True:
            asked, _ = self._head
            row = await queries.fetchrow(LOG["seen_before"], asked)
            assert row is not None, "the migration makes the head"
            if self._see(asked, row):
                return Stock(self._record, row["head"])

    async def take_stock(self, queries: Queries, names: Sequence[str]) -> Stock:
        """Find where the record ends, and what is new at the present in those of these units that are in memory."""
        while True:
            asked, _ = self._head
            units = list({*names, PARTIES})
            here = [unit.position if (unit := self._units.get((NOW, name))) is not None else None for name in units]
            rows = await queries.fetch(SQL["take_stock"], units, here, asked, self._page)
            if self._see(asked, rows[0]):
                break
        held = {row["unit"]: row["position"] for row in rows if row["position"] is not None}
        new: dict[str, list[asyncpg.Record]] = {
            name: [] for name, position in zip(units, here, strict=True) if position is not None
        }
        for row in rows:
            if row["notification_id"] is not None:
                new[row["unit"]].append(row)
        return Stock(self._record, rows[0]["head"], held, new)

    def assert_same(self, record: int) -> None:
        """Raise ConnectionAbortedError where another record was seen since."""
        if record != self._record:
            raise ConnectionAbortedError("another server takes writes now, whose record may be another one")

    def _see(self, asked: int, row: asyncpg.Record) -> bool:
        """Take note of where the record ends, and of the hash that it has where it ended before.

        After a failover it may be another record: then all that was folded goes. False where another task looked
        meanwhile, perhaps at another server: then ask again.
        """
        if asked != self._head[0]:
            return False
        if asked > 0 and row["hash_before"] != self._head[1]:
            self.forget()
        if row["head"] > self._head[0]:
            self._head = (row["head"], row["hash"])
        return True

    async def _caught_up(self, queries: Queries, reading: Reading, empty: Unit, stock: Stock) -> Unit:
        """The unit, from memory or begun with an empty one, folded up to a position at least."""
        # A unit that is being folded is not in the cache: if the task is cancelled, the thread may still be at it.
        self.assert_same(stock.record)
        name, last = empty.name, stock.last
        watched: int | None = None
        unit = self._take_out(reading, name)
        if unit is None or unit.parties is not empty.parties:
            unit = empty
            watched = stock.held.get(name)  # its read models hold that: only what comes behind has to be projected
        elif unit.position < last and name in stock.new:
            await self._fold(unit, [row for row in stock.new[name] if row["notification_id"] > unit.position])
            is_all = len(stock.new[name]) < self._page
            unit.position = last if is_all else max(unit.position, stock.new[name][-1]["notification_id"])
        while unit.position < last:
            stop = watched if watched is not None and unit.position < watched < last else last
            rows = await self._read(queries, name, unit.position, stop, stock.record)
            await self._fold(unit, rows)
            unit.position = rows[-1]["notification_id"] if len(rows) == self._page else stop
            if watched is not None and unit.position == watched:
                unit.watch_from(watched)
        self.assert_same(stock.record)
        self._put_in(reading, name, unit)
        return unit

    async def _read(self, queries: Queries, name: str, after: int, stop: int, record: int) -> Sequence[asyncpg.Record]:
        """Some events of a unit. The server that answers has the record that was seen, up to where that ended."""
        self.assert_same(record)
        position, hash_ = self._head
        rows = await queries.fetch(LOG["events_of_unit"], name, after, stop, self._page, position)
        if rows[0]["hash_then"] != hash_:
            self.forget()
        self.assert_same(record)
        return rows if rows[0]["notification_id"] is not None else []

    async def _fold(self, unit: Unit, rows: Sequence[asyncpg.Record]) -> None:
        on_parties = unit.parties is None
        await self.work(len(rows), lambda: unit.take([recorded(row) for row in rows]), on_parties=on_parties)

    def _take_out(self, reading: Reading, name: str) -> Unit | None:
        unit = self._units.pop((reading, name), None)
        if unit is not None:
            self._events -= unit.size
        return unit

    def _put_in(self, reading: Reading, name: str, unit: Unit) -> None:
        self._units[reading, name] = unit
        self._events += unit.size
        for key in [*self._units]:
            if self._events <= self._kept:
                break
            if key not in {(reading, name), (NOW, PARTIES)}:
                self._take_out(*key)


def recorded(row: asyncpg.Record) -> Recorded:
    """The event of a row; raises EventUnreadable."""
    position: int = row["notification_id"]
    try:
        return decode_state(
            row["state"], stream=row["originator_id"], version=row["originator_version"], position=position
        )
    except msgspec.DecodeError as error:
        raise EventUnreadable(position=str(position), reason=str(error)) from error


def share_the_interpreter() -> None:
    """Let the event loop have its turn soon while a thread folds: the interpreter's own 5 ms add up in a request."""
    sys.setswitchinterval(0.001)
