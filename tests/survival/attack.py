"""`make soak KIND=attack MINUTES=2`: what a quiet client notices while others press the service as hard as they can.

Four kinds of pressure in turn, each from a process of its own: 64 connections with one key that post lists of 500, all
in one negotiation; eight with 1 MB bodies of one name again and again; eight of 85,000 unknown names; eight of 250,000
fractions. Meanwhile another key records one event at a time elsewhere, and a third client asks `/health/live`. Before
each, the service starts again, and somebody records an event in the negotiation with the many lists. Prints how long
all of them wait, and how late the event loop of the service was at most.
"""

import asyncio
import json
import os
import re
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

import asyncpg
import httpx

from parley.access import store
from parley.embedded import EmbeddedPostgres
from parley.store.migrate import migrate
from tests.databases import in_memory_folder
from tests.http.world import N, fact, identified, opened
from tests.survival.world import DURABLE_AGAINST_KILLS, Replica

SAID: Final = fact("StatementMade", text="No further.", by=[{"party": "russia"}])


def lists() -> bytes:
    """500 events."""
    return json.dumps([SAID] * 500).encode()


def same_names() -> bytes:
    """1 MB of one name."""
    return b"{" + b",".join([b'"same":1'] * 115_000) + b"}"


def unknown_names() -> bytes:
    """85,000 names that no event has."""
    return json.dumps({f"n{one}": 1 for one in range(85_000)}, separators=(",", ":")).encode()


def fractions() -> bytes:
    """250,000 fractions."""
    return b"[" + b",".join([b"1.5"] * 250_000) + b"]"


PRESSURES: Final[dict[str, tuple[int, Callable[[], bytes]]]] = {
    "none": (0, bytes),
    "64 connections with lists of 500": (64, lists),
    "8 with one name again and again": (8, same_names),
    "8 with 85,000 unknown names": (8, unknown_names),
    "8 with 250,000 fractions": (8, fractions),
}


def press(address: str, key: str, connections: int, body: bytes, seconds: float) -> Counter[str]:
    """Post a body on so many connections for so long; count the answers by status."""
    return asyncio.run(_press(address, key, connections, body, seconds))


async def _press(address: str, key: str, connections: int, body: bytes, seconds: float) -> Counter[str]:
    answers: Counter[str] = Counter()
    until = time.monotonic() + seconds
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json", "Prefer": "return=minimal"}

    async def post(client: httpx.AsyncClient) -> None:
        while time.monotonic() < until:
            try:
                answer = await client.post("/v1/negotiations/loud/events", content=body, headers=headers)
            except httpx.TransportError as error:
                answers[type(error).__name__] += 1
            else:
                answers[str(answer.status_code)] += 1

    async with _client(address) as client:
        await asyncio.gather(*(post(client) for _ in range(connections)))
    return answers


def _client(address: str) -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    return httpx.AsyncClient(base_url=address, timeout=60, limits=limits)


class Quiet:
    """A client that asks for one thing at a time, and notes how long it takes (seconds) and what it is answered."""

    def __init__(self) -> None:
        self.waits: list[float] = []
        self.answers: Counter[int] = Counter()

    async def ask(self, request: Callable[[], Any], until: float) -> None:
        """Ask again and again, ten times a second at most; once at least."""
        while (began := time.monotonic()) < until or not self.waits:
            self.answers[(await request()).status_code] += 1
            self.waits.append(time.monotonic() - began)
            await asyncio.sleep(max(0.0, began + 0.1 - time.monotonic()))

    def told(self) -> str:
        """Median, 99th percentile, longest, in milliseconds; and the answers by status."""
        waits = sorted(self.waits)
        parts = [waits[len(waits) // 2], waits[len(waits) * 99 // 100], waits[-1]]
        return " / ".join(f"{part * 1000:.0f}" for part in parts) + f" ms {dict(self.answers)}"


async def attacked(service: Replica, keys: tuple[str, str], pressure: str, seconds: float) -> tuple[str, ...]:
    """One row of the table."""
    loud, mine = keys
    connections, make = PRESSURES[pressure]
    await service.start()
    try:
        with get_context("spawn").Pool(1) as pool:
            async with _client(service.url) as client:
                client.headers["Authorization"] = f"Bearer {mine}"
                long, writer, watcher = Quiet(), Quiet(), Quiet()
                until = time.monotonic() + seconds
                asking = asyncio.gather(
                    long.ask(lambda: client.post("/v1/negotiations/loud/events", json=SAID), 0.0),
                    writer.ask(lambda: client.post(f"{N}/events", json=SAID), until),
                    watcher.ask(lambda: client.get("/health/live"), until),
                )
                pressing = pool.apply_async(press, (service.url, loud, connections, make(), seconds))
                await asking
                answers = await asyncio.to_thread(pressing.get)
                numbers = (await client.get("/metrics")).text
    finally:
        await service.stop()
    found = re.search(r"^parley_event_loop_longest_lag_seconds (\S+)", numbers, re.MULTILINE)
    assert found is not None
    lag = f"{float(found[1]) * 1000:.0f} ms"
    return pressure, writer.told(), watcher.told(), long.told(), lag, str(dict(answers))


@asynccontextmanager
async def _record() -> AsyncIterator[tuple[str, tuple[str, str]]]:
    """A record with a negotiation, and the keys of two clients."""
    folder = Path(tempfile.mkdtemp(prefix="parley-attack-", dir=in_memory_folder()))
    postgres = EmbeddedPostgres(folder / "data", config=DURABLE_AGAINST_KILLS)
    await asyncio.to_thread(postgres.start)
    try:
        await migrate(postgres.dsn())
        own = await asyncpg.connect(postgres.dsn(), server_settings={"search_path": "parley"})
        keys = [(await store.create(own, name, "admin")).written for name in ("loud", "quiet")]
        await own.close()
        service = Replica(postgres.dsn())
        await service.start()
        async with _client(service.url) as client:
            for path, body in (
                ("/v1/parties", identified("russia")),
                ("/v1/negotiations", opened()),
                ("/v1/negotiations", {**opened(), "negotiation": "loud"}),
            ):
                answer = await client.post(path, json=body, headers={"Authorization": f"Bearer {keys[0]}"})
                assert answer.status_code == 201, answer.text
        await service.stop()
        yield postgres.dsn(), (keys[0], keys[1])
    finally:
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


async def attack(minutes: float) -> int:
    """Run every pressure for its part of the time; print the table; give the exit status."""
    os.environ |= {"PARLEY_RATE_LIMIT": "0", "PARLEY_EVENT_LIMIT": "0"}
    heads = (
        "pressure",
        "quiet writer: median / p99 / longest",
        "`/health/live`",
        "first event in the long negotiation",
        "longest lag of the loop",
        "answers to the pressure",
    )
    print(f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}", flush=True)
    refused = 0
    async with _record() as (dsn, keys):
        for pressure in PRESSURES:
            row = await attacked(Replica(dsn), keys, pressure, minutes * 60 / len(PRESSURES))
            refused += "503" in row[1]
            print(f"| {' | '.join(row)} |", flush=True)
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(attack(float(os.environ.get("MINUTES", "2")))))
