"""The indexes that requests are decided on: the parties, and the negotiations used last, kept in memory.

They belong to the writer alone. They may hold what is not committed yet: the batch takes it back where it is refused
or its transaction fails, so that what stays in memory is what is on record.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Final

import asyncpg

from negotiation.state.grounds import named_party
from negotiation.state.index import Index
from negotiation.streams import PARTIES, stream
from parley.store.damage import check_next, entry_of
from parley.store.log import SQL, read_head
from parley.store.openings import is_opened, opened

EVENTS_A_PAGE: Final = 2_000
EVENTS_A_SLICE: Final = 50
"""So many events are taken in before other tasks have their turn: some milliseconds' work."""


class IndexesForgotten(Exception):
    """What was in memory does not fit the record any more, or lacks too much of it; nothing was done."""


class _Beginning:
    """The index of a unit's events up to the one at ``position``; what comes behind it is still to be read."""

    def __init__(self, knows_party: Callable[[str], bool] | None) -> None:
        self._knows_party = knows_party
        self.start_again()

    def start_again(self) -> None:
        """Drop what was read."""
        self.index = Index(self._knows_party)
        self.position, self.hash = 0, b""


class Indexes:
    """Indexes by unit, all caught up to one position (``position``, ``hash``) of the record."""

    def __init__(self, limit: int) -> None:
        """``limit``: how many negotiations stay in memory between batches."""
        self.limit = limit
        self._reading: set[str] = set()
        self._read_ahead: dict[str, _Beginning] = {}
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

    async def load(self, connection: asyncpg.Connection, units: Collection[str]) -> set[str]:
        """Bring these units, and always the parties, into memory, each complete to where the record ended.

        Returns the units that are too long for that, of which more than a page is to be read: see `read_ahead`.
        """
        for unit in units:
            if unit in self._negotiations:
                self._negotiations.move_to_end(unit)
        return {unit for unit in {PARTIES, *units} if unit not in self and not await self._load_one(connection, unit)}

    async def read_ahead(self, connection: asyncpg.Connection, unit: str) -> None:
        """Read a long unit while the writer goes on, on another connection; `load` then reads what is new in it."""
        self._reading.add(unit)
        try:
            beginning = self._nothing(unit)
            while await _read_page(connection, unit, beginning):
                pass
            self._read_ahead = {unit: beginning}
        finally:
            self._reading.discard(unit)

    def _nothing(self, unit: str) -> _Beginning:
        return _Beginning(None if unit == PARTIES else self.knows_party)

    async def _load_one(self, connection: asyncpg.Connection, unit: str) -> bool:
        if unit in self._reading:
            return False
        head = await read_head(connection)
        beginning = self._read_ahead.pop(unit, None) or self._nothing(unit)
        while await _read_page(connection, unit, beginning):
            if unit != PARTIES:
                return False
        if self.hash is None:
            self.position, self.hash = head.position, head.hash
        self._complete_to[unit] = max(beginning.position, head.position)
        if unit == PARTIES:
            self._parties = beginning.index
            return True
        self._negotiations[unit] = beginning.index
        if not beginning.position:
            self._empty.add(unit)
        return True

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
                    _take(self[unit], row)
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


async def _read_page(connection: asyncpg.Connection, unit: str, beginning: _Beginning) -> bool:
    """Read on where a beginning ends, and say whether there may be more; other tasks have their turn in between.

    Where the last event of the beginning is not on record any more, because another server took over, it begins again.
    """
    known = beginning.position
    rows = await connection.fetch(SQL["events_of_unit_after"], unit, max(known - 1, 0), EVENTS_A_PAGE)
    if known and (not rows or (rows[0]["notification_id"], rows[0]["hash"]) != (known, beginning.hash)):
        beginning.start_again()
        return True
    for some in _slices(rows[1:] if known else rows):
        for row in some:
            _take(beginning.index, row)
        beginning.position, beginning.hash = some[-1]["notification_id"], some[-1]["hash"]
        await asyncio.sleep(0)
    return len(rows) == EVENTS_A_PAGE


def _take(index: Index, row: asyncpg.Record) -> None:
    check_next(row, index.versions.get(row["originator_id"], 0))
    index.put(entry_of(row))


def _slices(rows: Sequence[asyncpg.Record]) -> Iterable[Sequence[asyncpg.Record]]:
    return (rows[begin : begin + EVENTS_A_SLICE] for begin in range(0, len(rows), EVENTS_A_SLICE))
