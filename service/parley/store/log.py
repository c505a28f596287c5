"""The log: dense positions in commit order, one hash chain, uniqueness. It takes any topic and any bytes.

Positions are handed out by one row, `head`, locked by whoever writes; so a reader that has seen a position never
later finds a new event below it. hash = SHA-256(previous hash, position, stream, version, topic, state): integers as
8 bytes, lengths of texts and states as 4 bytes, all big-endian, over the raw stored bytes; the first previous hash is
32 zero bytes.
"""

import struct
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, NamedTuple, TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from parley.store.arrays import numbers, slices, texts, uuids
from parley.store.errors import RecordDamaged
from parley.store.sql import statements

SQL: Final = statements("parley.store", "log.sql")

SCHEMA: Final = "parley"
"""The schema in the database that the record is kept in."""

GENESIS: Final = bytes(32)
"""The hash before the first event."""

_MICROSECOND: Final = timedelta(microseconds=1)


AnyConnection: TypeAlias = asyncpg.Connection | PoolConnectionProxy
"""A connection, whether it is a pool's or not."""


class Head(NamedTuple):
    """Where the record ends: the last position (0: empty), its hash (32 bytes), when it was recorded (UTC)."""

    position: int
    hash: bytes
    recorded_at: datetime


class Written(NamedTuple):
    """An event to be written: ``event_id`` is a UUID as text, or None where events have none."""

    stream: str
    version: int
    topic: str
    state: bytes
    event_id: str | None


def chained(previous: bytes, position: int, event: Written) -> bytes:
    """The hash of an event at a position: 32 bytes."""
    stream, topic = event.stream.encode(), event.topic.encode()
    return sha256(
        b"".join(
            (
                previous,
                struct.pack(">QI", position, len(stream)),
                stream,
                struct.pack(">QI", event.version, len(topic)),
                topic,
                struct.pack(">I", len(event.state)),
                event.state,
            )
        )
    ).digest()


def head_of(row: asyncpg.Record | None) -> asyncpg.Record:
    """The row that a query of the head gave; raises RecordDamaged where there was none."""
    if row is None:
        raise RecordDamaged(reason="the row of `head` is missing, which tells where the record ends")
    return row


async def read_head(queries: AnyConnection | asyncpg.Pool) -> Head:
    """Where the record ends; raises RecordDamaged where that is not told."""
    return Head(*head_of(await queries.fetchrow(SQL["read_head"])))


async def lock_head(connection: AnyConnection) -> tuple[Head, datetime]:
    """Take the head for this transaction; give it, and the time of what is recorded now, which never runs backwards."""
    row = head_of(await connection.fetchrow(SQL["lock_head"]))
    head = Head(row["position"], row["hash"], row["recorded_at"])
    return head, time_of(head, row["clock"])


def time_of(head: Head, clock: datetime) -> datetime:
    """When what comes behind the head is recorded, by the database's clock: time never runs backwards."""
    return clock if head.position == 0 else max(clock, head.recorded_at + _MICROSECOND)


class Answers(NamedTuple):
    """Answers under Idempotency-Keys, a column each (arrays.py); positions of events are arrays in text."""

    recorded_by: str
    keys: str
    fingerprints: bytes
    positions: str


NO_ANSWERS: Final = Answers("{}", "{}", b"", "{}")


class HeadMoved(Exception):
    """Another service recorded something meanwhile, and nothing was written."""


async def write(
    connection: AnyConnection,
    head: Head,
    events: Sequence[Written],
    recorded_at: datetime,
    answers: Answers = NO_ANSWERS,
) -> Head:
    """Write events behind the head, and answers by key; return the new head.

    Raises HeadMoved, unless this transaction holds the head, and asyncpg.UniqueViolationError where a version of a
    stream or an event id is taken.
    """
    position, previous = head.position, head.hash
    hashes: list[bytes] = []
    for event in events:
        position += 1
        previous = chained(previous, position, event)
        hashes.append(previous)
    states = slices([event.state for event in events])
    rows = await connection.fetch(
        SQL["append"],
        head.position,
        texts([event.stream for event in events]),
        numbers(event.version for event in events),
        texts([event.topic for event in events]),
        *states,
        uuids(event.event_id for event in events),
        b"".join(hashes),
        position,
        previous,
        recorded_at if events else head.recorded_at,
        *answers,
        recorded_at,
        head.hash,
    )
    if not rows[0]["written"]:
        raise HeadMoved
    return Head(position, previous, recorded_at if events else head.recorded_at)
