"""The record in a process of its own: what is handed in is recorded one after the other, and timed."""

import sys
import time
from typing import Any, Final

import msgspec
import uvloop

from bench import workers
from bench.profiling import Profile
from bench.supply import keyed, record_all
from parley.commands.request import Entry
from parley.recording import Recording

_SETTLE_WITHIN_S: Final = 60.0


class Appender:
    """An open record, whose read models a process beside it projects."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._profile = Profile()

    async def record(self, entries: list[Any]) -> dict[str, Any]:
        """Record these, many together, and have read models brought up to date."""
        await record_all(self._recording, iter(msgspec.convert(entries, list[Entry])))
        await self._settle()
        return {}

    async def each(self, entries: list[Any]) -> dict[str, Any]:
        """Record these one by one; tell after how many seconds each was answered, and its read models were up to date.

        The answer has the findings. The next one begins when read models are up to date: it does not wait for what the
        one before leaves to be done.
        """
        requests = [keyed(entry) for entry in msgspec.convert(entries, list[Entry])]
        took: list[float] = []
        settled: list[float] = []
        self._profile.begin()
        for request in requests:
            began = time.perf_counter()
            await self._recording.record(request)
            took.append(time.perf_counter() - began)
            await self._settle()
            settled.append(time.perf_counter() - began)
        self._profile.end()
        return {"seconds": took, "settled": settled}

    async def acknowledged(self, entries: list[Any]) -> dict[str, Any]:
        """Record these one right after the other; tell after how many seconds each was acknowledged, folded or not."""
        requests = [keyed(entry) for entry in msgspec.convert(entries, list[Entry])]
        took: list[float] = []
        self._profile.begin()
        for request in requests:
            began = time.perf_counter()
            await self._recording.record(request, minimal=True)
            took.append(time.perf_counter() - began)
        self._profile.end()
        await self._settle()
        return {"seconds": took}

    async def _settle(self) -> None:
        await self._recording.projecting.settle(_SETTLE_WITHIN_S)


async def main(dsn: str) -> None:
    """Be a worker."""
    recording = await Recording.open(dsn, projectors=1)
    side = Appender(recording)
    try:
        await workers.answering({"record": side.record, "each": side.each, "acknowledged": side.acknowledged})
    finally:
        await recording.close()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1]))
