"""Whole lists as tables and lines: all of one reading, page by page, also where more is recorded meanwhile."""

import asyncio
import csv
import io
import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from litestar import Litestar

from negotiation.events.examples import EVENT_ID
from parley.http.connections import abortable
from parley.http.operations import READS
from parley.http.request.queries import DEFAULT_LIMIT
from tests.http.conftest import client_of
from tests.http.world import GENEVA, N, fact, identified, post, record, record_frame

MANY = 2 * DEFAULT_LIMIT + 30


def demand(number: int) -> dict[str, Any]:
    return fact("DemandTabled", demand=f"demand-{number:03}", text="No.", by=[{"party": "russia"}], to=["nato"])


@pytest.fixture
async def many(recorder: httpx.AsyncClient) -> httpx.AsyncClient:
    """A client of a record in which each list of a negotiation has more than two pages."""
    await record_frame(recorder)
    answer = await post(recorder, f"{GENEVA}/events", [demand(number) for number in range(MANY)])
    assert answer.status_code == 201, answer.text
    return recorder


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.parametrize(
    "path", [f"{N}/demands", f"{N}/timeline", f"{N}/diff?from_as_of=5", "/v1/events", f"{GENEVA}/events"]
)
async def test_a_list_longer_than_a_page_is_there_whole(many: httpx.AsyncClient, path: str) -> None:
    address, question, query = path.partition("?")
    every: list[Any] = []
    page = (await many.get(path)).json()
    while True:
        every += page["items"]
        if page["next"] is None:
            break
        page = (await many.get(page["next"])).json()
    assert len(every) > 2 * DEFAULT_LIMIT
    answer = await many.get(f"{address}.ndjson{question}{query}")
    assert [json.loads(line) for line in answer.text.splitlines()] == every
    assert "link" not in answer.headers
    assert answer.headers["cache-control"] == "no-cache"
    answer = await many.get(f"{address}.csv{question}{query}")
    assert len(rows(answer.text)) >= len(every)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"


async def test_a_page_is_a_page_where_one_is_asked_for(many: httpx.AsyncClient) -> None:
    first = await many.get(f"{N}/demands.csv?limit=5")
    assert len(rows(first.text)) == 5
    second = await many.get(first.links["next"]["url"])
    assert [row["demand"] for row in rows(second.text)] == [f"demand-{number:03}" for number in range(5, 10)]


async def test_events_behind_a_position_are_there_whole(many: httpx.AsyncClient) -> None:
    found = rows((await many.get("/v1/events.csv?after=10")).text)
    assert [int(row["position"]) for row in found] == list(range(11, 6 + MANY + 1))


async def test_head_of_a_whole_list_has_no_body(many: httpx.AsyncClient) -> None:
    answer = await many.head(f"{N}/demands.csv")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"


async def test_a_whole_list_of_the_past_may_be_kept_for_good(many: httpx.AsyncClient) -> None:
    answer = await many.get(f"{N}/demands.ndjson?as_of=100")
    assert "immutable" in answer.headers["cache-control"]
    assert len(answer.text.splitlines()) == 100 - 6


class Sending:
    """A request as a server makes it, with something that happens once the first part has been sent."""

    def __init__(self, path: str, then: Callable[[], Awaitable[None]]) -> None:
        self._path, self._then = path, then
        self.parts: list[bytes] = []
        self.ended = self.aborted = False
        self.gone = asyncio.Event()

    async def __call__(self, app: Litestar) -> None:
        scope: Any = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "path": self._path,
            "raw_path": self._path.encode(),
            "query_string": b"",
            "root_path": "",
            "scheme": "http",
            "headers": [(b"host", b"127.0.0.1")],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
            "state": {},
            "extensions": abortable(self._abort),
        }
        await app(scope, self._receive, self._send)

    def _abort(self) -> None:
        self.aborted = True

    async def _receive(self) -> Any:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        if message["type"] != "http.response.body":
            return
        self.parts.append(message["body"])
        self.ended = not message["more_body"]
        if len(self.parts) == 2:  # the heading, and the first items
            await self._then()

    @property
    def lines(self) -> list[bytes]:
        return b"".join(self.parts).splitlines()


async def test_what_is_recorded_meanwhile_is_not_in_a_list_of_one_negotiation(
    service: Litestar, many: httpx.AsyncClient
) -> None:
    async def then() -> None:
        await record(many, f"{GENEVA}/events", demand(MANY), {**demand(MANY + 1), "id": EVENT_ID.format(1)})

    sending = Sending(f"{N}/demands.ndjson", then)
    await sending(service)
    assert sending.ended
    assert [json.loads(line)["demand"] for line in sending.lines] == [f"demand-{number:03}" for number in range(MANY)]


async def test_parties_that_come_meanwhile_are_not_in_the_list(service: Litestar, recorder: httpx.AsyncClient) -> None:
    every = [f"party-{number:03}" for number in range(DEFAULT_LIMIT + 30)]
    await record(recorder, "/v1/parties", *map(identified, every))

    async def then() -> None:
        await record(recorder, "/v1/parties", identified("zambia"))

    sending = Sending("/v1/parties.ndjson", then)
    await sending(service)
    assert [json.loads(line)["party"] for line in sending.lines] == every


async def test_a_list_that_cannot_be_read_on_is_broken_off(service: Litestar, many: httpx.AsyncClient) -> None:
    async def then() -> None:
        service.state[READS].within_s = 0

    sending = Sending("/v1/events.csv", then)
    with pytest.raises(Exception, match="after response started"):
        await sending(service)
    assert sending.aborted
    assert not sending.ended


async def test_a_list_is_read_on_however_many_other_reads_are_under_way(
    service: Litestar, many: httpx.AsyncClient
) -> None:
    async def then() -> None:
        service.state[READS].limit = 0

    sending = Sending("/v1/events.ndjson", then)
    await sending(service)
    assert sending.ended
    assert len(sending.lines) == 6 + MANY
    async with client_of(service) as client:
        assert (await client.get("/v1/events.ndjson")).status_code == 503


async def test_a_list_is_not_read_on_for_a_client_that_has_gone(service: Litestar, many: httpx.AsyncClient) -> None:
    async def then() -> None:
        sending.gone.set()
        await asyncio.sleep(0)

    sending = Sending("/v1/events.ndjson", then)
    await sending(service)
    assert not sending.ended
    assert len(sending.lines) <= 2 * DEFAULT_LIMIT
