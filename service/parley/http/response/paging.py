"""Lists, one way everywhere: ``limit``, an opaque ``cursor``, and ``{"items", "next"}`` with a Link header.

A cursor goes on in the list that it comes from: the same address with the same filters and clocks.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Callable
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from negotiation.references import EVENT_ID_PATTERN, SLUG_PATTERN
from parley.http.request.queries import MAX_POSITION, Query, limit
from parley.http.response.errors import MalformedRequest
from parley.store.reading import Cursor, Page

MAX_CURSOR: Final = 400
"""Characters in a cursor."""

_OF_A_PAGE: Final = frozenset({"cursor", "after", "limit"})
"""Parameters that say which page of a list, and not which list."""
_SLUG: Final = re.compile(SLUG_PATTERN)
_EVENT_ID: Final = re.compile(EVENT_ID_PATTERN)


def is_slug(value: object) -> bool:
    """Whether it is a slug: small letters and digits with single hyphens between, at most 64 characters."""
    return isinstance(value, str) and len(value) <= 64 and _SLUG.fullmatch(value) is not None


def is_number(value: object) -> bool:
    """Whether it is a whole number that the database can hold (bigint)."""
    return isinstance(value, int) and not isinstance(value, bool) and -MAX_POSITION <= value <= MAX_POSITION


def is_count(value: object) -> bool:
    """Whether it is a number of items."""
    return is_number(value) and isinstance(value, int) and value >= 0


def is_event_id(value: object) -> bool:
    """Whether it is an event's id."""
    return isinstance(value, str) and _EVENT_ID.fullmatch(value) is not None


def is_truth(value: object) -> bool:
    """Whether it is yes or no."""
    return isinstance(value, bool)


class Listing(msgspec.Struct, frozen=True):
    """A kind of list: its name, which its cursors carry, and what the parts of its sort key are."""

    name: str
    parts: tuple[Callable[[object], bool], ...]


PARTIES: Final = Listing("parties", (is_slug,))
NEGOTIATIONS: Final = Listing("negotiations", (is_slug,))
ROUNDS: Final = Listing("rounds", (is_number, is_slug))
DEMANDS: Final = Listing("demands", (is_slug,))
FINDINGS: Final = Listing("findings", (is_event_id, is_number))
CHANGES: Final = Listing("changes", (is_count,))
ROWS: Final = Listing("rows", (is_count,))
EVENTS: Final = Listing("events", (is_number,))
SEARCH: Final = Listing("search", (is_number, is_number, is_event_id, is_truth))


def asked(listing: Listing, path: str, query: Query) -> tuple[Cursor | None, int]:
    """Where a page begins (None: at the beginning) and how many items it has at most."""
    return read_cursor(listing, path, query), limit(query)


def write_cursor(listing: Listing, path: str, query: Query, cursor: Cursor) -> str:
    """An opaque cursor: where to go on in the list at this address, with these filters."""
    return urlsafe_b64encode(msgspec.json.encode((listing.name, _list(path, query), *cursor))).rstrip(b"=").decode()


def _list(path: str, query: Query) -> str:
    """What tells a list from others of its kind: its address, filters and clocks."""
    filters = sorted((name, value) for name, value in query.items() if name not in _OF_A_PAGE)
    return sha256(msgspec.json.encode((path, filters))).hexdigest()[:8]


def read_cursor(listing: Listing, path: str, query: Query) -> Cursor | None:
    """Where to go on, None for the first page; raises MalformedRequest for what `write_cursor` did not write."""
    sent = query.get("cursor")
    if sent is None:
        return None
    try:
        name, list_, *parts = _decoded(sent)
    except (ValueError, TypeError, Base64Error, msgspec.DecodeError) as error:
        raise _tampered() from error
    known = name == listing.name and len(parts) == len(listing.parts)
    if not known or not all(is_part(part) for is_part, part in zip(listing.parts, parts, strict=True)):
        raise _tampered()
    cursor = tuple(parts)
    if list_ != _list(path, query):
        raise MalformedRequest(
            name="cursor", remedy="it goes on in another list, or with other filters: follow `next` as it is given"
        )
    if write_cursor(listing, path, query, cursor) != sent:
        raise _tampered()
    return cursor


def _decoded(sent: str) -> Any:
    if len(sent) > MAX_CURSOR:
        raise ValueError("too long")
    return msgspec.json.decode(urlsafe_b64decode(sent.encode("ascii") + b"=" * (-len(sent) % 4)))


def _tampered() -> MalformedRequest:
    return MalformedRequest(
        name="cursor", remedy="take it from `next` of the page before, unchanged, or leave it out to begin anew"
    )


def next_query(path: str, query: Query, listing: Listing, page: Page) -> Query | None:
    """The query for the next page: the same filters and limit; None where this is the last."""
    if page.next is None:
        return None
    kept = {name: value for name, value in query.items() if name not in {"cursor", "after"}}
    return {**kept, "cursor": write_cursor(listing, path, query, page.next)}


def next_address(path: str, query: Query, listing: Listing, page: Page) -> str | None:
    """The address of the next page; None where this is the last."""
    following = next_query(path, query, listing, page)
    return None if following is None else f"{path}?{urlencode(following)}"


def page_body(page: Page, following: str | None) -> bytes:
    """The page as JSON; its items are put in as they are stored."""
    total = b"" if page.total is None else b',"total":%d' % page.total
    reading = b',"reading":' + page.reading if page.reading else b""
    search = b',"search":' + page.search if page.search else b""
    rest = msgspec.json.encode(following) + total + search + reading
    return b'{"items":[' + b",".join(page.items) + b'],"next":' + rest + b"}"
