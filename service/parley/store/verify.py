"""Proof that nobody rewrote the record: the chain is computed again over the raw stored bytes.

What stands beside them is compared with them: ids and units of events, the head, and the events that answers by key
name. The tables have to be as Parley makes them, because a column that is computed can be made one that is not.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from importlib.resources import files
from typing import Final, NamedTuple
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Struct

from parley.store.log import GENESIS, Written, chained
from parley.store.migrate import MigrationError, check_version
from parley.store.sql import statements

SQL: Final = statements("parley.store", "verify.sql")
DEFINITION: Final = frozenset(files("parley.store").joinpath("definition.txt").read_text("utf-8").splitlines())
"""How the tables of the record are made, a line each: what the query `definition` returns of a new database."""
_PAGE: Final = 5_000


class Checked(NamedTuple):
    """How far the record holds: the last position checked, its hash, and how many positions there are."""

    position: int
    hash: bytes
    total: int


class RecordBroken(Exception):
    """The record is not as Parley recorded it."""


class ChainBroken(RecordBroken):
    """The record does not hold from this position on. ``position``: the first that does not; ``reason``: why."""

    def __init__(self, position: int, reason: str) -> None:
        super().__init__(f"Position {position} does not hold: {reason}")
        self.position = position
        self.reason = reason


class AnswerAstray(RecordBroken):
    """An answer by Idempotency-Key names events that are not on record."""

    def __init__(self, recorded_by: str, key: str) -> None:
        super().__init__(f"The answer to {recorded_by} under the key {key} names events that are not on record")


class DefinitionChanged(RecordBroken):
    """A table of the record is not made as Parley makes it. ``extra`` and ``missing``: parts of its definition."""

    def __init__(self, extra: frozenset[str], missing: frozenset[str]) -> None:
        parts = [f"it has {one!r}" for one in sorted(extra)] + [f"it lacks {one!r}" for one in sorted(missing)]
        super().__init__(f"The database is not as Parley made it: {'; '.join(parts)}")


class _Id(Struct):
    """The id of an event as its hashed bytes have it."""

    id: str | None = None


_id_decoder: Final = msgspec.json.Decoder(_Id)


class KnownHead(NamedTuple):
    """A head that somebody wrote down earlier: the record must still hold it. ``called``: what it is, in a sentence."""

    position: int
    hash: bytes
    called: str = "the known head"


class _Known:
    """Known heads, which the chain is held against as it is computed."""

    def __init__(self, heads: Sequence[KnownHead]) -> None:
        self._heads: defaultdict[int, list[KnownHead]] = defaultdict(list)
        for head in heads:
            self._heads[head.position].append(head)
        self._held: KnownHead | None = None

    def check(self, position: int, hash_: bytes) -> None:
        """Raise ChainBroken where a head that is known of this position has another hash."""
        for head in self._heads.get(position, ()):
            if head.hash != hash_:
                upto = f"; {self._held.called} holds at position {self._held.position}" if self._held else ""
                raise ChainBroken(position, f"its hash is {hash_.hex()}; {head.called} has {head.hash.hex()}{upto}")
            self._held = head

    def check_end(self, position: int) -> None:
        """Raise ChainBroken where a head is known of a position behind the last."""
        behind = min((known for known in self._heads if known > position), default=None)
        if behind is not None:
            called = self._heads[behind][0].called
            raise ChainBroken(position + 1, f"the record ends at {position}; {called} is of position {behind}")


async def verify(connection: asyncpg.Connection, known: Sequence[KnownHead] = ()) -> AsyncIterator[Checked]:
    """Check the whole record; yields after each page of the chain how far it holds. Memory stays flat.

    ``known`` are heads of earlier days, as `GET /v1/log/head` and checkpoints tell them: they find a tail that was cut
    off, or rewritten together with all its hashes. Raises ChainBroken at the first position that does not hold,
    DefinitionChanged and AnswerAstray. Reads one snapshot. The chain does not cover which fingerprint an answer by key
    has, nor when it came.
    """
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await _check_definition(connection)
        head = await connection.fetchrow("SELECT position, hash FROM head")
        if head is None:
            raise ChainBroken(1, "the head of the record is missing, which tells where the record ends")
        before = await connection.fetchval(SQL["before_the_first"])
        if before is not None:
            raise ChainBroken(before, "it lies before the first position, which is 1")
        position, previous, heads = 0, GENESIS, _Known(known)
        heads.check(position, previous)
        while rows := await connection.fetch(SQL["events"], position, _PAGE):
            for row in rows:
                position += 1
                previous = _check(row, position, previous)
                heads.check(position, previous)
            yield Checked(position, previous, head["position"])
        _check_end(position, previous, head["position"], head["hash"])
        heads.check_end(position)
        astray = await connection.fetchrow(SQL["answer_astray"])
        if astray is not None:
            raise AnswerAstray(astray["recorded_by"], astray["key"])
        yield Checked(position, previous, head["position"])


async def _check_definition(connection: asyncpg.Connection) -> None:
    try:
        await check_version(connection)
    except MigrationError:  # a backup of an older release: what its tables have to be is not known here
        return
    found = frozenset(row["line"] for row in await connection.fetch(SQL["definition"]))
    if found != DEFINITION:
        raise DefinitionChanged(found - DEFINITION, DEFINITION - found)


def _check(row: asyncpg.Record, position: int, previous: bytes) -> bytes:
    if row["notification_id"] != position:
        raise ChainBroken(position, f"it is missing; the next one on record is {row['notification_id']}")
    stream, id_ = row["originator_id"], row["event_id"]
    event = Written(stream, row["originator_version"], row["topic"], row["state"], None)
    expected = chained(previous, position, event)
    if row["hash"] != expected:
        reason = f"its stored hash is {row['hash'].hex()}; its content after the hash before gives {expected.hex()}"
        raise ChainBroken(position, reason)
    if id_ != _id_in(row["state"]):
        raise ChainBroken(position, f"its id is {id_} in the table; its content says {_id_in(row['state'])}")
    if row["unit"] != stream.partition("/")[0]:
        raise ChainBroken(position, f"its unit is {row['unit']} in the table; its stream is {stream}")
    return expected


def _id_in(state: bytes) -> UUID | None:
    try:
        found = _id_decoder.decode(state).id
        return None if found is None else UUID(found)
    except (ValueError, RecursionError):  # these bytes came in by another way than Parley's, and are as they were
        return None


def _check_end(position: int, hash_: bytes, head_position: int, head_hash: bytes) -> None:
    if position < head_position:
        raise ChainBroken(position + 1, f"it is missing; the head is at {head_position}")
    if position > head_position:
        raise ChainBroken(head_position + 1, f"it lies behind the head, which is at {head_position}")
    if hash_ != head_hash:
        raise ChainBroken(position, f"its hash is {hash_.hex()}; the head has {head_hash.hex()}")
