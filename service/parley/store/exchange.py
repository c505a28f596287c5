"""The whole record as a file, and back: a line of JSON an event, in the shape of CloudEvents 1.0.

An export can be read by any tool that knows CloudEvents, and imported into an empty database, where it gives the same
positions, hashes and read models byte for byte. ``data`` is the stored state, byte for byte. CloudEvents' integers have
32 bits, so positions and versions are written as text. The last line tells where the record ended, so that a file that
was cut off is not taken for whole. Answers under an Idempotency-Key are not part of it.
"""

from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import datetime
from typing import Annotated, Final

import asyncpg
import msgspec
from msgspec import Meta, Raw, Struct

from parley.store.admitted import fault_of
from parley.store.codec import UNDECODABLE, decode_state
from parley.store.damage import event_of, inspect
from parley.store.filters import LAST
from parley.store.log import GENESIS, SQL, Head, Written, chained, lock_head, read_head
from parley.store.progress import Progress

_PAGE: Final = 2_000
_EVENTS: Final = """
SELECT notification_id, originator_id, originator_version, topic, state, hash, event_id::text AS event_id
FROM parley_events WHERE notification_id > $1 AND notification_id <= $2 ORDER BY notification_id LIMIT $3
"""
_COLUMNS: Final = (
    "originator_id",
    "originator_version",
    "topic",
    "state",
    "notification_id",
    "event_id",
    "hash",
)
SOURCE: Final = "parley"
ENDED: Final = "parley.ExportEnded"
MOST_BYTES_IN_A_LINE: Final = 4 << 20

_Number = Annotated[str, Meta(pattern="^[0-9]{1,19}$")]
_Hash = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]


