"""The tables of read models, and what is to be put into them: whole rows by their key, many at once."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Final, NamedTuple, Protocol, TypeAlias

from msgspec import Struct

from parley.projections.touched import Touched

_LIST: Final = "text[]"
"""A column that holds a list of slugs. It is handed over as JSON: arrays of arrays cannot have rows of different
lengths."""


class Table(Struct, frozen=True, kw_only=True, eq=False, dict=True):
    """A table of a read model.

    ``columns``: the type of each by name, those of the key first; ``key``: how many these are. ``unit``: which unit a
    row belongs to: a column of its key, or a constant. ``streams``: whether that column names a stream of the unit in
    some rows.
    """

    name: str
    columns: Mapping[str, str]
    key: int
    unit: str
    streams: bool = False

    @cached_property
    def put(self) -> str:
        """SQL that puts rows in the place of those with the same keys: a parameter a column."""
        names = list(self.columns)
        given = [
            f"${number}::{'text' if kind == _LIST else kind}[]" for number, kind in enumerate(self.columns.values(), 1)
        ]
        values = [
            f"array(SELECT json_array_elements_text({name}::json))" if kind == _LIST else name
            for name, kind in self.columns.items()
        ]
        key, rest = names[: self.key], [f"{name} = excluded.{name}" for name in names[self.key :]]
        return f"""
            INSERT INTO {self.name} ({", ".join(names)})
            SELECT {", ".join(values)} FROM unnest({", ".join(given)}) AS given ({", ".join(names)})
            ON CONFLICT ({", ".join(key)}) DO {f"UPDATE SET {', '.join(rest)}" if rest else "NOTHING"}
        """  # noqa: S608 - names and types of our own

    @cached_property
    def take(self) -> tuple[str, ...]:
        """SQL that takes away the rows whose keys begin with one part, two parts ...: a parameter a part."""
        return tuple(self._take(list(self.columns)[:parts]) for parts in range(1, self.key + 1))

    def _take(self, names: list[str]) -> str:
        given = ", ".join(f"${number}::{self.columns[name]}[]" for number, name in enumerate(names, 1))
        return f"""
            DELETE FROM {self.name} USING unnest({given}) AS gone ({", ".join(names)})
            WHERE {" AND ".join(f"{self.name}.{name} = gone.{name}" for name in names)}
        """  # noqa: S608 - names and types of our own

    def parameters(self, rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
        """The parameters of `put`."""
        columns = [list(column) for column in zip(*rows, strict=True)]
        for number, kind in enumerate(self.columns.values()):
            if kind == _LIST:
                columns[number] = ["[" + ",".join(f'"{slug}"' for slug in slugs) + "]" for slugs in columns[number]]
        return columns


class Rows(NamedTuple):
    """Rows to be put into a table, in the place of those with the same keys; at least one."""

    table: Table
    rows: Sequence[tuple[Any, ...]]


class Gone(NamedTuple):
    """Rows to be taken out of a table: all whose keys begin with one of these; at least one."""

    table: Table
    keys: Sequence[tuple[Any, ...]]


Update: TypeAlias = Rows | Gone


def statement(update: Update) -> tuple[str, list[list[Any]]]:
    """One set-based statement that makes the update, and its parameters."""
    match update:
        case Rows(table, rows):
            return table.put, table.parameters(rows)
        case Gone(table, keys):
            return table.take[len(keys[0]) - 1], [list(column) for column in zip(*keys, strict=True)]


class ReadModel(Protocol):
    """A module that keeps one read model, in tables that nothing else writes."""

    @property
    def tables(self) -> tuple[Table, ...]:
        """Its tables. Whoever rebuilds read models knows them from here alone."""

    def updates(self, touched: Touched) -> Iterator[Update]:
        """What brings its rows up to date, to be done in this order; made while it is asked for, one after the other.

        It is done in the transaction that records the events.
        """
