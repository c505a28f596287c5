"""Searching: by the words as they were written and, where nothing has them, by words that are spelt nearly so."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Final, Literal, TypeAlias

import asyncpg
from msgspec.structs import replace

from negotiation.documents.negotiation import negotiation_exists
from negotiation.state.dossier import Dossier
from negotiation.tables.search import Found, Searchable, searchable
from negotiation.words import Near, Wanted, near_to
from parley.projections.search import NEAR, Asked, page_of
from parley.queries.folds import Folds
from parley.queries.past import Clocks
from parley.store.reading import Cursor, Page

Spelling = Literal["exact", "similar"]
"""Whether typing errors are forgiven: never, or always; where nothing is said, where nothing is found without."""

SPELLINGS: Final[tuple[Spelling, ...]] = ("exact", "similar")

Look: TypeAlias = Callable[[Asked], Awaitable[Page]]
FindNear: TypeAlias = Callable[[Wanted], Awaitable[Near]]


async def search(asked: Asked, spelling: Spelling | None, look: Look, near: FindNear) -> Page:
    """Look for words; a page after the first goes on in what the first one found."""
    forgive = spelling == "similar" if asked.after is None else bool(asked.after[3])
    if not forgive:
        page = await look(asked)
        if page.total or asked.after is not None or spelling == "exact":
            return page
    return await look(asked._replace(wanted=asked.wanted.forgiving(await near(asked.wanted))))


async def search_past(
    pool: asyncpg.Pool, folds: Folds, clocks: Clocks, negotiation: str, asked: Asked, *, spelling: Spelling | None
) -> Page | None:
    """Look for words in a negotiation as it read at the clocks; None where there was no such negotiation."""
    async with folds.at(pool, clocks.reading, negotiation) as (dossier, _):
        if not negotiation_exists(dossier, negotiation):
            return None
        size = len(dossier.history.lives.events)
        facts = await folds.aside.work(size, lambda: _facts(dossier))

        async def look(asked: Asked) -> Page:
            return await folds.aside.work(size, lambda: _page(facts, asked))

        async def near(wanted: Wanted) -> Near:
            return await folds.aside.work(size, lambda: near_to(wanted, (fact.words for fact in facts), NEAR))

        page = await search(asked, spelling, look, near)
        return replace(page, reading=clocks.told(dossier), settled=clocks.settled)


def _facts(dossier: Dossier) -> list[Searchable]:
    """Every fact of a negotiation, the latest first."""
    every = (searchable(dossier, fact) for fact in dossier.history.known)
    return sorted((one for one in every if one is not None), key=_place, reverse=True)


def _place(fact: Searchable) -> Cursor:
    return fact.ends, fact.begins, fact.found.event


def _page(facts: Iterable[Searchable], asked: Asked) -> Page:
    labels, first, last = set(asked.within.labels), asked.within.first, asked.within.last
    found = [
        fact
        for fact in facts
        if (first is None or fact.ends > first)
        and (last is None or fact.begins < last)
        and labels.issubset(fact.labels)
        and asked.wanted.is_in(fact.words.split())
    ]
    behind: list[tuple[Found, Cursor]] = [
        (fact.found, _place(fact)) for fact in found if asked.after is None or _place(fact) < asked.after[:3]
    ]
    return page_of(behind[: asked.limit + 1], asked, len(found), all_counted=True)
