"""Writing read models: the rows that changes touch, and whole units compared with what their tables hold."""

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from parley.projections import READ_MODELS
from parley.projections.tables import Gone, Rows, Table, Update, together
from parley.projections.touched import Touched
from parley.store.log import AnyConnection

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

    def join(self, other: "Differences") -> None:
        """Add those that were found elsewhere."""
        for which, rows in other.rows.items():
            self.rows[which] = self.rows.get(which, 0) + rows
        self.named.extend(other.named[: MOST_NAMED - len(self.named)])

    def add(self, table: str, how: str, keys: Sequence[tuple[Any, ...]]) -> None:
        """Add rows of a table."""
        if keys:
            self.rows[table, how] = self.rows.get((table, how), 0) + len(keys)
            shown = sorted(keys)[: MOST_NAMED - len(self.named)]
            self.named.extend(Difference(table, ", ".join(map(str, key)), how) for key in shown)


Composed = dict[Table, dict[tuple[Any, ...], tuple[Any, ...]]]
"""Every row of some units, by table and key."""


def updates(touched: Touched) -> list[Update]:
    """What brings the rows up to date that changes touched, in order."""
    return [update for read_model in READ_MODELS for update in read_model.updates(touched)]


async def write(connection: AnyConnection, every: Iterable[Update], last: str = "SELECT", *values: Any) -> None:
    """Make updates, and one thing more, in the caller's transaction and as few round trips as can be."""
    updates_ = list(every)
    gone = [update for update in updates_ if isinstance(update, Gone)]
    rows = [update for update in updates_ if isinstance(update, Rows)]
    if gone:
        sql, parameters = together(gone, "SELECT", ())
        await connection.execute(sql, *parameters)
    sql, parameters = together(rows, last, values)
    await connection.execute(sql, *parameters)


def composed(touched: Touched) -> Composed:
    """Every row of units in which everything was touched."""
    found: Composed = {table: {} for read_model in READ_MODELS for table in read_model.tables}
    for read_model in READ_MODELS:
        for update in read_model.updates(touched):
            if isinstance(update, Rows):
                rows = found[update.table]
                key = update.table.key
                for row in update.rows:
                    rows[tuple(row[:key])] = tuple(row)
    return found


async def put_right(connection: AnyConnection, units: Sequence[str], wanted: Composed, *, begun: bool) -> Differences:
    """Make the rows of these units what they should be, in the caller's transaction; say what was not.

    ``begun``: whether they were ever projected; if not, rows that are missing are no difference.
    """
    differences = Differences({}, [])
    for table, rows in wanted.items():
        found: dict[tuple[Any, ...], tuple[Any, ...]] = {}
        for row in await connection.fetch(table.of_units, units):
            values = tuple(row)
            found[values[: table.key]] = values
        if not found:
            if rows:
                differences.add(table.name, "missing", list(rows) if begun else [])
                await connection.copy_records_to_table(table.name, records=rows.values(), columns=tuple(table.columns))
            continue
        lists = [number for number, kind in enumerate(table.columns.values()) if kind == "text[]"]
        extra = [key for key in found if key not in rows]
        missing = [key for key in rows if key not in found]
        different = [key for key, row in rows.items() if key in found and _comparable(row, lists) != found[key]]
        differences.add(table.name, "extra", extra)
        differences.add(table.name, "missing", missing if begun else [])
        differences.add(table.name, "different", different)
        every: list[Update] = []
        if extra:
            every.append(Gone(table, extra))
        if missing or different:
            every.append(Rows(table, [rows[key] for key in (*missing, *different)]))
        await write(connection, every)
    return differences


def _comparable(row: tuple[Any, ...], lists: Sequence[int]) -> tuple[Any, ...]:
    """The row as the database returns it."""
    if not lists:
        return row
    values = list(row)
    for number in lists:
        values[number] = list(values[number])
    return tuple(values)
