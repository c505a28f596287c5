"""Those who follow the record, in a process of their own: each has a connection, and sees that it misses nothing.

How long an event took is told from its `recorded_at`, which PostgreSQL's clock gave it just before the commit, to the
moment at which it was read here: the same machine's clock.
"""

import asyncio
import re
import resource
import sys
import time
from array import array
from collections.abc import Callable
from datetime import datetime
from statistics import quantiles
from typing import Any, Final, cast
from urllib.parse import urlsplit

import uvloop

from bench import workers

_ASKED: Final = b"GET /v1/events/stream?after=%d HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n"
_MESSAGE: Final = re.compile(rb'\nid: (\d+)\ndata: \{"position":\d+,')
"""The beginning of an event; heartbeats have no more than their position."""
_RECORDED_AT: Final = re.compile(rb'"recorded_at":"([^"]+)"')
_WITHIN_S: Final = 60


class Seen:
    """What all readers have seen: when each event was recorded, how long each reader waited for it (seconds)."""

    def __init__(self, after: int) -> None:
        self.after = after
        self.recorded_at: dict[int, float] = {}
        self.waited = array("d")
        self.begun = 0
        self.more = asyncio.Event()

    async def until(self, enough: Callable[[], bool]) -> bool:
        """Wait for what more data brings about, for a while; say whether it came."""
        try:
            async with asyncio.timeout(_WITHIN_S):
                while not enough():
                    self.more.clear()
                    await self.more.wait()
        except TimeoutError:
            return False
        return True


class Reader(asyncio.Protocol):
    """One reader."""

    def __init__(self, seen: Seen) -> None:
        self._seen = seen
        self._rest = b""
        self._begun = False
        self.position = seen.after
        self.gaps = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for what comes."""
        cast("asyncio.Transport", transport).write(_ASKED % self.position)

    def data_received(self, data: bytes) -> None:
        """Look at every event that is there whole."""
        now, seen = time.time(), self._seen
        if not self._begun:
            self._begun = True
            seen.begun += 1
        seen.more.set()
        data = self._rest + data
        end = data.rfind(b"\n\n") + 2
        self._rest = data[max(end, 2) - 2 :] if end > 1 else data
        for found in _MESSAGE.finditer(data, 0, max(end, 0)):
            position = int(found[1])
            self.gaps += position != self.position + 1
            self.position = position
            at = seen.recorded_at.get(position)
            if at is None:
                told = _RECORDED_AT.search(data, found.end())
                assert told is not None, "an envelope says when it was recorded"
                at = seen.recorded_at[position] = datetime.fromisoformat(told[1].decode()).timestamp()
            seen.waited.append(now - at)


class Followers:
    """All of them."""

    def __init__(self, address: str) -> None:
        split = urlsplit(address)
        self._host, self._port = split.hostname or "", split.port or 0
        self._readers: list[Reader] = []
        self._seen = Seen(0)

    async def follow(self, readers: int, after: int) -> dict[str, Any]:
        """Begin; every stream has begun when this is answered."""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(soft, readers + 100), hard), hard))
        self._seen = seen = Seen(after)
        loop = asyncio.get_running_loop()
        for _ in range(readers):
            _, reader = await loop.create_connection(lambda: Reader(seen), self._host, self._port)
            self._readers.append(reader)
        if not await seen.until(lambda: seen.begun == readers):
            raise TimeoutError(f"{seen.begun} of {readers} streams began within {_WITHIN_S} s")
        return {}

    async def seen(self, position: int) -> dict[str, Any]:
        """Wait until all have seen this position; tell how long events took, and how many readers missed any."""
        await self._seen.until(lambda: all(reader.position >= position for reader in self._readers))
        hundredths = quantiles(self._seen.waited, n=100)
        missed = sum(reader.gaps > 0 or reader.position != position for reader in self._readers)
        return {"p50_s": hundredths[49], "p99_s": hundredths[98], "seen": len(self._seen.waited), "missed": missed}


if __name__ == "__main__":
    side = Followers(sys.argv[1])
    uvloop.run(workers.answering({"follow": side.follow, "seen": side.seen}))
