"""What a new user does by docs/access.md, over a network that breaks, while others record."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import httpx
import pytest

from parley.cli.keys import Wanted, create
from tests.access.desk import with_key
from tests.feed.reader import PATIENCE_S
from tests.feed.services import Service, served
from tests.http.test_routing import problem
from tests.http.world import GENEVA, N, fact, identified, opened, post, record, scheduled

EVENTS: Final = 10_000
LIST: Final = 500
LIMIT: Final = 400


def statements(first: int, number: int) -> list[dict[str, Any]]:
    return [fact("IntentDenied", text=f"No {one}.", by=[{"party": "russia"}]) for one in range(first, first + number)]


@asynccontextmanager
async def client_at(service: Service, key: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=service.address, headers=with_key(key), timeout=60, verify=False) as client:
        yield client


async def made(database: str, capsys: pytest.CaptureFixture[str], name: str, *only: str) -> str:
    """A key, made as the page says."""
    await create(None, Wanted(name, "recorder", only, None, another=False), {"PARLEY_DATABASE_URL": database})
    return capsys.readouterr().out.strip()


async def test_new_user_pages_through_10000_events_while_others_record_without_a_duplicate_or_a_gap(
    database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async with served(database, rate_limit=0) as service:
        desk, reader = [await made(database, capsys, name) for name in ("desk", "reader")]
        async with client_at(service, desk) as writer, client_at(service, reader) as client:
            await record(writer, "/v1/parties", identified("russia"))
            await record(writer, "/v1/negotiations", opened())
            await record(writer, f"{N}/rounds", scheduled("geneva"), scheduled("brussels", "2022-01-12"))
            for first in range(0, EVENTS, LIST):
                assert (await post(writer, f"{GENEVA}/events", statements(first, LIST))).status_code == 201
            done = asyncio.Event()
            others = asyncio.create_task(record_until(done, writer))
            positions: list[int] = []
            following: str | None = f"/v1/events?limit={LIMIT}"
            while following is not None:
                answer = await client.get(following)
                assert answer.status_code == 200, answer.text
                positions += [event["position"] for event in answer.json()["items"]]
                following = answer.links.get("next", {}).get("url")
                if len(positions) > EVENTS:
                    done.set()  # else one who reads more slowly than others record never comes to the end
            recorded = await others
            assert positions == list(range(1, len(positions) + 1))
            assert 4 + EVENTS < len(positions) <= 4 + EVENTS + recorded


async def record_until(done: asyncio.Event, writer: httpx.AsyncClient) -> int:
    """Record, one after the other, in two rounds; tell how many."""
    number = 0
    while not done.is_set():
        for path in (GENEVA, f"{N}/rounds/brussels"):
            await record(writer, f"{path}/events", *statements(number, 1))
            number += 1
    return number


async def test_new_user_whose_connection_is_cut_tries_again_at_any_replica_and_records_once(
    database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The answer is lost; the same request under the same key is answered by another replica, and after a restart."""
    async with served(database) as one, served(database) as other:
        key = await made(database, capsys, "desk", "european-security")
        async with client_at(one, key) as client, client_at(other, key) as elsewhere:
            await record(client, "/v1/negotiations", opened())
            await record(client, f"{N}/rounds", scheduled("geneva"))
            body = json.dumps(fact("IntentDenied", text="No."))
            await send_and_hang_up(one, key, f"{GENEVA}/events", body)
            headers = {"Content-Type": "application/json", "Idempotency-Key": '"geneva-1"'}
            wanted: dict[str, Any] = {"content": body, "headers": headers}
            first = await elsewhere.post(f"{GENEVA}/events", **wanted)
            again = await client.post(f"{GENEVA}/events", **wanted)
            assert (first.status_code, again.status_code) == (201, 201)
            assert again.headers["parley-replayed"] == "true"
            await one.stop()
            async with served(database) as restarted, client_at(restarted, key) as back:
                once_more = await back.post(f"{GENEVA}/events", **wanted)
            assert first.content == again.content == once_more.content
            assert first.json()["events"][0]["recorded_by"] == "desk"
            assert (await elsewhere.get("/v1/log/head")).json()["position"] == 3
            refused = await elsewhere.post("/v1/parties", json=identified("russia"))
            assert "limited to european-security" in str(problem(refused, 403, "negotiation-not-covered")["detail"])


async def send_and_hang_up(service: Service, key: str, path: str, body: str) -> None:
    """Send a request and go before it is answered."""
    async with asyncio.timeout(PATIENCE_S):
        _, writer = await asyncio.open_connection("127.0.0.1", service.port)
        head = [
            f"POST {path} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {key}", 'Idempotency-Key: "geneva-1"',
            "Content-Type: application/json", f"Content-Length: {len(body)}", "", "",
        ]  # fmt: skip
        writer.write("\r\n".join(head).encode() + body.encode())
        await writer.drain()
        writer.close()
        await writer.wait_closed()
