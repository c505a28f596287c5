"""`parley rebuild`: every read model folded anew from the record, beside the live ones, while writing goes on.

Until the end everything is done in transactions that can only read the record's tables: PostgreSQL itself keeps them
from being touched. The end is one transaction that holds the head: what was recorded since is caught up with, and
what differs is put in place.
"""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final, NamedTuple, TypeAlias

import asyncpg

from parley.projections.crew import Crew
from parley.projections.refolding import CONNECTED, SQL, Progress, Refolding
from parley.projections.shadow import Differences, Shadows
from parley.store import log
from parley.store.errors import RebuildUnderWay
from parley.store.log import lock_head
from parley.store.migrate import check_version
from parley.store.primary import connect

REBUILD_LOCK: Final = 0x7061726C6562
"""The advisory lock that a rebuild holds."""
LOCK_WITHIN: Final = "5s"
"""How long to wait for it: a run that was killed a moment ago is just being cleared away."""

CAUGHT_UP_AT_ONCE: Final = 10_000
LITTLE: Final = 2_000
"""How many events may be left to fold while the head is held: less than a second's work."""
MOST_RELEASES: Final = 20
"""How often the head is given back because too much is left; then it is held for as long as it takes."""

_SETTINGS: Final = {
    **CONNECTED,
    "default_transaction_isolation": "read committed",
    "temp_buffers": "64MB",
    "work_mem": "64MB",
}

_WORTH_A_CREW: Final = 20_000
"""Fewer events are folded before processes have started."""
_MOST_PROCESSES: Final = 8


class Rebuilt(NamedTuple):
    """What came of it: how many events were folded, what had been wrong, how long the head was held (seconds)."""

    position: int
    differences: Differences
    held_s: float


Shown: TypeAlias = Callable[[str, Progress], None]
"""Is told what is being done (``fold`` events, ``compare``, ``catch up`` with events, ``swap``) and how far it is."""


async def rebuild(dsn: str, shown: Shown, processes: int | None = None) -> Rebuilt:
    """Fold the whole record anew and put right what is wrong in the live read models, all of it or nothing.

    ``processes``: how many fold beside each other, apart from this one; 0: this one does it; None: as the record and
    the machine suggest. Raises RebuildUnderWay, RebuildCutShort, EventUnreadable, MigrationError, OSError and
    asyncpg.PostgresError.
    """
    connection = await connect(dsn, server_settings=_SETTINGS)
    try:
        await check_version(connection)
        await _be_alone(connection)
        return await _Rebuild(connection, shown).run(dsn, processes)
    except asyncpg.InternalClientError as error:  # a farewell of the server's that came between two statements
        raise ConnectionAbortedError("the server broke off the connection") from error
    finally:
        with suppress(OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await connection.close(timeout=10)


async def _be_alone(connection: asyncpg.Connection) -> None:
    try:
        async with connection.transaction():
            await connection.execute(f"SET LOCAL lock_timeout = '{LOCK_WITHIN}'")
            await connection.execute(SQL["take_rebuild_lock"], REBUILD_LOCK)
    except asyncpg.LockNotAvailableError:
        raise RebuildUnderWay from None


def _spare(events: int) -> int:
    """How many processes are worth their while: one a core."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, _MOST_PROCESSES) if events > _WORTH_A_CREW else 0


class _Rebuild:
    """One run."""

    def __init__(self, connection: asyncpg.Connection, shown: Shown) -> None:
        self._connection = connection
        self._shown = shown
        self._refolding = Refolding(connection)
        self._shadows = Shadows(connection)

    async def run(self, dsn: str, processes: int | None) -> Rebuilt:
        async with self._connection.transaction():
            await self._connection.execute("SET TRANSACTION READ WRITE")
            await self._shadows.make()
        end = await self._end()
        self._shown("fold", Progress(0, end))
        async with Crew(dsn, end, _spare(end) if processes is None else processes) as crew:
            async for progress in self._refolding.fold_all(end, crew.fold if crew.processes else None):
                self._shown("fold", progress)
        self._shown("compare", Progress(0, 0))
        async with self._connection.transaction():
            await self._connection.execute("SET TRANSACTION READ WRITE")
            await self._shadows.index()
        await self._shadows.compare_all()
        releases = 0
        while True:
            await self._catch_up()
            rebuilt = await self._swap(whatever_is_left=releases == MOST_RELEASES)
            if rebuilt is not None:
                return rebuilt
            releases += 1

    async def _end(self) -> int:
        row = await self._connection.fetchrow(log.SQL["read_head"])
        assert row is not None, "the migration makes the head"
        position: int = row["position"]
        return position

    async def _catch_up(self) -> None:
        """Fold what was recorded meanwhile, and compare it, without keeping anybody from recording more."""
        begin, end = self._refolding.position, await self._end()
        while self._refolding.position < end:
            await self._fold_up_to(min(end, self._refolding.position + CAUGHT_UP_AT_ONCE))
            self._shown("catch up", Progress(self._refolding.position - begin, end - begin))

    async def _fold_up_to(self, position: int) -> None:
        touched = await self._refolding.catch_up(position)
        if touched:
            await self._shadows.compare(sorted(touched))

    async def _swap(self, *, whatever_is_left: bool) -> Rebuilt | None:
        """Hold the head and put in place what differs; None where too much is left to be done while holding it."""
        async with self._connection.transaction():
            await self._connection.execute("SET TRANSACTION READ WRITE")
            head, _ = await lock_head(self._connection)
            began = time.monotonic()
            if not whatever_is_left and await self._refolding.left(head.position) > LITTLE:
                return None
            self._shown("swap", Progress(0, 0))
            await self._fold_up_to(head.position)
            differences = await self._shadows.differences()
            if differences.total:
                await self._shadows.put_in_place()
                await self._connection.execute(SQL["mend"])
        return Rebuilt(head.position, differences, time.monotonic() - began)
