"""Nothing is lost and nothing comes twice: joins, restarts, replicas, lost connections, lost hints, a lost record."""

import asyncio
import contextlib
from contextlib import AsyncExitStack
from itertools import count

import asyncpg
import pytest

from parley.embedded import EmbeddedPostgres
from tests.faults.proxy import SIDES, Cut, Side, Step, proxied
from tests.feed.conftest import cut_feeds
from tests.feed.reader import Reader, Refused, following
from tests.feed.services import Service, served
from tests.record.desk import at_work
from tests.record.world import negotiation, parties, request, said


async def told_up_to(reader: Reader, last: int) -> None:
    """The reader is told of every event up to a position, each once and in order."""
    while reader.last_id < last:
        before = reader.last_id
        assert (await reader.message()).id == before + 1


async def follow_up_to(service: Service, after: int, last: int) -> None:
    """Follow from a position until another."""
    async with following(service.address, after=after) as reader:
        await told_up_to(reader, last)


@pytest.mark.parametrize(("page", "near"), [(200, 1000), (3, 4)])
async def test_join_at_any_moment_while_two_replicas_record_has_no_gap_and_no_repeat(
    database: str, monkeypatch: pytest.MonkeyPatch, page: int, near: int
) -> None:
    """Readers come at every fifth event, from the beginning, the middle and the end, far behind the tail or near it."""
    monkeypatch.setattr("parley.feed.followers.PAGE", page)
    monkeypatch.setattr("parley.feed.followers.NEAR", near)
    last = 8 + 200
    async with served(database) as one, served(database) as other, asyncio.TaskGroup() as readers:
        await one.recording.record(parties())
        await one.recording.record(negotiation())
        for number in range(100):
            told = await asyncio.gather(one.record(said(f"{number}")), other.record(said(f"{number} too")))
            if number % 5 == 0:
                now = max(events[0]["position"] for events in told)
                for service, after in ((one, 0), (other, now // 2), (one, now), (other, now)):
                    readers.create_task(follow_up_to(service, after, last))


async def test_follow_on_one_replica_tells_what_another_records(service: Service, database: str) -> None:
    """Positions are everybody's, and so is the feed: a reader moves from one replica to another."""
    async with served(database) as other:
        async with following(other.address) as reader:
            await service.record(said("one"))
            assert (await reader.message()).id == 9
        await other.record(said("two"))
        async with following(service.address, last_id=9) as reader:
            assert (await reader.message()).id == 10


async def test_resume_after_a_restart_of_the_service_loses_and_repeats_nothing(service: Service, database: str) -> None:
    """The service stops and says so; what is recorded elsewhere meanwhile is told by the one that comes back."""
    async with served(database) as first, following(first.address) as reader:
        await service.record(said("before"))
        await told_up_to(reader, 9)
        stopping = asyncio.create_task(first.stop())
        [farewell] = await reader.rest()
        await stopping
    assert (farewell.event, farewell.id, farewell.retry) == ("heartbeat", 9, 2000)
    await service.record(said("meanwhile"), said("and again"))
    async with served(database, port=first.port) as second, following(second.address, last_id=farewell.id) as reader:
        await told_up_to(reader, 11)
        await second.record(said("after"))
        await told_up_to(reader, 12)


async def test_feed_whose_connection_is_killed_again_and_again_loses_and_repeats_nothing(
    service: Service, psql: asyncpg.Connection
) -> None:
    """Who follows does not notice, but for the time it takes."""
    async with following(service.address, after=0) as reader:
        await told_up_to(reader, 8)
        for last in (10, 12, 14):
            await service.record(said("heard"))
            await told_up_to(reader, last - 1)
            assert await cut_feeds(psql) == 1
            await service.record(said("when nobody listened"))
            await told_up_to(reader, last)


@pytest.mark.parametrize("passed", [False, True])
@pytest.mark.parametrize("side", SIDES)
async def test_feed_whose_connection_is_cut_at_any_message_loses_and_repeats_nothing(
    database: str, monkeypatch: pytest.MonkeyPatch, side: Side, *, passed: bool
) -> None:
    """The tail's connection is cut at each message in turn, when it has come or before."""
    monkeypatch.setattr("parley.feed.feed.RETRY_S", 0.01)
    async with proxied(database) as proxy, at_work(database) as recording, served(proxy.dsn) as service:
        await recording.record(parties())
        await recording.record(negotiation())
        async with following(service.address, after=0) as reader:
            for number in range(1, 13):
                proxy.watch(Cut(Step(side, number), passed), whom=b"parley feed")
                await recording.record(request(said("one"), said("two")))
                await told_up_to(reader, 8 + 2 * number)


@pytest.mark.parametrize("passed", [False, True])
@pytest.mark.parametrize("side", SIDES)
async def test_past_whose_connection_is_cut_at_any_message_loses_and_repeats_nothing(
    database: str, monkeypatch: pytest.MonkeyPatch, side: Side, *, passed: bool
) -> None:
    """What was recorded before is read by short pages; the connection is cut at each message in turn."""
    monkeypatch.setattr("parley.feed.followers.PAGE", 2)
    monkeypatch.setattr("parley.feed.followers.NEAR", 0)
    monkeypatch.setattr("parley.feed.followers.RETRY_S", 0.01)
    async with proxied(database) as proxy, at_work(database) as recording, served(proxy.dsn) as service:
        await recording.record(parties())
        await recording.record(negotiation())
        last = 8
        for number in count(1):
            await service.recording.pool.expire_connections()
            proxy.watch(Cut(Step(side, number), passed), whom=b"parley reader")
            with contextlib.suppress(Refused):  # cut before the stream began
                async with following(service.address, after=last - 8) as reader:
                    await told_up_to(reader, last)
                    last += 1
                    await recording.record(request(said("one")))
                    await told_up_to(reader, last)
            if proxy.cuts_left:
                break
        assert last > 8 + 15


async def test_feed_on_a_network_that_falls_silent_goes_on_by_another_connection(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection that is open and says nothing is given up."""
    monkeypatch.setattr("parley.feed.feed.ANSWER_WITHIN_S", 0.3)
    async with proxied(database) as proxy, at_work(database) as recording, served(proxy.dsn) as service:
        await recording.record(parties())
        async with following(service.address, after=0) as reader:
            await told_up_to(reader, 5)
            proxy.watch(Cut(Step("server", 1), passed=False, silent=True), whom=b"parley feed")
            await recording.record(negotiation())
            await told_up_to(reader, 8)
    assert not proxy.cuts_left


async def test_feed_while_the_database_restarts_loses_and_repeats_nothing(
    own_server: EmbeddedPostgres, own_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Streams stay open, with signs of life, and go on where they were."""
    monkeypatch.setattr("parley.feed.feed.BEAT_S", 0.05)
    async with served(own_database) as service, AsyncExitStack() as open_streams:
        await service.recording.record(parties())
        await service.recording.record(negotiation())
        readers = [await open_streams.enter_async_context(following(service.address, after=0)) for _ in range(3)]
        last = 8
        for _ in range(2):
            for reader in readers:
                await told_up_to(reader, last)
            await asyncio.to_thread(own_server.stop)
            for reader in readers:
                assert (await reader.heartbeat()).id == last
            recording = asyncio.create_task(service.record(said("while it was away")))
            own_server.start()
            await recording
            last += 1
        for reader in readers:
            await told_up_to(reader, last)


async def test_feed_that_is_given_a_hint_need_not_look(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Events are told as soon as they are recorded, however seldom the tail looks by itself."""
    monkeypatch.setattr("parley.feed.feed.POLL_S", 1000)
    async with following(service.address) as reader:
        for last in range(9, 20):
            await service.record(said("hear"))
            await told_up_to(reader, last)


async def test_feed_that_is_given_no_hint_finds_what_was_recorded_by_looking(service: Service, database: str) -> None:
    """A replica whose notifications get lost is followed all the same."""
    async with following(service.address) as reader, at_work(database) as mute:
        mute._tasks[0].cancel()
        for last in (9, 10):
            await mute.record(request(said("in silence")))
            await told_up_to(reader, last)


async def test_feed_of_a_record_that_lost_events_ends_and_refuses_to_go_on_from_there(
    service: Service, psql: asyncpg.Connection
) -> None:
    """Other events may come to stand at positions that were told: who follows is not left in the dark."""
    async with following(service.address) as reader:
        await service.record(said("lost"))
        await told_up_to(reader, 9)
        await psql.execute("DELETE FROM parley_events WHERE notification_id = 9; UPDATE head SET position = 8")
        assert await cut_feeds(psql) == 1
        assert {block.event for block in await reader.rest()} == {"heartbeat"}
    with pytest.raises(Refused, match="the record ends at 8"):
        await follow_up_to(service, 9, 9)
