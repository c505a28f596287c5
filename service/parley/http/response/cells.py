"""What stands in one cell of a table: several parts with `` | `` between, and values of facts in words."""

from collections.abc import Iterable
from typing import Any, Final, TypeAlias

Item: TypeAlias = dict[str, Any]
Cell: TypeAlias = str | int | bool | None
Row: TypeAlias = tuple[Cell, ...]

BETWEEN: Final = " | "


def joined(parts: Iterable[Any]) -> str:
    """Parts in one cell, each once."""
    return BETWEEN.join(dict.fromkeys(str(part) for part in parts if part not in (None, "")))


def told_sources(sources: Iterable[Item]) -> str:
    """Sources: publisher and date."""
    return joined(f"{one['publisher']}, {one.get('published') or one.get('retrieved')}" for one in sources)


def words(value: Any) -> str:
    """A value of a fact: `demand veto`, `wage rise 7.5 percent`, `article-3: Troops leave.`, `for 12, against 3`."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case list():
            return joined(", ".join(map(words, one)) if isinstance(one, list) else words(one) for one in value)
        case dict():
            return _of_fields(value)
        case _:
            return str(value)


_NAMED_AMOUNTS: Final = frozenset({"exactly", "about", "at_least", "at_most"})
"""Durations say which they are."""


def _of_fields(fields: Item) -> str:
    rest = {name: value for name, value in fields.items() if name != "text"}
    named = bool(rest) and (rest.keys() <= _NAMED_AMOUNTS or all(type(one) is int for one in rest.values()))
    told = [f"{name.replace('_', ' ')} {words(value)}" if named else words(value) for name, value in rest.items()]
    head = (", " if named else " ").join(filter(None, told))
    return ": ".join(filter(None, (head, words(fields.get("text")))))
