"""The read model of negotiations: one document and one line of the list each, and the parties their facts name."""

from collections.abc import Collection, Iterator

import asyncpg

from negotiation.documents.lists import totals
from negotiation.documents.negotiation import (
    KINDS,
    compose_negotiation,
    negotiation_exists,
    negotiation_header,
    negotiation_summary,
)
from negotiation.documents.views import SHOWN, encode
from parley.projections.items import SQL, latest_items, totals_and_lists
from parley.projections.tables import Gone, Rows, Table, Update
from parley.projections.touched import Touched
from parley.store.reading import Cursor, Document, Page

_NEGOTIATIONS = Table(
    name="negotiations",
    columns={
        "negotiation": "text",
        "position": "bigint",
        "parties": "text[]",
        "header": "bytea",
        "totals": "bytea",
        "summary": "bytea",
    },
    key=1,
    unit="negotiation",
)
_NAMED = Table(name="negotiation_parties", columns={"party": "text", "negotiation": "text"}, key=2, unit="negotiation")
tables = (_NEGOTIATIONS, _NAMED)

_NEGOTIATION = SQL["negotiation"].format(latest_items=latest_items("$1", "$2", unit=True), shown=SHOWN)


def updates(touched: Touched) -> Iterator[Update]:
    """The negotiation, and the parties that it names now."""
    if not touched.is_negotiation:
        return
    slug, dossier = touched.unit, touched.dossier
    if negotiation_exists(dossier, slug):
        row = (
            slug,
            dossier.history.latest,
            sorted(dossier.history.parties_named),
            negotiation_header(dossier, slug),
            encode(totals(dossier, slug, "")),
            negotiation_summary(dossier, slug),
        )
        yield Rows(_NEGOTIATIONS, [row])
    else:
        yield Gone(_NEGOTIATIONS, [(slug,)])
    if named := [(flip[1], slug) for flip in sorted(touched.changes.flips) if flip[0] == "named"]:
        yield Rows(_NAMED, named)


async def get(pool: asyncpg.Pool, negotiation: str) -> Document | None:
    """One negotiation; its version is the last position of anything in it."""
    row = await pool.fetchrow(_NEGOTIATION, negotiation, KINDS)
    if row is None:
        return None
    counts, listed = totals_and_lists(row, KINDS)
    listed["rounds"] = row["rounds"]
    return Document(body=compose_negotiation(row["header"], counts, listed), version=row["position"])


async def page(pool: asyncpg.Pool, after: Cursor | None, limit: int, only: Collection[str] | None = None) -> Page:
    """Negotiations by slug; ``only`` these, None: all."""
    begins = "" if after is None else after[0]
    if only is None:
        rows = await pool.fetch(SQL["negotiations"], begins, limit + 1)
    else:
        rows = await pool.fetch(SQL["negotiations_among"], begins, limit + 1, sorted(only))
    items = tuple(row["summary"] for row in rows[:limit])
    return Page(items=items, next=(rows[limit - 1]["negotiation"],) if len(rows) > limit else None)
