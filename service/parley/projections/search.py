"""The read model of searches: a row a fact, with its words as it reads now (`negotiation.words`)."""

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

import asyncpg
import msgspec

from negotiation.documents.views import encode
from negotiation.tables.search import Found, row, searchable
from negotiation.words import Near, Part, Term, Wanted, without_a_letter
from parley.projections.items import SQL
from parley.projections.tables import Gone, Rows, Table, Update
from parley.projections.touched import Touched
from parley.store.reading import Cursor, Page

_FACTS = Table(
    name="search_facts",
    columns={
        "unit": "text",
        "event_id": "uuid",
        "ends": "bigint",
        "begins": "bigint",
        "labels": "text[]",
        "words": "text",
        "found": "bytea",
    },
    key=2,
    unit="unit",
)
tables = (_FACTS,)

COUNTED: Final = 10_000
"""What is found is counted and sorted up to so many facts; of what is found oftener the latest are looked for."""
NEAR: Final = 50
"""So many words at most are taken for one that was mistyped."""

_LATEST: Final = ((1 << 63) - 1, (1 << 63) - 1, "ffffffff-ffff-ffff-ffff-ffffffffffff")
_found = msgspec.json.Decoder(Found)


def updates(touched: Touched) -> Iterator[Update]:
    """The facts that were looked at again."""
    rows: list[tuple[Any, ...]] = []
    gone: list[tuple[str, str]] = []
    for fact in sorted(touched.changes.facts):
        found = searchable(touched.dossier, fact)
        if found is None:
            gone.append((touched.unit, fact))
        else:
            rows.append((touched.unit, fact, found.ends, found.begins, found.labels, found.words, encode(found.found)))
    if gone:
        yield Gone(_FACTS, gone)
    if rows:
        yield Rows(_FACTS, rows)


class Within(NamedTuple):
    """Where to look: facts with all these labels, of these units alone (None: of all), that can lie in these days.

    ``first`` and ``last`` are microseconds since 1970: the beginning of the first day, and the end of the last.
    """

    labels: tuple[str, ...] = ()
    units: frozenset[str] | None = None
    first: int | None = None
    last: int | None = None


class Asked(NamedTuple):
    """What to look for, where, and from where on."""

    wanted: Wanted
    within: Within
    after: Cursor | None
    limit: int


async def page(pool: asyncpg.Pool, asked: Asked) -> Page:
    """What is found, the latest first."""
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        # To look through all facts one by one is never quicker. Words differ too much for one plan for all of them.
        await connection.execute("SET LOCAL enable_seqscan = off; SET LOCAL plan_cache_mode = force_custom_plan")
        within = asked.within
        units = None if within.units is None else [f"unit:{unit}" for unit in sorted(within.units)]
        which = (_tsquery(asked.wanted), list(within.labels) or None, units, within.first, within.last)
        after = _LATEST if asked.after is None else asked.after[:3]
        rows = await connection.fetch(SQL["search_few"], *which, *after, asked.limit + 1, COUNTED)
        total = rows[0]["total"]
        if total >= COUNTED:
            await connection.execute("SET LOCAL enable_bitmapscan = off")
            rows = await connection.fetch(SQL["search_many"], *which, *after, asked.limit + 1)
    shown = [
        (_found.decode(one["found"]), (one["ends"], one["begins"], str(one["event_id"])))
        for one in rows
        if one["found"] is not None
    ]
    return page_of(shown, asked, total, all_counted=total < COUNTED)


def page_of(found: Sequence[tuple[Found, Cursor]], asked: Asked, total: int, *, all_counted: bool) -> Page:
    """A page of facts, each with its cursor: at most one more than the limit, which tells that there are more."""
    shown = found[: asked.limit]
    forgiving = asked.wanted.is_forgiving
    return Page(
        items=tuple([encode(row(one, asked.wanted)) for one, _ in shown]),
        next=(*shown[-1][1], forgiving) if len(found) > asked.limit else None,
        total=total,
        search=encode({"match": "similar" if forgiving else "exact", "all_counted": all_counted}),
    )


async def near(pool: asyncpg.Pool, wanted: Wanted) -> Near:
    """The words on record that can be meant where one of those was mistyped, by the word as it was written."""
    found: dict[str, list[str]] = {}
    for word in dict.fromkeys(wanted.forgivable):
        found[word] = [one["word"] for one in await pool.fetch(SQL["near"], without_a_letter(word), word, NEAR)]
    return found


def _tsquery(wanted: Wanted) -> str:
    """What is looked for, as PostgreSQL writes it; words are letters or digits, so nothing in them is to be quoted."""
    return " & ".join(f"!({_term(term)})" if term.out else f"({_term(term)})" for term in wanted.terms)


def _term(term: Term) -> str:
    row = " <-> ".join(map(_part, term.parts))
    return " | ".join([row, *(f"'{word}'" for word in term.near)])


def _part(part: Part) -> str:
    return f"'{part.word}':*" if part.begins else f"'{part.word}'"
