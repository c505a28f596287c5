"""A service of several replicas on a PostgreSQL, all of which can be killed, and writers that never give up."""

import asyncio
import os
import random
import signal
import socket
import sys
import uuid
from asyncio.subprocess import PIPE, Process
from collections import Counter, deque
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import msgspec

from bench.generator.desk import Filed
from bench.generator.record import generate
from bench.generator.size import Size
from negotiation.events.parties import PartyIdentified
from negotiation.streams import PARTIES as PARTIES_UNIT
from negotiation.streams import stream
from parley.embedded import EmbeddedPostgres
from parley.http.addresses import address_of
from parley.record.migrate import migrate
from parley.record.requests import Entry

# What a power cut would lose is not at stake here, what a killed process would lose is.
DURABLE_AGAINST_KILLS = {"fsync": "off", "synchronous_commit": "on", "max_connections": "100"}

NEGOTIATION = "wages-2026"
ROUNDS = ("spring", "summer", "autumn")
PARTIES = ("union", "company", "mediator", "ministry")
SOURCE = {"publisher": "Local Paper", "kind": "outlet", "published": "2026-03-01"}
BACK_OFF_S = 0.05
"""How long a client waits before it tries again; a real one would, and there is nothing to wait for."""


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def by_unit(filed: Iterable[Filed]) -> dict[str, deque[Entry]]:
    """What is filed, apart by negotiation (and parties), each in its order."""
    found: dict[str, deque[Entry]] = {}
    for one in filed:
        found.setdefault(stream(one.entry.stream).unit, deque()).append(one.entry)
    return found


