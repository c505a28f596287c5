"""Streams and the end of the service: told to come back, and no reason to wait."""

import asyncio
import resource
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from signal import SIGTERM

import httpx
import pytest

from tests.cli import running
from tests.feed.reader import STREAM, following
from tests.feed.services import Service, served
from tests.feed.test_slow import LONG, asleep, followers
from tests.record.desk import connection
from tests.record.world import negotiation, parties, said


async def test_signal_while_readers_follow_ends_their_streams_with_when_to_come_back(database: str) -> None:
    """SIGTERM to `parley serve`: the streams end whole, and then the process."""
    settings = {"PARLEY_DATABASE_URL": database, "PARLEY_SHUTDOWN_S": "600"}  # a stop that waits fails the test
    with running.running("serve", "--port", "0", cwd=running.ROOT, **settings) as command:
        line = await asyncio.to_thread(command.line, lambda line: "parley: serving http" in line)
        address = line.split("serving ")[1].split()[0]
        async with following(address) as live, following(address, after=0, type="VoteTaken") as filtered:
            command.signal(SIGTERM)
            for reader in (live, filtered):
                [farewell] = await reader.rest()
                assert (farewell.event, farewell.id, farewell.retry) == ("heartbeat", 0, 2000)
        ended = await asyncio.to_thread(command.ended)
    assert ended.status == 0
    assert "error" not in ended.output


@contextmanager
def few_open_files(number: int) -> Iterator[None]:
    """What is started here may have so many files open, unless it asks for more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (number, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_serve_where_few_files_may_be_open_serves_more_readers_than_that(database: str) -> None:
    """The limit that shells set is for programs that do not know better."""
    settings = {"PARLEY_DATABASE_URL": database}
    with few_open_files(64), running.running("serve", "--port", "0", cwd=running.ROOT, **settings) as command:
        line = await asyncio.to_thread(command.line, lambda line: "parley: serving http" in line)
        address = line.split("serving ")[1].split()[0]
        with few_open_files(1024):
            async with AsyncExitStack() as streams:
                for _ in range(80):
                    await streams.enter_async_context(following(address))
                command.signal(SIGTERM)
                assert (await asyncio.to_thread(command.ended)).status == 0


async def test_stop_while_a_reader_reads_nothing_breaks_its_connection_off(database: str) -> None:
    """One that is in the middle of being sent something is given a moment, and no more."""
    async with served(database) as service:
        await service.recording.record(parties())
        await service.recording.record(negotiation())
        with asleep(service), asleep(service, "?after=0"):
            await followers(service, 2)
            await service.record(*(said(LONG) for _ in range(500)))
            await service.stop()
            assert not service.feed._followers


async def test_follow_while_the_service_stops_is_unavailable(service: Service) -> None:
    """Whoever comes too late is sent elsewhere."""
    async with httpx.AsyncClient(base_url=service.address) as client:
        service.feed.end()
        answer = await client.get(STREAM)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert answer.json()["detail"].startswith("The service stops.")


async def test_stop_leaves_no_connection_of_the_feed_behind(service: Service) -> None:
    """Its tasks and its connection end with the service."""
    async with following(service.address) as reader:
        await service.record(said("one"))
        await reader.message()
    await service.stop()
    assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("parley-feed")]


async def test_stop_while_the_past_is_waited_for_ends_the_stream_at_once(
    service: Service, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that takes its time is not waited for."""
    monkeypatch.setattr("parley.feed.followers.NEAR", 0)
    async with connection(database) as own, own.transaction():
        await own.execute("LOCK TABLE parley_events IN ACCESS EXCLUSIVE MODE")
        async with following(service.address, after=0) as reader:
            stopping = asyncio.create_task(service.stop())
            [farewell] = await reader.rest()
            await stopping
    assert farewell.id == 0
