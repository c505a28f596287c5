"""`make soak KIND=reads`: readers of the past of a negotiation of 10,000 events, and the memory that they leave behind.

One reader after the other reads the long round as of 1,000 positions, none twice, in random order. Then 200 readers at
once read it as of one more position each. The process of the service may hold 1.3 times as much after the thousandth
reading as after the hundredth, and each of the 200 is answered within 2 seconds: 200, or 503 with Retry-After.
"""

import asyncio
import random
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from statistics import quantiles
from typing import Final

import asyncpg

from bench.generator.copying import copy
from bench.generator.record import record
from bench.generator.size import Size
from negotiation.streams import stream
from parley.embedded import EmbeddedPostgres
from parley.http.response.addresses import address_of
from parley.store.log import SCHEMA
from parley.store.migrate import migrate
from tests.databases import FAST, in_memory_folder
from tests.survival.world import Replica

EVENTS: Final = 10_000
IN_THE_ROUND: Final = 8_000
OTHERS: Final = 700
"""Events about parties, beside the negotiation's."""
READINGS: Final = 1_000
MEASURED_AT: Final = 100
MOST_GROWTH: Final = 1.3
AT_ONCE: Final = 200
WITHIN_S: Final = 2.0
PATIENCE_S: Final = 60.0
MIB: Final = 1 << 20


def table(*rows: tuple[str, object]) -> str:
    """Figures as Markdown."""
    return "\n".join(["", "| what | figure |", "|---|---|", *(f"| {what} | {figure} |" for what, figure in rows)])


def resident(pid: int) -> int:
    """Bytes that a process holds in memory, as Linux tells it."""
    status = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmRSS:"))


async def fill(dsn: str, seed: int) -> tuple[str, int, int]:
    """Record a negotiation; give the stream of its long round, that round's first position and the last of all."""
    size = Size(events=EVENTS + OTHERS, negotiations=1, long_round=IN_THE_ROUND, related=0)
    every = list(record(size, seed))
    streams = Counter(one.written.stream for one in every if stream(one.written.stream).is_round)
    ((long, _),) = streams.most_common(1)
    await migrate(dsn)
    connection = await asyncpg.connect(dsn, server_settings={"search_path": SCHEMA})
    try:
        async for _ in copy(connection, every):
            pass
        await connection.execute("VACUUM (ANALYZE) parley_events")
    finally:
        await connection.close()
    first = next(one.position for one in every if one.written.stream == long)
    return long, first, every[-1].position


async def get(port: int, path: str) -> tuple[int, bytes, bytes]:
    """Ask for something; give status, head and body. A larger client would take the time of what it measures."""
    async with asyncio.timeout(PATIENCE_S):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
            head, _, body = (await reader.read(-1)).partition(b"\r\n\r\n")
        finally:
            writer.close()
    return int(head.split(b" ", 2)[1]), head, body


class Answers:
    """What readers were answered, and how long it took."""

    def __init__(self, port: int, path: str) -> None:
        self._port, self._path = port, path
        self.seconds: dict[int, list[float]] = {}

    async def read(self, position: int) -> None:
        """Read the round as of a position, on a connection of its own."""
        began = time.monotonic()
        status, head, _ = await get(self._port, f"{self._path}?as_of={position}")
        self.seconds.setdefault(status, []).append(time.monotonic() - began)
        assert status == 200 or b"retry-after:" in head.lower(), head

    @property
    def every(self) -> list[float]:
        """All times."""
        return sorted(one for each in self.seconds.values() for one in each)

    def number(self, status: int) -> int:
        """How many answers had a status."""
        return len(self.seconds.get(status, []))


def told(seconds: Sequence[float]) -> str:
    """Percentiles and the maximum."""
    if len(seconds) < 2:
        return ", ".join(f"{one:.2f} s" for one in seconds) or "-"
    cuts = quantiles(seconds, n=100, method="inclusive")
    return f"p50 {cuts[49]:.2f} s, p95 {cuts[94]:.2f} s, p99 {cuts[98]:.2f} s, at most {max(seconds):.2f} s"


async def soak(seed: int) -> int:
    """Read; print the figures; give the exit status."""
    folder = Path(tempfile.mkdtemp(prefix="parley-soak-", dir=in_memory_folder()))
    try:
        with EmbeddedPostgres(folder / "data", config=FAST) as postgres:
            long, first, last = await fill(postgres.dsn(), seed)
            replica = Replica(postgres.dsn())
            await replica.start()
            try:
                return await _readings(replica, address_of(long), random.Random(seed), range(first, last + 1))
            finally:
                await replica.kill()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _readings(replica: Replica, path: str, dice: random.Random, positions: Sequence[int]) -> int:
    chosen = dice.sample(positions, READINGS + AT_ONCE)
    await get(replica.port, path)  # read models are up to date from here on, and nothing else is done
    held = [resident(replica.pid)]
    one_by_one = Answers(replica.port, path)
    for number, position in enumerate(chosen[:READINGS], 1):
        await one_by_one.read(position)
        if number % MEASURED_AT == 0:
            held.append(resident(replica.pid))
            print(f"  {number} readings: {held[-1] / MIB:.0f} MiB", flush=True)
    at_once = Answers(replica.port, path)
    await asyncio.gather(*(at_once.read(position) for position in chosen[READINGS:]))
    after = resident(replica.pid)
    numbers = (await get(replica.port, "/metrics"))[2].decode().splitlines()
    growth = held[-1] / held[1]
    print(
        table(
            ("events in the negotiation", f"{EVENTS:,}"),
            ("memory of the service before", f"{held[0] / MIB:.0f} MiB"),
            (f"after {MEASURED_AT} readings, one by one, none twice", f"{held[1] / MIB:.0f} MiB"),
            (f"after {READINGS:,}", f"{held[-1] / MIB:.0f} MiB, {growth:.2f} times as much"),
            ("the most between", f"{max(held) / MIB:.0f} MiB"),
            ("each of them", told(one_by_one.every)),
            (f"after {AT_ONCE} more, at once", f"{after / MIB:.0f} MiB"),
            ("of these answered with the round", f"{at_once.number(200)}: {told(at_once.seconds.get(200, []))}"),
            ("refused with Retry-After", f"{at_once.number(503)}: {told(at_once.seconds.get(503, []))}"),
            *(
                (line.rpartition(" ")[0], line.rpartition(" ")[2])
                for line in numbers
                if line.startswith("parley_past_")
            ),
        )
    )
    served = one_by_one.number(200) == READINGS and at_once.number(200) + at_once.number(503) == AT_ONCE
    return 0 if served and growth <= MOST_GROWTH and max(at_once.every) <= WITHIN_S else 1