class Replica:
    """One process of the service."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._process: Process | None = None
        self.port = free_port()

    @property
    def url(self) -> str:
        """Where it serves."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Start it and wait until it says that it serves; tried anew while its database recovers."""
        environment = {**os.environ, "PARLEY_DATABASE_URL": self._dsn, "PARLEY_PORT": str(self.port)}
        while True:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "parley.cli", "serve", env=environment, stderr=PIPE
            )
            assert self._process.stderr is not None
            async for line in self._process.stderr:
                if b"serving http" in line:
                    self._drain = asyncio.create_task(self._process.stderr.read())
                    return
            await self._process.wait()

    async def kill(self) -> None:
        """SIGKILL."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()

    async def stop(self) -> int:
        """SIGTERM; give the exit status."""
        assert self._process is not None
        self._process.terminate()
        return await self._process.wait()


class World:
    """PostgreSQL, replicas, writers, and what was acknowledged to them."""

    def __init__(self, folder: Path, seed: int, *, replicas: int, writers: int, generated: int) -> None:
        """``writers`` write the same few things over and over; ``generated`` events of whole negotiations come too."""
        self.folder = folder
        self.random = random.Random(seed)
        self.postgres = EmbeddedPostgres(folder, config=DURABLE_AGAINST_KILLS)
        self.writers = writers
        self._generated = by_unit(generate(Size(events=generated, related=0), seed))
        self._replica_count = replicas
        self.replicas: list[Replica] = []
        self.acknowledged: dict[str, Any] = {}
        self.kills: Counter[str] = Counter()
        self.tries: Counter[str] = Counter()
        self._progress = asyncio.Condition()
        self._client = httpx.AsyncClient(timeout=15, verify=False)
        self._stopping = False

    @property
    def dsn(self) -> str:
        """The database."""
        return self.postgres.dsn()

    @asynccontextmanager
    async def running(self) -> AsyncIterator["World"]:
        """Everything up, with the negotiation opened; everything down at the end."""
        await asyncio.to_thread(self.postgres.start)
        try:
            await migrate(self.dsn)
            self.replicas = [Replica(self.dsn) for _ in range(self._replica_count)]
            await asyncio.gather(*(replica.start() for replica in self.replicas))
            await self._open()
            yield self
        finally:
            await asyncio.gather(*(replica.kill() for replica in self.replicas))
            await self._client.aclose()
            self.postgres.stop()

    async def _open(self) -> None:
        parties = self._generated[PARTIES_UNIT]
        while parties and isinstance(parties[0].submission.event, PartyIdentified):
            await self._persist_entry(parties.popleft())
        for party in PARTIES:
            event = {"type": "PartyIdentified", "party": party, "name": party, "kind": "other"}
            await self._persist(f"/v1/parties/{party}/events", event, "../2026-03-01")
        opened = {"type": "NegotiationOpened", "title": "Wages"}
        await self._persist(f"/v1/negotiations/{NEGOTIATION}/events", opened, "2026-01-01")
        for round_ in ROUNDS:
            scheduled = {"type": "RoundScheduled", "round": round_, "starts": "2026-02"}
            await self._persist(self._events_of(round_), scheduled, "2026-01-02")
        demand = {"type": "DemandTabled", "demand": "raise", "text": "7%", "by": [{"party": "union"}]}
        await self._persist(self._events_of("spring"), demand, "2026-02-01")

    @staticmethod
    def _events_of(round_: str) -> str:
        return f"/v1/negotiations/{NEGOTIATION}/rounds/{round_}/events"

    # -- writing

    async def _persist(self, path: str, event: dict[str, Any], occurred: str) -> None:
        await self._send(path, msgspec.json.encode({"occurred": occurred, "sources": [SOURCE], "event": event}))

    async def _persist_entry(self, entry: Entry) -> None:
        await self._send(f"{address_of(entry.stream)}/events", msgspec.json.encode(entry.submission))

    async def _send(self, path: str, body: bytes) -> None:
        """Ask until it is acknowledged, always under the same key."""
        key = str(uuid.uuid4())
        headers = {"Content-Type": "application/json", "Idempotency-Key": f'"{key}"'}
        while True:
            url = self.random.choice(self.replicas).url + path
            try:
                answer = await self._client.post(url, content=body, headers=headers)
            except httpx.TransportError as error:
                self.tries[type(error).__name__] += 1
                await asyncio.sleep(BACK_OFF_S)
                continue
            self.tries[str(answer.status_code)] += 1
            if answer.status_code == httpx.codes.CREATED:
                break
            assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE, answer.text
            await asyncio.sleep(BACK_OFF_S)
        async with self._progress:
            self.acknowledged[key] = answer.json()
            self._progress.notify_all()

    async def _write_on(self) -> None:
        while not self._stopping:
            path = self._events_of(self.random.choice(ROUNDS))
            await self._persist(path, self._event(), f"2026-02-{self.random.randint(1, 28):02}")

    async def _write_generated(self, entries: deque[Entry]) -> None:
        """A negotiation's events in their order; what is left when the load ends waits for the next."""
        while entries and not self._stopping:
            await self._persist_entry(entries.popleft())

    def _event(self) -> dict[str, Any]:
        party = self.random.choice(PARTIES[1:])
        match self.random.randrange(3):
            case 0:
                return {"type": "StatementMade", "text": "We will see.", "by": [{"party": party}]}
            case 1:
                session = f"day-{self.random.randint(1, 30)}"
                return {"type": "TalksHeld", "session": session, "rooms": [["union", party]]}
            case _:
                on, answer = {"kind": "demand", "id": "raise"}, self.random.choice(["reject", "defer", "accept"])
                return {"type": "AnswerGiven", "on": on, "answer": answer, "by": [{"party": party}]}

    @asynccontextmanager
    async def under_load(self) -> AsyncIterator[None]:
        """Writers write; at the end each has its last request acknowledged."""
        self._stopping = False
        async with asyncio.TaskGroup() as group:
            for _ in range(self.writers):
                group.create_task(self._write_on())
            for entries in self._generated.values():
                group.create_task(self._write_generated(entries))
            yield
            self._stopping = True

    async def acknowledgements(self, more: int) -> None:
        """Wait until this many more requests were acknowledged."""
        wanted = len(self.acknowledged) + more
        async with self._progress:
            await self._progress.wait_for(lambda: len(self.acknowledged) >= wanted)

    # -- harm

    async def harm(self) -> None:
        """Kill or cut something, and bring it up again."""
        kind = self.random.choice(["service", "service", "postgres", "postmaster", "connections", "everything"])
        self.kills[kind] += 1
        match kind:
            case "service":
                replica = self.random.choice(self.replicas)
                await replica.kill()
                await replica.start()
            case "postgres":
                self._kill_postgres(whole=True)
                await asyncio.to_thread(self._restart_postgres)
            case "postmaster":
                self._kill_postgres(whole=False)
                await asyncio.to_thread(self._restart_postgres)
            case "connections":
                await self._cut_connections()
            case _:
                self._kill_postgres(whole=True)
                await asyncio.gather(*(replica.kill() for replica in self.replicas))
                await asyncio.to_thread(self._restart_postgres)
                await asyncio.gather(*(replica.start() for replica in self.replicas))

    def _kill_postgres(self, *, whole: bool) -> None:
        """SIGKILL the postmaster, and (``whole``) every backend in the same moment."""
        pid = int(_postmaster_pid(self.folder).read_text().split(maxsplit=1)[0])
        children = _children(pid) if whole else []
        for victim in (pid, *children):
            with suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)

    def _restart_postgres(self) -> None:
        with suppress(Exception):
            self.postgres.stop()
        self.postgres = EmbeddedPostgres(self.folder, config=DURABLE_AGAINST_KILLS).start()

    async def _cut_connections(self) -> None:
        connection = await asyncpg.connect(self.dsn)
        try:
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name LIKE 'parley%' AND pid <> pg_backend_pid()"
            )
        finally:
            await connection.close()


def _postmaster_pid(folder: Path) -> Path:
    return next(folder.rglob("postmaster.pid"))


def _children(pid: int) -> list[int]:
    """The processes that a process started (Linux)."""
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in listed.read_text().split()] if listed.exists() else []
