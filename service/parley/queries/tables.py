"""Tables and other answers that are folded when they are asked for. The present is a reading like any other."""

from collections.abc import Callable, Sequence
from typing import TypeAlias, TypeVar

import asyncpg
from msgspec import Struct

from negotiation.documents.negotiation import negotiation_exists
from negotiation.documents.views import encode
from negotiation.state.dossier import Dossier
from parley.queries.folds import Folds
from parley.queries.past import Clocks
from parley.store.reading import Document, Page

_T = TypeVar("_T")

Compose: TypeAlias = Callable[[Dossier, Dossier], _T]
"""What makes something of the dossier of a negotiation and that of the parties."""


async def _folded(
    pool: asyncpg.Pool, folds: Folds, clocks: Clocks, negotiation: str, compose: Compose[_T]
) -> tuple[_T, int, bytes] | None:
    """What is composed, the last position in the negotiation, and the clocks as JSON; None where it does not exist."""
    async with folds.at(pool, clocks.reading, negotiation) as (dossier, parties):
        if not negotiation_exists(dossier, negotiation):
            return None
        made = await folds.aside.work(len(dossier.history.lives.events), lambda: compose(dossier, parties))
        return made, dossier.history.latest, clocks.told(dossier)


async def rows_page(
    pool: asyncpg.Pool,
    folds: Folds,
    clocks: Clocks,
    negotiation: str,
    rows: Compose[Sequence[Struct]],
    *,
    after: int,
    limit: int,
) -> Page | None:
    """A page of rows behind ``after`` of them, with how many there are; None where there is no such negotiation.

    The reading has a position, so that all pages are of one table. Raises ReadsBusy and ReadingTooLarge.
    """

    def compose(dossier: Dossier, parties: Dossier) -> tuple[int, tuple[bytes, ...]]:
        found = rows(dossier, parties)
        return len(found), tuple(map(encode, found[after : after + limit]))

    folded = await _folded(pool, folds, clocks, negotiation, compose)
    if folded is None:
        return None
    (total, items), latest, reading = folded
    return Page(
        items=items,
        next=(after + limit,) if after + limit < total else None,
        version=latest,
        total=total,
        reading=reading,
        settled=clocks.settled,
    )


async def composed(
    pool: asyncpg.Pool,
    folds: Folds,
    clocks: Clocks,
    negotiation: str,
    compose: Compose[bytes | None],
    *,
    with_reading: bool,
) -> Document | None:
    """A document; None where there is no such negotiation, or nothing is composed.

    ``with_reading``: it is a JSON object, and tells the clocks as its last field.
    """
    folded = await _folded(pool, folds, clocks, negotiation, compose)
    if folded is None:
        return None
    body, latest, reading = folded
    if body is None:
        return None
    if with_reading:
        body = body[:-1] + b',"reading":' + reading + b"}"
    return Document(body=body, version=latest, settled=clocks.settled)
