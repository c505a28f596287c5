"""`parley rebuild`: every unit projected from nothing, and compared with what its read models held.

Each unit is one transaction under its claim, so that recording and reading go on. Several processes share the work.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import AsyncExitStack, suppress
from typing import Any, Final, NamedTuple, TypeAlias

import asyncpg

from negotiation.streams import PARTIES
from parley.projections import READ_MODELS
from parley.projections.messages import Begin, ProjectAnew
from parley.projections.projecting import project
from parley.projections.projector import SETTINGS
from parley.projections.units import SQL, Units
from parley.projections.workers import Worker, differences_of
from parley.projections.writing import Differences
from parley.store.damage import inspect
from parley.store.errors import RebuildCutShort, RebuildUnderWay
from parley.store.filters import LAST
from parley.store.migrate import check_version
from parley.store.primary import connect
from parley.store.progress import Progress

REBUILD_LOCK: Final = 0x7061726C6562
"""The advisory lock that a rebuild holds."""
LOCK_WITHIN: Final = "5s"
"""How long to wait for it: a run that was killed a moment ago is just being cleared away."""
EVENTS_TOGETHER: Final = 4_000
UNITS_A_PAGE: Final = 500
UNITS_TOGETHER: Final = 100
ASKED_AHEAD: Final = 2
WITHIN_S: Final = 3600.0

_SETTINGS: Final = {**SETTINGS, "application_name": "parley rebuild"}
_WORTH_PROCESSES: Final = 20_000
"""Fewer events are folded before processes have started."""
_MOST_PROCESSES: Final = 8


class Rebuilt(NamedTuple):
    """What came of it: how many events were folded, and what had been wrong."""

    events: int
    differences: Differences


class _Together(NamedTuple):
    """Units that are projected in one transaction, and how many events they have."""

    units: list[str]
    events: int


Shown: TypeAlias = Callable[[Progress], None]


async def rebuild(dsn: str, shown: Shown, processes: int | None = None) -> Rebuilt:
    """Project every unit anew, and put right what is wrong in its read models.

    ``processes``: how many fold beside each other, apart from this one; 0: this one does it; None: as the record and
    the machine suggest. Raises RebuildUnderWay, RebuildCutShort, RecordDamaged, MigrationError, OSError and
    asyncpg.PostgresError.
    """
    connection = await connect(dsn, server_settings=_SETTINGS)
    try:
        await check_version(connection)
        await _be_alone(connection)
        return await _Rebuild(dsn, connection, shown).run(processes)
    except asyncpg.InternalClientError as error:  # the server closed the connection between two statements
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
    return min(cores, _MOST_PROCESSES) if events > _WORTH_PROCESSES else 0


class _Rebuild:
    """One run."""

    def __init__(self, dsn: str, connection: asyncpg.Connection, shown: Shown) -> None:
        self._dsn = dsn
        self._connection = connection
        self._shown = shown
        self._units = Units(kept=0)  # each is projected once
        self._events = 0
        self._total = 0
        self._differences = Differences({}, [])

    async def run(self, processes: int | None) -> Rebuilt:
        self._total = await inspect(self._connection, 0, LAST)
        self._shown(Progress(0, self._total))
        count = _spare(self._total) if processes is None else processes
        async with AsyncExitStack() as stack:
            workers = [Worker(Begin(self._dsn, number, count, background=False)) for number in range(count)]
            for worker in workers:
                stack.push_async_callback(worker.close)
                await worker.open()
            # Parties come first, because every negotiation asks whether a party is known.
            parties = await self._connection.fetch(SQL["counted"], [PARTIES])
            for row in parties:
                self._note(_Together([PARTIES], row["events"]), await self._here([PARTIES]))
            every = self._batches()
            if workers:
                await self._elsewhere(workers, every)
            else:
                async for together in every:
                    self._note(together, await self._here(together.units))
        await self._take_away_strangers()
        if self._differences.total:
            await self._connection.execute(SQL["mend"])
        return Rebuilt(self._events, self._differences)

    async def _here(self, units: list[str]) -> Differences:
        projected = await project(self._connection, self._units, units, anew=True)
        return projected.differences

    async def _elsewhere(self, workers: list[Worker], every: AsyncIterator[_Together]) -> None:
        turn = asyncio.Lock()

        async def work(worker: Worker) -> None:
            while True:
                async with turn:
                    together = await anext(every, None)
                if together is None:
                    return
                try:
                    told: Any = await worker.ask(ProjectAnew, tuple(together.units), within_s=WITHIN_S)
                except ConnectionAbortedError as error:
                    raise RebuildCutShort(reason=str(error)) from error
                self._note(together, differences_of(told))

        try:
            async with asyncio.TaskGroup() as group:
                for worker in workers:
                    for _ in range(ASKED_AHEAD):
                        group.create_task(work(worker))
        except ExceptionGroup as several:
            raise several.exceptions[0] from several  # one is enough to tell; the others are like it

    def _note(self, together: _Together, differences: Differences) -> None:
        self._events += together.events
        self._differences.join(differences)
        self._shown(Progress(self._events, max(self._total, self._events)))

    async def _batches(self) -> AsyncIterator[_Together]:
        """All negotiations, some at a time."""
        last = ""
        while page := await self._connection.fetch(SQL["units"], last, UNITS_A_PAGE):
            last = page[-1]["unit"]
            for together in _together(row for row in page if row["unit"] != PARTIES):
                yield together

    async def _take_away_strangers(self) -> None:
        """Take away rows of units that the record does not have."""
        for read_model in READ_MODELS:
            for table in read_model.tables:
                async with self._connection.transaction():
                    rows = await self._connection.fetch(table.strangers)
                self._differences.add(table.name, "extra", [tuple(row) for row in rows])
        await self._connection.execute(SQL["forget_strangers"])


def _together(counted: Iterable[asyncpg.Record]) -> Iterator[_Together]:
    """Units that are projected together, each at least one."""
    units: list[str] = []
    events = 0
    for row in counted:
        if units and (events + row["events"] > EVENTS_TOGETHER or len(units) == UNITS_TOGETHER):
            yield _Together(units, events)
            units, events = [], 0
        units.append(row["unit"])
        events += row["events"]
    if units:
        yield _Together(units, events)
