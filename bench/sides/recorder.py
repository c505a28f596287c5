"""Our side of the record's rows, in a process of its own: `Recording.record`, asked by many writers at once.

The requests are made before the clock runs. What the writers themselves cost is measured with a record that answers
at once, and told.
"""

import asyncio
import gc
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final

import uvloop

from bench import workers
from bench.profiling import Profile
from bench.supply import Queues, record_parties
from parley.commands.request import Request
from parley.garbage import collect_seldom
from parley.projections import READ_MODELS, writing
from parley.projections import search as searches
from parley.recording import Recording

_NOTHING: Final = 20_000
"""Requests that are answered at once, to see what the writers cost."""
_SETTLE_WITHIN_S: Final = 60.0
"""The read models of all that was recorded in one slice are up to date after so long, or something is wrong."""


class Recorder:
    """The record, open in this process, and the queues of its writers."""

    def __init__(self) -> None:
        self._recording: Recording | None = None
        self._queues = Queues(0)
        self._profile = Profile()

    async def open(self, dsn: str, writers: int, *, projectors: int, search: bool) -> dict[str, Any]:
        """Open the record, and record the parties. Without ``search`` this process keeps no searches up to date."""
        if not search:
            vars(writing)["READ_MODELS"] = tuple(one for one in READ_MODELS if one is not searches)
        self._recording = await Recording.open(dsn, projectors=projectors)
        await record_parties(self._recording)
        await self._recording.projecting.settle(_SETTLE_WITHIN_S)
        collect_seldom()
        self._queues = Queues(writers)
        return {}

    async def fill(self, each: int) -> dict[str, Any]:
        """Make requests; what they are made of is not the service's, and no garbage collection has to look at it."""
        self._queues.fill(each)
        gc.collect()
        gc.freeze()
        return {}

    async def run(self, seconds: float) -> dict[str, Any]:
        """Record for so long; ``settled``: seconds from the beginning until every read model is up to date.

        That is waited for in any case, so that nobody works behind what is measured next. ``busy``: the share of a
        processor that this process used while it recorded; ``dry``: requests ran out.
        """
        assert self._recording is not None
        self._profile.begin()
        began, used = time.perf_counter(), time.process_time()
        recorded = await self._write(partial(self._recording.record, minimal=True), seconds)
        took, used = time.perf_counter() - began, time.process_time() - used
        self._profile.end()
        await self._recording.projecting.settle(_SETTLE_WITHIN_S)
        return {
            "recorded": recorded, "seconds": took, "settled": time.perf_counter() - began, "busy": used / took,
            "dry": not all(self._queues.writers),
        }  # fmt: skip

    async def load(self) -> dict[str, Any]:
        """What the writers cost of this process's time for one request, in seconds; they are as many as there are."""
        answered = 0

        async def answer(_: Request) -> None:
            nonlocal answered
            answered += 1
            await asyncio.sleep(0)

        async def write() -> None:
            while answered < _NOTHING:
                await answer(request)

        request = self._queues.writers[0][0]
        used = time.process_time()
        await asyncio.gather(*(write() for _ in self._queues.writers))
        return {"each": (time.process_time() - used) / answered}

    async def close(self) -> dict[str, Any]:
        """Close the record."""
        assert self._recording is not None
        await self._recording.close()
        return {}

    async def _write(self, record: Callable[[Request], Awaitable[Any]], seconds: float) -> int:
        loop = asyncio.get_running_loop()
        until, recorded = loop.time() + seconds, 0

        async def write(writer: int) -> None:
            nonlocal recorded
            queue = self._queues.writers[writer]
            while queue and loop.time() < until:
                await record(queue.popleft())
                recorded += 1

        await asyncio.gather(*(write(writer) for writer in range(len(self._queues.writers))))
        return recorded


async def main() -> None:
    """Be a worker."""
    side = Recorder()
    await workers.answering(
        {"open": side.open, "fill": side.fill, "run": side.run, "load": side.load, "close": side.close}
    )


if __name__ == "__main__":
    uvloop.run(main())
