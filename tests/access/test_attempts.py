"""Keys that are refused: logged without the secret, answered slowly, and at nobody else's cost."""

import asyncio
import logging
from collections.abc import AsyncIterator

import httpx
import pytest
from litestar import Litestar

from parley.access import attempts
from parley.access.attempts import FREE, Attempts
from parley.access.errors import AttemptsSlowed, KeyRefused
from parley.access.keys import make
from tests.access.desk import holder_of, make_key, with_key
from tests.http.conftest import client_of
from tests.http.test_routing import problem

REFUSED = KeyRefused(reason="it is not written like one")
HERE = "192.0.2.1"


class Clock:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def tried(service: Litestar, database: str) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody without a key, at a service that has one."""
    async with holder_of(service, await make_key(database, "desk", "recorder")), client_of(service) as client:
        yield client


async def test_refused_key_is_logged_with_its_address_and_without_its_secret(
    tried: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    written = make().written
    with caplog.at_level(logging.DEBUG):
        await tried.get("/v1/parties", headers=with_key(written))
        await tried.get("/v1/parties", headers=with_key(written[:-1]))
        await tried.get("/v1/parties", headers={"Authorization": "Basic c2VjcmV0"})
    said = [record.getMessage() for record in caplog.records if record.name == "parley.access.attempts"]
    assert len(said) == 3
    assert all(line.startswith("refused a key from 127.0.0.1: ") for line in said)
    assert written[18:40] not in caplog.text
    assert "c2VjcmV0" not in caplog.text


async def test_refused_keys_are_answered_slowly_after_the_first_and_a_good_one_is_not(
    service: Litestar, database: str
) -> None:
    """From the same address: behind a proxy everybody has the same."""
    async with holder_of(service, await make_key(database, "desk", "recorder")) as desk, client_of(service) as other:
        for _ in range(FREE):
            problem(await other.get("/v1/parties", headers=with_key(make().written)), 401, "key-refused")
        slow = asyncio.create_task(other.get("/v1/parties", headers=with_key(make().written)))
        for _ in range(5):
            assert (await desk.get("/v1/parties")).status_code == 200
        assert not slow.done()
        problem(await slow, 401, "key-refused")


async def test_requests_without_a_key_are_no_attempts(
    tried: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    async with asyncio.timeout(attempts.SLOW_S * 5):
        for _ in range(FREE + 10):
            problem(await tried.get("/v1/parties"), 401, "key-missing")
    assert not caplog.records


async def test_more_refused_answers_than_may_wait_are_told_so_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "MOST_WAITING", 10)
    kept = Attempts(slow_s=3600)
    waiting = [asyncio.create_task(kept.refused(HERE, REFUSED)) for _ in range(FREE + 10)]
    await asyncio.wait(waiting[:FREE])
    with pytest.raises(AttemptsSlowed) as slowed:
        await kept.refused(HERE, REFUSED)
    assert slowed.value.retry_after_s
    await kept.refused("192.0.2.2", REFUSED)  # its first: it does not wait
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert kept._waiting == 0


async def test_addresses_are_counted_for_a_minute_in_bounded_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "MOST_ADDRESSES", 50)
    clock = Clock()
    kept = Attempts(clock=clock)
    assert [kept._count(HERE) for _ in range(5)] == [1, 2, 3, 4, 5]
    clock.now += 61
    assert kept._count(HERE) == 1
    for number in range(200):
        kept._count(f"198.51.100.{number}")
    assert len(kept._by_address) == 50
    assert [kept._count(f"2001:db8::{number}") for number in range(1, 4)] == [1, 2, 3]
    assert kept._count("2001:db8:0:1::1") == 1


async def test_log_lines_are_bounded_and_the_rest_are_counted(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    kept = Attempts(slow_s=0, clock=clock)
    for _ in range(attempts.MOST_LOGGED + 7):
        await kept.refused(HERE, REFUSED)
    assert len(caplog.records) == attempts.MOST_LOGGED
    clock.now += 61
    await kept.refused(HERE, REFUSED)
    assert caplog.records[-2].getMessage() == "7 more keys were refused"
