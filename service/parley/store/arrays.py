"""Columns of many rows, each as one parameter of a statement: arrays in PostgreSQL's own text, bytes end to end.

The driver looks at every element of an array by itself, which costs more than all else about a statement with many
rows. In SQL a column is read as ``$1::text::bigint[]``, bytes as ``substring($1::bytea FROM start FOR length)``.
"""

from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import NamedTuple


def numbers(values: Iterable[int]) -> str:
    """Whole numbers: ``{1,2}``."""
    return "{" + ",".join(map(str, values)) + "}"


def truths(values: Iterable[bool]) -> str:
    """Booleans: ``{t,f}``."""
    return "{" + ",".join("t" if value else "f" for value in values) + "}"


def texts(values: Sequence[str]) -> str:
    """Texts, and what is written as text; none has a NUL, which PostgreSQL does not know."""
    if not values:
        return "{}"
    joined = "\0".join(values)
    if joined.count("\0") >= len(values):
        raise ValueError("a text with a NUL cannot be stored")
    return '{"' + joined.replace("\\", "\\\\").replace('"', '\\"').replace("\0", '","') + '"}'


def uuids(values: Iterable[str | None]) -> str:
    """UUIDs, and NULL where there is none."""
    return "{" + ",".join(value or "NULL" for value in values) + "}"


class Slices(NamedTuple):
    """Bytes end to end, and where each begins (from 1) and how long it is, as arrays of numbers."""

    whole: bytes
    starts: str
    lengths: str


def slices(values: Sequence[bytes]) -> Slices:
    """Bytes strings."""
    lengths = list(map(len, values))
    starts = accumulate(lengths[:-1], initial=1) if values else ()
    return Slices(b"".join(values), numbers(starts), numbers(lengths))