class Line(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A line of an export. ``sequence``: the position; ``streamversion``, ``hash``: extension attributes of ours."""

    specversion: str = "1.0"
    id: str
    source: str
    type: str
    subject: str
    time: str
    datacontenttype: str = "application/json"
    sequence: _Number
    streamversion: _Number
    hash: _Hash
    data: Raw


_encode = msgspec.json.Encoder().encode
_decoder = msgspec.json.Decoder(Line)


class ImportRefused(Exception):
    """The record is not empty, so nothing can be imported into it."""

    def __init__(self, position: int) -> None:
        super().__init__(f"The record already holds {position} events. Import into an empty database.")


class LineDamaged(Exception):
    """A line of an export is not what was exported; nothing of the file was imported."""

    def __init__(self, number: int, reason: str) -> None:
        super().__init__(f"line {number}: {reason}")
        self.number = number
        self.reason = reason


# -- out


async def export(connection: asyncpg.Connection) -> AsyncIterator[tuple[bytes, Progress]]:
    """Give the whole record as lines of NDJSON, some at a time, with how far it is.

    Reads one snapshot; memory is flat. Raises RecordDamaged where an event is missing or cannot be read.
    """
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await inspect(connection, 0, LAST)
        head = await read_head(connection)
        position = 0
        while rows := await connection.fetch(_EVENTS, position, head.position, _PAGE):
            position = rows[-1]["notification_id"]
            yield b"".join(_line(row) for row in rows), Progress(position, head.position)
        yield _last_line(head), Progress(head.position, head.position)


def _line(row: asyncpg.Record) -> bytes:
    state: bytes = row["state"]
    stored = event_of(row)
    line = Line(
        id=row["event_id"],
        source=SOURCE,
        type=row["topic"],
        subject=row["originator_id"],
        time=stored.recorded_at,
        sequence=str(row["notification_id"]),
        streamversion=str(row["originator_version"]),
        hash=row["hash"].hex(),
        data=Raw(state),
    )
    return _encode(line) + b"\n"


def _last_line(head: Head) -> bytes:
    line = Line(
        id=f"head-{head.position}",
        source=SOURCE,
        type=ENDED,
        subject="record",
        time=_instant_text(head.recorded_at) if head.position else "0001-01-01T00:00:00Z",
        sequence=str(head.position),
        streamversion="0",
        hash=head.hash.hex(),
        data=Raw(b"{}"),
    )
    return _encode(line) + b"\n"


def _instant_text(instant: datetime) -> str:
    return instant.isoformat(timespec="microseconds").replace("+00:00", "Z")


# -- in


class _Chain:
    """The record as far as it was read from the file."""

    def __init__(self, now: str) -> None:
        """``now``: what was recorded later is refused; empty: what an event says of itself is not looked at."""
        self._now = now
        self.position = 0
        self.hash = GENESIS
        self.recorded_at = ""
        self.ended = False
        self._versions: dict[str, int] = {}

    def take(self, number: int, text: bytes) -> Written | None:
        """Check a line against what came before it; give its event, None for the last line."""
        if self.ended:
            raise LineDamaged(number, "it stands behind the line that ends the export: remove it")
        if len(text) > MOST_BYTES_IN_A_LINE:
            raise LineDamaged(number, f"it has {len(text)} bytes, more than any line of an export")
        try:
            line = _decoder.decode(text)
        except (msgspec.DecodeError, *UNDECODABLE) as error:
            raise LineDamaged(number, str(error)) from error
        if line.type != ENDED:
            return self._event(number, line)
        self._end(number, line)
        return None

    def _end(self, number: int, line: Line) -> None:
        if (int(line.sequence), line.hash) != (self.position, self.hash.hex()):
            raise LineDamaged(number, f"the export ended at position {line.sequence}, the lines before end elsewhere")
        self.ended = True

    def _event(self, number: int, line: Line) -> Written:
        state = bytes(line.data)
        event = Written(line.subject, int(line.streamversion), line.type, state, line.id)
        position = self.position + 1
        if int(line.sequence) != position:
            raise LineDamaged(number, f"its position is {line.sequence}; {position} comes next")
        if event.version != self._versions.get(event.stream, 0) + 1:
            raise LineDamaged(number, f"its version in {event.stream} is {event.version}, which does not come next")
        hash_ = chained(self.hash, position, event)
        if hash_.hex() != line.hash:
            raise LineDamaged(number, "its content does not give its hash after the line before")
        try:
            stored = decode_state(state, stream=event.stream, version=event.version)
        except msgspec.DecodeError as error:
            raise LineDamaged(number, f"data: {error}") from error
        if (stored.id, type(stored.event).TOPIC) != (line.id, line.type):
            raise LineDamaged(number, "its id or type is not the one in its data")
        if self._now:
            fault = fault_of(stored, state, before=self.recorded_at, now=self._now)
            if fault is not None:
                raise LineDamaged(number, fault)
        self._versions[event.stream] = event.version
        self.position, self.hash, self.recorded_at = position, hash_, stored.recorded_at
        return event


async def import_(
    connection: asyncpg.Connection, lines: Iterable[bytes], *, trust: bool = False
) -> AsyncIterator[Progress]:
    """Import an export into an empty record, in one transaction: all of it, or nothing. Read models follow.

    Yields how many events were read; the total is not known (0). ``trust``: also what the API could not have recorded,
    if its hashes are right.

    Raises ImportRefused or LineDamaged. The transaction ends with the iteration: a caller
    that stops early rolls it back.
    """
    async with connection.transaction():
        head, _ = await lock_head(connection)
        if head.position > 0:
            raise ImportRefused(head.position)
        now = await connection.fetchval("SELECT clock_timestamp()")
        chain = _Chain("" if trust else _instant_text(now))
        number = 0
        for page in _pages(lines):
            events: list[tuple[Written, int, bytes]] = []
            for text in page:
                number += 1
                event = chain.take(number, text)
                if event is not None:
                    events.append((event, chain.position, chain.hash))
            await _write(connection, events)
            yield Progress(chain.position, 0)
        if not chain.ended:
            raise LineDamaged(number + 1, "the line that ends the export is missing: the file was cut off")
        if chain.position:
            recorded_at = datetime.fromisoformat(chain.recorded_at)
            await connection.execute(SQL["move_head"], chain.position, chain.hash, recorded_at)


def _pages(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    page: list[bytes] = []
    for line in lines:
        page.append(line)
        if len(page) == _PAGE:
            yield page
            page = []
    if page:
        yield page


async def _write(connection: asyncpg.Connection, events: list[tuple[Written, int, bytes]]) -> None:
    rows = [
        (event.stream, event.version, event.topic, event.state, position, event.event_id, hash_)
        for event, position, hash_ in events
    ]
    await connection.copy_records_to_table("parley_events", records=rows, columns=_COLUMNS)
