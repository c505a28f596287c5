"""Keys that come and go while services run: at once, at every replica, whatever becomes of the hint."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import asyncpg
import httpx
import pytest
from litestar import Litestar

from parley.access import keyring
from parley.access.keyring import Keyring
from parley.app import create_app
from parley.store.primary import Servers
from tests.access.desk import holder_of, make_key, revoke_key, status, until, with_key
from tests.http.conftest import client_of, running
from tests.http.test_routing import problem
from tests.http.world import GENEVA, TALKS, post
from tests.record.conftest import psql

__all__ = ["psql"]

CUT = """
    SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'parley keys'
"""


@pytest.fixture
def hints_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is looked for without a hint."""
    monkeypatch.setattr(keyring, "POLL_S", 3600.0)
    monkeypatch.setattr(keyring, "STALE_S", 3600.0)


@pytest.fixture
async def replica(database: str, service: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """Another service on the same record."""
    async with running(create_app(dsn=database, connections=2)) as app, client_of(app) as client:
        yield client


async def test_first_key_closes_a_service_that_runs_without(
    service: Litestar, replica: httpx.AsyncClient, database: str
) -> None:
    async with client_of(service) as client:
        assert await status(client) == await status(replica) == 200
        key = await make_key(database, "desk", "recorder")
        await until(lambda: status(client), 401)
        await until(lambda: status(replica), 401)
        problem(await post(client, f"{GENEVA}/events", TALKS), 401, "key-missing")
        assert await status(replica, **with_key(key)) == 200


@pytest.mark.usefixtures("hints_alone")
async def test_key_is_taken_as_soon_as_it_is_made_at_every_replica_without_any_hint(
    service: Litestar, replica: httpx.AsyncClient, database: str, psql: asyncpg.Connection
) -> None:
    """Who has just been given a key is not told that there is none like it."""
    await psql.execute("ALTER TABLE keys DISABLE TRIGGER keys_changed")
    async with client_of(service) as client:
        for number in range(3):
            key = await make_key(database, f"desk-{number}", "recorder")
            await psql.execute("UPDATE keyring SET version = version + 1")
            assert await status(client, **with_key(key)) == await status(replica, **with_key(key)) == 200


async def test_last_key_that_is_revoked_opens_nothing(service: Litestar, database: str) -> None:
    async with holder_of(service, await make_key(database, "desk", "recorder")) as desk, client_of(service) as nobody:
        await revoke_key(database, "desk")
        await until(lambda: status(desk), 401)
        assert await status(nobody) == 401


async def test_keys_that_vanish_from_under_a_service_open_nothing(
    service: Litestar, database: str, psql: asyncpg.Connection
) -> None:
    """As on another server, which was cut off before the first key was made."""
    async with holder_of(service, await make_key(database, "desk", "recorder")) as desk, client_of(service) as nobody:
        await until(lambda: status(desk), 200)
        await psql.execute("DELETE FROM keys")
        await until(lambda: status(desk), 401)
        assert await status(nobody) == 401


@pytest.mark.usefixtures("hints_alone")
async def test_revoked_key_is_refused_at_every_replica_by_the_hint_alone(
    service: Litestar, replica: httpx.AsyncClient, database: str
) -> None:
    key = await make_key(database, "desk", "recorder")
    async with holder_of(service, key) as desk:
        await until(lambda: status(replica, **with_key(key)), 200)
        await revoke_key(database, "desk")
        await until(lambda: status(desk), 401)
        await until(lambda: status(replica, **with_key(key)), 401)


async def test_revoked_key_is_refused_without_a_hint_at_the_next_look(
    service: Litestar, database: str, psql: asyncpg.Connection
) -> None:
    key = await make_key(database, "desk", "recorder")
    async with holder_of(service, key) as desk:
        await psql.execute("ALTER TABLE keys DISABLE TRIGGER keys_changed")
        await psql.execute("UPDATE keys SET revoked_at = now()")
        await psql.execute("UPDATE keyring SET version = version + 1")
        began = time.monotonic()
        await until(lambda: status(desk), 401)
        assert time.monotonic() - began < keyring.STALE_S


async def test_key_that_was_revoked_while_the_service_was_cut_off_is_refused_when_it_is_back(
    service: Litestar, database: str, psql: asyncpg.Connection
) -> None:
    """Also where the number is the same as before: a standby or a backup may have taken the server's place."""
    async with holder_of(service, await make_key(database, "desk", "recorder")) as desk:
        await psql.execute("ALTER TABLE keys DISABLE TRIGGER keys_changed")
        await psql.execute("UPDATE keys SET revoked_at = now()")
        assert await psql.fetchval(CUT) == 1
        await until(lambda: status(desk), 401)


async def test_key_that_expires_is_refused_from_then_on(service: Litestar, database: str) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=0.7)
    async with holder_of(service, await make_key(database, "desk", "reader", expires_at=soon)) as desk:
        await until(lambda: status(desk), 401)
        assert datetime.now(UTC) >= soon


async def test_service_that_cannot_read_the_keys_takes_nobody_until_it_can(
    service: Litestar, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not with a key, and not without one where there were none: what is in memory is believed for a moment only."""
    ring: Keyring = service.state["gate"].keyring
    key = await make_key(database, "desk", "recorder")
    async with holder_of(service, key) as desk, client_of(service) as nobody:
        monkeypatch.setattr(keyring, "STALE_S", -1.0)
        for client in (desk, nobody):
            answer = await client.get("/v1/parties")
            assert problem(answer, 503, "keys-unknown")["detail"]
            assert answer.headers["retry-after"] == "2"
        assert await status(desk, "/health/live") == 200
        monkeypatch.setattr(keyring, "STALE_S", 5.0)
        await asyncio.wait_for(ring.next_look(), 5)
        assert await status(desk) == 200
        assert await status(nobody) == 401


async def test_keys_that_nobody_can_read_go_stale(
    database: str, psql: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However the looking fails: here it waits for a lock for longer than what is in memory is believed."""
    monkeypatch.setattr(keyring, "POLL_S", 0.1)
    monkeypatch.setattr(keyring, "STALE_S", 0.5)
    ring = Keyring()
    await ring.open(Servers(database))
    try:

        async def known() -> bool:
            return ring.is_known

        async with psql.transaction():
            await psql.execute("LOCK TABLE keyring IN ACCESS EXCLUSIVE MODE")
            await until(known, wanted=False)
        await until(known, wanted=True)
    finally:
        await ring.close()


async def test_service_on_a_database_without_the_table_does_not_start(database: str, psql: asyncpg.Connection) -> None:
    await psql.execute("DROP TABLE keys")
    with pytest.raises(ExceptionGroup) as caught:
        async with running(create_app(dsn=database)):
            pass
    assert caught.group_contains(asyncpg.UndefinedTableError)
