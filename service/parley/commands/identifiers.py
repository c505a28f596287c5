"""Event ids: UUID version 7 (RFC 9562), in order of time."""

import secrets
import time
import uuid


def new_event_id() -> str:
    """A new UUID version 7, as text in lower case."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds << 80) | secrets.randbits(80)
    value &= ~(0xF << 76) & ~(0x3 << 62)
    return str(uuid.UUID(int=value | (7 << 76) | (2 << 62)))
