"""A reader of the feed, as the standard describes one: it takes blocks apart and remembers the last event's id."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any, NamedTuple

import httpx

PATIENCE_S = 20
STREAM = "/v1/events/stream"


class Block(NamedTuple):
    """What stood between two empty lines."""

    event: str
    id: int
    data: str
    retry: int | None

    @property
    def envelope(self) -> dict[str, Any]:
        """The data, as JSON."""
        found: dict[str, Any] = json.loads(self.data)
        return found


class Refused(Exception):
    """The service did not begin a stream: its status and its answer."""


class Reader:
    """Reads one stream."""

    def __init__(self, answer: httpx.Response, blocks: AsyncGenerator[Block, None]) -> None:
        self.answer = answer
        self._blocks = blocks
        self.last_id = -1

    async def block(self) -> Block | None:
        """The next block, None at the end."""
        async with asyncio.timeout(PATIENCE_S):
            found = await anext(self._blocks, None)
        if found is not None:
            self.last_id = found.id
        return found

    async def message(self) -> Block:
        """The next event of the record."""
        async with asyncio.timeout(PATIENCE_S):
            while (found := await self.block()) is not None:
                if found.event == "message":
                    return found
        raise AssertionError("the stream ended")

    async def messages(self, number: int) -> list[Block]:
        """So many."""
        return [await self.message() for _ in range(number)]

    async def heartbeat(self) -> Block:
        """The next heartbeat; events of the record must not come before."""
        found = await self.block()
        assert found is not None
        assert found.event == "heartbeat"
        return found

    async def rest(self) -> list[Block]:
        """All that comes until the end."""
        found: list[Block] = []
        async with asyncio.timeout(PATIENCE_S):
            while (block := await self.block()) is not None:
                found.append(block)
        return found


async def _blocks(answer: httpx.Response) -> AsyncGenerator[Block, None]:
    fields: dict[str, str] = {}
    last_id = ""
    async for line in answer.aiter_lines():
        if line:
            name, _, value = line.partition(":")
            assert name not in fields, f"{name} stands twice in a block"
            fields[name] = value.removeprefix(" ")
            continue
        last_id = fields.get("id", last_id)
        retry = int(fields["retry"]) if "retry" in fields else None
        yield Block(fields.get("event", "message"), int(last_id), fields["data"], retry)
        fields = {}


@asynccontextmanager
async def following(
    address: str, *, last_id: int | None = None, key: str | None = None, **query: Any
) -> AsyncIterator[Reader]:
    """Follow the feed of a service, with a key or without; the stream has begun, and said where."""
    headers = {} if last_id is None else {"Last-Event-ID": str(last_id)}
    if key is not None:
        headers["Authorization"] = f"Bearer {key}"
    async with (
        httpx.AsyncClient(base_url=address, timeout=PATIENCE_S, verify=False) as client,
        client.stream("GET", STREAM, params=query, headers=headers) as answer,
    ):
        if answer.status_code != 200:
            raise Refused(answer.status_code, await answer.aread())
        async with aclosing(_blocks(answer)) as blocks:
            reader = Reader(answer, blocks)
            assert (await reader.heartbeat()).retry is not None
            yield reader
