"""Several replicas behind the proxy are one service."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from tests.compose.operations import Operations
from tests.compose.stack import ADDRESS, SCALED, Container, Stack, answered
from tests.compose.verdict import assert_holds
from tests.feed.reader import Refused, following
from tests.survival.load import BACK_OFF_S, Load

REPLICAS = 3
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
