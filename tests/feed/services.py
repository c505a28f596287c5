"""Services on real sockets, as many as wanted on one database, which are started and stopped by the test."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar

from parley.app import create_app, end_streams
from parley.cli import serving
from parley.commands.request import Entry
from parley.feed.feed import Feed
from parley.recording import Recording
from tests.feed.reader import PATIENCE_S
from tests.record.world import events, request

SHUTDOWN_S = PATIENCE_S + 10
"""A stop that waits for a stream fails the test."""


class Service:
    """One that runs."""

    def __init__(self, app: Litestar, address: str, stop: Callable[[], Any]) -> None:
        self.app = app
        self.address = address
        self.recording: Recording = app.state["recording"]
        self.feed: Feed = app.state["feed"]
        self.stop = stop

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])

    async def record(self, *entries: Entry) -> list[dict[str, Any]]:
        """Record these, and give their envelopes."""
        return events(await self.recording.record(request(*entries, timeout_s=60)))


@asynccontextmanager
async def served(dsn: str, *, port: int = 0, **options: Any) -> AsyncIterator[Service]:
    """A service that runs as `parley serve` runs it."""
    app = create_app(dsn=dsn, connections=4, **options)
    up = asyncio.Event()
    with serving.listen("127.0.0.1", port, "") as listener:
        address = serving.address_of(listener)
        task = asyncio.create_task(
            serving.serve(
                app, listener, ready=up.set, shutdown_s=SHUTDOWN_S, until=None, stopping=lambda: end_streams(app)
            )
        )

        async def stop() -> None:
            task.cancel()
            async with asyncio.timeout(PATIENCE_S):
                await asyncio.wait({task})

        async with asyncio.timeout(PATIENCE_S):
            await up.wait()
        try:
            yield Service(app, address, stop)
        finally:
            await stop()
