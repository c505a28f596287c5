"""The indexes that requests are decided on: the parties, and the negotiations used last, kept in memory.

They belong to the writer alone. They may hold what is not committed yet: the batch takes it back where it is refused
or its transaction fails, so that what stays in memory is what is on record.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Collection, Iterable, Sequence
from typing import Final

import asyncpg

from negotiation.state.grounds import named_party
from negotiation.state.index import Index
from negotiation.streams import PARTIES, stream
from parley.store.log import SQL
from parley.store.openings import entry_of, is_opened, opened

EVENTS_A_PAGE: Final = 2_000
EVENTS_A_SLICE: Final = 500
"""So many events are taken in before other tasks have their turn: some milliseconds' work."""


class Indexes:
    """Indexes by unit, all caught up to one position (``position``, ``hash``) of the record."""

    def __init__(self, limit: int) -> None:
        """``limit``: how many negotiations stay in memory between batches."""
        self.limit = limit
        self.forget()

    def forget(self) -> None:
        """Drop everything."""
        self.position = 0
        self.hash: bytes | None = None
        self._parties: Index | None = None
        self._negotiations: OrderedDict[str, Index] = OrderedDict()
        self._opened_elsewhere: frozenset[str] = frozenset()
        self._complete_to: dict[str, int] = {}
        self._empty: set[str] = set()

    # -- asking

    def __getitem__(self, unit: str) -> Index:
        """The index of a unit that is in memory; KeyError if it is not."""
        if unit == PARTIES:
            if self._parties is None:
                raise KeyError(unit)
            return self._parties
        return self._negotiations[unit]

    def __contains__(self, unit: str) -> bool:
        """Whether the unit is in memory."""
        return self._parties is not None if unit == PARTIES else unit in self._negotiations

    def knows_negotiation(self, negotiation: str) -> bool:
        """Whether a negotiation was opened: one in memory, or one of those looked up for this batch."""
        index = self._negotiations.get(negotiation)
        return negotiation in self._opened_elsewhere if index is None else is_opened(index, negotiation)

    def knows_party(self, party: str) -> bool:
        """Whether a party is identified."""
        return self._parties is not None and self._parties.knows(named_party(party))

    # -- loading

    async def load(self, connection: asyncpg.Connection, units: Collection[str]) -> None:
        """Bring these units, and always the parties, into memory, each complete to where the record ended."""
        for unit in units:
            if unit in self._negotiations:
                self._negotiations.move_to_end(unit)
        for unit in {PARTIES, *units}:
            if unit not in self:
                await self._load_one(connection, unit)

    async def _load_one(self, connection: asyncpg.Connection, unit: str) -> None:
        head = await connection.fetchrow(SQL["read_head"])
        assert head is not None, "the migration makes the head"
        index = Index(None if unit == PARTIES else self.knows_party)
        last, more = 0, True
        while more:
            rows = await connection.fetch(SQL["events_of_unit_after"], unit, last, EVENTS_A_PAGE)
            for entries in _slices(rows):
                for row in entries:
                    index.put(entry_of(row))
                await asyncio.sleep(0)
            last = rows[-1]["notification_id"] if rows else last
            more = len(rows) == EVENTS_A_PAGE
        if self.hash is None:
            self.position, self.hash = head["position"], head["hash"]
        self._complete_to[unit] = max(last, head["position"])
        if unit == PARTIES:
            self._parties = index
            return
        self._negotiations[unit] = index
        if not last:
            self._empty.add(unit)

    async def look_up_opened(self, connection: asyncpg.Connection, names: Iterable[str]) -> None:
        """Find which of these negotiations were opened, without bringing them into memory; holds for one batch."""
        elsewhere = [name for name in names if name not in self._negotiations]
        self._opened_elsewhere = frozenset(await opened(connection, elsewhere) if elsewhere else ())

    async def catch_up(self, rows: Sequence[asyncpg.Record]) -> None:
        """Take in what other replicas recorded."""
        for some in _slices(rows):
            for row in some:
                position, unit = row["notification_id"], stream(row["originator_id"]).unit
                if position > self.position:
                    self.position, self.hash = position, row["hash"]
                if unit in self and position > self._complete_to[unit]:
                    self[unit].put(entry_of(row))
                    self._complete_to[unit] = position
            await asyncio.sleep(0)

    # -- after a batch

    def keep(self, units: Iterable[str], position: int, hash_: bytes) -> None:
        """What was put into these units is committed, up to this position; let the least used negotiations go."""
        for unit in units:
            self._complete_to[unit] = position
        self.position, self.hash = position, hash_
        self._let_go()

    def _let_go(self) -> None:
        for unit in self._empty:
            if unit in self._negotiations and not self._negotiations[unit].chains.events:
                self._drop(unit)  # nobody opened it: such names must not crowd out negotiations
        self._empty.clear()
        while len(self._negotiations) > self.limit:
            self._drop(next(iter(self._negotiations)))

    def _drop(self, unit: str) -> None:
        del self._negotiations[unit], self._complete_to[unit]


def _slices(rows: Sequence[asyncpg.Record]) -> Iterable[Sequence[asyncpg.Record]]:
    return (rows[begin : begin + EVENTS_A_SLICE] for begin in range(0, len(rows), EVENTS_A_SLICE))
