"""The log: positions, chain, uniqueness; whatever is written."""

import asyncio

import asyncpg
import pytest

from parley.store.log import GENESIS, Head, Written, lock_head, write
from tests.record.chain import hashes
from tests.record.desk import connection


async def append(own: asyncpg.Connection, *events: Written) -> Head:
    async with own.transaction():
        head, recorded_at = await lock_head(own)
        return await write(own, head, events, recorded_at)


def event(stream: str, version: int, topic: str = "any", state: bytes = b"", event_id: str | None = None) -> Written:
    return Written(stream, version, topic, state, event_id)


async def stored(own: asyncpg.Connection) -> list[asyncpg.Record]:
    return await own.fetch("SELECT * FROM parley_events ORDER BY notification_id")


async def test_write_any_topic_and_any_bytes_is_chained_as_documented(psql: asyncpg.Connection) -> None:
    """The chain can be recomputed from the raw rows alone, whatever they hold."""
    await append(psql, event("a", 7, "x" * 3000, bytes(range(256))), event("ä/語", 0, "", b"\xff\x00" * 5000))
    await append(psql)
    head = await append(psql, event("a", 8, "語", b"{}"), event("", 2**40))

    rows = await stored(psql)
    assert [row["notification_id"] for row in rows] == [1, 2, 3, 4]
    assert hashes(rows)[0] == GENESIS
    assert [row["hash"] for row in rows] == hashes(rows)[1:]
    assert head[:2] == (4, hashes(rows)[-1])
    assert [tuple(row) for row in await psql.fetch("SELECT position, hash, recorded_at FROM head")] == [tuple(head)]


async def test_write_by_several_connections_at_once_gives_dense_positions_in_commit_order(database: str) -> None:
    """Positions are dense however many write, and who commits later has the higher ones."""

    async def writer(number: int) -> list[Head]:
        async with connection(database) as own:
            return [
                await append(own, *(event(f"stream-{number}", turn * 3 + index) for index in range(1 + turn % 3)))
                for turn in range(10)
            ]

    heads = await asyncio.gather(*(writer(number) for number in range(6)))

    async with connection(database) as own:
        rows = await stored(own)
    assert [row["notification_id"] for row in rows] == list(range(1, len(rows) + 1))
    assert [row["hash"] for row in rows] == hashes(rows)[1:]
    for mine in heads:
        assert mine == sorted(mine)
    every = sorted(head for mine in heads for head in mine)
    assert [head.recorded_at for head in every] == sorted({head.recorded_at for head in every})


async def test_write_taken_version_is_refused_and_nothing_is_written(psql: asyncpg.Connection) -> None:
    """A version of a stream is written once; the whole transaction fails."""
    await append(psql, event("a", 1))
    with pytest.raises(asyncpg.UniqueViolationError):
        await append(psql, event("b", 1), event("a", 1))
    assert [row["originator_id"] for row in await stored(psql)] == ["a"]


async def test_write_taken_event_id_is_refused_and_none_is_no_id(psql: asyncpg.Connection) -> None:
    """An event id is written once, in any stream; events without one never collide."""
    taken = "00000000-0000-7000-8000-000000000001"
    await append(psql, event("a", 1, event_id=taken), event("b", 1), event("c", 1))
    with pytest.raises(asyncpg.UniqueViolationError):
        await append(psql, event("d", 1, event_id=taken))
    assert len(await stored(psql)) == 3


async def test_roll_back_after_write_hands_the_positions_out_again(psql: asyncpg.Connection) -> None:
    """What was never committed leaves no gap: the next writer gets the same positions and the same previous hash."""
    before = await append(psql, event("a", 1))
    transaction = psql.transaction()
    await transaction.start()
    head, recorded_at = await lock_head(psql)
    await write(psql, head, [event("lost", 1), event("lost", 2)], recorded_at)
    await transaction.rollback()

    after = await append(psql, event("b", 1))

    assert (before.position, after.position) == (1, 2)
    rows = await stored(psql)
    assert [row["originator_id"] for row in rows] == ["a", "b"]
    assert [row["hash"] for row in rows] == hashes(rows)[1:]


async def test_write_while_the_clock_is_behind_goes_on_from_the_last_time(psql: asyncpg.Connection) -> None:
    """`recorded_at` never runs backwards, not when the database's clock does."""
    await append(psql, event("a", 1))
    await psql.execute("UPDATE head SET recorded_at = '2999-12-31T23:59:59.999999Z'")

    first = await append(psql, event("a", 2))
    second = await append(psql, event("a", 3))

    assert first.recorded_at.isoformat() == "3000-01-01T00:00:00+00:00"
    assert second.recorded_at.isoformat() == "3000-01-01T00:00:00.000001+00:00"
