"""The record as it stands, read from the read models."""

from collections.abc import Collection

import asyncpg

from parley.projections import findings, ledger, negotiations, parties, rounds
from parley.store.reading import Cursor, Document, Page


class Live:
    """The state of the record now: a `View`."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def negotiation(self, negotiation: str) -> Document | None:
        """One negotiation; its version is the last position of anything in it."""
        return await negotiations.get(self._pool, negotiation)

    async def negotiations(self, after: Cursor | None, limit: int, only: Collection[str] | None = None) -> Page:
        """Negotiations by slug; ``only`` these, None: all."""
        return await negotiations.page(self._pool, after, limit, only)

    async def round(self, negotiation: str, round_: str) -> Document | None:
        """One round; its version is its stream's."""
        return await rounds.get(self._pool, negotiation, round_)

    async def rounds(self, negotiation: str, after: Cursor | None, limit: int) -> Page | None:
        """A negotiation's rounds by start, then by slug."""
        return await rounds.page(self._pool, negotiation, after, limit)

    async def demand(self, negotiation: str, demand: str) -> Document | None:
        """One demand with its answers; its version is the last position in the negotiation."""
        return await ledger.get(self._pool, negotiation, demand)

    async def demands(self, negotiation: str, after: Cursor | None, limit: int) -> Page | None:
        """A negotiation's demands by slug, each with its answers."""
        return await ledger.page(self._pool, negotiation, after, limit)

    async def findings(self, negotiation: str, after: Cursor | None, limit: int) -> Page | None:
        """A negotiation's findings by event."""
        return await findings.page(self._pool, negotiation, after, limit)

    async def party(self, party: str) -> Document | None:
        """One party; its version is its stream's."""
        return await parties.get(self._pool, party)

    async def parties(self, after: Cursor | None, limit: int) -> Page:
        """Parties by slug."""
        return await parties.page(self._pool, after, limit)
