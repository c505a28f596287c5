"""The record in a process of its own: what is handed in is recorded one after the other, and timed."""

import sys
import time
from typing import Any

import msgspec
import uvloop

from bench import workers
from bench.profiling import Profile
from bench.supply import keyed, record_all
from parley.commands.request import Entry
from parley.recording import Recording


class Appender:
    """An open record."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._profile = Profile()

    async def record(self, entries: list[Any]) -> dict[str, Any]:
        """Record these, many together."""
        await record_all(self._recording, iter(msgspec.convert(entries, list[Entry])))
        return {}

    async def each(self, entries: list[Any]) -> dict[str, Any]:
        """Record these one by one, and tell how many seconds each took."""
        requests = [keyed(entry) for entry in msgspec.convert(entries, list[Entry])]
        took: list[float] = []
        self._profile.begin()
        for request in requests:
            began = time.perf_counter()
            await self._recording.record(request)
            took.append(time.perf_counter() - began)
        self._profile.end()
        return {"seconds": took}


async def main(dsn: str) -> None:
    """Be a worker."""
    recording = await Recording.open(dsn)
    side = Appender(recording)
    try:
        await workers.answering({"record": side.record, "each": side.each})
    finally:
        await recording.close()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1]))
