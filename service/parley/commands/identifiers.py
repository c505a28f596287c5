"""Event ids: UUID version 7 (RFC 9562), in order of time."""

import secrets
import time
import uuid
from typing import Final

_RANDOM_BYTES: Final = 10


def new_event_id() -> str:
    """A new UUID version 7, as text in lower case."""
    return new_event_ids(1)[0]


def new_event_ids(number: int) -> list[str]:
    """So many of them, for which the system is asked once: each time it is asked, another thread takes over."""
    at = (time.time_ns() // 1_000_000) << 80
    random = secrets.token_bytes(number * _RANDOM_BYTES)
    pieces = (random[begin : begin + _RANDOM_BYTES] for begin in range(0, len(random), _RANDOM_BYTES))
    return [_event_id(at | int.from_bytes(piece)) for piece in pieces]


def _event_id(value: int) -> str:
    value &= ~(0xF << 76) & ~(0x3 << 62)
    return str(uuid.UUID(int=value | (7 << 76) | (2 << 62)))
