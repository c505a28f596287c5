"""The read model of negotiations: one document and one line of the list each, and the parties their facts name."""

import asyncpg

from negotiation.lists import totals
from negotiation.negotiation import (
    KINDS,
    compose_negotiation,
    negotiation_exists,
    negotiation_header,
    negotiation_summary,
)
from negotiation.views import SHOWN, encode
from parley.projections.items import latest_items, totals_and_lists
from parley.projections.reading import Cursor, Document, Page
from parley.projections.touched import Table, Touched

tables = (Table("negotiations", unit="negotiation"), Table("negotiation_parties", unit="negotiation"))

_WRITE = """
INSERT INTO negotiations (negotiation, position, parties, header, totals, summary)
SELECT n, p, array(SELECT json_array_elements_text(names::json)), h, t, s
FROM unnest($1::text[], $2::bigint[], $3::text[], $4::bytea[], $5::bytea[], $6::bytea[])
    AS given (n, p, names, h, t, s)
ON CONFLICT (negotiation) DO UPDATE SET
    position = excluded.position, parties = excluded.parties, header = excluded.header, totals = excluded.totals,
    summary = excluded.summary
"""
_DELETE = "DELETE FROM negotiations WHERE negotiation = ANY($1::text[])"
_NAME = """
INSERT INTO negotiation_parties (party, negotiation) SELECT * FROM unnest($1::text[], $2::text[])
ON CONFLICT DO NOTHING
"""
_GET = f"""
SELECT position, header, totals, {latest_items("$1", "$2", unit=True)},
    array(
        SELECT summary FROM rounds WHERE rounds.negotiation = $1 AND scheduled ORDER BY begins, round LIMIT {SHOWN}
    ) AS rounds
FROM negotiations WHERE negotiation = $1
"""  # noqa: S608 - parameters and constants of our own
_PAGE = "SELECT negotiation, summary FROM negotiations WHERE negotiation > $1 ORDER BY negotiation LIMIT $2"


async def write(connection: asyncpg.Connection, touched: Touched) -> None:
    """Write the negotiations in which anything changed."""
    every = list(touched.negotiations())
    here = [(slug, dossier) for slug, dossier, _ in every if negotiation_exists(dossier, slug)]
    gone = [slug for slug, dossier, _ in every if not negotiation_exists(dossier, slug)]
    if here:
        await connection.execute(
            _WRITE,
            [slug for slug, _ in here],
            [dossier.history.latest for _, dossier in here],
            [json_list(sorted(dossier.history.parties_named)) for _, dossier in here],
            [negotiation_header(dossier, slug) for slug, dossier in here],
            [encode(totals(dossier, slug, "")) for slug, dossier in here],
            [negotiation_summary(dossier, slug) for slug, dossier in here],
        )
    if gone:
        await connection.execute(_DELETE, gone)
    named = [(flip[1], slug) for slug, _, changes in every for flip in sorted(changes.flips) if flip[0] == "named"]
    if named:
        await connection.execute(_NAME, [party for party, _ in named], [slug for _, slug in named])


def json_list(slugs: list[str]) -> str:
    """A JSON array of slugs: PostgreSQL's arrays of arrays cannot have rows of different lengths."""
    return "[" + ",".join(f'"{slug}"' for slug in slugs) + "]"


async def get(pool: asyncpg.Pool, negotiation: str) -> Document | None:
    """One negotiation; its version is the last position of anything in it."""
    row = await pool.fetchrow(_GET, negotiation, KINDS)
    if row is None:
        return None
    counts, listed = totals_and_lists(row, KINDS)
    listed["rounds"] = row["rounds"]
    return Document(body=compose_negotiation(row["header"], counts, listed), version=row["position"])


async def page(pool: asyncpg.Pool, after: Cursor | None, limit: int) -> Page:
    """Negotiations by slug."""
    rows = await pool.fetch(_PAGE, "" if after is None else after[0], limit + 1)
    items = tuple(row["summary"] for row in rows[:limit])
    return Page(items=items, next=(rows[limit - 1]["negotiation"],) if len(rows) > limit else None)
