"""Folded units at the present: a negotiation with its rounds, or the parties; loaded, kept and caught up in one way.

The projector tells from them what read models have to show. Readings of the past fold the same units, up to an earlier
position or by other clocks (`parley.queries.folds`).
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final, NamedTuple
from weakref import WeakValueDictionary

import asyncpg

from negotiation.clocks import NOW, Reading
from negotiation.documents.negotiation import negotiation_dossier
from negotiation.documents.party import parties_dossier
from negotiation.envelope import Recorded
from negotiation.findings.types import Finding
from negotiation.state.changes import Changes, parties_touched
from negotiation.state.dossier import Dossier
from negotiation.streams import PARTIES
from parley.projections.aside import Aside
from parley.projections.source import EVENTS_A_PAGE, Queries, Source, Stock
from parley.store.damage import check_next, event_of
from parley.store.log import head_of
from parley.store.sql import statements

EVENTS_KEPT: Final = 50_000
"""How many folded events stay in memory between uses, over all units; the unit used last stays, however long."""
ONE_BY_ONE: Final = 64
"""So few new events are folded one by one, so that it is known which findings each of them raises."""
RAISED_KEPT: Final = 10_000
"""For so many positions it is remembered which findings an event raised."""

SQL: Final = statements("parley.projections", "projections.sql")


class Folded(NamedTuple):
    """A unit at a reading, with the parties at the same reading."""

    dossier: Dossier
    parties: Dossier


class _Parties:
    """The parties that a unit goes by. It is no part of the unit: what is let go has no cycles, and is gone at once."""

    __slots__ = ("unit",)

    def __init__(self, unit: "Unit | None") -> None:
        self.unit = unit

    @property
    def dossier(self) -> Dossier:
        """What is known of them."""
        assert self.unit is not None, "a unit that is folded or read goes by parties"
        return self.unit.dossier


class Unit:
    """A unit's dossier, folded up to a position."""

    def __init__(self, name: str, reading: Reading, parties: "Unit | None") -> None:
        """``parties``: at the same reading; None where this is the parties."""
        self.name = name
        self.position = 0
        self._goes_by = by = _Parties(parties)
        self.parties_position = 0 if parties is None else parties.position
        self.named: set[str] = set()
        self.raised: dict[int, tuple[Finding, ...]] = {}
        self.touched_at: dict[str, int] = {}
        self.pending = Changes.none()
        self.groups: set[str] = set()
        self.pending_since: int | None = None
        self._versions: dict[str, int] = {}
        self.dossier: Dossier = (
            parties_dossier(reading) if parties is None else negotiation_dossier(lambda: by.dossier, reading)
        )

    @property
    def parties(self) -> "Unit | None":
        """The parties at the same reading; None where this is the parties, or while nobody reads it."""
        return self._goes_by.unit

    def go_by(self, parties: "Unit | None") -> None:
        """Take these for the parties at the same reading; the same as before, or as they became since, or None."""
        self._goes_by.unit = parties

    @property
    def size(self) -> int:
        """How many events were folded."""
        return len(self.dossier.history.lives.events)

    @property
    def is_pending(self) -> bool:
        """Whether anything changed since the unit's read models were projected."""
        pending = self.pending
        return any((pending.keys, pending.facts, pending.streams, pending.flips, pending.found, self.groups))

    def take(self, rows: Sequence[asyncpg.Record]) -> None:
        """Fold some more events; raises RecordDamaged where one is missing or cannot be read."""
        for row in rows:
            check_next(row, self._versions.get(row["originator_id"], 0))
            self._versions[row["originator_id"]] = row["originator_version"]
        self.put([event_of(row) for row in rows])

    def put(self, events: Sequence[Recorded]) -> None:
        """Fold some more events, the next of their streams."""
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


