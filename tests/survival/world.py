"""A service of several replicas on a PostgreSQL, all of which can be killed, and writers that never give up."""

import asyncio
import os
import random
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

import asyncpg

from parley.embedded import EmbeddedPostgres
from parley.store.migrate import migrate
from tests import processes
from tests.survival import power
from tests.survival.load import Load

# What a power cut would lose is not at stake here, what a killed process would lose is.
DURABLE_AGAINST_KILLS = {"fsync": "off", "synchronous_commit": "on", "max_connections": "100"}


FULL_WITHIN_S: Final = 120.0


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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

    @property
    def running(self) -> bool:
        """Whether the process that was started has not ended."""
        return self._process is not None and self._process.returncode is None

    @property
    def pid(self) -> int:
        """Its number, once it was started."""
        assert self._process is not None
        return self._process.pid

    async def kill(self) -> None:
        """SIGKILL."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()

    def pause(self) -> None:
        """SIGSTOP: from now on it acknowledges nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    async def stop(self) -> int:
        """SIGTERM; give the exit status."""
        assert self._process is not None
        self._process.terminate()
        return await self._process.wait()


KILLS: Final = ("service", "service", "postgres", "postmaster", "connections", "everything")
"""What is done to a world at random; one that stands twice is done twice as often."""


class World:
    """PostgreSQL, replicas, writers, and what was acknowledged to them."""

    def __init__(
        self, folder: Path, seed: int, *, replicas: int, writers: int, generated: int, harms: Sequence[str] = KILLS
    ) -> None:
        """``writers`` write the same few things over and over; ``generated`` events of whole negotiations come too.

        ``harms``: of `KILLS`; or "power": it goes; or "disk": it is full for a while, if it is a small file system.
        """
        self.folder = folder
        self.random = random.Random(seed)
        self._harms = harms
        self._config = DURABLE_AGAINST_KILLS | (power.KEEP_THE_LOG if "power" in harms else {})
        self.postgres = EmbeddedPostgres(folder, config=self._config)
        self._replica_count = replicas
        self.replicas: list[Replica] = []
        self.kills: Counter[str] = Counter()
        self.load = Load(lambda: self.random.choice(self.replicas).url, seed + 1, writers=writers, generated=generated)

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
            await self.load.open()
            if "power" in self._harms:
                await self._keep_copy()
            yield self
        finally:
            await asyncio.gather(*(replica.kill() for replica in self.replicas))
            await self.load.close()
            self.postgres.stop()

    async def harm(self) -> None:
        """Kill or cut something, and bring it up again."""
        kind = self.random.choice(self._harms)
        self.kills[kind] += 1
        match kind:
            case "service":
                replica = self.random.choice(self.replicas)
                await replica.kill()
                await replica.start()
            case "postgres":
                kill_server(self.folder)
                await asyncio.to_thread(self._restart_postgres)
            case "postmaster":
                kill_server(self.folder, whole=False)
                await asyncio.to_thread(self._restart_postgres)
            case "connections":
                await self._cut_connections()
            case "power":
                await self._cut_power()
            case "disk":
                await self._fill_disk()
            case _:
                kill_server(self.folder)
                await asyncio.gather(*(replica.kill() for replica in self.replicas))
                await asyncio.to_thread(self._restart_postgres)
                await asyncio.gather(*(replica.start() for replica in self.replicas))

    def _restart_postgres(self) -> None:
        with suppress(Exception):
            self.postgres.stop()
        self.postgres = EmbeddedPostgres(self.folder, config=self._config).start()

    @property
    def _copy(self) -> Path:
        return self.folder.with_name("copy")

    async def _keep_copy(self) -> None:
        connection = await asyncpg.connect(self.dsn)
        await connection.execute("CHECKPOINT")
        await connection.close()
        kill_server(self.folder)
        await asyncio.to_thread(power.keep_copy, self.folder / "data", self._copy)
        await asyncio.to_thread(self._restart_postgres)

    async def _cut_power(self) -> None:
        for replica in self.replicas:
            replica.pause()
        end = await power.flushed(self.dsn)
        kill_server(self.folder)
        await asyncio.gather(*(replica.kill() for replica in self.replicas))
        await asyncio.to_thread(power.lose_what_was_not_flushed, self.folder / "data", self._copy, end)
        await asyncio.to_thread(self._restart_postgres)
        await asyncio.gather(*(replica.start() for replica in self.replicas))

    async def _fill_disk(self) -> None:
        """Leave no room until the services refuse what they are sent, then make room again."""
        ballast, before = self.folder / "ballast", self.load.tries["503"]

        async def refused() -> bool:
            await asyncio.sleep(0.1)
            return self.load.tries["503"] >= before + 5

        with suppress(OSError), ballast.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        async with asyncio.timeout(FULL_WITHIN_S):
            while not await refused():
                pass
        ballast.unlink()
        await asyncio.to_thread(self._restart_postgres)

    async def _cut_connections(self) -> None:
        connection = await asyncpg.connect(self.dsn)
        try:
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name LIKE 'parley%' AND pid <> pg_backend_pid()"
            )
        finally:
            await connection.close()


def kill_server(folder: Path, *, whole: bool = True) -> None:
    """SIGKILL the postmaster of a data folder, and (``whole``) every backend in the same moment."""
    pid = int(_postmaster_pid(folder).read_text().split(maxsplit=1)[0])
    children = processes.children(pid) if whole else []
    for victim in (pid, *children):
        with suppress(ProcessLookupError):
            os.kill(victim, signal.SIGKILL)


def _postmaster_pid(folder: Path) -> Path:
    return next(folder.rglob("postmaster.pid"))
