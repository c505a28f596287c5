"""Streams end with the key that they were begun with."""

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from parley.access import keyring
from tests.access.desk import make_key, revoke_key
from tests.feed.conftest import service
from tests.feed.reader import Refused, following
from tests.feed.services import Service, served
from tests.record.conftest import psql
from tests.record.world import said

__all__ = ["psql", "service"]


async def test_stream_of_a_key_that_is_revoked_ends_and_others_go_on(service: Service, database: str) -> None:
    one, other = [await make_key(database, name, "reader") for name in ("one", "other")]
    await known(service, other)
    async with following(service.address, key=one) as gone, following(service.address, key=other) as stays:
        await service.record(said("before"))
        assert (await gone.message()).envelope["event"]["text"] == "before"
        await revoke_key(database, "one")
        assert [block.event for block in await gone.rest() if block.event == "message"] == []
        await service.record(said("after"))
        assert [block.envelope["event"]["text"] for block in await stays.messages(2)] == ["before", "after"]
        with pytest.raises(Refused) as refused:
            async with following(service.address, key=one, last_id=gone.last_id):
                pass
        assert refused.value.args[0] == 401


async def test_stream_of_a_key_that_expires_ends(service: Service, database: str) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=1)
    key = await make_key(database, "one", "reader", expires_at=soon)
    await known(service, key)
    async with following(service.address, key=key) as reader:
        await reader.rest()
        assert datetime.now(UTC) >= soon


async def test_stream_of_a_key_whose_limits_were_changed_by_hand_ends(
    service: Service, database: str, psql: asyncpg.Connection
) -> None:
    key = await make_key(database, "one", "reader")
    await known(service, key)
    async with following(service.address, key=key) as reader:
        await psql.execute("UPDATE keys SET negotiations = '{other-talks}'")
        await reader.rest()


async def test_stream_that_was_begun_without_a_key_ends_when_one_is_made(service: Service, database: str) -> None:
    async with following(service.address) as reader:
        await make_key(database, "one", "reader")
        await reader.rest()
        with pytest.raises(Refused):
            async with following(service.address):
                pass


async def test_stream_tells_nothing_while_the_keys_are_not_known_and_loses_nothing(
    service: Service, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = await make_key(database, "one", "reader")
    await known(service, key)
    async with following(service.address, key=key) as reader:
        monkeypatch.setattr(keyring, "STALE_S", -1.0)
        await service.record(said("meanwhile"))
        waiting = asyncio.create_task(reader.message())
        done, _ = await asyncio.wait({waiting}, timeout=0.3)
        assert not done
        monkeypatch.setattr(keyring, "STALE_S", 5.0)
        assert (await waiting).envelope["event"]["text"] == "meanwhile"


async def test_stream_that_waits_for_the_keys_and_loses_its_own_tells_nothing_more(
    service: Service, database: str, psql: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the events that waited nor, by an id, that they were passed."""
    key = await make_key(database, "one", "reader")
    await known(service, key)
    async with following(service.address, key=key) as reader:
        began = reader.last_id
        monkeypatch.setattr(keyring, "STALE_S", -1.0)
        await service.record(said("meanwhile"))
        await service.record(said("and more"))
        await revoke_key(database, "one")
        await forgotten(service, key)
        monkeypatch.setattr(keyring, "STALE_S", 5.0)
        assert [block.id for block in await reader.rest()] == []
        assert reader.last_id == began


async def test_stream_beyond_those_that_a_key_may_have_is_refused_until_one_ends(database: str) -> None:
    async with served(database, streams_per_key=2) as service:
        key, other = await make_key(database, "one", "reader"), await make_key(database, "other", "reader")
        await known(service, other)
        async with following(service.address, key=key), following(service.address, key=other):
            async with following(service.address, key=key):
                with pytest.raises(Refused) as refused:
                    async with following(service.address, key=key):
                        pass
                assert refused.value.args[0] == 429
                assert b"2 times already" in refused.value.args[1]
            async with following(service.address, key=key):
                pass


async def known(service: Service, key: str) -> None:
    """Return when the service knows the key."""
    ring = service.app.state["gate"].keyring
    async with asyncio.timeout(10):
        while key[7:17] not in ring._keys:  # noqa: ASYNC110 - it reads them in its own time
            await asyncio.sleep(0.005)


async def forgotten(service: Service, key: str) -> None:
    """Return when the service knows that the key was revoked."""
    ring = service.app.state["gate"].keyring
    async with asyncio.timeout(10):
        while key[7:17] not in ring._gone:  # noqa: ASYNC110 - it reads them in its own time
            await asyncio.sleep(0.005)
