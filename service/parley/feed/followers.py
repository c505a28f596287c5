"""Who follows the record: each reads the past by pages of their own, then joins the tail, without gap or repeat."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from functools import cached_property
from typing import Any, Final, TypeAlias, TypeVar

import asyncpg

from parley.store import reader
from parley.store.codec import envelope_json
from parley.store.errors import DATABASE_FAULTS, RecordDamaged
from parley.store.filters import Event, Filter, rows

RETRY_S: Final = 1.0
"""How long to wait before the next try."""

PAGE: Final = 200
"""Events that a follower reads of the past at once."""

NEAR: Final = 1_000
"""Events by which a follower may lag when joining the tail: read while the tail's next events already wait."""

PAGES_AT_ONCE: Final = 2
"""Pages of the past that are read at the same time for all followers, so that other reads find connections free."""

CHUNK: Final = 64 << 10
"""Bytes after which what is sent at once is enough, whatever waits: a server takes it whole, however large it is."""

MOST_WAITING: Final = 4 << 20
"""Bytes that may wait for a follower; one for whom more wait when the next come is too slow."""

PATIENCE_S: Final = 30.0
"""How long a follower may take nothing of what they were given."""

Frame: TypeAlias = Callable[[int, bytes], bytes]
"""Makes what is sent of an event, of its position and its envelope."""

Told: TypeAlias = tuple[int, bytes]
"""The position and the frame of an event."""

Result = TypeVar("Result")

logger = logging.getLogger(__name__)


class Framed(Event):
    """An event with what is sent of it, which is made once, where anybody wants it."""

    def __init__(self, row: asyncpg.Record, frame: Frame) -> None:
        super().__init__(row)
        self._frame = frame

    @cached_property
    def told(self) -> Told:
        """What followers are told of it."""
        row = self.row
        envelope = envelope_json(row["state"], row["originator_id"], row["originator_version"], self.position)
        return self.position, self._frame(self.position, envelope)


class Past:
    """What was recorded before somebody joined the tail."""

    def __init__(self, pool: asyncpg.Pool, frame: Frame, damaged: Callable[[RecordDamaged], None]) -> None:
        self._pool, self._frame, self._damaged = pool, frame, damaged
        self._turns = asyncio.Semaphore(PAGES_AT_ONCE)

    async def head(self) -> int | None:
        """The last position, None while the database is away."""
        try:
            async with self._turns:
                return (await reader.head(self._pool)).position
        except DATABASE_FAULTS as error:
            await _pause(error)
            return None

    async def page(self, wanted: Filter, after: int, until: int) -> tuple[list[Told], int]:
        """The next events of what is wanted, and how far that is; not a step while the database is away.

        Raises RecordDamaged.
        """
        try:
            async with self._turns:
                found = await rows(self._pool, wanted, after, until, PAGE)
            events = [Framed(row, self._frame) for row in found]
            told = [event.told for event in events if event.is_wanted(wanted)]
        except DATABASE_FAULTS as error:
            await _pause(error)
            return [], after
        except RecordDamaged as damage:
            self._damaged(damage)
            raise
        return told, events[-1].position if len(events) == PAGE else until


async def _pause(error: Exception) -> None:
    logger.warning("followers wait: the database did not answer (%s: %s)", type(error).__name__, error)
    await asyncio.sleep(RETRY_S)


class Tail:
    """Where the record is being read as it grows; ``position``: the last event that was handed out.

    Followers who want the same stand together: what they want is looked for once. ``cut_off``: how many of all have
    been cut off for being too slow.
    """

    def __init__(self) -> None:
        self.position = 0
        self.cut_off = 0
        self.followed = asyncio.Event()
        self._groups: dict[Filter, set[Follower]] = {}

    def join(self, follower: "Follower") -> int:
        """Let a follower take part in every event from now on; give the last position before."""
        if not self._groups:  # nobody was told of anything, so the tail is where the first one is
            self.position = follower.position
        self._groups.setdefault(follower.wanted, set()).add(follower)
        self.followed.set()
        return self.position

    def leave(self, follower: "Follower") -> None:
        """Tell the follower nothing more."""
        group = self._groups.get(follower.wanted, set())
        group.discard(follower)
        if not group:
            self._groups.pop(follower.wanted, None)
        if not self._groups:
            self.followed.clear()

    def hand_out(self, events: Sequence[Framed]) -> None:
        """Give the events that come next to everybody who wants them."""
        for wanted, group in self._groups.items():
            told = [event.told for event in events if event.is_wanted(wanted)]
            size = sum(len(frame) for _, frame in told)
            for follower in group:
                if not told or follower.position < told[0][0]:
                    follower.offer(told, size)
                else:  # they know more of the record than has been handed out
                    rest = [one for one in told if one[0] > follower.position]
                    follower.offer(rest, sum(len(frame) for _, frame in rest))
        self.position = events[-1].position


