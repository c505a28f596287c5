"""Rebuilding as tests do it: to the end, with something done at a certain moment, and what the tables hold."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg

from parley.commands.request import Request
from parley.projections.rebuild import Rebuilt, rebuild
from parley.projections.refolding import Progress
from tests.record.desk import at_work
from tests.record.fold import TABLES

Moment = tuple[str, int]
"""What is being done (``fold``, ``compare``, ``catch up``, ``swap``), and how often it was told before."""

STAGES = ("fold", "compare", "swap")


async def rebuilt(dsn: str, at: Callable[[Moment], None] = lambda _: None, processes: int | None = None) -> Rebuilt:
    """Rebuild to the end; ``at`` is called at every moment that is told, while the run waits."""
    told: dict[str, int] = {}

    def shown(doing: str, _: Progress) -> None:
        told[doing] = told.get(doing, -1) + 1
        at((doing, told[doing]))

    return await rebuild(dsn, shown, processes)


def apart(work: Callable[[], Awaitable[object]]) -> None:
    """Do something to its end, on a loop and thread of its own, while whoever calls waits."""
    failed: list[BaseException] = []

    def run() -> None:
        async def main() -> None:
            await work()

        try:
            asyncio.run(main())
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]


def record_apart(dsn: str, *requests: Request) -> None:
    """Record requests one after the other, in a service of their own, while whoever calls waits."""

    async def work() -> None:
        async with at_work(dsn) as recording:
            for one in requests:
                await recording.record(one)

    apart(work)


async def live_rows(psql: asyncpg.Connection) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every read model, with the transaction that wrote it."""
    return {
        table: sorted((tuple(row) for row in await psql.fetch(f"SELECT xmin::text, * FROM parley.{table}")), key=repr)
        for table in TABLES
    }
