"""post_vs_decode: one event a request, against a handler of the same framework that only decodes the body.

post_minimal_vs_decode: the same requests with ``Prefer: return=minimal``, so that no answer waits for findings.

The service and its projector process have one processor to themselves, the load and PostgreSQL have another; so it is
for the peers.
"""

import asyncio
import os
import shutil
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final

import msgspec

from bench.figures import Figure
from bench.generator.desk import Filed
from bench.load import generators
from bench.load.generators import Generator, Load
from bench.posting import MINIMAL_ANSWER, settled
from bench.run import Missing, Run, in_turn
from bench.sides import services
from bench.sides.services import Service
from bench.supply import Supply, record_parties
from bench.workers import module
from parley.http.response.addresses import address_of
from parley.recording import Recording

UNIT: Final = "requests/s"
_MARGIN: Final = 2.0
_FIRST_GUESS: Final = 150.0
"""Requests a second of each connection, before any were measured."""
PINNED: Final = "the service and its projector on one processor, PostgreSQL and the load on the other"
PLAIN, MINIMAL = POST_ROWS = ("post_vs_decode", "post_minimal_vs_decode")
_REACH: Final = {PLAIN: ">= 0.35x", MINIMAL: ">= 0.5x"}
SETTLE_WITHIN_S: Final = 60.0
"""Read models of what was recorded before are up to date after so long, or something is wrong."""


def processors() -> tuple[set[int] | None, set[int] | None]:
    """The service's, and the others'; None where there is no choice."""
    if not hasattr(os, "sched_getaffinity"):
        return None, None
    there = sorted(os.sched_getaffinity(0))
    return ({there[0]}, set(there[1:])) if len(there) > 1 else (None, None)


class Posted:
    """Requests for the load, each connection's in a file: its next ones, in their order.

    ``minimal``: they prefer the minimal answer.
    """

    def __init__(self, run: Run, *, minimal: bool) -> None:
        self.folder = run.folder / "post"
        self._headers = [f"Prefer: {MINIMAL_ANSWER}"] if minimal else []
        self._supply = Supply(run.scale.writers)
        self._queues = [deque[bytes]() for _ in range(run.scale.writers)]
        self._fastest = _FIRST_GUESS

    async def send(self, service: Service, load: Generator, seconds: int) -> Load:
        """Send them for so long; more than there was ever time for, and where a connection ended, more next time."""
        self._fill(int(self._fastest * seconds * _MARGIN) + 50)
        with service.profile():
            done = await load.post(service.address, self.folder, len(self._queues), seconds)
        self._fastest = max(self._fastest * (_MARGIN if done.ended else 1), done.rate / len(self._queues))
        return done

    def _fill(self, each: int) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        for writer, queue in enumerate(self._queues):
            taken = self._supply.take(writer, max(0, each - len(queue)))
            queue.extend(_posted(filed, self._headers) for filed in taken)
            generators.pack(self.folder / str(writer), list(queue))

    def sent(self, numbers: Sequence[int]) -> None:
        """Leave out what was sent, but for each connection's last one: nobody waited for its answer."""
        for queue, number in zip(self._queues, numbers, strict=True):
            for _ in range(number - 1):
                queue.popleft()


def _posted(filed: Filed, headers: Sequence[str]) -> bytes:
    body = msgspec.json.encode(filed.entry.submission)
    lines = (
        f"POST {address_of(filed.entry.stream)}/events HTTP/1.1", "Host: localhost", "Content-Type: application/json",
        *headers, f"Content-Length: {len(body)}", "", "",
    )  # fmt: skip
    return "\r\n".join(lines).encode("ascii") + body


class Recorded:
    """POST of one event to `parley serve`."""

    name = "parley"

    def __init__(self, run: Run, row: str, posted: Posted, load: Generator) -> None:
        self._run, self._row, self._posted, self._load = run, row, posted, load
        self._service: Service | None = None
        self.loads: list[Load] = []

    @asynccontextmanager
    async def ready(self) -> AsyncIterator[None]:
        """Serve a record with the parties in it."""
        dsn = await self._run.server.database("posted", migrated=True)
        await with_recording(dsn, record_parties)
        profile = self._run.profile(self._row)
        async with services.parley(dsn, processors=processors()[0], profile=profile) as self._service:
            yield
        await self._run.server.drop("posted")

    async def rate(self, seconds: int) -> float:
        """Answers a second."""
        assert self._service is not None
        load = await self._posted.send(self._service, self._load, seconds)
        await asyncio.to_thread(settled, self._service, SETTLE_WITHIN_S)  # nobody works behind what is measured next
        self._posted.sent(load.sent)
        if load.ended:
            return await self.rate(seconds)
        self.loads.append(load)
        return load.rate


DECODES: Final = "a Litestar handler that decodes the body"


class Decoded:
    """POST of the same bodies to a handler that decodes them."""

    name = DECODES

    def __init__(self, run: Run, posted: Posted, load: Generator) -> None:
        self._run, self._posted, self._load = run, posted, load
        self._service: Service | None = None

    @asynccontextmanager
    async def ready(self) -> AsyncIterator[None]:
        """Serve it."""
        async with services.serving(
            *module("bench.sides.handlers", "decode"), processors=processors()[0]
        ) as self._service:
            yield

    async def rate(self, seconds: int) -> float:
        """Answers a second."""
        assert self._service is not None
        load = await self._posted.send(self._service, self._load, seconds)
        return await self.rate(seconds) if load.ended else load.rate


async def measure_post(run: Run, names: Sequence[str]) -> list[Figure]:
    """Both rows, one after the other."""
    try:
        load = await generators.find(run, processors()[1])
    except Missing as why:
        return [Figure.missing(name, UNIT, DECODES, str(why), _REACH[name]) for name in names]
    return [await _measure_posts(run, name, load) for name in names]


async def _measure_posts(run: Run, name: str, load: Generator) -> Figure:
    posted = Posted(run, minimal=name == MINIMAL)
    ours, peer = Recorded(run, name, posted, load), Decoded(run, posted, load)
    async with run.server.pinned(processors()[1]), ours.ready(), peer.ready():
        mine, theirs = await in_turn(run, name, [ours, peer])
    answer = "ids and positions alone are answered" if name == MINIMAL else "findings are answered with it"
    note = (
        f"one event a request, with its id and no key; {answer}; {ours.loads[-1].told}; load from {load.name}; {PINNED}"
    )
    return Figure.measured(name, mine, UNIT, peer.name, theirs, reach=_REACH[name], note=note)


async def with_recording(dsn: str, use: Callable[[Recording], Awaitable[None]]) -> None:
    """Open the record of a database for as long as it is used, and until its read models are up to date."""
    recording = await Recording.open(dsn)
    try:
        await use(recording)
        await recording.projecting.settle(SETTLE_WITHIN_S)
    finally:
        await recording.close()