class Units:
    """The units that were used last, by name, within a bound on their events."""

    def __init__(self, kept: int = EVENTS_KEPT, page: int = EVENTS_A_PAGE) -> None:
        """``kept``: how many folded events may stay in memory; ``page``: how many are read at once."""
        self.aside = Aside()
        self.source = Source(self._forget, page)
        self._kept = kept
        self._units: OrderedDict[str, Unit] = OrderedDict()
        self._events = 0
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @property
    def events(self) -> int:
        """How many folded events are in memory."""
        return self._events

    def holds(self, name: str) -> bool:
        """Whether a unit is in memory."""
        return name in self._units

    @asynccontextmanager
    async def held(self, queries: Queries, name: str, stock: Stock) -> AsyncIterator[Unit]:
        """Give a unit, folded up to a position at least; it holds still as long as this is open.

        Raises ConnectionAbortedError where another record was seen meanwhile, or answers now.
        """
        async with self._lock(name):
            if name == PARTIES:
                unit = await self._caught_up(queries, Unit(PARTIES, NOW, None), stock)
            else:
                async with self._lock(PARTIES):
                    parties = await self._caught_up(queries, Unit(PARTIES, NOW, None), stock)
                unit = await self._caught_up(queries, Unit(name, NOW, parties), stock)
                unit.meet(parties)
            self._make_room({name, PARTIES})
            yield unit

    def _forget(self) -> None:
        self._units.clear()
        self._events = 0

    def _lock(self, name: str) -> asyncio.Lock:
        return self._locks.setdefault(name, asyncio.Lock())

    async def take_stock(self, queries: Queries, names: Sequence[str]) -> Stock:
        """Find where the record ends, and what is new in those of these units that are in memory."""
        source = self.source
        while True:
            asked = source.last
            units = list({*names, PARTIES})
            here = [unit.position if (unit := self._units.get(name)) is not None else None for name in units]
            rows = await queries.fetch(SQL["take_stock"], units, here, asked, source.page)
            if source.see(asked, head_of(rows[0] if rows else None)):
                break
        held = {row["unit"]: row["position"] for row in rows if row["position"] is not None}
        new: dict[str, list[asyncpg.Record]] = {
            name: [] for name, position in zip(units, here, strict=True) if position is not None
        }
        for row in rows:
            if row["notification_id"] is not None:
                new[row["unit"]].append(row)
        return Stock(source.record, rows[0]["head"], held, new)

    async def _caught_up(self, queries: Queries, empty: Unit, stock: Stock) -> Unit:
        """The unit, from memory or begun with an empty one, folded up to a position at least."""
        # A unit that is being folded is not in the cache: if the task is cancelled, it is half folded.
        source = self.source
        source.assert_same(stock.record)
        name, last = empty.name, stock.last
        watched: int | None = None
        unit = self._take_out(name)
        if unit is None or unit.parties is not empty.parties:
            unit = empty
            watched = stock.held.get(name)  # its read models hold that: only what comes behind has to be projected
        elif unit.position < last and name in stock.new:
            await self._fold(unit, [row for row in stock.new[name] if row["notification_id"] > unit.position])
            is_all = len(stock.new[name]) < source.page
            unit.position = last if is_all else max(unit.position, stock.new[name][-1]["notification_id"])
        while unit.position < last:
            stop = watched if watched is not None and unit.position < watched < last else last
            rows = await source.read(queries, name, unit.position, stop, stock.record)
            await self._fold(unit, rows)
            unit.position = rows[-1]["notification_id"] if len(rows) == source.page else stop
            if watched is not None and unit.position == watched:
                unit.watch_from(watched)
        source.assert_same(stock.record)
        self._units[name] = unit
        self._events += unit.size
        return unit

    async def _fold(self, unit: Unit, rows: Sequence[asyncpg.Record]) -> None:
        on_parties = unit.parties is None
        await self.aside.work(len(rows), lambda: unit.take(rows), on_parties=on_parties)

    def _take_out(self, name: str) -> Unit | None:
        unit = self._units.pop(name, None)
        if unit is not None:
            self._events -= unit.size
        return unit

    def _make_room(self, needed: set[str]) -> None:
        for name in [*self._units]:
            if self._events <= self._kept:
                break
            if name not in needed:
                self._take_out(name)
