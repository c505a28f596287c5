"""Where the events of units are read from: one record, up to where it ends as far as that was seen."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple, Protocol

import asyncpg

from parley.store.log import SQL

EVENTS_A_PAGE: Final = 2_000


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


class Source:
    """The record that was seen last: after a failover it may be another one."""

    def __init__(self, forget: Callable[[], None], page: int = EVENTS_A_PAGE) -> None:
        """``forget``: lets go what was folded, because another record was seen; ``page``: events read at once."""
        self._forget = forget
        self.page = page
        self.record = 0
        self.last = 0
        self._hash = b""

    def forget(self) -> None:
        """Another record may be the one from now on."""
        self._forget()
        self.record += 1
        self.last, self._hash = 0, b""

    def see(self, asked: int, row: asyncpg.Record) -> bool:
        """Take note of where the record ends, and of the hash that it has where it ended before.

        After a failover it may be another record: then all that was folded goes. False where another task looked
        meanwhile, perhaps at another server: then ask again.
        """
        if asked != self.last:
            return False
        if asked > 0 and row["hash_before"] != self._hash:
            self.forget()
        if row["head"] > self.last:
            self.last, self._hash = row["head"], row["hash"]
        return True

    def assert_same(self, record: int) -> None:
        """Raise ConnectionAbortedError where another record was seen since."""
        if record != self.record:
            raise ConnectionAbortedError("another server takes writes now, whose record may be another one")

    async def read(self, queries: Queries, unit: str, after: int, stop: int, record: int) -> Sequence[asyncpg.Record]:
        """Some events of a unit: a page, or all that there are.

        Raises ConnectionAbortedError where the server that answers does not have the record that was seen, up to where
        that ended.
        """
        self.assert_same(record)
        last, hash_ = self.last, self._hash
        rows = await queries.fetch(SQL["events_of_unit"], unit, after, stop, self.page, last)
        if rows[0]["hash_then"] != hash_:
            self.forget()
        self.assert_same(record)
        return rows if rows[0]["notification_id"] is not None else []
