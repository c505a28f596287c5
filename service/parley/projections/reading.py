"""What a read gives: one document, or a page of a list."""

from typing import TypeAlias

from msgspec import Struct

Cursor: TypeAlias = tuple[str | int, ...]
"""Where a page ended: the sort key of its last item, as JSON values."""


class Document(Struct, frozen=True, kw_only=True):
    """One document as JSON, and the version that its ETag is made of (of a stream, or the last position)."""

    body: bytes
    version: int


class Page(Struct, frozen=True, kw_only=True):
    """A page of a list: each item as JSON, and where to go on (None: this was the last page)."""

    items: tuple[bytes, ...]
    next: Cursor | None
    version: int = 0
