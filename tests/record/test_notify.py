"""Hints: NOTIFY after the commit, on the channel that followers listen on."""

import asyncio
from typing import Any

import asyncpg

from parley.recording import Recording
from tests.record.desk import PATIENCE_S, gate_commits, gate_shut, in_one_batch, until, writers_waiting
from tests.record.world import request, said


class Follower:
    """Listens on the channel; knows the head at the moment of each hint only by asking."""

    def __init__(self, own: asyncpg.Connection) -> None:
        self._own = own
        self.hints: asyncio.Queue[str] = asyncio.Queue()

    async def listen(self) -> None:
        await self._own.add_listener("parley_events", self._heard)

    async def forget(self, recording: Recording) -> None:
        """Wait for the hints of what was committed before, and drop them."""

        async def quiet() -> bool:
            await self._own.execute("SELECT")
            return not recording._to_notify.is_set() and recording.pool.get_idle_size() == recording.pool.get_size()

        await until(quiet)
        await self._own.execute("SELECT")
        while not self.hints.empty():
            self.hints.get_nowait()

    async def deaf(self) -> None:
        await self._own.remove_listener("parley_events", self._heard)

    def _heard(self, _connection: Any, _pid: int, channel: str, _payload: object) -> None:
        self.hints.put_nowait(channel)

    async def hint(self) -> None:
        async with asyncio.timeout(PATIENCE_S):
            assert await self.hints.get() == "parley_events"

    async def position(self) -> int:
        return int(await self._own.fetchval("SELECT max(notification_id) FROM parley_events"))


async def test_commit_sends_a_hint_after_which_the_event_is_there(
    talks: Recording, database: str, psql: asyncpg.Connection
) -> None:
    """The hint comes after the commit, never before: whoever looks then finds the event."""
    await gate_commits(psql)
    follower = Follower(psql)
    await follower.listen()
    await follower.forget(talks)
    async with gate_shut(database) as own:
        recorded = asyncio.create_task(talks.record(request(said("one"))))
        await writers_waiting(own)
        assert follower.hints.empty()
    await follower.hint()
    assert await follower.position() == 9
    await recorded


async def test_commit_a_batch_sends_one_hint_for_all_of_it(
    talks: Recording, database: str, psql: asyncpg.Connection
) -> None:
    """Hints are coalesced: forty requests in two batches have two at most, and the last one always comes."""
    follower = Follower(psql)
    await follower.listen()
    await in_one_batch(talks, database, *(request(said(f"{number}")) for number in range(40)))
    seen = 0
    while await follower.position() < 48 or seen == 0:
        await follower.hint()
        seen += 1
    await psql.fetchval("SELECT 1")
    # Two batches here; the two that made the world may still be hinted at.
    assert seen + follower.hints.qsize() <= 4


async def test_follower_that_missed_the_hint_finds_the_event_by_position(
    talks: Recording, psql: asyncpg.Connection
) -> None:
    """A hint is no message: who was deaf at the time goes on from the position it has seen."""
    follower = Follower(psql)
    await follower.listen()
    await talks.record(request(said("heard")))
    await follower.hint()
    seen = await follower.position()
    await follower.deaf()
    await talks.record(request(said("missed")))
    await follower.listen()
    rows = await psql.fetch("SELECT notification_id FROM parley_events WHERE notification_id > $1", seen)
    assert [row["notification_id"] for row in rows] == [10]
