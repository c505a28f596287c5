"""Documents as they were last read, answered again for as long as nothing is recorded that could change them."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

import asyncpg

from negotiation.streams import PARTIES
from parley.queries.head_check import Lookout, Mark
from parley.queries.now import Live
from parley.store.reading import Document

MOST_BYTES: Final = 64 << 20
"""The bodies that are kept have so many bytes together, at most."""


class _Kept(NamedTuple):
    """A document, and how far the record had come before it was read."""

    mark: Mark
    document: Document


class KeptLive(Live):
    """The record as it stands: a `View`. Documents are kept; lists are read."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        super().__init__(pool)
        self._lookout = Lookout(pool)
        self._kept: OrderedDict[tuple[str, ...], _Kept] = OrderedDict()
        self._bytes = 0

    async def negotiation(self, negotiation: str) -> Document | None:
        """One negotiation; its version is the last position of anything in it."""
        read = super().negotiation
        return await self._recall(negotiation, ("negotiation", negotiation), lambda: read(negotiation))

    async def round(self, negotiation: str, round_: str) -> Document | None:
        """One round; its version is its stream's."""
        read = super().round
        return await self._recall(negotiation, ("round", negotiation, round_), lambda: read(negotiation, round_))

    async def demand(self, negotiation: str, demand: str) -> Document | None:
        """One demand with its answers; its version is the last position in the negotiation."""
        read = super().demand
        return await self._recall(negotiation, ("demand", negotiation, demand), lambda: read(negotiation, demand))

    async def party(self, party: str) -> Document | None:
        """One party; its version is its stream's."""
        read = super().party
        return await self._recall(PARTIES, ("party", party), lambda: read(party))

    async def _recall(
        self, unit: str, key: tuple[str, ...], read: Callable[[], Awaitable[Document | None]]
    ) -> Document | None:
        """The kept document if the record, as it is now, cannot have changed it; else what is read now."""
        await self._lookout.look()
        kept = self._kept.get(key)
        if kept is not None:
            if not self._lookout.changed(unit, kept.mark):
                self._kept.move_to_end(key)
                return kept.document
            self._let_go(key)
        mark = self._lookout.mark
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
