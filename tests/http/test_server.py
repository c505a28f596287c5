"""What only a real server on a real socket shows: bodies without a length, HEAD, connections that are closed or cut."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import pytest
from litestar import Litestar

from parley.app import create_app
from parley.cli import serving
from tests.http.conftest import running
from tests.http.world import GENEVA, N

PATIENCE_S = 20
EVENTS = f"{GENEVA}/events"


class Answer(NamedTuple):
    """An answer as it came over the wire."""

    status: int
    headers: dict[str, str]
    body: bytes


class Wire:
    """A connection to the service, byte by byte."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, *parts: bytes) -> None:
        """Send bytes."""
        for part in parts:
            self.writer.write(part)
            await self.writer.drain()

    async def answer(self, *, head: bool = False) -> Answer:
        """Read one answer, and its body where it has one."""
        async with asyncio.timeout(PATIENCE_S):
            lines = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:-2])}
            status = int(lines[0].split()[1])
            length = 0 if head or status in {204, 304} else int(headers["content-length"])
            return Answer(status, headers, await self.reader.readexactly(length))

    async def is_closed(self) -> bool:
        """Whether the service closes the connection, with nothing more to say."""
        async with asyncio.timeout(PATIENCE_S):
            return await self.reader.read() == b""


@pytest.fixture
async def port(bare: Litestar) -> AsyncIterator[int]:
    """The port of a real server that runs as `parley serve` runs it, without a record."""
    async with listening(bare) as port:
        yield port


@asynccontextmanager
async def listening(app: Any) -> AsyncIterator[int]:
    """Serve an application as `parley serve` does, and give the port."""
    up = asyncio.Event()
    with serving.listen("127.0.0.1", 0, "") as listener:
        task = asyncio.create_task(serving.serve(app, listener, ready=up.set, shutdown_s=1, until=None))
        async with asyncio.timeout(PATIENCE_S):
            await up.wait()
        yield int(listener.getsockname()[1])
        task.cancel()
        await asyncio.wait({task})


@pytest.fixture
async def wire(port: int) -> AsyncIterator[Wire]:
    """A connection to it."""
    found = Wire(*await asyncio.open_connection("127.0.0.1", port))
    yield found
    found.writer.close()


def head_of(path: str, *lines: str, method: str = "POST") -> bytes:
    """The head of a request."""
    fields = [f"{method} {path} HTTP/1.1", "Host: localhost", "Content-Type: application/json", *lines, "", ""]
    return "\r\n".join(fields).encode()


def chunk(content: bytes) -> bytes:
    """One chunk of a body without a length."""
    return b"%x\r\n%s\r\n" % (len(content), content)


async def test_post_without_a_length_is_cut_off_at_one_mebibyte(wire: Wire) -> None:
    await wire.send(head_of(EVENTS, "Transfer-Encoding: chunked"))
    await wire.send(*[chunk(b" " * 65536) for _ in range(16)], chunk(b" "))
    answer = await wire.answer()
    assert answer.status == 413
    assert answer.headers["content-type"] == "application/problem+json"
    assert json.loads(answer.body)["type"] == "/problems/body-too-large"
    assert answer.headers["connection"] == "close"
    assert await wire.is_closed()


async def test_post_that_announces_too_much_is_refused_before_it_is_sent(wire: Wire) -> None:
    await wire.send(head_of(EVENTS, "Content-Length: 1048577"))
    answer = await wire.answer()
    assert answer.status == 413
    assert await wire.is_closed()


async def test_post_in_chunks_within_the_limit_is_read_whole(wire: Wire) -> None:
    await wire.send(head_of(EVENTS, "Transfer-Encoding: chunked"), chunk(b'{"occ'), chunk(b'urred":NaN}'), chunk(b""))
    answer = await wire.answer()
    assert (answer.status, json.loads(answer.body)["errors"][0]["pointer"]) == (400, "/occurred")


async def test_post_that_is_broken_off_leaves_the_service_as_it_was(port: int) -> None:
    cut = Wire(*await asyncio.open_connection("127.0.0.1", port))
    await cut.send(head_of(EVENTS, "Content-Length: 1000"), b'{"occ')
    cut.writer.close()
    await cut.writer.wait_closed()
    other = Wire(*await asyncio.open_connection("127.0.0.1", port))
    await other.send(head_of("/health/live", method="GET"))
    assert (await other.answer()).status == 200
    other.writer.close()


