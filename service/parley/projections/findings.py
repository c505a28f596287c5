"""The read model of findings: a row each."""

from collections.abc import Iterator

import asyncpg

from negotiation.documents.views import encode, show_finding
from parley.projections.items import SQL
from parley.projections.tables import Gone, Rows, Table, Update
from parley.projections.touched import Touched
from parley.store.reading import Cursor, Page

_FINDINGS = Table(
    name="findings",
    columns={"unit": "text", "event_id": "uuid", "ordinal": "integer", "stream": "text", "document": "bytea"},
    key=3,
    unit="unit",
)
tables = (_FINDINGS,)

_BEFORE_ALL = ("00000000-0000-0000-0000-000000000000", -1)


def updates(touched: Touched) -> Iterator[Update]:
    """The findings of the facts of which others were found than before, or of which the date may have changed."""
    dated = touched.changes.facts & touched.dossier.findings.keys()
    facts = [(touched.unit, fact) for fact in sorted(touched.changes.found | dated)]
    if not facts:
        return
    yield Gone(_FINDINGS, facts)
    rows = [
        (unit, fact, ordinal, finding.stream, encode(show_finding(touched.dossier, finding)))
        for unit, fact in facts
        for ordinal, finding in enumerate(touched.dossier.findings.get(fact, ()))
    ]
    if rows:
        yield Rows(_FINDINGS, rows)


async def page(pool: asyncpg.Pool, negotiation: str, after: Cursor | None, limit: int) -> Page | None:
    """A negotiation's findings by event; None where there is no such negotiation."""
    event_id, ordinal = _BEFORE_ALL if after is None else after
    rows = await pool.fetch(SQL["findings"], negotiation, event_id, ordinal, limit + 1)
    if not rows:
        return None
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(
        items=tuple(row["document"] for row in rows[:limit] if row["event_id"] is not None),
        next=None if last is None else (last["event_id"], last["ordinal"]),
        version=rows[0]["position"],
    )
