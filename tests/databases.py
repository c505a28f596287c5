"""Real databases for tests: one embedded PostgreSQL a session, in memory where there is room, one database a test."""

import itertools
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import asyncpg

from parley.embedded import EmbeddedPostgres
from parley.store.migrate import migrate

_MEMORY = Path("/dev/shm")
_ROOM_NEEDED = 2 << 30
_TEMPLATE = "parley_template"
_numbers = itertools.count(1)

# Tests end their servers themselves; what a power cut would lose is of no interest to them.
FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "300",
    "max_wal_size": "256MB",
}


def in_memory_folder() -> Path | None:
    """A folder in memory, where the machine has one with room; None otherwise: the usual place for such things."""
    roomy = _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ROOM_NEEDED
    return _MEMORY if roomy else None


@contextmanager
def server() -> Iterator[EmbeddedPostgres]:
    """A PostgreSQL of the test run's own."""
    folder = Path(tempfile.mkdtemp(prefix="parley-test-", dir=in_memory_folder()))
    try:
        with EmbeddedPostgres(folder / "data", config=FAST) as postgres:
            yield postgres
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def make_template(postgres: EmbeddedPostgres) -> None:
    """Make the database that the others are copied from: migrated, and empty."""
    await _execute(postgres, f"CREATE DATABASE {_TEMPLATE}")
    await migrate(postgres.dsn(_TEMPLATE))


@asynccontextmanager
async def database(postgres: EmbeddedPostgres, *, template: str = _TEMPLATE) -> AsyncIterator[str]:
    """The DSN of a database of the test's own, migrated and empty (or empty altogether, from ``template0``)."""
    name = f"test_{next(_numbers)}"
    await _execute(postgres, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    try:
        yield postgres.dsn(name)
    finally:
        await _execute(postgres, f"DROP DATABASE {name} WITH (FORCE)")


async def _execute(postgres: EmbeddedPostgres, statement: str) -> None:
    connection = await asyncpg.connect(postgres.dsn("postgres"))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