@pytest.mark.parametrize(("path", "status"), [("/docs", 200), ("/health/live", 200), ("/v1/nothing", 404)])
async def test_head_has_a_length_and_no_body_and_the_connection_goes_on(wire: Wire, path: str, status: int) -> None:
    await wire.send(head_of(path, method="HEAD"))
    headed = await wire.answer(head=True)
    assert headed.status == status
    await wire.send(head_of(path, method="GET"))
    got = await wire.answer()
    assert got.headers["content-length"] == headed.headers["content-length"] == str(len(got.body))


async def test_an_answer_names_no_server(wire: Wire) -> None:
    await wire.send(head_of("/health/live", method="GET"))
    assert "server" not in (await wire.answer()).headers


async def test_a_refused_request_leaves_the_connection_open_for_the_next(wire: Wire) -> None:
    await wire.send(head_of(f"{N}/events", "Content-Length: 1"), b"{")
    assert (await wire.answer()).status == 400
    await wire.send(head_of("/health/live", method="GET"))
    assert (await wire.answer()).status == 200


@pytest.mark.parametrize(
    "target", ["/v1/parties/a%2Fb", "/v1/parties/%C3%28", "/v1/parties/..%2f..", "//v1//nothing//"]
)
async def test_addresses_with_odd_escapes_are_not_found(wire: Wire, target: str) -> None:
    await wire.send(head_of(target, method="GET"))
    answer = await wire.answer()
    assert (answer.status, answer.headers["content-type"]) == (404, "application/problem+json")


@pytest.mark.parametrize(
    "target", ["/health%2Flive", "/v1/parties%2f", "/v1%2Fparties", "/v1/parties/a%2fevents", "/v1/log%2Fhead"]
)
async def test_escaped_slash_separates_nothing(wire: Wire, target: str) -> None:
    """A proxy that lets some addresses through goes by the slashes that it sees."""
    await wire.send(head_of(target, method="GET"))
    answer = await wire.answer()
    assert (answer.status, answer.headers["content-type"]) == (404, "application/problem+json")


async def test_escapes_other_than_of_slashes_are_undone(wire: Wire) -> None:
    for target in ("/%68ealth/live", "/problems/not%2Dfound"):
        await wire.send(head_of(target, method="GET"))
        assert (await wire.answer()).status == 200


@pytest.mark.parametrize("target", ["example.org:443", "localhost:80", "/"])
async def test_connect_is_answered(wire: Wire, target: str) -> None:
    """A service is no tunnel; whoever asks for one is told, and the connection ends."""
    await wire.send(head_of(target, method="CONNECT"))
    answer = await wire.answer()
    assert (answer.status, answer.headers["content-type"]) == (400, "application/problem+json")
    assert answer.headers["connection"] == "close"
    assert await wire.is_closed()


async def test_bytes_of_any_sort_in_query_and_headers_are_refused_politely(wire: Wire) -> None:
    await wire.send(b"GET /v1/parties?\xff=\xfe HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: \xff\xfe\r\n\r\n")
    assert (await wire.answer()).status == 400


async def test_not_modified_has_no_body_on_the_wire(wire: Wire) -> None:
    await wire.send(head_of("/docs", method="GET"))
    tag = (await wire.answer()).headers["etag"]
    await wire.send(head_of("/docs", f"If-None-Match: {tag}", method="GET"))
    assert (await wire.answer()).status == 304
    await wire.send(head_of("/health/live", method="GET"))
    assert (await wire.answer()).status == 200


def test_listener_hands_on_that_answers_in_parts_are_sent_at_once() -> None:
    """Else the second part of every answer waits for the client's delayed acknowledgement of the first."""
    with serving.listen("127.0.0.1", 0, "") as listener, socket.create_connection(listener.getsockname()):
        connection, _ = listener.accept()
        with connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


async def test_start_without_a_database_fails_with_what_is_wrong() -> None:
    with pytest.raises(ExceptionGroup) as caught:
        async with running(create_app(dsn="postgresql://nobody@127.0.0.1:1/nothing")):
            pass
    assert caught.group_contains(ConnectionRefusedError)
