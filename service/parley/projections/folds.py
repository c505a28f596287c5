"""Units folded at readings of the past: the same fold as the live one, over the events that the clocks let through.

What was folded is kept while it is asked for again, and brought up to date by folding what came since.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final, NamedTuple
from weakref import WeakValueDictionary

import asyncpg

from negotiation.clocks import Reading
from negotiation.documents.negotiation import negotiation_dossier
from negotiation.documents.party import knows_party, parties_dossier
from negotiation.state.dossier import Dossier
from negotiation.streams import PARTIES
from parley.store.codec import decode_state
from parley.store.log import SQL

EVENTS_KEPT: Final = 50_000
"""How many folded events stay in memory between reads, over all readings."""
EVENTS_A_PAGE: Final = 2_000


class Folded(NamedTuple):
    """A unit at a reading, with the parties at the same reading."""

    dossier: Dossier
    parties: Dossier


class _Unit:
    """A unit's dossier, folded up to a position."""

    def __init__(self, reading: Reading, parties: "_Unit | None") -> None:
        self.position = 0
        self.parties = parties
        self._seen = 0
        if parties is None:
            self.dossier = parties_dossier(reading)
        else:
            self.dossier = negotiation_dossier(self._knows_party, reading)

    def _knows_party(self, party: str) -> bool:
        assert self.parties is not None, "only negotiations ask"
        return knows_party(self.parties.dossier, party)

    @property
    def size(self) -> int:
        """How many events were folded."""
        return len(self.dossier.history.lives.events)

    def take(self, rows: Sequence[asyncpg.Record]) -> None:
        """Fold some more events."""
        self.dossier.apply_for_good(
            decode_state(
                row["state"],
                stream=row["originator_id"],
                version=row["originator_version"],
                position=row["notification_id"],
            )
            for row in rows
        )

    def meet(self, parties: "_Unit") -> None:
        """Look again at what names a party, if any party changed."""
        latest = parties.dossier.history.latest
        if self.parties is not parties or self._seen != latest:
            self.parties, self._seen = parties, latest
            self.dossier.parties_flipped(set(self.dossier.history.parties_named))
            self.dossier.history.journal.keep()


class Folds:
    """The units that were folded last, by reading."""

    def __init__(self, pool: asyncpg.Pool, kept: int = EVENTS_KEPT, page: int = EVENTS_A_PAGE) -> None:
        """``kept``: how many folded events may stay in memory; ``page``: how many are read at once."""
        self._pool = pool
        self._kept = kept
        self._page = page
        self._units: OrderedDict[tuple[Reading, str], _Unit] = OrderedDict()
        self._seen: tuple[int, bytes] = (0, b"")
        self._record = 0
        self._locks: WeakValueDictionary[Reading, asyncio.Lock] = WeakValueDictionary()
        self._folding = asyncio.Semaphore(1)

    @asynccontextmanager
    async def at(self, reading: Reading, unit: str) -> AsyncIterator[Folded]:
        """Give a unit and the parties, as they stand at the reading; they hold still as long as this is open."""
        lock = self._locks.setdefault(reading, asyncio.Lock())
        async with lock:
            last = await self._last(reading)
            parties = await self._folded(reading, PARTIES, None, last)
            if unit == PARTIES:
                yield Folded(parties.dossier, parties.dossier)
                return
            found = await self._folded(reading, unit, parties, last)
            found.meet(parties)
            yield Folded(found.dossier, parties.dossier)

    @asynccontextmanager
    async def between(self, first: Reading, second: Reading, unit: str) -> AsyncIterator[tuple[Dossier, Dossier]]:
        """Give a unit as it stands at two readings."""
        if first == second:
            async with self.at(first, unit) as (dossier, _):
                yield dossier, dossier
            return
        # Always in the same order: who holds one may wait for the other.
        turned = str(first) > str(second)
        earlier, later = (second, first) if turned else (first, second)
        async with self.at(earlier, unit) as (one, _), self.at(later, unit) as (other, _):
            yield (other, one) if turned else (one, other)

    async def _last(self, reading: Reading) -> int:
        """The last position that counts. After a failover it may be another record: then what was folded is let go."""
        position, hash_ = self._seen
        row = await self._pool.fetchrow(SQL["seen_before"], position)
        assert row is not None, "the migration makes the head"
        if position > 0 and row["hash_before"] != hash_:
            self._units.clear()
            self._record += 1
        self._seen = (row["position"], row["hash"])
        return int(row["position"]) if reading.as_of is None else reading.as_of

    async def _folded(self, reading: Reading, name: str, parties: _Unit | None, last: int) -> _Unit:
        # What is cancelled while it folds is not kept: the thread may still be at it.
        unit, record = self._units.pop((reading, name), None) or _Unit(reading, parties), self._record
        while unit.position < last:
            rows = await self._pool.fetch(SQL["events_of_unit"], name, unit.position, last, self._page)
            if rows:
                async with self._folding:
                    await asyncio.to_thread(unit.take, rows)
            unit.position = rows[-1]["notification_id"] if len(rows) == self._page else last
        if record == self._record:
            self._units[reading, name] = unit
            self._let_go()
        return unit

    def _let_go(self) -> None:
        """Let the units go that were used longest ago, while there are too many events."""
        total = sum(unit.size for unit in self._units.values())
        while total > self._kept and len(self._units) > 1:
            _, unit = self._units.popitem(last=False)
            total -= unit.size
