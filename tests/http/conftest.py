"""Clients of the service: one without a record, for what is answered before it is asked, and one with."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final, cast

import httpx
import pytest
from litestar import Litestar

from parley.access.gate import Gate
from parley.access.keyring import Keyring
from parley.app import assemble, create_app
from parley.embedded import EmbeddedPostgres
from tests import databases
from tests.http.openapi import Described
from tests.http.world import record_shared

_DOCUMENT: Final = re.compile(
    r"/v1/(events/[0-9a-f-]+|parties/[^/.]+|negotiations/[^/.]+|negotiations/[^/.]+/(rounds|demands)/[^/.]+)"
)


async def _in_full(request: httpx.Request) -> None:
    """Ask for a document with its evidence, unless the test says how much of it."""
    reads = request.method in {"GET", "HEAD"} and _DOCUMENT.fullmatch(request.url.path)
    if reads and "evidence" not in request.url.params:
        request.url = request.url.copy_merge_params({"evidence": "full"})


def client_of(app: Litestar) -> httpx.AsyncClient:
    """A client that calls the application in this process, and reads documents with their evidence."""
    transport = httpx.ASGITransport(app=cast("Any", app))
    return httpx.AsyncClient(
        transport=transport, base_url="http://127.0.0.1", event_hooks={"request": [_in_full], "response": []}
    )


@pytest.fixture(scope="session")
def bare() -> Litestar:
    """The application without a record."""
    return assemble(Gate(Keyring()))


@pytest.fixture(scope="session")
def described(bare: Litestar) -> Described:
    """The OpenAPI document."""
    return Described(bare)


@pytest.fixture
async def client(bare: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the application without a record."""
    async with client_of(bare) as found:
        yield found


@asynccontextmanager
async def running(app: Litestar) -> AsyncIterator[Litestar]:
    """The application, started and stopped in one task, as a server does it."""
    started, stop = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with app.lifespan():
            started.set()
            await stop.wait()

    living = asyncio.create_task(live())
    waiting = asyncio.create_task(started.wait())
    await asyncio.wait({living, waiting}, return_when=asyncio.FIRST_COMPLETED)
    try:
        if started.is_set():
            yield app
    finally:
        stop.set()
        waiting.cancel()
        await living


@pytest.fixture
async def service(database: str) -> AsyncIterator[Litestar]:
    """The application on a record of the test's own, empty."""
    async with running(create_app(dsn=database, connections=2)) as app:
        yield app


@pytest.fixture(scope="module")
async def framed(template: EmbeddedPostgres) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the application on a record that the tests of a file share and only read: see `record_shared`."""
    async with (
        databases.database(template) as dsn,
        running(create_app(dsn=dsn, connections=2)) as app,
        client_of(app) as client,
    ):
        await record_shared(client)
        yield client


@pytest.fixture
async def recorder(service: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the application on an empty record."""
    async with client_of(service) as found:
        yield found
