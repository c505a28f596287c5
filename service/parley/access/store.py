"""Keys in the database: made, listed, revoked, and read by services."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

import asyncpg

from parley.access.keys import Key, NewKey, Role, make

MOST_KEYS: Final = 10_000
"""Keys that may be in use. Services hold all of them in memory, and so many that were revoked or have expired."""

_COLUMNS: Final = "id, name, role, negotiations, digest, created_at, expires_at, revoked_at"
_INSERT: Final = """
INSERT INTO keys (id, name, role, negotiations, digest, expires_at) VALUES ($1, $2, $3, $4, $5, $6)
"""
_IN_USE: Final = "revoked_at IS NULL AND (expires_at IS NULL OR expires_at > clock_timestamp())"
_STATE: Final = f"""
SELECT count(*) FILTER (WHERE {_IN_USE}) AS in_use, count(*) FILTER (WHERE name = $1) AS named FROM keys
"""  # noqa: S608 - constants of our own
_LIST: Final = f"SELECT {_COLUMNS} FROM keys ORDER BY name, created_at, id"  # noqa: S608
_LOAD: Final = f"""
SELECT {_COLUMNS} FROM keys ORDER BY NOT ({_IN_USE}), coalesce(revoked_at, created_at) DESC, id
LIMIT {2 * MOST_KEYS}
"""  # noqa: S608
_REVOKE: Final = f"""
UPDATE keys SET revoked_at = clock_timestamp() WHERE (id = $1 OR name = $1) AND revoked_at IS NULL RETURNING {_COLUMNS}
"""  # noqa: S608
_FIND: Final = f"SELECT {_COLUMNS} FROM keys WHERE id = $1 OR name = $1 ORDER BY created_at, id"  # noqa: S608


class KeyNotMade(Exception):
    """No key was made; the message says why and what to do."""


async def create(
    connection: asyncpg.Connection,
    name: str,
    role: Role,
    *,
    negotiations: Iterable[str] = (),
    expires_at: datetime | None = None,
    another: bool = False,
) -> NewKey:
    """Make a key and keep what is kept of it; raises KeyNotMade.

    ``negotiations``: what it is limited to, none: nothing. A name is one holder's for good, for it stands in the
    record: ``another`` says that this is a further key for that holder, and is needed exactly then.
    """
    async with connection.transaction():
        await connection.execute("SELECT FROM keyring FOR UPDATE")
        state = await connection.fetchrow(_STATE, name)
        assert state is not None, "an aggregate has one row"
        if state["named"] and not another:
            raise KeyNotMade(
                f"There is a key of the name {name} already. Is this another one for the same holder? Then say "
                "--another; else choose another name, for the record tells who recorded by it."
            )
        if another and not state["named"]:
            raise KeyNotMade(f"There is no key of the name {name} yet: leave out --another, or correct the name.")
        if state["in_use"] >= MOST_KEYS:
            raise KeyNotMade(f"{MOST_KEYS:,} keys are in use, which is as many as may. Revoke some first.")
        key = make()
        limited = sorted(set(negotiations)) or None
        await connection.execute(_INSERT, key.id, name, role, limited, key.digest, expires_at)
    return key


async def revoke(connection: asyncpg.Connection, name_or_id: str) -> list[Key]:
    """Revoke a key by its id, or all keys of a name; give those that were not revoked before."""
    return [_key(row) for row in await connection.fetch(_REVOKE, name_or_id)]


async def find(connection: asyncpg.Connection, name_or_id: str) -> list[Key]:
    """The key of an id, or all of a name."""
    return [_key(row) for row in await connection.fetch(_FIND, name_or_id)]


async def every(connection: asyncpg.Connection) -> list[Key]:
    """Every key there ever was, by name."""
    return [_key(row) for row in await connection.fetch(_LIST)]


async def any_made(connection: asyncpg.Connection) -> bool:
    """Whether a key was ever made. One that was revoked since counts: a record once closed does not open again."""
    return bool(await connection.fetchval("SELECT EXISTS (SELECT FROM keys)"))


async def version(connection: asyncpg.Connection) -> int:
    """A number that is another one whenever a key was made or changed since."""
    return int(await connection.fetchval("SELECT version FROM keyring"))


async def load(connection: asyncpg.Connection) -> list[Key]:
    """The keys that a service has to know."""
    return [_key(row) for row in await connection.fetch(_LOAD)]


def _key(row: asyncpg.Record) -> Key:
    limited = row["negotiations"]
    return Key(
        id=row["id"],
        name=row["name"],
        role=row["role"],
        negotiations=None if limited is None else frozenset(limited),
        digest=row["digest"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        revoked_at=row["revoked_at"],
    )