class Follower:
    """One who follows; ``position``: up to there they were told everything that they want."""

    def __init__(
        self,
        wanted: Filter,
        position: int,
        head: int,
        *,
        past: Past,
        tail: Tail,
        cut: Callable[[], None],
    ) -> None:
        """``head``: where the record ended a moment ago; ``cut`` breaks off whatever still keeps the follower busy."""
        self.wanted = wanted
        self.position = position
        self.ended = False
        self._past, self._tail, self._cut = past, tail, cut
        self._head: int | None = head
        self._until = position
        self._joined = False
        self._page: deque[Told] = deque()
        self._page_ends = position
        self._waiting: deque[Told] = deque()
        self._waiting_bytes = 0
        self._beat = False
        self._given_at: float | None = None
        self._wake = asyncio.Event()
        self._reading: asyncio.Task[Any] | None = None

    async def next(self) -> bytes | None:
        """What to send next: frames; nothing (``b""``) when a sign of life is due; None at the end.

        Whoever asks again has sent what they were given before.
        """
        self._given_at = None
        while not self.ended:
            chunk = self._chunk()
            if chunk or self._beat:
                self._beat = False
                self._given_at = asyncio.get_running_loop().time()
                return chunk
            if self.position < self._until:
                await self._read_page()
            elif not self._joined:
                await self._approach()
            else:
                self._wake.clear()
                await self._wake.wait()
        return None

    def offer(self, told: Sequence[Told], size: int) -> None:
        """Let events of so many bytes wait for the follower; one who has left too many waiting is cut off."""
        if self.ended or not told:
            return
        if self._waiting_bytes > MOST_WAITING:
            self._cut_off(f"{self._waiting_bytes} bytes wait")
            return
        self._waiting.extend(told)
        self._waiting_bytes += size
        self._wake.set()

    def beat(self) -> None:
        """Give a sign of life soon, unless there is something better; cut off who has taken nothing for too long."""
        now = asyncio.get_running_loop().time()
        if self._given_at is not None and now - self._given_at > PATIENCE_S:
            self._cut_off("nothing was taken for too long")
        self._beat = True
        self._wake.set()

    def end(self) -> None:
        """Tell the follower nothing more: `next` gives None as soon as it is asked."""
        self.ended = True
        self._waiting.clear()
        if self._reading is not None:
            self._reading.cancel()
        self._wake.set()

    def break_off(self) -> None:
        """End, and do not wait for what was given to be sent."""
        self.end()
        self._cut()

    def _cut_off(self, why: str) -> None:
        if not self.ended:
            logger.info("a follower at position %d is too slow and is cut off: %s", self.position, why)
            self._tail.cut_off += 1
            self.break_off()

    def _chunk(self) -> bytes:
        """Some of what can be sent: of the page, or of what waits when there is nothing of the past any more."""
        if self._page or self.position < self._until or not self._joined:
            return self._take(self._page, self._page_ends)
        chunk = self._take(self._waiting, self._tail.position)
        self._waiting_bytes -= len(chunk)
        return chunk

    def _take(self, told: deque[Told], reached: int) -> bytes:
        """The first of these; who was told all of them has ``reached`` a position, if not farther already."""
        frames: list[bytes] = []
        size = 0
        while told and size < CHUNK:
            self.position, frame = told.popleft()
            frames.append(frame)
            size += len(frame)
        if not told:
            self.position = max(self.position, reached)
        return b"".join(frames)

    async def _read_page(self) -> None:
        page = await self._interruptible(self._past.page(self.wanted, self.position, self._until))
        if page is not None:
            told, self._page_ends = page
            self._page.extend(told)

    async def _approach(self) -> None:
        """Join the tail if it is near; else find out how far there is still to go."""
        head, self._head = self._head, None
        if head is None:
            head = await self._interruptible(self._past.head())
        if head is None or self.ended:
            return
        if head - self.position > NEAR:
            self._until = head
            return
        self._until = self._tail.join(self)
        self._joined = True

    async def _interruptible(self, work: Coroutine[Any, Any, Result]) -> Result | None:
        """Do the work, None if the follower is ended meanwhile, or by what is read."""
        self._reading = reading = asyncio.ensure_future(work)
        try:
            return await reading
        except asyncio.CancelledError:
            if self.ended:
                return None
            raise
        except RecordDamaged:
            self.end()
            return None
        finally:
            self._reading = None
