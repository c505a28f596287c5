"""The read model of parties: one document and one line of the list each."""

import asyncpg

from negotiation.history import Changes
from negotiation.lists import PARTY_LISTS
from negotiation.party import compose_party, party_exists, party_header, party_summary, party_totals
from negotiation.streams import PARTIES, party_stream, stream
from negotiation.views import encode
from parley.projections.items import latest_items, totals_and_lists
from parley.projections.reading import Cursor, Document, Page
from parley.projections.touched import Table, Touched

tables = (Table("parties", unit=f"'{PARTIES}'"),)

_WRITE = """
INSERT INTO parties (party, version, header, totals, summary)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::bytea[], $4::bytea[], $5::bytea[])
ON CONFLICT (party) DO UPDATE SET
    version = excluded.version, header = excluded.header, totals = excluded.totals, summary = excluded.summary
"""
_DELETE = "DELETE FROM parties WHERE party = ANY($1::text[])"
_GET = f"SELECT version, header, totals, {latest_items('$2', '$3')} FROM parties WHERE party = $1"  # noqa: S608 - constants of our own
_PAGE = "SELECT party, summary FROM parties WHERE party > $1 ORDER BY party LIMIT $2"


async def write(connection: asyncpg.Connection, touched: Touched) -> None:
    """Write the parties whose streams, members or groups changed."""
    changes = touched.changes.get(PARTIES)
    if changes is None:
        return
    dossier = touched.parties
    parties = sorted(_touched(changes))
    here = [party for party in parties if party_exists(dossier, party)]
    gone = [party for party in parties if not party_exists(dossier, party)]
    if here:
        versions = [dossier.history.versions.get(party_stream(party), 0) for party in here]
        headers = [party_header(dossier, party) for party in here]
        totals = [encode(party_totals(dossier, party)) for party in here]
        summaries = [party_summary(dossier, party) for party in here]
        await connection.execute(_WRITE, here, versions, headers, totals, summaries)
    if gone:
        await connection.execute(_DELETE, gone)


def _touched(changes: Changes) -> set[str]:
    parties = {stream(name).part for name in changes.streams}
    for key in changes.keys:
        parties.add(key[1])
    return parties


async def get(pool: asyncpg.Pool, party: str) -> Document | None:
    """One party; its version is its stream's."""
    row = await pool.fetchrow(_GET, party, party_stream(party), PARTY_LISTS)
    if row is None:
        return None
    counts, listed = totals_and_lists(row, PARTY_LISTS)
    return Document(body=compose_party(row["header"], counts, listed), version=row["version"])


async def page(pool: asyncpg.Pool, after: Cursor | None, limit: int) -> Page:
    """Parties by slug."""
    rows = await pool.fetch(_PAGE, "" if after is None else after[0], limit + 1)
    items = tuple(row["summary"] for row in rows[:limit])
    return Page(items=items, next=(rows[limit - 1]["party"],) if len(rows) > limit else None)
