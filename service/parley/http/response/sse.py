"""Server-Sent Events (WHATWG HTML, section 9.2): the blocks that a stream is made of.

Events of the record have no ``event`` field, so that they are messages (`onmessage`). A heartbeat is an event of that
name and says where the stream is. It has data, although it needs none: a block without data sets the last event ID in
Chromium and in the standard, but not in Firefox and in libraries that look at ids only of what they dispatch.
"""

from typing import Final

MEDIA_TYPE: Final = "text/event-stream"

HEARTBEAT: Final = "heartbeat"

RETRY_MS: Final = 2000
"""How long a client waits before it comes back, in milliseconds."""


def message(position: int, envelope: bytes) -> bytes:
    """An event of the record, on one line; a line's end in its JSON can only be white space, and would end the data."""
    return b"id: %d\ndata: %s\n\n" % (position, envelope.translate(None, b"\r\n"))


def heartbeat(position: int) -> bytes:
    """A sign of life: everything that is wanted up to this position was sent."""
    return b'event: %s\nid: %d\ndata: {"position":%d}\n\n' % (HEARTBEAT.encode(), position, position)


def turn(position: int) -> bytes:
    """How a stream begins and ends: where it is, and when to come back once it ends."""
    return b"retry: %d\n" % RETRY_MS + heartbeat(position)
