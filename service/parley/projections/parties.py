"""The read model of parties: one document and one line of the list each."""

import asyncpg

from negotiation.history import Changes
from negotiation.party import knows_party, party_document, party_summary
from negotiation.streams import PARTIES, party_stream, stream
from parley.projections.reading import Cursor, Document, Page
from parley.projections.touched import Touched

_WRITE = """
INSERT INTO parties (party, version, document, summary)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::bytea[], $4::bytea[])
ON CONFLICT (party) DO UPDATE SET
    version = excluded.version, document = excluded.document, summary = excluded.summary
"""
_DELETE = "DELETE FROM parties WHERE party = ANY($1::text[])"
_GET = "SELECT document, version FROM parties WHERE party = $1"
_PAGE = "SELECT party, summary FROM parties WHERE party > $1 ORDER BY party LIMIT $2"


async def write(connection: asyncpg.Connection, touched: Touched) -> None:
    """Write the parties whose streams, members or groups changed."""
    changes = touched.changes.get(PARTIES)
    if changes is None:
        return
    dossier = touched.parties
    parties = sorted(_touched(changes))
    here = [party for party in parties if knows_party(dossier, party)]
    gone = [party for party in parties if not knows_party(dossier, party)]
    if here:
        versions = [dossier.history.versions.get(party_stream(party), 0) for party in here]
        documents = [party_document(dossier, party) for party in here]
        summaries = [party_summary(dossier, party) for party in here]
        await connection.execute(_WRITE, here, versions, documents, summaries)
    if gone:
        await connection.execute(_DELETE, gone)


def _touched(changes: Changes) -> set[str]:
    parties = {stream(name).part for name in changes.streams}
    for key in changes.keys:
        parties |= set(key[1:]) if key[0] == "membership" else {key[1]}
    return parties


async def get(pool: asyncpg.Pool, party: str) -> Document | None:
    """One party; its version is its stream's."""
    row = await pool.fetchrow(_GET, party)
    return None if row is None else Document(body=row["document"], version=row["version"])


async def page(pool: asyncpg.Pool, after: Cursor | None, limit: int) -> Page:
    """Parties by slug."""
    rows = await pool.fetch(_PAGE, "" if after is None else after[0], limit + 1)
    items = tuple(row["summary"] for row in rows[:limit])
    return Page(items=items, next=(rows[limit - 1]["party"],) if len(rows) > limit else None)
