"""A generated record as the file that `parley export` would write of it, for `parley import`."""

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec
from msgspec import Raw

from bench.generator.record import Stored
from parley.store.exchange import ENDED, SOURCE, Line
from parley.store.log import GENESIS

_encode: Final = msgspec.json.Encoder().encode


def lines(events: Iterable[Stored]) -> Iterator[bytes]:
    """A line of JSON an event, with its line break, then the line that ends an export."""
    position, hash_, recorded_at = 0, GENESIS, "0001-01-01T00:00:00Z"
    for stored in events:
        position, hash_, recorded_at = stored.position, stored.hash, stored.recorded_at
        yield _line(stored)
    end = Line(
        id=f"head-{position}",
        source=SOURCE,
        type=ENDED,
        subject="record",
        time=recorded_at,
        sequence=str(position),
        streamversion="0",
        hash=hash_.hex(),
        data=Raw(b"{}"),
    )
    yield _encode(end) + b"\n"


def _line(stored: Stored) -> bytes:
    written = stored.written
    line = Line(
        id=written.event_id or "",
        source=SOURCE,
        type=written.topic,
        subject=written.stream,
        time=stored.recorded_at,
        sequence=str(stored.position),
        streamversion=str(written.version),
        hash=stored.hash.hex(),
        data=Raw(written.state),
    )
    return _encode(line) + b"\n"
