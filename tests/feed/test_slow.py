"""Readers that do not read: cut off, while everybody else is told at once."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, contextmanager

import httpx
import pytest

from tests.feed.reader import PATIENCE_S, STREAM, Reader, following
from tests.feed.services import Service, served
from tests.record.desk import connection, until
from tests.record.world import negotiation, parties, said

LONG = "𝄞" * 4000
"""The longest text that is taken, 16 kB."""


@pytest.fixture
async def busy(database: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Service]:
    """A service whose readers get a sign of life every moment."""
    monkeypatch.setattr("parley.feed.feed.BEAT_S", 0.05)
    async with served(database) as service:
        await service.recording.record(parties())
        await service.recording.record(negotiation())
        yield service


@contextmanager
def asleep(service: Service, query: str = "") -> Iterator[socket.socket]:
    """A reader that asks for a stream and reads nothing."""
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", service.port))
        client.sendall(f"GET {STREAM}{query} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        yield client


async def followers(service: Service, number: int) -> None:
    """Wait until so many follow."""

    async def true() -> bool:
        await asyncio.sleep(0)
        return len(service.feed._followers) == number

    await until(true)


async def record_much(service: Service) -> int:
    """Record more than sockets hold (8 MB), and give the last position."""
    recorded = await service.record(*(said(LONG) for _ in range(500)))
    return int(recorded[-1]["position"])


async def told_up_to(reader: Reader, last: int) -> None:
    """The reader is told of every event up to a position, each once and in order."""
    while reader.last_id < last:
        before = reader.last_id
        block = await reader.block()
        assert block is not None
        assert block.id - before in ({1} if block.event == "message" else {0})


async def test_reader_that_reads_nothing_is_cut_off_when_too_much_waits_and_others_are_told_all(
    busy: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The queue has a bound in bytes; the connection is broken off with all that it holds."""
    monkeypatch.setattr("parley.feed.followers.MOST_WAITING", 100_000)
    async with following(busy.address) as reader:
        with asleep(busy) as sleeper:
            await followers(busy, 2)
            last = await record_much(busy)
            await told_up_to(reader, last)
            last = await record_much(busy)
            await told_up_to(reader, last)
            await followers(busy, 1)
            assert broken_off(sleeper)
            assert busy.feed.cut_off == 1


def broken_off(sleeper: socket.socket) -> bool:
    """Whether the connection has ended by the service's breaking it off: not politely, but with a reset."""
    sleeper.settimeout(PATIENCE_S)
    try:
        while sleeper.recv(1 << 20):
            pass
    except ConnectionResetError:
        return True
    return False


@pytest.mark.parametrize("query", ["", "?after=0"])
async def test_reader_that_takes_nothing_for_too_long_is_cut_off_though_nothing_more_comes(
    busy: Service, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    """Also one who reads the past, for whom nothing waits but the page in hand."""
    if query:
        await record_much(busy)
    monkeypatch.setattr("parley.feed.followers.PATIENCE_S", 0.2)
    with asleep(busy, query) as sleeper:
        await followers(busy, 1)
        if not query:
            await record_much(busy)
        await followers(busy, 0)
        assert broken_off(sleeper)


async def test_reader_that_was_cut_off_comes_back_and_is_told_all(
    busy: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Being slow costs nothing but a new connection: the past is read at the reader's own pace."""
    monkeypatch.setattr("parley.feed.followers.MOST_WAITING", 100_000)
    async with following(busy.address) as reader:
        await record_much(busy)
        last = await record_much(busy)
        await followers(busy, 0)
        with pytest.raises(httpx.TransportError):
            await told_up_to(reader, last)
        seen = reader.last_id
    assert seen < last
    async with following(busy.address, last_id=seen) as reader:
        await told_up_to(reader, last)


async def test_past_that_many_wait_for_leaves_connections_to_other_reads(
    busy: Service, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten readers of the past wait for the database, which has four connections for reads: some are free."""
    monkeypatch.setattr("parley.feed.followers.NEAR", 0)
    async with connection(database) as own, AsyncExitStack() as streams, httpx.AsyncClient() as client:
        async with own.transaction():
            await own.execute("LOCK TABLE parley_events IN ACCESS EXCLUSIVE MODE")
            readers = [await streams.enter_async_context(following(busy.address, after=0)) for _ in range(10)]
            assert (await client.get(f"{busy.address}/v1/log/head", timeout=PATIENCE_S)).status_code == 200
        for reader in readers:
            await told_up_to(reader, 8)
