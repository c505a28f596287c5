"""The tail by itself: everything is done once for all, and joining and leaving at awkward moments loses nothing."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack

import asyncpg
import pytest

from parley.feed.feed import Feed
from parley.feed.followers import Follower
from parley.http.response import sse
from parley.recording import Recording
from parley.store.filters import ALL, Filter, parties_named
from tests.record.desk import PATIENCE_S, connection, until
from tests.record.world import request, said


def never() -> None:
    raise AssertionError("nobody is slow here")


async def told(follower: Follower, last: int) -> bytes:
    """All that a follower is told until a position."""
    found = b""
    async with asyncio.timeout(PATIENCE_S):
        while follower.position < last:
            found += await follower.next() or b""
    return found


async def test_event_that_many_want_is_framed_and_decoded_once(
    talks: Recording, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ninety-nine followers, of three filters: every event is made into a frame once, and decoded once at most."""
    framed: Counter[int] = Counter()
    decoded: list[int] = []

    def parties(row: asyncpg.Record) -> frozenset[str]:
        decoded.append(row["notification_id"])
        return parties_named(row)

    monkeypatch.setattr("parley.store.filters.parties_named", parties)

    def frame(position: int, envelope: bytes) -> bytes:
        framed[position] += 1
        return sse.message(position, envelope)

    feed = Feed(talks.servers, talks.pool, frame, talks.stop_at)
    feed.start()
    filters = [ALL, Filter(party="russia"), Filter(unit="talks", party="russia")]
    async with AsyncExitStack() as stack:
        followers = [
            await stack.enter_async_context(feed.follow(filters[number % 3], 8, 8, never)) for number in range(99)
        ]
        telling = [asyncio.create_task(told(follower, 11)) for follower in followers]
        await asyncio.sleep(0)
        assert all(follower._joined for follower in followers)
        await talks.record(request(said("one"), said("two"), said("nothing", by="ukraine")))
        for follower, found in zip(followers, await asyncio.gather(*telling), strict=True):
            assert found.count(b"\ndata: ") == (3 if follower.wanted is ALL else 2)
    await feed.close()
    assert framed == {9: 1, 10: 1, 11: 1}
    assert decoded == [9, 10]  # the letters of the other name nobody of these


async def test_first_who_comes_while_the_tail_still_reads_for_the_last_who_left_is_told_all(
    talks: Recording, database: str, psql: asyncpg.Connection
) -> None:
    """What the tail has asked for lies behind another position than the one from which the newcomer follows."""
    feed = Feed(talks.servers, talks.pool, sse.message, talks.stop_at)
    feed.start()
    async with connection(database) as own, AsyncExitStack() as stack:
        async with own.transaction():
            await own.execute("LOCK TABLE parley_events IN ACCESS EXCLUSIVE MODE")
            async with feed.follow(ALL, 5, 8, never) as last:
                asking = asyncio.create_task(last.next())
                await until(lambda: tail_waits(psql))
                asking.cancel()
            newcomer = await stack.enter_async_context(feed.follow(ALL, 0, 8, never))
            telling = asyncio.create_task(told(newcomer, 8))
            await feed._tail.followed.wait()
        assert (await telling).count(b"\ndata: ") == 8
    await feed.close()


async def tail_waits(own: asyncpg.Connection) -> bool:
    """Whether the feed's connection waits for a lock."""
    waiting = """
        SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'parley feed' AND wait_event_type = 'Lock'
    """
    return bool(await own.fetchval(waiting))
