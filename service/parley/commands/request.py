"""What a client asks the record to do, and what the writer answers."""

import asyncio
from collections.abc import Iterable
from contextvars import Context
from typing import NamedTuple

import msgspec
from msgspec import Struct

from negotiation.documents.views import FindingShown
from negotiation.envelope import Recorded, Submission
from negotiation.refusals import Refusal
from parley.store.codec import envelope_json
from parley.store.errors import DatabaseUnavailable, RecordError, RecordUnavailable


class Entry(Struct, frozen=True, gc=False):
    """One submission for one stream. As many as wait are nothing that Python looks through for garbage."""

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


class Trial(Struct, frozen=True):
    """A request is only tried: it is decided as a real one, and nothing of it is recorded.

    ``unsound``: entries that are not well formed as they were sent, mended so that the rest of them can be decided.
    ``unsure_after``: entries behind this one may name what it, or one that is left out before them, was to give a name;
    None: there is no such entry.
    """

    unsound: frozenset[int] = frozenset()
    unsure_after: int | None = None


class Request(Struct, frozen=True, kw_only=True):
    """Entries to be recorded, all or none, each decided after the one before.

    ``key``: an Idempotency-Key, scoped by ``recorded_by``; ``fingerprint`` (32 bytes) tells whether a later request
    under the same key is the same one. ``timeout_s``: how long to try, in seconds.
    ``size``: of what was sent, in bytes. ``client``: who takes turns with others when many requests wait.
    ``trial``: nothing is to be recorded.
    """

    entries: tuple[Entry, ...]
    recorded_by: str
    key: str | None = None
    fingerprint: bytes = b""
    if_match: IfMatch | None = None
    timeout_s: float = 10.0
    size: int = 0
    client: str = ""
    trial: Trial | None = None

    @property
    def weight(self) -> int:
        """How much work it is; see `weight_of`."""
        return weight_of(len(self.entries), self.size)


BYTES_AN_EVENT = 2_048


def weight_of(events: int, size: int) -> int:
    """How much work a request is to record: as many events, or one for each 2 KiB of what was sent if that is more."""
    return max(events, -(-size // BYTES_AN_EVENT))


class Stored(NamedTuple):
    """An event as it stands in the record."""

    event_id: str
    stream: str
    version: int
    position: int
    state: bytes


class Acknowledged(Struct, frozen=True):
    """The events of a request, committed. ``replayed``: they were recorded before, and nothing was recorded now."""

    events: tuple[Stored, ...]
    replayed: bool = False

    @property
    def positions(self) -> tuple[int, ...]:
        """Where the events are, in the order of the request's entries."""
        return tuple([one.position for one in self.events])


class Tried(Struct, frozen=True, kw_only=True):
    """What would have come of a request; nothing of it was recorded.

    ``position``: where the record ended then. ``events``: what would be recorded behind it; ``on_record``: what was
    recorded before by the same key or ids. ``faults``: all that keeps the request out, in the order of its entries;
    ``undecided``: the entries that speak about others which are refused.
    """

    position: int
    events: tuple[Stored, ...] = ()
    on_record: tuple[Stored, ...] = ()
    faults: tuple[Refusal | RecordError, ...] = ()
    undecided: tuple[int, ...] = ()


class Receipt(Struct, frozen=True, kw_only=True):
    """What was recorded. ``body``: the answer as JSON, a `ReceiptBody` or a `MinimalBody`.

    ``replayed``: it was recorded before, by the same key or the same event ids, and nothing was recorded now.
    """

    body: bytes
    first_position: int
    last_position: int
    replayed: bool = False


class ReceiptBody(Struct, frozen=True, kw_only=True):
    """The shape of a receipt's body. ``findings``: null where they could not be looked for in time."""

    events: tuple[Recorded, ...]
    findings: tuple[FindingShown, ...] | None


class Placed(Struct, frozen=True, kw_only=True):
    """An event's id, and where it stands in the record."""

    id: str
    position: int


class MinimalBody(Struct, frozen=True, kw_only=True):
    """The shape of a receipt's body where the client asks for no more than ids and positions."""

    events: tuple[Placed, ...]


_encode = msgspec.json.Encoder().encode


def receipt(acknowledged: Acknowledged, findings: Iterable[bytes] | None) -> Receipt:
    """The answer with the envelopes, and the findings as JSON each; None where they are not known."""
    events = b",".join([envelope_json(one.state, one.stream, one.version, one.position) for one in acknowledged.events])
    found = b"null" if findings is None else b"[" + b",".join(findings) + b"]"
    return _receipt(acknowledged, b'{"events":[' + events + b'],"findings":' + found + b"}")


def minimal_receipt(acknowledged: Acknowledged) -> Receipt:
    """The answer with ids and positions alone."""
    placed = tuple([Placed(id=one.event_id, position=one.position) for one in acknowledged.events])
    return _receipt(acknowledged, _encode(MinimalBody(events=placed)))


def _receipt(acknowledged: Acknowledged, body: bytes) -> Receipt:
    positions = acknowledged.positions
    return Receipt(
        body=body,
        first_position=positions[0],
        last_position=positions[-1],
        replayed=acknowledged.replayed,
    )


class Waiter(Struct, eq=False):
    """A request and its future answer, until ``deadline`` (the loop's clock, seconds).

    ``asked_in``: the context of the caller, which tells an observer the trace that the request belongs to. ``start``:
    its turn in the queue. ``begun``: it may be on record, because the database was asked to write it.
    """

    request: Request
    answer: "asyncio.Future[Acknowledged | Tried]"
    deadline: float
    asked_in: Context
    start: float = 0.0
    begun: bool = False

    def too_late(self) -> RecordError:
        """The error that says as much as is known: that nothing was recorded, or that it may have been."""
        return RecordUnavailable() if self.begun else DatabaseUnavailable()

    def settle(self, verdict: Acknowledged | Tried | BaseException) -> None:
        """Answer, unless nobody waits any more."""
        if self.answer.done():
            return
        if isinstance(verdict, Acknowledged | Tried):
            self.answer.set_result(verdict)
        else:
            self.answer.set_exception(verdict)
