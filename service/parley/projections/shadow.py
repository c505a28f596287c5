"""Shadows of the read models: tables of one session beside the live ones, compared with them, and put in their place.

A shadow is a temporary table of the live one's name, so whoever writes on this connection writes into it, and it is
gone with the session, however that ends. What is put in place are the rows that differ, in one transaction: readers
go on with what they see, plans, privileges and names stay, and a record whose read models are right is not written to.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import asyncpg

from parley.projections import READ_MODELS
from parley.projections.refolding import SQL
from parley.projections.tables import Table
from parley.store.log import SCHEMA

MOST_NAMED: Final = 20


class Difference(NamedTuple):
    """A row in which a read model was not what the record says: its table, its key, and how.

    ``how``: ``different``, ``missing`` (it had to be there) or ``extra`` (it did not belong there).
    """

    table: str
    key: str
    how: str


class Differences(NamedTuple):
    """How many rows were wrong by table and how, and the first of them by name."""

    rows: dict[tuple[str, str], int]
    named: list[Difference]

    @property
    def total(self) -> int:
        """How many rows were wrong."""
        return sum(self.rows.values())


class Shadows:
    """The shadow of every read model, in the connection's session."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self._tables = [table for read_model in READ_MODELS for table in read_model.tables]
        self._words: dict[Table, dict[str, str]] = {}

    async def make(self) -> None:
        """Make the shadows, empty and without indexes."""
        for table in self._tables:
            live = f"{SCHEMA}.{table.name}"
            row = await self._connection.fetchrow(SQL["columns"], live)
            assert row is not None, "a query without a table gives a row"
            words = self._words[table] = _words(table, live, row["columns"], row["key"])
            await self._connection.execute(SQL["make"].format(**words))

    async def index(self) -> None:
        """Give the shadows their keys, now that they are filled; their other indexes nobody asks for."""
        for table in self._tables:
            await self._connection.execute(SQL["index"].format(**self._words[table]))

    async def compare_all(self) -> None:
        """Find every row that differs; plans are made for whole tables."""
        async with self._connection.transaction():
            await self._connection.execute("SET LOCAL enable_seqscan = on")
            for table in self._tables:
                words = self._words[table]
                await self._connection.execute(f"ANALYZE {words['made']}")
                await self._connection.execute(
                    SQL["compare"].format(live_rows=words["live"], made_rows=words["made"], **words)
                )
                await self._connection.execute(f"ANALYZE {words['differing']}")

    async def compare(self, units: Sequence[str]) -> None:
        """Find anew the rows that differ in these units; plans are made for so many of them."""
        async with self._connection.transaction():
            await self._connection.execute("SET LOCAL plan_cache_mode = force_custom_plan")
            for table in self._tables:
                words = self._words[table]
                rows = SQL["rows_of_streams" if table.streams else "rows_of_units"]
                live, made = (rows.format(**{**words, "from": words[which]}) for which in ("live", "made"))
                await self._connection.execute(SQL["forget"].format(**words), units)
                await self._connection.execute(SQL["compare"].format(live_rows=live, made_rows=made, **words), units)

    async def differences(self) -> Differences:
        """Tell which rows differ."""
        rows: dict[tuple[str, str], int] = {}
        named: list[Difference] = []
        for table in self._tables:
            words = self._words[table]
            for row in await self._connection.fetch(SQL["count_differing"].format(**words)):
                rows[table.name, row["how"]] = row["rows"]
            if len(named) < MOST_NAMED:
                found = await self._connection.fetch(SQL["name_differing"].format(**words), MOST_NAMED - len(named))
                named += [Difference(table.name, row["key"], row["how"]) for row in found]
        return Differences(rows, named)

    async def put_in_place(self) -> None:
        """Make the live tables what the shadows are, in the caller's transaction."""
        await self._connection.execute("SET LOCAL enable_seqscan = on; SET LOCAL enable_memoize = off")
        for table in self._tables:
            words = self._words[table]
            await self._connection.execute(SQL["take_away"].format(**words))
            await self._connection.execute(SQL["put_in"].format(**words))


def _words(table: Table, live: str, columns: list[str], key: list[str]) -> dict[str, str]:
    """What is filled into the statements for a table."""
    return {
        "table": table.name,
        "live": live,
        "made": f"pg_temp.{table.name}",
        "differing": f"pg_temp.differing_{table.name}",
        "unit": table.unit,
        "first": key[0],
        "key": ", ".join(key),
        "live_key": _of("live", key),
        "differing_key": _of("differing", key),
        "columns": ", ".join(columns),
        "live_columns": _of("live", columns),
        "made_columns": _of("made", columns),
    }


def _of(table: str, columns: list[str]) -> str:
    return ", ".join(f"{table}.{column}" for column in columns)
