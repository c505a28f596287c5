"""The read model of the demand ledger: a row a demand, a row an answer."""

from collections.abc import Sequence

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from negotiation.ledger import AnswerRow, LedgerRow, demand_exists, ledger_entry, ledger_row, touched_demands
from parley.projections.negotiations import json_list
from parley.projections.reading import Cursor, Document, Page
from parley.projections.touched import Table, Touched

tables = (Table("demands", unit="negotiation"), Table("demand_answers", unit="negotiation"))

_DELETE = """
DELETE FROM demands USING unnest($1::text[], $2::text[]) AS gone (negotiation, demand)
WHERE demands.negotiation = gone.negotiation AND demands.demand = gone.demand
"""
_DELETE_ANSWERS = """
DELETE FROM demand_answers AS a USING unnest($1::text[], $2::text[]) AS gone (negotiation, demand)
WHERE a.negotiation = gone.negotiation AND a.demand = gone.demand
"""
_WRITE = """
INSERT INTO demands (negotiation, demand, owners, put_to, document)
SELECT n, d, array(SELECT json_array_elements_text(o::json)), array(SELECT json_array_elements_text(p::json)), doc
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bytea[]) AS given (n, d, o, p, doc)
ON CONFLICT (negotiation, demand) DO UPDATE SET
    owners = excluded.owners, put_to = excluded.put_to, document = excluded.document
"""
_WRITE_ANSWERS = """
INSERT INTO demand_answers (negotiation, demand, provision, party, through, document)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bytea[])
"""
_NEGOTIATION = "SELECT position, parties FROM negotiations WHERE negotiation = $1"
_PAGE = """
SELECT demand, owners, put_to, document FROM demands
WHERE negotiation = $1 AND demand > $2 ORDER BY demand LIMIT $3
"""
_GET = "SELECT demand, owners, put_to, document FROM demands WHERE negotiation = $1 AND demand = $2"
_ANSWERS = """
SELECT demand, provision, party, through, document FROM demand_answers
WHERE negotiation = $1 AND demand = ANY($2::text[])
ORDER BY demand, through <> '', CASE through WHEN '' THEN provision ELSE party END,
    CASE through WHEN '' THEN party ELSE provision END, through
"""


async def write(connection: asyncpg.Connection, touched: Touched) -> None:
    """Write the demands whose text, answers or inherited answers changed."""
    every: list[tuple[str, str]] = []
    rows: list[tuple[str, LedgerRow]] = []
    for slug, dossier, changes in touched.negotiations():
        for demand in sorted(touched_demands(dossier, changes, touched.groups)):
            every.append((slug, demand))
            if demand_exists(dossier, demand):
                rows.append((slug, ledger_row(dossier, touched.parties, demand)))
    if not every:
        return
    columns = [list(column) for column in zip(*every, strict=True)]
    await connection.execute(_DELETE_ANSWERS, *columns)
    if len(rows) < len(every):
        await connection.execute(_DELETE, *columns)
    if rows:
        await _write_rows(connection, rows)


async def _write_rows(connection: asyncpg.Connection, rows: list[tuple[str, LedgerRow]]) -> None:
    await connection.execute(
        _WRITE,
        [slug for slug, _ in rows],
        [row.demand for _, row in rows],
        [json_list(list(row.owners)) for _, row in rows],
        [json_list(list(row.put_to)) for _, row in rows],
        [row.document for _, row in rows],
    )
    answers = [
        (slug, row.demand, answer.provision, answer.party, answer.through, answer.document)
        for slug, row in rows
        for answer in row.answers
    ]
    if answers:
        await connection.execute(_WRITE_ANSWERS, *(list(column) for column in zip(*answers, strict=True)))


async def get(pool: asyncpg.Pool, negotiation: str, demand: str) -> Document | None:
    """One demand with its answers; its version is the last position in the negotiation."""
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        taking_part = await connection.fetchrow(_NEGOTIATION, negotiation)
        rows = await connection.fetch(_GET, negotiation, demand)
        if taking_part is None or not rows:
            return None
        (body,) = await _entries(connection, negotiation, taking_part["parties"], rows)
    return Document(body=body, version=taking_part["position"])


async def page(pool: asyncpg.Pool, negotiation: str, after: Cursor | None, limit: int) -> Page | None:
    """A negotiation's demands by slug, each with its answers; None where there is no such negotiation."""
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        taking_part = await connection.fetchrow(_NEGOTIATION, negotiation)
        if taking_part is None:
            return None
        rows = await connection.fetch(_PAGE, negotiation, "" if after is None else after[0], limit + 1)
        items = await _entries(connection, negotiation, taking_part["parties"], rows[:limit])
    return Page(
        items=items,
        next=(rows[limit - 1]["demand"],) if len(rows) > limit else None,
        version=taking_part["position"],
    )


async def _entries(
    connection: PoolConnectionProxy, negotiation: str, taking_part: list[str], rows: Sequence[asyncpg.Record]
) -> tuple[bytes, ...]:
    answers: dict[str, list[AnswerRow]] = {row["demand"]: [] for row in rows}
    for row in await connection.fetch(_ANSWERS, negotiation, list(answers)):
        answers[row["demand"]].append(
            AnswerRow(provision=row["provision"], party=row["party"], through=row["through"], document=row["document"])
        )
    return tuple(
        ledger_entry(
            LedgerRow(
                demand=row["demand"],
                document=row["document"],
                owners=tuple(row["owners"]),
                put_to=tuple(row["put_to"]),
                answers=tuple(answers[row["demand"]]),
            ),
            taking_part,
        )
        for row in rows
    )
