"""What changed in a negotiation between two readings, as JSON: registers, with the events that did it, and findings."""

import asyncpg

from negotiation.documents.difference import change_document, changes, finding_document, findings_between
from parley.queries.folds import Folds
from parley.queries.past import Clocks
from parley.store.reading import Page


async def difference(
    pool: asyncpg.Pool, folds: Folds, negotiation: str, between: tuple[Clocks, Clocks], *, after: int, limit: int
) -> Page | None:
    """A page of what changed, by register and then findings; None where neither reading knows the negotiation.

    ``after``: how many were shown before. Both readings have a position.
    """
    first, second = between
    async with folds.between(pool, first.reading, second.reading, negotiation) as (before, now):
        if not before.history.known and not now.history.known:
            return None
        size = len(before.history.lives.events) + len(now.history.lives.events)
        found = await folds.aside.work(size, lambda: list(changes(before, now)))
        came, went = await folds.aside.work(size, lambda: findings_between(before, now))
        rest = [finding_document(now, one, "appeared") for one in came]
        rest += [finding_document(before, one, "went") for one in went]
        total = len(found) + len(rest)
        items = [change_document(change, before, now) for change in found[after : after + limit]]
        items += rest[max(0, after - len(found)) : max(0, after + limit - len(found))]
        reading = b'{"from":%s,"to":%s,"total":%d}' % (first.told(before), second.told(now), total)
    following = (after + limit,) if after + limit < total else None
    settled = first.settled and second.settled
    return Page(items=tuple(items), next=following, reading=reading, settled=settled)
