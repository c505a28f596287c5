"""Connections within bounds: of the head's size, and of the time that a request and its answer may take."""

import asyncio
import json
import select
import socket
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx
import pytest
from litestar import Litestar

from parley.app import create_app
from parley.cli import protocol
from tests.http.conftest import client_of, running
from tests.http.test_routing import problem
from tests.http.test_server import PATIENCE_S, Answer, Wire, chunk, head_of, listening, port, wire
from tests.http.world import GENEVA
from tests.record.conftest import psql

__all__ = ["port", "psql", "wire"]

EVENTS = f"{GENEVA}/events"


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for as long here as they would for a client far away."""
    monkeypatch.setattr(protocol, "HEAD_WITHIN_S", 0.3)
    monkeypatch.setattr(protocol, "BODY_WITHIN_S", 0.3)
    monkeypatch.setattr(protocol, "TAKEN_WITHIN_S", 0.3)


def check(answer: Answer, status: int, name: str) -> dict[str, Any]:
    assert answer.status == status, answer
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["connection"] == "close"
    found: dict[str, Any] = json.loads(answer.body)
    assert (found["type"], found["status"]) == (f"/problems/{name}", status)
    assert found["request_id"] == answer.headers["x-request-id"]
    return found


async def test_connection_on_which_nothing_is_asked_is_closed(wire: Wire) -> None:
    assert await wire.is_closed()


async def test_head_that_does_not_end_is_given_up(wire: Wire) -> None:
    await wire.send(b"GET /health/live HTTP/1.1\r\nHost: loc")
    assert "within 0.3 seconds" in check(await wire.answer(), 408, "request-too-slow")["detail"]
    assert await wire.is_closed()


async def test_head_that_drips_is_given_up_all_the_same(wire: Wire) -> None:
    async def drip() -> None:
        for byte in b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nX-Slowly: " + b"a" * 500:
            await wire.send(bytes([byte]))
            await asyncio.sleep(0.02)

    dripping = asyncio.create_task(drip())
    check(await wire.answer(), 408, "request-too-slow")
    dripping.cancel()
    await asyncio.gather(dripping, return_exceptions=True)


@pytest.mark.parametrize("rest", [b'{"occ', chunk(b'{"occ')])
async def test_body_that_does_not_end_is_given_up(wire: Wire, rest: bytes) -> None:
    length = "Transfer-Encoding: chunked" if b"\r\n" in rest else "Content-Length: 1000"
    await wire.send(head_of(EVENTS, length), rest)
    check(await wire.answer(), 408, "request-too-slow")
    assert await wire.is_closed()


async def test_request_in_pieces_that_come_in_time_is_answered_and_so_are_those_after_it(wire: Wire) -> None:
    head = head_of(EVENTS, "Content-Length: 4")
    for _ in range(3):
        await wire.send(head[:30])
        await asyncio.sleep(0.1)
        await wire.send(head[30:])
        await asyncio.sleep(0.1)
        await wire.send(b"{}  ")
        assert (await wire.answer()).status == 422
        await asyncio.sleep(0.2)


async def test_second_request_whose_head_does_not_end_is_told_so_too(wire: Wire) -> None:
    await wire.send(head_of("/health/live", method="GET"))
    assert (await wire.answer()).status == 200
    await wire.send(b"GET /health/live HTTP/1.1\r\nHo")
    check(await wire.answer(), 408, "request-too-slow")


async def test_requests_in_a_row_that_come_in_pieces_each_have_their_time(wire: Wire) -> None:
    """Each piece ends one request and begins the next."""
    head = head_of("/health/live", method="GET")
    await wire.send(head[:20])
    for _ in range(6):
        await asyncio.sleep(0.1)
        await wire.send(head[20:] + head[:20])
        assert (await wire.answer()).status == 200


@pytest.mark.parametrize("sent", [1, 0.5, 0.2])
async def test_request_behind_one_that_takes_its_time_is_waited_for_only_then(bare: Litestar, sent: float) -> None:
    """Nothing is written into the answer before it; what was sent in time is answered."""
    done = asyncio.Event()
    behind = head_of(EVENTS, "Content-Length: 4") + b"{}  "
    async with listening(slow(bare, done)) as port:
        wire = Wire(*await asyncio.open_connection("127.0.0.1", port))
        await wire.send(head_of("/slow", method="GET") + behind[: int(len(behind) * sent)])
        await asyncio.sleep(0.6)
        done.set()
        assert (await wire.answer()).body == b"0123456789"
        if sent == 1:
            assert (await wire.answer()).status == 422
        else:
            check(await wire.answer(), 408, "request-too-slow")
        wire.writer.close()


async def test_what_is_no_http_behind_a_request_is_no_answer_to_that(bare: Litestar) -> None:
    """Which may well be recorded by then."""
    async with listening(slow(bare, asyncio.Event(), begins=False)) as port:
        wire = Wire(*await asyncio.open_connection("127.0.0.1", port))
        await wire.send(head_of("/slow", method="GET"))
        await asyncio.sleep(0.1)
        await wire.send(b"\x16\x03\x01 nonsense\r\n\r\n")
        assert await wire.is_closed()
        wire.writer.close()


def slow(app: Any, done: asyncio.Event, *, begins: bool = True) -> Any:
    """The application, with an answer at /slow that ends when ``done`` is set, and begins before that or not."""

    async def answered(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["path"] != "/slow":
            await app(scope, receive, send)
            return
        if not begins:
            async with asyncio.timeout(1):
                await done.wait()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"10")]})
        await send({"type": "http.response.body", "body": b"01234", "more_body": True})
        await done.wait()
        await send({"type": "http.response.body", "body": b"56789"})

    return answered


async def test_answer_that_is_already_given_is_followed_by_no_other(wire: Wire) -> None:
    """It was answered before the body came, which never does."""
    await wire.send(head_of("/v1/nothing", "Content-Length: 1000"))
    assert (await wire.answer()).status == 404
    assert await wire.is_closed()


@pytest.mark.parametrize("size", [66_000, 150_000, 2_000_000])
async def test_head_that_is_too_large_is_refused_in_one_piece_or_many(wire: Wire, size: int) -> None:
    head = head_of("/health/live", f"X-Large: {'a' * size}", method="GET")
    sending = asyncio.create_task(wire.send(head[: len(head) // 2], head[len(head) // 2 :]))
    check(await wire.answer(), 431, "head-too-large")
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)


async def test_head_that_grows_without_an_end_is_refused_before_it(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HEAD_WITHIN_S", 3600)
    await wire.send(b"GET /health/live HTTP/1.1\r\n", *[b"X-Large: " + b"a" * 1000 + b"\r\n" for _ in range(70)])
    check(await wire.answer(), 431, "head-too-large")


async def test_address_that_is_too_large_is_refused(wire: Wire) -> None:
    await wire.send(head_of(f"/v1/events?type={'a' * 70_000}", method="GET"))
    check(await wire.answer(), 431, "head-too-large")


async def test_head_that_is_just_large_is_answered_with_its_body(wire: Wire) -> None:
    body = b" " * 200_000 + b"{}"
    await wire.send(head_of(EVENTS, f"X-Large: {'a' * 65_000}", f"Content-Length: {len(body)}") + body)
    assert (await wire.answer()).status == 422


async def test_what_is_no_http_is_refused_as_a_problem(wire: Wire) -> None:
    await wire.send(b"\x16\x03\x01 nonsense\r\n\r\n")
    check(await wire.answer(), 400, "bad-request")


async def test_answer_that_nobody_takes_is_given_up(port: int) -> None:
    """It is larger than what a connection holds, and who asked for it takes nothing."""
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.sendall(head_of("/schema/openapi.json", method="GET") * 40)
        gone = select.poll()
        gone.register(client, select.POLLHUP)
        assert await asyncio.to_thread(gone.poll, PATIENCE_S * 1000)


@pytest.fixture
async def hurried(database: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a service where two reads may be under way, for a moment each."""
    app = create_app(dsn=database, connections=4, read_limit=2, read_s=0.3)
    async with running(app), client_of(app) as client:
        yield client


async def test_read_that_takes_too_long_and_one_too_many_are_told_to_come_back(
    hurried: httpx.AsyncClient, psql: asyncpg.Connection
) -> None:
    async with psql.transaction():
        await psql.execute("LOCK TABLE parties IN ACCESS EXCLUSIVE MODE")
        waiting = [asyncio.create_task(hurried.get("/v1/parties")) for _ in range(2)]
        await asyncio.wait(waiting, timeout=0.1)
        busy = await hurried.get("/v1/events")
        assert "2 reads are under way" in str(problem(busy, 503, "reads-busy")["detail"])
        assert (await hurried.get("/health/ready")).status_code == 200
        for answer in await asyncio.gather(*waiting):
            assert "within 0.3 seconds" in str(problem(answer, 503, "read-too-slow")["detail"])
            assert answer.headers["retry-after"] == "2"
    assert (await hurried.get("/v1/parties")).status_code == 200
