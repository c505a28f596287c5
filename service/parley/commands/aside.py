"""Requests that wait for a long negotiation to be read, while the writer records for all others."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import asyncpg

from parley.commands.indexes import Indexes
from parley.commands.request import Waiter
from parley.store.errors import DATABASE_FAULTS

REST_S: Final = 0.2
"""How long to wait before a long negotiation is tried again that the database did not give."""

logger = logging.getLogger(__name__)


class Aside:
    """Reads long units one after the other, on a connection of its own, which is open while there is one to read."""

    def __init__(
        self,
        connect: Callable[[], Awaitable[asyncpg.Connection]],
        indexes: Indexes,
        put_back: Callable[[Sequence[Waiter]], None],
    ) -> None:
        """``put_back`` gets the requests whose unit was read, and those for which it could not be."""
        self._connect = connect
        self._indexes = indexes
        self._put_back = put_back
        self._waiting: dict[str, list[Waiter]] = {}
        self._task: asyncio.Task[None] | None = None

    def put(self, waiter: Waiter, unit: str) -> None:
        """Let a request wait until the unit is read."""
        self._waiting.setdefault(unit, []).append(waiter)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name="parley-aside")

    async def stop(self) -> None:
        """Stop reading, and answer every request that waits here."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
        for waiters in self._waiting.values():
            for waiter in waiters:
                waiter.settle(waiter.too_late())
        self._waiting.clear()

    async def _run(self) -> None:
        connection: asyncpg.Connection | None = None
        try:
            while self._waiting:
                unit = next(iter(self._waiting))
                try:
                    connection = connection or await self._connect()
                    await self._indexes.read_ahead(connection, unit)
                except DATABASE_FAULTS as error:
                    logger.warning("%s could not be read (%s); it will be tried again", unit, type(error).__name__)
                    _terminate(connection)
                    connection = None
                    await asyncio.sleep(REST_S)
                except Exception as error:  # it is answered to those who wait for this unit, not to the others
                    logger.exception("%s could not be read", unit)
                    for waiter in self._waiting[unit]:
                        waiter.settle(error)
                self._put_back(self._waiting.pop(unit))
        finally:
            _terminate(connection)


def _terminate(connection: asyncpg.Connection | None) -> None:
    if connection is not None:
        connection.terminate()
