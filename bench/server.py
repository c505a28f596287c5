"""The benchmark's own PostgreSQL, on disk and durable: both sides of every row work on it."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

import asyncpg

from parley.embedded import EmbeddedPostgres
from parley.embedded.postmaster import Postmaster
from parley.store.migrate import migrate

SETTINGS: Final[Mapping[str, str]] = {
    "max_connections": "300",
    "shared_buffers": "1GB",
    # No checkpoint falls into one side's slice and not into the other's.
    "max_wal_size": "8GB",
    "checkpoint_timeout": "60min",
    # Tables of one side are not cleaned in the other side's time.
    "autovacuum_naptime": "5s",
}

_DURABLE: Final = ("fsync", "synchronous_commit", "full_page_writes")
_IN_MEMORY: Final = frozenset({"tmpfs", "ramfs"})


class NotDurable(Exception):
    """What is measured on such a server says nothing of one that keeps what it acknowledged."""


class Server:
    """A running server: databases on it, its settings, and the processors it may use."""

    def __init__(self, postgres: EmbeddedPostgres, folder: Path) -> None:
        self._postgres, self._folder = postgres, folder

    def dsn(self, database: str) -> str:
        """The address of a database."""
        return self._postgres.dsn(database)

    async def database(self, name: str, *, template: str = "template0", migrated: bool = False) -> str:
        """Make a database anew, or a copy of another, and give its address."""
        await self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await self.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        if migrated:
            await migrate(self.dsn(name))
        return self.dsn(name)

    async def databases(self, beginning: str) -> list[str]:
        """The names of the databases that begin so."""
        connection = await asyncpg.connect(self.dsn("postgres"))
        try:
            rows = await connection.fetch("SELECT datname FROM pg_database WHERE starts_with(datname, $1)", beginning)
        finally:
            await connection.close()
        return [row["datname"] for row in rows]

    async def drop(self, name: str) -> None:
        """Remove a database."""
        await self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    async def execute(self, *statements: str, database: str = "postgres") -> None:
        """Run statements, each in a transaction of its own."""
        connection = await asyncpg.connect(self.dsn(database))
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    @asynccontextmanager
    async def set_up(self, settings: Mapping[str, str]) -> AsyncIterator[None]:
        """Have these settings for a while, for every session."""
        await self._alter([f"ALTER SYSTEM SET {name} = {value}" for name, value in settings.items()])
        try:
            yield
        finally:
            await self._alter([f"ALTER SYSTEM RESET {name}" for name in settings])

    async def _alter(self, statements: Iterable[str]) -> None:
        await self.execute(*statements, "SELECT pg_reload_conf()")
        await asyncio.sleep(0.2)  # each backend takes the new settings in when it next looks

    @asynccontextmanager
    async def pinned(self, processors: set[int] | None) -> AsyncIterator[None]:
        """Keep every process of the server on these processors for a while; nothing where the system cannot."""
        if processors is None:
            yield
            return
        everywhere = os.sched_getaffinity(0)
        self._pin(processors)
        try:
            yield
        finally:
            self._pin(everywhere)

    def _pin(self, processors: set[int]) -> None:
        postmaster = Postmaster.read(self._folder / "data")
        assert postmaster is not None, "the server runs"
        children = Path(f"/proc/{postmaster.pid}/task/{postmaster.pid}/children").read_text(encoding="ascii").split()
        for pid in (postmaster.pid, *map(int, children)):
            with suppress(ProcessLookupError):  # it has just ended
                os.sched_setaffinity(pid, processors)


@asynccontextmanager
async def running(folder: Path, more: Mapping[str, str] | None = None) -> AsyncIterator[Server]:
    """Run the server of a folder; raises NotDurable where it would not keep what it acknowledged."""
    _make_on_disk(folder)
    with EmbeddedPostgres(folder, config={**SETTINGS, **(more or {})}, attach=False) as postgres:
        server = Server(postgres, folder)
        await check_durable(postgres.dsn("postgres"))
        yield server


async def check_durable(dsn: str) -> None:
    """Raise NotDurable where a commit may be acknowledged before it is on disk."""
    connection = await asyncpg.connect(dsn)
    try:
        found = {name: await connection.fetchval(f"SHOW {name}") for name in _DURABLE}
    finally:
        await connection.close()
    off = [f"{name} = {value}" for name, value in found.items() if value != "on"]
    if off:
        raise NotDurable(f"The server has {', '.join(off)}: nothing is measured unless all of these are on.")


def _make_on_disk(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    mounts = Path("/proc/mounts")
    if not mounts.exists():
        return
    here, found = str(folder.resolve()), ("", "")
    for line in mounts.read_text(encoding="utf-8").splitlines():
        _, place, kind, *_ = line.split(" ")
        if (here == place or here.startswith(place.rstrip("/") + "/")) and len(place) >= len(found[0]):
            found = place, kind
    if found[1] in _IN_MEMORY:
        raise NotDurable(
            f"{folder} is in memory ({found[1]}), where no commit waits for a disk: choose another folder."
        )
