"""Statements on one connection, in order: while the database works on one, the next is made."""

import asyncio
from typing import Any, Self

from parley.store.log import AnyConnection


class Ahead:
    """Sends statements without waiting for their answers; each waits for the one before it. A context manager.

    At the end all are done, or the first that failed has raised its error. Nothing else uses the connection meanwhile.
    """

    def __init__(self, connection: AnyConnection) -> None:
        self._connection = connection
        self._under_way: asyncio.Task[str] | None = None

    async def execute(self, sql: str, *parameters: Any) -> None:
        """Send a statement once the one before is done; raises the error of that one."""
        if self._under_way is not None:
            await self._under_way
        self._under_way = asyncio.create_task(self._connection.execute(sql, *parameters))
        await asyncio.sleep(0)  # the task begins, and the statement is on its way

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, failed: type[BaseException] | None, *_: object) -> None:
        if self._under_way is None:
            return
        if failed is None:
            await self._under_way
        else:
            self._under_way.cancel()
            await asyncio.gather(self._under_way, return_exceptions=True)
