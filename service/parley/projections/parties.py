"""The read model of parties: one document and one line of the list each."""

from collections.abc import Iterator

import asyncpg

from negotiation.documents.lists import PARTY_LISTS
from negotiation.documents.party import compose_party, party_exists, party_header, party_summary, party_totals
from negotiation.documents.views import encode
from negotiation.state.history import Changes
from negotiation.state.register_keys import about_of
from negotiation.streams import PARTIES, party_stream, stream
from parley.projections.items import SQL, latest_items, totals_and_lists
from parley.projections.tables import Gone, Rows, Table, Update
from parley.projections.touched import Touched
from parley.store.reading import Cursor, Document, Page

_PARTIES = Table(
    name="parties",
    columns={"party": "text", "version": "bigint", "header": "bytea", "totals": "bytea", "summary": "bytea"},
    key=1,
    unit=f"'{PARTIES}'",
)
tables = (_PARTIES,)

_PARTY = SQL["party"].format(latest_items=latest_items("$2", "$3"))


def updates(touched: Touched) -> Iterator[Update]:
    """The parties whose streams, members or groups changed."""
    if touched.is_negotiation:
        return
    dossier = touched.parties
    rows, gone = [], []
    for party in sorted(_touched(touched.changes)):
        if not party_exists(dossier, party):
            gone.append((party,))
            continue
        rows.append(
            (
                party,
                dossier.history.versions.get(party_stream(party), 0),
                party_header(dossier, party),
                encode(party_totals(dossier, party)),
                party_summary(dossier, party),
            )
        )
    if rows:
        yield Rows(_PARTIES, rows)
    if gone:
        yield Gone(_PARTIES, gone)


def _touched(changes: Changes) -> set[str]:
    parties = {stream(name).part for name in changes.streams}
    for key in changes.keys:
        parties.add(about_of(key))
    return parties


async def get(pool: asyncpg.Pool, party: str) -> Document | None:
    """One party; its version is its stream's."""
    row = await pool.fetchrow(_PARTY, party, party_stream(party), PARTY_LISTS)
    if row is None:
        return None
    counts, listed = totals_and_lists(row, PARTY_LISTS)
    return Document(body=compose_party(row["header"], counts, listed), version=row["version"])


async def page(pool: asyncpg.Pool, after: Cursor | None, limit: int) -> Page:
    """Parties by slug."""
    rows = await pool.fetch(SQL["parties"], "" if after is None else after[0], limit + 1)
    items = tuple(row["summary"] for row in rows[:limit])
    return Page(items=items, next=(rows[limit - 1]["party"],) if len(rows) > limit else None)
