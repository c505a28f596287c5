"""Migrations: plain SQL files, forward only, run once however many replicas start together."""

import re
from functools import cache
from importlib.resources import files

import asyncpg

from parley.store.primary import connect

_FILE = re.compile(r"^([0-9]{4})_[a-z_]+\.sql$")

MIGRATION_LOCK = 0x7061726C6579
"""The advisory lock that one migrating replica holds."""


class MigrationError(Exception):
    """The database's schema cannot be brought to what this program needs."""


class DatabaseTooNew(MigrationError):
    """The database was migrated by a newer Parley."""

    def __init__(self, found: int, known: int) -> None:
        super().__init__(
            f"The database has schema version {found}, and this Parley knows versions up to {known}. "
            "Run the newer Parley, or restore a backup made before the upgrade."
        )


class DatabaseTooOld(MigrationError):
    """The database lacks migrations."""

    def __init__(self, found: int, known: int) -> None:
        super().__init__(
            f"The database has schema version {found}, and this Parley needs {known}. Run `parley migrate` first."
        )


def migrations() -> dict[int, str]:
    """Every migration by its number, in order: the SQL text."""
    found: dict[int, str] = {}
    for file in files("parley.store").joinpath("migrations").iterdir():
        if match := _FILE.match(file.name):
            number = int(match[1])
            if number in found:
                message = f"Two migrations have the number {number}: give {file.name} one of its own."
                raise RuntimeError(message)
            found[number] = file.read_text("utf-8")
    return dict(sorted(found.items()))


@cache
def known_version() -> int:
    """The schema version that this program needs."""
    return max(migrations())


async def schema_version(connection: asyncpg.Connection | asyncpg.Pool, schema: str = "parley") -> int:
    """The database's schema version; 0 where there is none yet."""
    if await connection.fetchval("SELECT to_regclass($1)", f"{schema}.migrations") is None:
        return 0
    return int(await connection.fetchval(f"SELECT coalesce(max(version), 0) FROM {schema}.migrations"))  # noqa: S608


async def check_version(connection: asyncpg.Connection | asyncpg.Pool, schema: str = "parley") -> None:
    """Raise DatabaseTooOld or DatabaseTooNew unless the schema is the one this program needs."""
    found, known = await schema_version(connection, schema), known_version()
    if found > known:
        raise DatabaseTooNew(found, known)
    if found < known:
        raise DatabaseTooOld(found, known)


async def migrate(dsn: str, schema: str = "parley", *, up_to: int | None = None) -> list[int]:
    """Bring the database up to date and give the versions that were applied now; all of them, or none.

    ``schema`` is an identifier of the program's own, never a user's text. Raises DatabaseTooNew, OSError and
    asyncpg.PostgresError.
    """
    connection = await connect(dsn)
    try:
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", MIGRATION_LOCK)
            found, known = await schema_version(connection, schema), known_version()
            if found > known:
                raise DatabaseTooNew(found, known)
            await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
            await connection.execute(f"SET LOCAL search_path TO {schema}")
            await connection.execute(
                "CREATE TABLE IF NOT EXISTS migrations ("
                "version integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())"
            )
            applied = [version for version in migrations() if found < version <= (up_to or known)]
            for version in applied:
                await connection.execute(migrations()[version])
                await connection.execute("INSERT INTO migrations (version) VALUES ($1)", version)
            return applied
    finally:
        await connection.close()
