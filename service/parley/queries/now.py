"""The record as it stands, read from the read models, which are brought up to date first.

A document that was read before is answered from memory for as long as nothing is recorded that could change it.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection
from typing import Final, NamedTuple, TypeVar

import asyncpg

from negotiation.streams import PARTIES
from negotiation.words import Near, Wanted
from parley.projections import findings, ledger, negotiations, parties, rounds, search
from parley.projections.projecting import Projecting
from parley.projections.units import SQL
from parley.queries.head_check import HeadCheck, Mark
from parley.store.log import head_of
from parley.store.reading import Cursor, Document, Page

MOST_BYTES: Final = 64 << 20
"""The bodies that are kept have so many bytes together, at most."""
MOST_UNITS: Final = 100_000
LISTS_WITHIN_S: Final = 5.0
"""A list over all units waits for so long for those that lag."""

_T = TypeVar("_T")


class _Kept(NamedTuple):
    """A document, and how far the record had come before it was read."""

    mark: Mark
    document: Document


class Now:
    """The state of the record now: a `View`. Documents are kept; lists are read."""

    def __init__(self, pool: asyncpg.Pool, projecting: Projecting) -> None:
        self._pool = pool
        self._projecting = projecting
        self._head_check = HeadCheck(pool)
        self._fresh: dict[str, Mark] = {}
        self._settled = Mark(-1, -1)
        self._kept: OrderedDict[tuple[str, ...], _Kept] = OrderedDict()
        self._bytes = 0
        self._reading: dict[tuple[str, ...], tuple[Mark, asyncio.Task[Document | None]]] = {}

    # -- documents

    async def negotiation(self, negotiation: str) -> Document | None:
        """One negotiation; its version is the last position of anything in it."""
        key = ("negotiation", negotiation)
        return await self._document(negotiation, key, lambda: negotiations.get(self._pool, negotiation))

    async def round(self, negotiation: str, round_: str) -> Document | None:
        """One round; its version is its stream's."""
        key = ("round", negotiation, round_)
        return await self._document(negotiation, key, lambda: rounds.get(self._pool, negotiation, round_))

    async def demand(self, negotiation: str, demand: str, *, silent: bool = False) -> Document | None:
        """One demand with its answers; its version is the last position in the negotiation."""
        key = ("demand", negotiation, demand, *(["silent"] if silent else []))
        return await self._document(
            negotiation, key, lambda: ledger.get(self._pool, negotiation, demand, silent=silent)
        )

    async def party(self, party: str) -> Document | None:
        """One party; its version is its stream's."""
        return await self._document(PARTIES, ("party", party), lambda: parties.get(self._pool, party))

    async def _document(
        self, unit: str, key: tuple[str, ...], read: Callable[[], Awaitable[Document | None]]
    ) -> Document | None:
        """The kept document if the record, as it is now, cannot have changed it; else what is read now."""
        await self._head_check.look()
        kept = self._kept.get(key)
        if kept is not None:
            if not self._head_check.changed(unit, kept.mark):
                self._kept.move_to_end(key)
                return kept.document
            self._let_go(key)
        return await self._read_once(unit, key, read)

    async def _read_once(
        self, unit: str, key: tuple[str, ...], read: Callable[[], Awaitable[Document | None]]
    ) -> Document | None:
        """Read a document; those who want it meanwhile, and know of nothing newer in it, share it."""
        mark, reading = self._reading.get(key, (self._head_check.mark, None))
        if reading is None or self._head_check.changed(unit, mark):
            mark = self._head_check.mark
            reading = asyncio.create_task(self._read(unit, key, mark, read), name="parley-read")
            self._reading[key] = mark, reading
            reading.add_done_callback(lambda done: self._read_is_done(key, done))
        return await asyncio.shield(reading)

    def _read_is_done(self, key: tuple[str, ...], done: "asyncio.Task[Document | None]") -> None:
        if self._reading[key][1] is done:
            del self._reading[key]
        if not done.cancelled():
            done.exception()  # those who waited have it; they may all have given up

    async def _read(
        self, unit: str, key: tuple[str, ...], mark: Mark, read: Callable[[], Awaitable[Document | None]]
    ) -> Document | None:
        await self._bring_up_to_date(unit)
        document = await read()
        if document is not None:
            self._let_go(key)
            self._kept[key] = _Kept(mark, document)
            self._bytes += len(document.body)
            while self._bytes > MOST_BYTES:
                self._let_go(next(iter(self._kept)))
        return document

    def _let_go(self, key: tuple[str, ...]) -> None:
        kept = self._kept.pop(key, None)
        if kept is not None:
            self._bytes -= len(kept.document.body)

    # -- lists

    async def negotiations(self, after: Cursor | None, limit: int, only: Collection[str] | None = None) -> Page:
        """Negotiations by slug; ``only`` these, None: all."""
        await self._settle()
        return await negotiations.page(self._pool, after, limit, only)

    async def rounds(self, negotiation: str, after: Cursor | None, limit: int) -> Page | None:
        """A negotiation's rounds by start, then by slug."""
        return await self._listed(negotiation, lambda: rounds.page(self._pool, negotiation, after, limit))

    async def demands(self, negotiation: str, after: Cursor | None, limit: int, *, silent: bool = False) -> Page | None:
        """A negotiation's demands by slug, each with its answers."""
        return await self._listed(
            negotiation, lambda: ledger.page(self._pool, negotiation, after, limit, silent=silent)
        )

    async def findings(self, negotiation: str, after: Cursor | None, limit: int) -> Page | None:
        """A negotiation's findings by event."""
        return await self._listed(negotiation, lambda: findings.page(self._pool, negotiation, after, limit))

    async def parties(self, after: Cursor | None, limit: int) -> Page:
        """Parties by slug."""
        return await self._listed(PARTIES, lambda: parties.page(self._pool, after, limit))

    async def search(self, asked: search.Asked, negotiation: str | None) -> Page:
        """Facts by their words, the latest first. ``negotiation``: it alone is asked for, None: all units."""
        return await self._searched(negotiation, lambda: search.page(self._pool, asked))

    async def near(self, wanted: Wanted, negotiation: str | None) -> Near:
        """The words on record that can be meant where one was mistyped."""
        return await self._searched(negotiation, lambda: search.near(self._pool, wanted))

    async def _searched(self, negotiation: str | None, read: Callable[[], Awaitable[_T]]) -> _T:
        if negotiation is not None:
            return await self._listed(negotiation, read)
        await self._settle()
        return await read()

    async def _settle(self) -> None:
        """Make sure that all read models hold what was recorded up to now. Raises ReadModelsBehind."""
        await self._head_check.look()
        mark = self._head_check.mark
        if self._settled != mark:
            await self._projecting.settle(LISTS_WITHIN_S)
            self._settled = mark

    async def _listed(self, unit: str, read: Callable[[], Awaitable[_T]]) -> _T:
        await self._head_check.look()
        await self._bring_up_to_date(unit)
        return await read()

    # -- up to date

    async def _bring_up_to_date(self, unit: str) -> None:
        """Make sure that the unit's read models hold what was recorded up to the last look. Raises ReadModelBroken."""
        fresh = self._fresh.get(unit)
        if fresh is not None and not self._head_check.changed(unit, fresh):
            return
        if fresh is not None and (recorded := self._head_check.recorded(unit, fresh)) is not None:
            position = await self._projecting.project(unit, recorded)
            self._fresh[unit] = Mark(fresh.age, position)
            return
        age = self._head_check.mark.age
        row = head_of(await self._pool.fetchrow(SQL["lag"], unit))
        head = position = row["head"]
        if row["recorded"] is None:
            return
        if row["position"] is None or row["position"] < row["recorded"] or row["reached"]:
            at_least = head if row["reached"] else row["recorded"]
            position = await self._projecting.project(unit, at_least)
        if len(self._fresh) >= MOST_UNITS:
            self._fresh.clear()
        self._fresh[unit] = Mark(age, position)
