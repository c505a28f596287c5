"""Proof that nobody rewrote the record: the chain is computed anew over the raw stored bytes."""

from collections.abc import AsyncIterator
from typing import Final, NamedTuple

import asyncpg

from parley.store.log import GENESIS, Written, chained

_PAGE: Final = 5_000
_EVENTS = """
SELECT notification_id, originator_id, originator_version, topic, state, hash
FROM parley_events WHERE notification_id > $1 ORDER BY notification_id LIMIT $2
"""


class Checked(NamedTuple):
    """How far the record holds: the last position checked, its hash, and how many positions there are."""

    position: int
    hash: bytes
    total: int


class ChainBroken(Exception):
    """The record does not hold from this position on. ``position``: the first that does not; ``reason``: why."""

    def __init__(self, position: int, reason: str) -> None:
        super().__init__(f"Position {position} does not hold: {reason}")
        self.position = position
        self.reason = reason


class KnownHead(NamedTuple):
    """A head that somebody wrote down earlier: the record must still hold it."""

    position: int
    hash: bytes


async def verify(connection: asyncpg.Connection, known: KnownHead | None = None) -> AsyncIterator[Checked]:
    """Check the whole chain, page by page; yields after each page how far it holds. Memory stays flat.

    ``known`` is a head from `GET /v1/log/head` of an earlier day: it finds a tail that was cut off, or written anew
    together with all its hashes. Raises ChainBroken at the first position that does not hold. Reads one snapshot.
    """
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        head = await connection.fetchrow("SELECT position, hash FROM head")
        assert head is not None, "the migration makes the head"
        position, previous = 0, GENESIS
        _check_known(known, position, previous)
        while rows := await connection.fetch(_EVENTS, position, _PAGE):
            for row in rows:
                position += 1
                previous = _check(row, position, previous)
                _check_known(known, position, previous)
            yield Checked(position, previous, head["position"])
        _check_end(position, previous, head["position"], head["hash"])
        if known is not None and known.position > position:
            raise ChainBroken(position + 1, f"the record ends at {position}; position {known.position} was known")
        yield Checked(position, previous, head["position"])


def _check(row: asyncpg.Record, position: int, previous: bytes) -> bytes:
    if row["notification_id"] != position:
        raise ChainBroken(position, f"it is missing; the next one on record is {row['notification_id']}")
    event = Written(row["originator_id"], row["originator_version"], row["topic"], row["state"], None)
    expected = chained(previous, position, event)
    if row["hash"] != expected:
        reason = f"its stored hash is {row['hash'].hex()}; its content after the hash before gives {expected.hex()}"
        raise ChainBroken(position, reason)
    return expected


def _check_known(known: KnownHead | None, position: int, hash_: bytes) -> None:
    if known is not None and known.position == position and known.hash != hash_:
        raise ChainBroken(position, f"its hash is {hash_.hex()}; the known head has {known.hash.hex()}")


def _check_end(position: int, hash_: bytes, head_position: int, head_hash: bytes) -> None:
    if position < head_position:
        raise ChainBroken(position + 1, f"it is missing; the head is at {head_position}")
    if position > head_position:
        raise ChainBroken(head_position + 1, f"it lies behind the head, which is at {head_position}")
    if hash_ != head_hash:
        raise ChainBroken(position, f"its hash is {hash_.hex()}; the head has {head_hash.hex()}")
