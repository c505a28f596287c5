"""What a read gives: one document, or a page of a list; and from where: as the record stands, or at past clocks."""

from collections.abc import Collection
from functools import cached_property
from typing import Protocol, TypeAlias
from zlib import crc32

from msgspec import Struct

Cursor: TypeAlias = tuple[str | int, ...]
"""Where a page ended: the sort key of its last item, as JSON values."""


class Document(Struct, frozen=True, kw_only=True, dict=True):
    """One document as JSON, and the version that its ETag is made of (of a stream, or the last position).

    ``settled``: nothing that is recorded later can change it.
    """

    body: bytes
    version: int
    settled: bool = False

    @cached_property
    def checksum(self) -> int:
        """CRC-32 of the body."""
        return crc32(self.body)

    @cached_property
    def readings(self) -> dict[str, "Document"]:
        """Shorter readings that were made of it, by name: each is made once."""
        return {}


class Page(Struct, frozen=True, kw_only=True):
    """A page of a list: each item as JSON, and where to go on (None: this was the last page).

    ``total``: how many items the list has, where that is counted. ``reading``: the clocks at which it was read, as
    JSON; empty: as the record stands. ``search``: how the items were found, as JSON, where they were searched.
    ``settled``: nothing that is recorded later can change it.
    """

    items: tuple[bytes, ...]
    next: Cursor | None
    version: int = 0
    total: int | None = None
    reading: bytes = b""
    search: bytes = b""
    settled: bool = False


class View(Protocol):
    """The state of the record, at one reading. Documents and pages are None where there is no such thing."""

    async def negotiation(self, negotiation: str) -> Document | None:
        """One negotiation; its version is the last position of anything in it."""

    async def negotiations(self, after: Cursor | None, limit: int, only: Collection[str] | None = None) -> Page:
        """Negotiations by slug; ``only`` these, None: all."""

    async def round(self, negotiation: str, round_: str) -> Document | None:
        """One round; its version is its stream's."""

    async def rounds(self, negotiation: str, after: Cursor | None, limit: int) -> Page | None:
        """A negotiation's rounds by start, then by slug."""

    async def demand(self, negotiation: str, demand: str, *, silent: bool = False) -> Document | None:
        """One demand with its answers; its version is the last position in the negotiation.

        ``silent``: with the names of those of whom no answer is on record.
        """

    async def demands(self, negotiation: str, after: Cursor | None, limit: int, *, silent: bool = False) -> Page | None:
        """A negotiation's demands by slug, each with its answers."""

    async def findings(self, negotiation: str, after: Cursor | None, limit: int) -> Page | None:
        """A negotiation's findings by event."""

    async def party(self, party: str) -> Document | None:
        """One party; its version is its stream's."""

    async def parties(self, after: Cursor | None, limit: int) -> Page:
        """Parties by slug."""
