"""Keys made as `parley keys` makes them, and clients who send them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import httpx
from litestar import Litestar

from parley.access import store
from parley.access.keys import Role
from tests.http.conftest import client_of
from tests.record.desk import connection

PATIENCE_S = 20


async def make_key(
    dsn: str,
    name: str,
    role: Role,
    *only: str,
    expires_at: datetime | None = None,
    another: bool = False,
) -> str:
    """Make a key, and give it as its holder gets it."""
    async with connection(dsn) as own:
        made = await store.create(own, name, role, negotiations=only, expires_at=expires_at, another=another)
    return made.written


async def revoke_key(dsn: str, name_or_id: str) -> None:
    """Revoke a key, or all of a name."""
    async with connection(dsn) as own:
        assert await store.revoke(own, name_or_id)


def with_key(written: str) -> dict[str, str]:
    """The header that a holder sends."""
    return {"Authorization": f"Bearer {written}"}


@asynccontextmanager
async def holder_of(app: Litestar, written: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client who sends the key with each request, once the service knows it."""
    async with client_of(app) as client:
        client.headers.update(with_key(written))
        await until(lambda: status(client), 200)
        yield client


async def status(client: httpx.AsyncClient, path: str = "/v1/log/head", **headers: str) -> int:
    """The status with which a path is answered."""
    return (await client.get(path, headers=headers)).status_code


async def until(found: Callable[[], Awaitable[Any]], wanted: Any) -> None:
    """Return when that is so; it fails where it is not in a while."""
    async with asyncio.timeout(PATIENCE_S):
        while await found() != wanted:  # noqa: ASYNC110 - another process, or task, brings it about
            await asyncio.sleep(0.005)
