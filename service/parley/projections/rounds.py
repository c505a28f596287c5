"""The read model of rounds: one document and one line of the list each, listed by their start."""

from collections.abc import Iterator

import asyncpg

from negotiation.documents.lists import totals
from negotiation.documents.round import KINDS, compose_round, round_begins, round_exists, round_header, round_summary
from negotiation.documents.views import encode
from negotiation.state import register_keys
from negotiation.streams import round_stream
from parley.projections.items import SQL, latest_items, totals_and_lists
from parley.projections.tables import Gone, Rows, Table, Update
from parley.projections.touched import Touched
from parley.store.reading import Cursor, Document, Page

_ROUNDS = Table(
    name="rounds",
    columns={
        "negotiation": "text",
        "round": "text",
        "begins": "bigint",
        "scheduled": "boolean",
        "version": "bigint",
        "header": "bytea",
        "totals": "bytea",
        "summary": "bytea",
    },
    key=2,
    unit="negotiation",
)
tables = (_ROUNDS,)

_ROUND = SQL["round"].format(latest_items=latest_items("$3", "$4"))
_BEFORE_ALL = -(1 << 63)


def updates(touched: Touched) -> Iterator[Update]:
    """The rounds in whose streams anything changed."""
    rows, gone = [], []
    dossier = touched.dossier
    for here in touched.streams():
        if not here.is_round:
            continue
        if not round_exists(dossier, here.unit, here.part):
            gone.append((here.unit, here.part))
            continue
        rows.append(
            (
                here.unit,
                here.part,
                round_begins(dossier, here.part),
                bool(dossier.history.assertions(register_keys.schedule(here.part))),
                dossier.history.versions.get(here.name, 0),
                round_header(dossier, here.unit, here.part),
                encode(totals(dossier, here.unit, here.part)),
                round_summary(dossier, here.unit, here.part),
            )
        )
    if rows:
        yield Rows(_ROUNDS, rows)
    if gone:
        yield Gone(_ROUNDS, gone)


async def get(pool: asyncpg.Pool, negotiation: str, round_: str) -> Document | None:
    """One round; its version is its stream's."""
    row = await pool.fetchrow(_ROUND, negotiation, round_, round_stream(negotiation, round_), KINDS)
    if row is None:
        return None
    counts, listed = totals_and_lists(row, KINDS)
    return Document(body=compose_round(row["header"], counts, listed), version=row["version"])


async def page(pool: asyncpg.Pool, negotiation: str, after: Cursor | None, limit: int) -> Page | None:
    """A negotiation's rounds by start, then by slug; None where there is no such negotiation."""
    begins, round_ = (_BEFORE_ALL, "") if after is None else after
    rows = await pool.fetch(SQL["rounds"], negotiation, begins, round_, limit + 1)
    if not rows:
        return None
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(
        items=tuple(row["summary"] for row in rows[:limit] if row["round"] is not None),
        next=None if last is None else (last["begins"], last["round"]),
        version=rows[0]["position"],
    )
