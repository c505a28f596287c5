"""Query parameters: every one is known, given once and well formed, or the request is refused by its name."""

import difflib
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl

from parley.http.response.errors import MalformedRequest

MAX_FIELDS: Final = 50
"""Parameters in one query. No operation has more: a table has one for each column."""

MAX_POSITION: Final = 2**63 - 1
"""The last position that the record can hold."""

DEFAULT_LIMIT: Final = 100
MAX_LIMIT: Final = 500
"""Items on one page."""

Query = Mapping[str, str]


def read_query(raw: bytes, known: frozenset[str]) -> Query:
    """Take a query string apart; raises MalformedRequest for a parameter that is not known or is given twice."""
    if not raw:
        return {}
    try:
        pairs = parse_qsl(
            raw.decode("ascii"), keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=MAX_FIELDS
        )
    except ValueError as error:
        raise MalformedRequest(
            name="query",
            remedy=f"write it as name=value&name=value, percent-encoded UTF-8, at most {MAX_FIELDS} of them",
        ) from error
    found: dict[str, str] = {}
    for name, value in pairs:
        if name not in known:
            raise _unknown(name, known)
        if name in found:
            raise MalformedRequest(name=name, remedy="is given twice; give it once")
        found[name] = value
    return found


def _unknown(name: str, known: frozenset[str]) -> MalformedRequest:
    shown = name[:60].encode("unicode_escape").decode()
    if not known:
        return MalformedRequest(name=shown, remedy="there is no such parameter here: this address takes none")
    near = difflib.get_close_matches(name, known, 1)
    meant = f"; did you mean {near[0]}?" if near else ""
    return MalformedRequest(
        name=shown, remedy=f"there is no such parameter here, it takes {', '.join(sorted(known))}{meant}"
    )


def limit(query: Query) -> int:
    """How many items a page has: 1 to 500, 100 unless told."""
    return whole_number(query, "limit", 1, MAX_LIMIT, DEFAULT_LIMIT)


def whole_number(query: Query, name: str, least: int, most: int, default: int) -> int:
    """A parameter that is a whole number in plain digits, within bounds."""
    value = query.get(name)
    if value is None:
        return default
    number = digits(value)
    if number is None or not least <= number <= most:
        raise MalformedRequest(name=name, remedy=f"write a whole number from {least} to {most} in plain digits")
    return number


def digits(text: str) -> int | None:
    """The number that up to 19 ASCII digits write; None for anything else (a sign, an exponent, other scripts)."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(MAX_POSITION)) else None
