"""The tables of read models, and what is to be put into them: whole rows by their key, many at once."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple, Protocol, TypeAlias

from msgspec import Struct

from parley.projections.touched import Touched
from parley.store.arrays import numbers, slices, texts, truths


class Table(Struct, frozen=True, kw_only=True, eq=False, dict=True):
    """A table of a read model.

    ``columns``: the type of each by name (text, uuid, integer, bigint, boolean, bytea, text[]), those of the key first;
    ``key``: how many these are. ``unit``: which unit a row belongs to: a column of its key, or a constant.
    ``streams``: whether that column names a stream of the unit in some rows.
    """

    name: str
    columns: Mapping[str, str]
    key: int
    unit: str
    streams: bool = False

    def put(self, first: int = 1) -> str:
        """SQL that puts rows in the place of those with the same keys; its parameters are numbered from ``first``."""
        names = list(self.columns)
        parts = _parts(self.columns, first)
        values = ", ".join(value for part in parts for value in part.values)
        key, rest = names[: self.key], [f"{name} = excluded.{name}" for name in names[self.key :]]
        return f"""
            INSERT INTO {self.name} ({", ".join(names)}) SELECT {values} FROM {_given(parts)}
            ON CONFLICT ({", ".join(key)}) DO {f"UPDATE SET {', '.join(rest)}" if rest else "NOTHING"}
        """  # noqa: S608 - names and types of our own

    def take(self, parts: int, first: int = 1) -> str:
        """SQL that takes away the rows whose keys begin with so many parts; parameters are numbered from ``first``."""
        names = list(self.columns)[:parts]
        given = _given(_parts({name: self.columns[name] for name in names}, first))
        return f"""
            DELETE FROM {self.name} USING {given}
            WHERE {" AND ".join(f"{self.name}.{name} = given.{name}" for name in names)}
        """  # noqa: S608 - names and types of our own

    @cached_property
    def of_units(self) -> str:
        """SQL that gives the rows of units, whose names are `$1`; UUIDs as text."""
        columns = ", ".join(f"{name}::text" if kind == "uuid" else name for name, kind in self.columns.items())
        if not self.streams:
            return f"SELECT {columns} FROM {self.name} WHERE {self.unit} = ANY($1::text[])"  # noqa: S608 - names of our own
        # A row names its unit, or a stream in it. OFFSET 0: unit by unit by the index, whatever the planner expects.
        return f"""
            SELECT {columns} FROM unnest($1::text[]) AS asked (asked_unit) CROSS JOIN LATERAL (
                SELECT * FROM {self.name} WHERE {self.unit} = asked_unit
                    OR ({self.unit} >= asked_unit || '/' AND {self.unit} < asked_unit || '0') OFFSET 0
            ) AS rows
        """  # noqa: S608 - names of our own

    @cached_property
    def strangers(self) -> str:
        """SQL that takes away the rows of units without events, and gives their keys as text."""
        key = ", ".join(f"{name}::text" for name in list(self.columns)[: self.key])
        return f"""
            DELETE FROM {self.name} WHERE NOT EXISTS (
                SELECT FROM (SELECT parley_events.unit AS recorded FROM parley_events) AS events
                WHERE recorded = split_part({self.unit}, '/', 1)
            ) RETURNING {key}
        """  # noqa: S608 - names of our own


class _Part(NamedTuple):
    """How a column is given: the arrays that are unnested, under which names, and what its values are made of."""

    arrays: tuple[str, ...]
    names: tuple[str, ...]
    values: tuple[str, ...]


def _parts(columns: Mapping[str, str], number: int) -> list[_Part]:
    parts: list[_Part] = []
    for name, kind in columns.items():
        match kind:
            case "bytea":
                arrays = tuple(f"${number + after}::text::integer[]" for after in (1, 2))
                value = f"substring(${number}::bytea FROM {name}_start FOR {name}_length)"
                parts.append(_Part(arrays, (f"{name}_start", f"{name}_length"), (value,)))
                number += 3
            case "text[]":  # PostgreSQL's arrays of arrays cannot have rows of different lengths
                parts.append(_Part((f"${number}::text::text[]",), (name,), (f"{name}::text[]",)))
                number += 1
            case _:
                parts.append(_Part((f"${number}::text::{kind}[]",), (name,), (name,)))
                number += 1
    return parts


def _given(parts: list[_Part]) -> str:
    arrays = ", ".join(array for part in parts for array in part.arrays)
    names = ", ".join(name for part in parts for name in part.names)
    return f"unnest({arrays}) AS given ({names})"


def _parameters(kinds: Iterable[str], rows: Sequence[tuple[Any, ...]]) -> list[str | bytes]:
    """The parameters of `put` and `take`, for columns of these types."""
    parameters: list[str | bytes] = []
    for kind, column in zip(kinds, zip(*rows, strict=True), strict=False):
        match kind:
            case "bytea":
                parameters += slices(column)
            case "text[]":
                parameters.append(texts([texts(slugs) for slugs in column]))
            case "boolean":
                parameters.append(truths(column))
            case "text" | "uuid":
                parameters.append(texts(column))
            case _:
                parameters.append(numbers(column))
    return parameters


class Rows(NamedTuple):
    """Rows to be put into a table, in the place of those with the same keys; at least one."""

    table: Table
    rows: Sequence[tuple[Any, ...]]


class Gone(NamedTuple):
    """Rows to be taken out of a table: all whose keys begin with one of these; at least one."""

    table: Table
    keys: Sequence[tuple[Any, ...]]


Update: TypeAlias = Rows | Gone


Statement: TypeAlias = tuple[str, list[Any]]
"""SQL, and its parameters (store/arrays.py)."""


def statement(update: Update, first: int = 1) -> Statement:
    """One set-based statement that makes the update; its parameters are numbered from ``first``."""
    match update:
        case Rows(table, rows):
            return table.put(first), _parameters(table.columns.values(), rows)
        case Gone(table, keys):
            return table.take(len(keys[0]), first), _parameters(table.columns.values(), keys)


def together(updates: Sequence[Update], last: str, values: Sequence[Any]) -> Statement:
    """One statement that makes all these updates, no two of the same rows, and then does one thing more.

    ``last`` numbers its own parameters from 1; it takes ``values``.
    """
    parameters = list(values)
    parts: list[str] = []
    for number, update in enumerate(updates):
        sql, more = statement(update, len(parameters) + 1)
        parts.append(f"update_{number} AS ({sql})")
        parameters += more
    return (f"WITH {', '.join(parts)} {last}" if parts else last), parameters


class ReadModel(Protocol):
    """A module that keeps one read model, in tables that nothing else writes."""

    @property
    def tables(self) -> tuple[Table, ...]:
        """Its tables. Whoever rebuilds read models knows them from here alone."""

    def updates(self, touched: Touched) -> Iterator[Update]:
        """What brings its rows up to date, to be done in this order."""
