"""What is asked of the record and what it answers."""

import asyncio
from contextvars import Context
from typing import NamedTuple

import msgspec
from msgspec import Raw, Struct

from negotiation.documents.views import FindingShown
from negotiation.envelope import Recorded, Submission


class Entry(NamedTuple):
    """One submission for one stream."""

    stream: str
    submission: Submission


LOCAL = "local"
"""Who records where no key says so: a service without keys, and commands on the database. No key has this name."""

FINGERPRINT_BYTES = 32
"""A fingerprint is a SHA-256."""

ANY_VERSION = -1
"""The version in an `IfMatch` that any stream matches which exists."""


class IfMatch(NamedTuple):
    """A guard of a write: it is done only if the stream is at this version (0: does not exist yet).

    Of a round or a party the version is that of its stream, of a negotiation the last position of anything in it.
    """

    stream: str
    version: int


class Request(Struct, frozen=True, kw_only=True):
    """Entries to be recorded, all or none, each decided after the one before.

    ``key``: an Idempotency-Key, scoped by ``recorded_by``; ``fingerprint`` (32 bytes) tells whether a later request
    under the same key is the same one. ``timeout_s``: how long to try, in seconds.
    ``size``: of what was sent, in bytes.
    """

    entries: tuple[Entry, ...]
    recorded_by: str
    key: str | None = None
    fingerprint: bytes = b""
    if_match: IfMatch | None = None
    timeout_s: float = 10.0
    size: int = 0


class Receipt(Struct, frozen=True, kw_only=True):
    """What was recorded. ``body``: the answer as JSON, ``{"events": [envelope ...], "findings": [finding ...]}``.

    ``replayed``: it was recorded before, by the same key or the same event ids, and nothing was recorded now.
    """

    body: bytes
    first_position: int
    last_position: int
    replayed: bool = False


class Waiter(Struct, frozen=True, eq=False):
    """A request and whoever waits for its answer until ``deadline`` (the loop's clock, seconds).

    ``asked_in``: the context of whoever asked, which tells an observer the trace that the request belongs to.
    """

    request: Request
    answer: "asyncio.Future[Receipt]"
    deadline: float
    asked_in: Context

    def settle(self, verdict: Receipt | BaseException) -> None:
        """Answer, unless nobody waits any more."""
        if self.answer.done():
            return
        if isinstance(verdict, Receipt):
            self.answer.set_result(verdict)
        else:
            self.answer.set_exception(verdict)


class ReceiptBody(Struct, frozen=True, kw_only=True):
    """The shape of a receipt's body."""

    events: tuple[Recorded, ...]
    findings: tuple[FindingShown, ...]


encode_body = msgspec.json.Encoder().encode

__all__ = ["Entry", "IfMatch", "Raw", "Receipt", "ReceiptBody", "Recorded", "Request", "Waiter", "encode_body"]
