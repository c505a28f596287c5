"""Every request has an id: in the answer's header, in a problem, and beside what is logged."""

import io
import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from parley.access.gate import Gate
from parley.access.keyring import Keyring
from parley.app import assemble
from parley.cli.logs import JsonLine, Line
from tests.http.conftest import client_of
from tests.http.openapi import Described
from tests.http.test_routing import JSON

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
MADE = re.compile(r"[0-9a-f]{16}-[0-9a-f]{8}")


async def id_of(client: httpx.AsyncClient, headers: list[tuple[str, bytes]]) -> str:
    answer = await client.get("/health/live", headers=[(name.encode(), value) for name, value in headers])
    assert answer.status_code == 200
    return answer.headers["x-request-id"]


async def test_request_without_an_id_is_given_one_of_its_own(client: httpx.AsyncClient) -> None:
    found = {await id_of(client, []) for _ in range(3)}
    assert len(found) == 3
    assert all(MADE.fullmatch(one) for one in found)


@pytest.mark.parametrize("sent", ["a", "0199f0a0-0000-7000-8000-000000000001", "x" * 128, "Root=1-67891233:abc/def+g="])
async def test_request_with_a_well_formed_id_keeps_it(client: httpx.AsyncClient, sent: str) -> None:
    assert await id_of(client, [("X-Request-ID", sent.encode())]) == sent


@pytest.mark.parametrize("sent", [b"", b"x" * 129, b"a b", b'a"', b"<b>", b"a\x1b[2J", b"\xe9", b"a;b", b"-rf", b"%0a"])
async def test_request_with_an_ill_formed_id_is_given_another(client: httpx.AsyncClient, sent: bytes) -> None:
    assert MADE.fullmatch(await id_of(client, [("X-Request-ID", sent)]))


async def test_request_of_a_trace_has_its_id_unless_it_sends_one(client: httpx.AsyncClient) -> None:
    parent = ("traceparent", f"00-{TRACE}-00f067aa0ba902b7-01".encode())
    assert await id_of(client, [parent]) == TRACE
    assert await id_of(client, [parent, ("X-Request-ID", b"own")]) == "own"


@pytest.mark.parametrize(
    "parent", ["00-" + "0" * 32 + "-00f067aa0ba902b7-01", "ff" + f"-{TRACE}-00f067aa0ba902b7-01", TRACE, f"00-{TRACE}"]
)
async def test_request_of_an_invalid_trace_is_given_an_id(client: httpx.AsyncClient, parent: str) -> None:
    assert MADE.fullmatch(await id_of(client, [("traceparent", parent.encode())]))


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/v1/parties/X", 404),
        ("PUT", "/v1/parties", 405),
        ("GET", "/v1/parties?x=1", 400),
        ("POST", "/v1/parties", 422),
        ("GET", "/v1/parties", 500),
    ],
)
async def test_problem_of_any_sort_has_the_id_of_its_answer(
    client: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await client.request(method, path, content=b"{}" if method == "POST" else None, headers=JSON)
    assert answer.status_code == status
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


# -- in the log


HOSTILE = "a\r\n2026-01-01T00:00:00.000Z info parley: all is well\x1b[2J\x9b31m\u2028\u202e\0end"


async def _raising() -> None:
    raise ValueError(HOSTILE)


@pytest.fixture
async def failing() -> Litestar:
    """The application with a route that fails, and says what a client made up."""
    app = assemble(Gate(Keyring()), access_log=True)
    route: Any = HTTPRouteHandler("/failing", http_method=["GET"])
    app.register(route(_raising))
    return app


@pytest.fixture
def logged(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """What is logged meanwhile, by the formatter that the test names."""
    into = io.StringIO()
    handler = logging.StreamHandler(into)
    handler.setFormatter(request.param)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    yield into
    root.setLevel(level)
    root.removeHandler(handler)


@pytest.mark.parametrize("logged", [JsonLine()], indirect=True)
async def test_fault_is_logged_under_the_id_that_the_problem_tells(
    failing: Litestar, described: Described, logged: io.StringIO
) -> None:
    async with client_of(failing) as client:
        answer = await client.get("/failing", headers={"X-Request-ID": "theirs"})
    assert answer.json()["request_id"] == "theirs"
    described.check_answer("/v1/parties", "get", 500, answer.json())
    assert "all is well" not in answer.text
    fault, access = (json.loads(line) for line in logged.getvalue().splitlines())
    assert (fault["level"], fault["logger"], fault["request_id"]) == (
        "error",
        "parley.http.response.problems",
        "theirs",
    )
    assert fault["traceback"].endswith(f"ValueError: {HOSTILE}")
    fields = {name: access[name] for name in ("request_id", "method", "path", "status")}
    assert fields == {"request_id": "theirs", "method": "GET", "path": "/failing", "status": 500}
    assert access["ms"] >= 0


@pytest.mark.parametrize("logged", [Line(), JsonLine()], indirect=True)
async def test_log_of_what_a_client_made_up_has_no_line_that_looks_like_ours(
    failing: Litestar, logged: io.StringIO
) -> None:
    """New lines begin with our time or are indented; what moves a terminal's cursor stands there as an escape."""
    async with client_of(failing) as client:
        await client.get("/failing")
        await client.request("GET", "/%0a2026-01-01T00:00:00.000Z%20info%20parley:%20fake%1b[2J")
    lines = logged.getvalue().split("\n")
    assert lines.pop() == ""
    ours = [line for line in lines if line.startswith(("20", '{"time": "20'))]
    assert len(ours) == 3
    assert all(line.startswith("    ") for line in lines if line not in ours)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u202e]", logged.getvalue())
    assert not any("info parley:" in line for line in ours if line.startswith("20"))
