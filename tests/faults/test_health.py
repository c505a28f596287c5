"""What the service says of itself while the database hangs, or is away: soon, and to those who watch it."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from signal import SIGCONT, SIGSTOP

import httpx
import pytest

from tests.access.desk import make_key
from tests.feed.services import Service, served
from tests.record.desk import connection

SOON_S = 10.0
"""A question that hangs is given up after 30 s."""


@pytest.mark.parametrize("path", ["/health/ready", "/metrics"])
async def test_database_that_hangs_is_told_of_soon(database: str, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parley.http.routes.health.PATIENCE_S", 0.3)
    async with served(database) as service, client_of(service) as client:
        assert (await client.get("/health/ready")).status_code == 200
        with stopped(await readers(database)):
            async with asyncio.timeout(SOON_S):
                answer = await client.get(path)
            if path == "/metrics":
                assert "parley_ready 0" in answer.text
            else:
                assert answer.status_code == 503
                assert answer.json()["type"] == "/problems/not-ready"


async def test_metrics_while_the_keys_cannot_be_read_are_told_to_those_last_known_and_the_record_is_not(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin, reader = [await make_key(database, role, role) for role in ("admin", "reader")]
    async with served(database) as service, client_of(service) as client:
        monkeypatch.setattr("parley.access.keyring.STALE_S", -1.0)
        assert await asked(client, "/metrics", admin) == 200
        assert await asked(client, "/metrics", reader) == 403
        assert await asked(client, "/metrics", f"{reader[:-1]}!") == 503  # it may have been made meanwhile
        assert await asked(client, "/v1/negotiations", admin) == 503


async def asked(client: httpx.AsyncClient, path: str, key: str) -> int:
    """How a request with this key is answered."""
    return (await client.get(path, headers={"Authorization": f"Bearer {key}"})).status_code


async def readers(dsn: str) -> list[int]:
    """The processes of the server that work for the service's readers."""
    async with connection(dsn) as own:
        rows = await own.fetch("SELECT pid FROM pg_stat_activity WHERE application_name = 'parley reader'")
        return [row["pid"] for row in rows]


@contextmanager
def stopped(processes: list[int]) -> Iterator[None]:
    """Have these hang for a while."""
    assert processes
    for process in processes:
        os.kill(process, SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            os.kill(process, SIGCONT)


def client_of(service: Service) -> httpx.AsyncClient:
    """One who asks a service."""
    return httpx.AsyncClient(base_url=service.address, timeout=60)
