"""Several replicas behind the proxy are one service."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from urllib.parse import urlsplit

import httpx
import pytest

from parley.http.request.bodies import MAX_BYTES
from parley.http.response.errors import BodyTooLarge
from parley.http.response.problems import told
from tests.compose.operations import Operations
from tests.compose.stack import ADDRESS, SCALED, Container, Stack, answered, ready, until
from tests.compose.verdict import assert_holds
from tests.feed.reader import Refused, following
from tests.survival.load import BACK_OFF_S, NEGOTIATION, SOURCE, Load

REPLICAS = 3
EVENTS = f"/v1/negotiations/{NEGOTIATION}/rounds/spring/events"
STATEMENT = json.dumps(
    {
        "occurred": "2026-02-01",
        "sources": [SOURCE],
        "event": {"type": "StatementMade", "text": "At length.", "by": [{"party": "union"}]},
    }
).encode()
LONG = STATEMENT + b" " * (MAX_BYTES - len(STATEMENT))
"""As large as a body may be."""
UNFINISHED = 80
"""So many of them are more than the proxy could keep."""
WRITERS = "SELECT count(DISTINCT client_addr) FROM pg_stat_activity WHERE application_name = 'parley writer'"


@pytest.fixture(scope="module")
async def scaled(stack: Stack, operations: Operations) -> AsyncIterator[Stack]:
    """Replicas behind the proxy, on the same record; one without it afterwards."""
    wide = Stack(SCALED)
    operations.run(wide, "docker compose build proxy")
    operations.run(wide, "docker compose up -d --wait")
    yield wide
    stack.up("--remove-orphans")


class Follower:
    """A reader of the feed who comes back with the last event's id, wherever that leads."""

    def __init__(self, position: int) -> None:
        self.began = self.position = position
        self.found: list[int] = []
        self.moves = -1
        self._arrived = asyncio.Condition()

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Follow in the background."""
        following_ = asyncio.create_task(self._follow())
        try:
            yield
        finally:
            following_.cancel()

    async def until(self, position: int) -> None:
        """Wait until it has come so far."""
        async with asyncio.timeout(30), self._arrived:
            await self._arrived.wait_for(lambda: self.position >= position)

    async def _follow(self) -> None:
        while True:
            try:
                async with following(ADDRESS, last_id=self.position) as reader:
                    self.moves += 1
                    while True:
                        self.found.append((await reader.message()).id)
                        self.position = self.found[-1]
                        async with self._arrived:
                            self._arrived.notify_all()
            except (httpx.TransportError, Refused, AssertionError):  # the last one: the stream ended
                await asyncio.sleep(BACK_OFF_S)


async def test_replicas_killed_one_by_one_share_the_record_and_their_reader_loses_nothing(
    scaled: Stack, load: Load
) -> None:
    """Positions stay dense, and a reader who is moved to another replica has every one of them, once."""
    reader = Follower(answered("/v1/log/head").json()["position"])
    replicas = [Container(id_) for id_ in scaled.containers("api")]
    assert len(replicas) == REPLICAS
    async with reader.at_work():
        async with load.under_load():
            await load.acknowledgements(60)
            assert await asyncio.to_thread(scaled.psql, WRITERS) == str(REPLICAS)
            for replica in replicas:
                await asyncio.to_thread(replica.kill)
                await load.acknowledgements(60)
        last = max(event["position"] for body in load.acknowledged.values() for event in body["events"])
        await reader.until(last)
    assert reader.found == list(range(reader.began + 1, last + 1))
    assert reader.moves >= 1
    await assert_holds(scaled, load)


def posted(body: bytes | Iterator[bytes], key: uuid.UUID) -> httpx.Response:
    """The answer to an event."""
    headers = {"Content-Type": "application/json", "Idempotency-Key": f'"{key}"'}
    return answered(EVENTS, "POST", content=body, headers=headers)


class Sender:
    """Somebody who sends a long event, and does not come to its end."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    @asynccontextmanager
    async def at_work(cls) -> AsyncIterator["Sender"]:
        """All but the last byte is sent."""
        address = urlsplit(ADDRESS)
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        with closing(writer):
            head = f"POST {EVENTS} HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Type: application/json\r\n"
            writer.write(f"{head}Content-Length: {len(LONG)}\r\n\r\n".encode() + LONG[:-1])
            await asyncio.wait_for(writer.drain(), 30)
            yield cls(reader, writer)

    async def answer(self) -> bytes:
        """The head of the answer."""
        return await asyncio.wait_for(self._reader.readuntil(b"\r\n\r\n"), 30)


def parts(size: int) -> Iterator[bytes]:
    """A body whose length is not told before."""
    yield from (b" " * 1_000 for _ in range(size // 1_000))


@pytest.mark.parametrize("size", [MAX_BYTES + 1, 1_500_000, 5_000_000])
@pytest.mark.parametrize("body", [b" ".__mul__, parts], ids=["whole", "in parts"])
def test_body_that_is_too_large_is_refused_every_time_in_the_words_of_the_service(
    scaled: Stack, size: int, body: Callable[[int], bytes | Iterator[bytes]]
) -> None:
    for _ in range(5):
        answer = posted(body(size + 1_000), uuid.uuid4())
        assert answer.status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        _, meant, _ = told(BodyTooLarge())
        assert answer.json() == {
            "type": meant.type, "title": meant.title, "status": meant.status, "detail": meant.detail
        }  # fmt: skip


def test_body_of_any_length_that_the_service_refuses_unread_is_answered_by_it(scaled: Stack) -> None:
    for _ in range(10):
        answer = answered(EVENTS, "POST", content=LONG, headers={"Content-Type": "text/plain"})
        assert answer.status_code == httpx.codes.UNSUPPORTED_MEDIA_TYPE, answer.text
        answer = answered("/v1/nowhere", "POST", content=LONG, headers={"Content-Type": "application/json"})
        assert answer.status_code == httpx.codes.NOT_FOUND, answer.text


async def test_bodies_that_do_not_end_keep_nobody_else_from_recording(scaled: Stack) -> None:
    async with AsyncExitStack() as unfinished:
        for _ in range(UNFINISHED):
            await unfinished.enter_async_context(Sender.at_work())
        answer = await asyncio.to_thread(posted, LONG, uuid.uuid4())
        assert answer.status_code == httpx.codes.CREATED, answer.text


async def test_replica_killed_while_a_body_comes_is_told_of_and_the_same_request_is_recorded_once_after(
    scaled: Stack, load: Load
) -> None:
    key = uuid.uuid4()
    async with Sender.at_work() as sender:
        await asyncio.sleep(1)  # it has passed the proxy
        for id_ in scaled.containers("api"):
            await asyncio.to_thread(Container(id_).kill)
        head = await sender.answer()
    assert b" 503 " in head
    assert b"application/problem+json" in head
    assert b"Retry-After" in head
    await until(ready)

    # One replica ends after another, and long bodies find those that are there.
    for id_ in scaled.containers("api"):
        await asyncio.to_thread(Container(id_).kill)
        for _ in range(5):
            answer = await asyncio.to_thread(posted, LONG, key)
            assert answer.status_code in {httpx.codes.CREATED, httpx.codes.SERVICE_UNAVAILABLE}, answer.text
    await until(lambda: posted(LONG, key).status_code == httpx.codes.CREATED)
    await assert_holds(scaled, load)
