"""Rebuilding as tests do it: to the end, with something done at a certain moment, and what the tables hold."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any

import asyncpg

from parley.commands.request import Request
from parley.projections import READ_MODELS
from parley.projections.rebuild import Rebuilt, rebuild
from parley.store.progress import Progress
from tests.record.desk import at_work
from tests.record.fold import TABLES

AT_WORK = "application_name IN ('parley rebuild', 'parley projector') AND datname = current_database()"
"""Sessions of a rebuild, and of its processes; and of services, where the test has any."""


async def rebuilt(dsn: str, at: Callable[[int], None] = lambda _: None, processes: int | None = None) -> Rebuilt:
    """Rebuild to the end; ``at`` is called whenever progress is told, with how often it was told before.

    That is at first, after the parties (where there are any), and after each transaction of negotiations.
    """
    numbers = count()

    def shown(_: Progress) -> None:
        at(next(numbers))

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


async def rows_of_units(psql: asyncpg.Connection) -> dict[str, set[str]]:
    """Every row of every read model by the unit that it belongs to."""
    found: dict[str, set[str]] = {}
    for table in (table for read_model in READ_MODELS for table in read_model.tables):
        for row in await psql.fetch(f"SELECT split_part({table.unit}, '/', 1), * FROM parley.{table.name}"):
            unit, *values = row
            found.setdefault(unit, set()).add(f"{table.name} {values}")
    return found
