"""The read model of the demand ledger: a row a demand, a row an answer."""

from collections.abc import Iterator, Sequence

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from negotiation.documents.ledger import AnswerRow, LedgerRow, demand_exists, ledger_entry, ledger_row, touched_demands
from parley.projections.items import SQL
from parley.projections.tables import Gone, Rows, Table, Update
from parley.projections.touched import Touched
from parley.store.reading import Cursor, Document, Page

_DEMANDS = Table(
    name="demands",
    columns={
        "negotiation": "text",
        "demand": "text",
        "owners": "text[]",
        "put_to": "text[]",
        "document": "bytea",
        "life": "bytea",
    },
    key=2,
    unit="negotiation",
)
_DEMAND_ANSWERS = Table(
    name="demand_answers",
    columns={
        "negotiation": "text",
        "demand": "text",
        "provision": "text",
        "party": "text",
        "through": "text",
        "document": "bytea",
    },
    key=5,
    unit="negotiation",
)
tables = (_DEMANDS, _DEMAND_ANSWERS)


def updates(touched: Touched) -> Iterator[Update]:
    """The demands whose text, answers or inherited answers changed."""
    if not touched.is_negotiation:
        return
    slug, dossier = touched.unit, touched.dossier
    every = sorted(touched_demands(dossier, touched.changes, touched.groups))
    gone = [(slug, demand) for demand in every if not demand_exists(dossier, demand)]
    rows = [ledger_row(dossier, touched.parties, demand) for demand in every if demand_exists(dossier, demand)]
    if every:
        yield Gone(_DEMAND_ANSWERS, [(slug, demand) for demand in every])
    if gone:
        yield Gone(_DEMANDS, gone)
    if rows:
        yield Rows(_DEMANDS, [(slug, row.demand, row.owners, row.put_to, row.document, row.life) for row in rows])
    answers = [
        (slug, row.demand, answer.provision, answer.party, answer.through, answer.document)
        for row in rows
        for answer in row.answers
    ]
    if answers:
        yield Rows(_DEMAND_ANSWERS, answers)


async def get(pool: asyncpg.Pool, negotiation: str, demand: str, *, silent: bool = False) -> Document | None:
    """One demand with its answers; its version is the last position in the negotiation."""
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        taking_part = await connection.fetchrow(SQL["taking_part"], negotiation)
        rows = await connection.fetch(SQL["demand"], negotiation, demand)
        if taking_part is None or not rows:
            return None
        (body,) = await _entries(connection, negotiation, taking_part["parties"], rows, silent=silent, whole=True)
    return Document(body=body, version=taking_part["position"])


async def page(
    pool: asyncpg.Pool, negotiation: str, after: Cursor | None, limit: int, *, silent: bool = False
) -> Page | None:
    """A negotiation's demands by slug, each with its answers; None where there is no such negotiation."""
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        taking_part = await connection.fetchrow(SQL["taking_part"], negotiation)
        if taking_part is None:
            return None
        rows = await connection.fetch(SQL["demands"], negotiation, "" if after is None else after[0], limit + 1)
        items = await _entries(connection, negotiation, taking_part["parties"], rows[:limit], silent=silent)
    return Page(
        items=items,
        next=(rows[limit - 1]["demand"],) if len(rows) > limit else None,
        version=taking_part["position"],
    )


async def _entries(
    connection: PoolConnectionProxy,
    negotiation: str,
    taking_part: list[str],
    rows: Sequence[asyncpg.Record],
    *,
    silent: bool,
    whole: bool = False,
) -> tuple[bytes, ...]:
    answers: dict[str, list[AnswerRow]] = {row["demand"]: [] for row in rows}
    for row in await connection.fetch(SQL["answers"], negotiation, list(answers)):
        answers[row["demand"]].append(
            AnswerRow(provision=row["provision"], party=row["party"], through=row["through"], document=row["document"])
        )
    return tuple(
        ledger_entry(
            LedgerRow(
                demand=row["demand"],
                document=row["document"],
                life=row["life"] if whole else b"",
                owners=tuple(row["owners"]),
                put_to=tuple(row["put_to"]),
                answers=tuple(answers[row["demand"]]),
            ),
            taking_part,
            silent=silent,
            whole=whole,
        )
        for row in rows
    )
