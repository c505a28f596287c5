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
    """Make updates, of any units, and one thing more, in the caller's transaction and as few round trips as can be.

    What is to go goes before rows are put.
    """
    keys: dict[tuple[Table, int], list[tuple[Any, ...]]] = {}
    put: dict[Table, list[tuple[Any, ...]]] = {}
    for update in every:
        match update:
            case Gone(table, those):
                keys.setdefault((table, len(those[0])), []).extend(those)
            case Rows(table, those):
                put.setdefault(table, []).extend(those)
    gone = [Gone(table, those) for (table, _), those in keys.items()]
    rows = [Rows(table, those) for table, those in put.items()]
    if gone:
        sql, parameters = together(gone, "SELECT", ())
        await connection.execute(sql, *parameters)
    sql, parameters = together(rows, last, values)
    await connection.execute(sql, *parameters)


def composed(every: Iterable[Update]) -> Composed:
    """Every row of units, out of the updates of units in which everything was touched."""
    found: Composed = {table: {} for read_model in READ_MODELS for table in read_model.tables}
    for update in every:
        if isinstance(update, Rows):
            key = update.table.key
            found[update.table].update((tuple(row[:key]), tuple(row)) for row in update.rows)
    return found


async def put_right(
    connection: AnyConnection, units: Sequence[str], every: Iterable[Update], *, begun: bool
) -> Differences:
    """Make the rows of these units what they should be, in the caller's transaction; say what was not.

    ``every``: the updates of all that there is in them. ``begun``: whether they were ever projected; if not, rows that
    are missing are no difference.
    """
    differences = Differences({}, [])
    for table, rows in composed(every).items():
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
        put: list[Update] = []
        if extra:
            put.append(Gone(table, extra))
        if missing or different:
            put.append(Rows(table, [rows[key] for key in (*missing, *different)]))
        await write(connection, put)
    return differences


def _comparable(row: tuple[Any, ...], lists: Sequence[int]) -> tuple[Any, ...]:
    """The row as the database returns it."""
    if not lists:
        return row
    values = list(row)
    for number in lists:
        values[number] = list(values[number])
    return tuple(values)
