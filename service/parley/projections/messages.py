"""What a process that projects, and the process that started it, say to each other: msgpack behind its length."""

from typing import Any, Final, TypeAlias

import msgspec
from msgspec import Struct

from parley.store.errors import EventUnreadable, ReadModelBroken, ReadModelsBehind, RecordDamaged, RecordError

LENGTH: Final = 4
"""Bytes of the length before each message, big-endian."""


class Begin(Struct, frozen=True, tag=True):
    """What a worker works on. ``background``: it follows the record by itself; else it does what it is asked."""

    dsn: str
    number: int
    of: int
    background: bool


class Project(Struct, frozen=True, tag=True):
    """Bring the read models of a unit up to a position."""

    id: int
    unit: str
    at_least: int


class FindingsOf(Struct, frozen=True, tag=True):
    """Tell what does not add up with events."""

    id: int
    unit: str
    positions: tuple[int, ...]
    ids: tuple[str, ...]


class Settle(Struct, frozen=True, tag=True):
    """Wait until nothing lags."""

    id: int
    within_s: float


class Committed(Struct, frozen=True, tag=True):
    """Something was recorded in these units."""

    units: tuple[str, ...]
    position: int


class AskStatus(Struct, frozen=True, tag=True):
    """Tell how far read models are behind."""

    id: int


class ProjectAnew(Struct, frozen=True, tag=True):
    """Compose everything of these units, and put right what differs."""

    id: int
    units: tuple[str, ...]


Asked: TypeAlias = Begin | Project | FindingsOf | Settle | Committed | AskStatus | ProjectAnew


class Answered(Struct, frozen=True, tag=True):
    """The answer to what was asked under an id; its type depends on the question."""

    id: int
    value: Any


class Failed(Struct, frozen=True, tag=True):
    """What was asked under an id ended in an error of this name."""

    id: int
    error: str
    facts: dict[str, str]


class Logged(Struct, frozen=True, tag=True):
    """A line for the log of the parent."""

    level: int
    logger: str
    message: str


Said: TypeAlias = Answered | Failed | Logged

ERRORS: Final[dict[str, type[RecordError]]] = {
    error.__name__: error for error in (ReadModelBroken, ReadModelsBehind, RecordDamaged, EventUnreadable)
}

_encoder = msgspec.msgpack.Encoder()
asked_of = msgspec.msgpack.Decoder(Asked)
said_of = msgspec.msgpack.Decoder(Said)


def message(content: Struct) -> bytes:
    """A message as it is sent."""
    body = _encoder.encode(content)
    return len(body).to_bytes(LENGTH, "big") + body
