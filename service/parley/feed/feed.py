"""The feed: whoever follows the record is told of every event behind their position, once and in order.

One tail a process reads what is recorded, by position, whichever replica recorded it, and hands it to all followers.
NOTIFY is a hint that there is something; it is looked for every POLL_S anyway, so that a lost hint, a lost connection
or a database that restarts costs time and nothing else.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

import asyncpg

from parley.feed.followers import RETRY_S, Follower, Frame, Framed, Past, Tail
from parley.store.errors import DATABASE_FAULTS, FeedBusy, RecordDamaged
from parley.store.filters import ALL, LAST, Filter, rows
from parley.store.log import SCHEMA, read_head
from parley.store.primary import Servers

CHANNEL: Final = "parley_events"
POLL_S: Final = 1.0
BEAT_S: Final = 15.0
"""How often followers for whom there is nothing get a sign of life."""
PAGE: Final = 500
"""Events that are read and handed out at once."""
ANSWER_WITHIN_S: Final = 10.0
"""How long the database may take for a page before its connection is taken for dead."""
LEAST_REST_S: Final = 0.01
REST: Final = 1
"""How many times as long as handing out took the tail rests: half of the process's time at most goes into it, and what
comes meanwhile is handed out together."""
END_WITHIN_S: Final = 1.0
"""How long followers may take to end before they are broken off."""

_SETTINGS: Final = {"search_path": SCHEMA, "jit": "off", "application_name": "parley feed"}

logger = logging.getLogger(__name__)


class Feed:
    """Follows the record, while anybody follows the feed."""

    def __init__(
        self,
        servers: Servers,
        pool: asyncpg.Pool,
        frame: Frame,
        damaged: Callable[[RecordDamaged], None],
        *,
        most_followers: int = 2000,
    ) -> None:
        """``pool``: for reads of the past; ``frame`` makes what is sent of an event.

        ``damaged`` is called where the record turns out to be.
        """
        self.most_followers = most_followers
        self._servers, self._frame = servers, frame
        self._past = Past(pool, frame, damaged)
        self._damaged = damaged
        self._tail = Tail()
        self._followers: set[Follower] = set()
        self._ending = False
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Start following."""
        self._tasks = [
            asyncio.create_task(self._run(), name="parley-feed"),
            asyncio.create_task(self._keep_alive(), name="parley-feed-beat"),
        ]

    @property
    def followers(self) -> int:
        """How many follow."""
        return len(self._followers)

    @property
    def position(self) -> int:
        """Up to where those who joined the tail were told; 0 while there was nothing to tell."""
        return self._tail.position

    @property
    def cut_off(self) -> int:
        """How many were cut off for being too slow."""
        return self._tail.cut_off

    def end(self) -> None:
        """End every follower, at once or by force within END_WITHIN_S, and take no more."""
        self._ending = True
        self._end_all()
        asyncio.get_running_loop().call_later(END_WITHIN_S, self._break_off)

    async def close(self) -> None:
        """End every follower, and close the connection."""
        self.end()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @asynccontextmanager
    async def follow(
        self, wanted: Filter, position: int, head: int, cut: Callable[[], None]
    ) -> AsyncIterator[Follower]:
        """Follow from behind a position, which is not beyond ``head``, where the record ended a moment ago.

        ``cut`` is called when the follower is too slow, or does not end in time. Raises FeedBusy.
        """
        if self._ending:
            raise FeedBusy(reason="The service stops")
        if len(self._followers) >= self.most_followers:
            raise FeedBusy(reason=f"{self.most_followers} readers follow the record, which is as many as may")
        follower = Follower(wanted, position, head, past=self._past, tail=self._tail, cut=cut)
        self._followers.add(follower)
        try:
            yield follower
        finally:
            self._followers.discard(follower)
            self._tail.leave(follower)

    def end_one(self, follower: Follower) -> None:
        """End a follower, at once or by force within END_WITHIN_S."""
        follower.end()
        asyncio.get_running_loop().call_later(END_WITHIN_S, self._break_off_one, follower)

    def _break_off_one(self, follower: Follower) -> None:
        if follower in self._followers:
            follower.break_off()

    def _break_off(self) -> None:
        for follower in self._followers:
            follower.break_off()

    async def _keep_alive(self) -> None:
        while True:
            await asyncio.sleep(BEAT_S)
            for follower in self._followers:
                follower.beat()

    async def _run(self) -> None:
        while True:
            await self._tail.followed.wait()
            try:
                async with self._listening() as (connection, hinted):
                    await self._follow(connection, hinted)
            except DATABASE_FAULTS as error:
                logger.warning("the feed lost the database (%s: %s); it tries again", type(error).__name__, error)
                await asyncio.sleep(RETRY_S)
            except RecordDamaged as damage:
                self._damaged(damage)
                self._end_all()
                await asyncio.sleep(RETRY_S)
            except Exception:  # whoever follows must not wait for ever for what nobody reads
                logger.exception("the feed failed; who follows has to begin anew")
                self._end_all()
                await asyncio.sleep(RETRY_S)

    def _end_all(self) -> None:
        for follower in self._followers:
            follower.end()

    @asynccontextmanager
    async def _listening(self) -> AsyncIterator[tuple[asyncpg.Connection, asyncio.Event]]:
        """A connection of the feed's own; the event is set when there may be something to read, or nothing more."""
        hinted = asyncio.Event()

        def hint(*_: Any) -> None:
            hinted.set()

        connection = await self._servers.connect(server_settings=_SETTINGS, command_timeout=ANSWER_WITHIN_S)
        try:
            connection.add_termination_listener(hint)
            await connection.add_listener(CHANNEL, hint)
            yield connection, hinted
        finally:
            connection.terminate()

    async def _follow(self, connection: asyncpg.Connection, hinted: asyncio.Event) -> None:
        """Hand out what is recorded, until nobody follows."""
        head = (await read_head(connection)).position
        if head < self._tail.position:
            logger.critical("the record ends at position %d, and %d was read", head, self._tail.position)
            self._end_all()
            return
        while self._tail.followed.is_set():
            hinted.clear()
            position = self._tail.position
            found = await rows(connection, ALL, position, LAST, PAGE)
            if self._tail.position != position:
                continue  # everybody left meanwhile, and somebody began elsewhere
            if found:
                await self._hand_out([Framed(row, self._frame) for row in found])
            if len(found) < PAGE:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(POLL_S):
                        await hinted.wait()

    async def _hand_out(self, events: list[Framed]) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        self._tail.hand_out(events)
        await asyncio.sleep(0)  # those who wait are woken before this task goes on
        await asyncio.sleep(max(LEAST_REST_S, REST * (loop.time() - began)))
