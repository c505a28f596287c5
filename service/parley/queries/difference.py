"""What changed in a negotiation between two readings, as JSON: registers and findings, or rows of who moved how."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple, TypeAlias

import asyncpg
from msgspec import Struct

from negotiation.documents.difference import change_document, changes, finding_document, findings_between
from negotiation.documents.views import encode
from parley.projections.units import Folded
from parley.queries.folds import Folds
from parley.queries.past import Clocks
from parley.store.reading import Page

Between: TypeAlias = tuple[Clocks, Clocks]
"""Two readings, which have a position each."""


class _Pair(NamedTuple):
    """A negotiation at two readings, and how many events were folded for both."""

    before: Folded
    now: Folded
    size: int

    def page(self, items: Sequence[bytes], between: Between, total: int, *, after: int, limit: int) -> Page:
        """These items are those behind ``after`` of ``total``."""
        first, second = between
        readings = first.told(self.before.dossier), second.told(self.now.dossier)
        return Page(
            items=tuple(items),
            next=(after + limit,) if after + limit < total else None,
            reading=b'{"from":%s,"to":%s,"total":%d}' % (*readings, total),
            settled=first.settled and second.settled,
        )


@asynccontextmanager
async def _at_both(pool: asyncpg.Pool, folds: Folds, negotiation: str, between: Between) -> AsyncIterator[_Pair | None]:
    first, second = between
    async with folds.between(pool, first.reading, second.reading, negotiation) as (before, now):
        histories = before.dossier.history, now.dossier.history
        known = any(history.known for history in histories)
        yield _Pair(before, now, sum(len(one.lives.events) for one in histories)) if known else None


async def difference(
    pool: asyncpg.Pool, folds: Folds, negotiation: str, between: Between, *, after: int, limit: int
) -> Page | None:
    """A page of what changed, by register and then findings; None where neither reading knows the negotiation.

    ``after``: how many were shown before.
    """
    async with _at_both(pool, folds, negotiation, between) as pair:
        if pair is None:
            return None
        before, now = pair.before.dossier, pair.now.dossier
        found = await folds.aside.work(pair.size, lambda: list(changes(before, now)))
        came, went = await folds.aside.work(pair.size, lambda: findings_between(before, now))
        rest = [finding_document(now, one, "appeared") for one in came]
        rest += [finding_document(before, one, "went") for one in went]
        items = [change_document(change, before, now) for change in found[after : after + limit]]
        items += rest[max(0, after - len(found)) : max(0, after + limit - len(found))]
        return pair.page(items, between, len(found) + len(rest), after=after, limit=limit)


async def rows_between(
    pool: asyncpg.Pool,
    folds: Folds,
    negotiation: str,
    between: Between,
    rows: Callable[[Folded, Folded], Sequence[Struct]],
    *,
    after: int,
    limit: int,
) -> Page | None:
    """A page of rows that compare two readings; None where neither knows the negotiation."""
    async with _at_both(pool, folds, negotiation, between) as pair:
        if pair is None:
            return None
        found = await folds.aside.work(pair.size, lambda: rows(pair.before, pair.now))
        items = [encode(row) for row in found[after : after + limit]]
        return pair.page(items, between, len(found), after=after, limit=limit)
