"""The projector: brings the read models of units up to date, eagerly in the background and at once for a reader.

Its commits are asynchronous: read models are a cache, and a crash only sets back how far they have come. A unit that
cannot be projected is reported and tried again; it keeps neither the others nor recording.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Collection, Coroutine, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, Final, NamedTuple

import asyncpg

from negotiation.documents.views import encode, show_finding
from negotiation.streams import PARTIES
from parley.projections.projecting import Projected, Share, Status, project
from parley.projections.source import Stock
from parley.projections.units import SQL, Units
from parley.store.coalesced import Coalesced
from parley.store.errors import DATABASE_AWAY, ReadModelBroken, ReadModelsBehind, RecordDamaged
from parley.store.log import SCHEMA, AnyConnection, read_head
from parley.store.primary import Servers

SETTINGS: Final = {
    "search_path": SCHEMA,
    "jit": "off",
    "application_name": "parley projector",
    "default_transaction_isolation": "read committed",
    "synchronous_commit": "off",
    # Plans are made while tables are nearly empty and kept: a sequential scan would stay one.
    "enable_seqscan": "off",
    "plan_cache_mode": "force_generic_plan",
    "statement_timeout": "0",
    # A process that was killed while it waited for a claim is noticed.
    "client_connection_check_interval": "1s",
}
CONNECTIONS: Final = 4
ANSWER_WITHIN_S: Final = 60.0
CLOSE_WITHIN_S: Final = 1.0
POLL_S: Final = 1.0
UNITS_TOGETHER: Final = 32
EVENTS_TOGETHER: Final = 2_000
"""So many units or events are projected in one transaction; a unit with more is projected by itself."""
GATHER_S: Final = 0.1
"""What is recorded within so long is projected together. Readers do not wait for this: they have a unit projected."""
GROUPS: Final = 2
GROUP_WITHIN_S: Final = 0.1
"""So many transactions project for readers at once, as long as they are short; who comes meanwhile shares the next."""
OTHERS_AFTER_S: Final = 1.0
"""What another replica recorded is left to it for so long."""
CLAIMED_AFTER_S: Final = 0.05
"""A unit that somebody else is projecting is left alone by the background task for so long."""
RETRY_S: Final = (0.1, 0.5, 1, 5, 15, 60)
"""How long a unit whose projection failed is left alone, after the first failure, the second ..."""
REST: Final = 1.0
"""How many times as long as projecting took the background task rests, where it shares a process with the writer."""

_NOT_REACHED: Final = -1
"""The position that a run which did not project a unit ends with."""
_AWAY: Final = (*DATABASE_AWAY, asyncpg.InterfaceError)

logger = logging.getLogger(__name__)


class _Lag(NamedTuple):
    """A unit that lags: up to which position it has to be projected, and when at the earliest (monotonic, seconds)."""

    position: int
    due: float


class _Broken(NamedTuple):
    """A unit whose projection failed: why, how often, and when to try again (monotonic, seconds).

    ``damage``: where the record itself is the reason.
    """

    reason: str
    failures: int
    again_at: float
    damage: RecordDamaged | None


class Projector:
    """Projects in this process."""

    def __init__(self, servers: Servers, share: Share | None = None, *, rest: float = REST) -> None:
        """``share``: of which units the background task takes care; None: of all. ``rest``: see `REST`."""
        self._servers = servers
        self._share = share or Share()
        self._rest = rest
        self.units = Units()
        self._pool: asyncpg.Pool | None = None
        self._hinted = asyncio.Event()
        self._urgent = asyncio.Event()
        self._settled = asyncio.Condition()
        self._lagging: dict[str, _Lag] = {}
        self._busy: frozenset[str] = frozenset()
        self._seen = -1
        self._parties_seen = 0
        self._awaited = 0
        self._closing = False
        self._broken: dict[str, _Broken] = {}
        self._under_way: dict[str, asyncio.Future[int]] = {}
        self._wanted: list[str] = []
        self._groups = 0
        self._stock = Coalesced(self._take_stock)
        self._tasks: set[asyncio.Task[None]] = set()

    # -- life

    async def open(self) -> None:
        """Start projecting in the background."""
        self._pool = await asyncpg.create_pool(
            connect=self._servers.connect,
            min_size=0,
            max_size=CONNECTIONS,
            reset=_keep,
            server_settings=SETTINGS,
            command_timeout=ANSWER_WITHIN_S,
        )
        self._begin(self._run())

    async def close(self) -> None:
        """Stop, in the middle of whatever is under way: what was not committed is projected again."""
        self._closing = True
        tasks = [*self._tasks]
        for task in tasks:
            task.cancel()
        try:
            if tasks:
                await asyncio.wait(tasks, timeout=CLOSE_WITHIN_S)  # each rolls its transaction back
        finally:  # also when cancelled
            for wanted in self._under_way.values():
                wanted.cancel()
            if self._pool is not None:
                self._pool.terminate()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        _ = self._task(work)

    def _task(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        task = asyncio.create_task(work, name="parley-projector")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    # -- for readers

    async def project(self, unit: str, at_least: int) -> int:
        """Bring a unit's read models up to a position; return theirs. Raises RecordDamaged or ReadModelBroken."""
        while (before := self._under_way.get(unit)) is not None:
            await asyncio.wait([before])
            if not before.cancelled() and before.exception() is None and before.result() >= at_least:
                return before.result()
        wanted = self._under_way[unit] = asyncio.get_running_loop().create_future()
        wanted.add_done_callback(lambda done: self._ended(unit, done))
        self._wanted.append(unit)
        self._serve_readers()
        return await asyncio.shield(wanted)

    def _serve_readers(self) -> None:
        """Begin to project what readers wait for: several units that are in memory together, each other one alone."""
        together: list[str] = []
        for unit in self._wanted:
            if unit == PARTIES or not self.units.holds(unit):
                self._begin(self._project_alone(unit))
            else:
                together.append(unit)
        while together and self._groups < GROUPS:
            self._groups += 1
            self._begin(self._serve_group(together[:UNITS_TOGETHER]))
            together = together[UNITS_TOGETHER:]
        self._wanted = together

    async def _serve_group(self, units: Sequence[str]) -> None:
        """Project units; after a while others are served besides."""
        await asyncio.wait([self._task(self._project_group(units))], timeout=GROUP_WITHIN_S)
        self._groups -= 1
        self._serve_readers()

    async def _project_group(self, units: Sequence[str]) -> None:
        done: Collection[str] = ()
        if len(units) > 1:
            try:
                projected = await self._project(units, patient=False)
            except _AWAY as error:
                for unit in units:
                    self._under_way[unit].set_exception(error)
                return
            except Exception:  # one unit must not keep the others; which one it is shows by itself
                logger.debug("units that readers wait for are projected one by one", exc_info=True)
            else:
                done = projected.units
                for unit in done:
                    self._under_way[unit].set_result(projected.position)
        for unit in units:
            if unit not in done:
                self._begin(self._project_alone(unit))

    async def _project_alone(self, unit: str) -> None:
        wanted = self._under_way[unit]
        try:
            wanted.set_result(await self._project_one(unit))
        except Exception as error:  # noqa: BLE001 - whatever it is, the reader hears of it
            wanted.set_exception(error)

    def _ended(self, unit: str, done: "asyncio.Future[int]") -> None:
        del self._under_way[unit]
        if not done.cancelled() and done.exception() is None:
            self._reached(unit, done.result())
        if self._awaited:
            self._hinted.set()
            self._urgent.set()

    def _reached(self, unit: str, position: int) -> None:
        """Note that a unit's read models hold everything up to a position."""
        self._broken.pop(unit, None)
        lag = self._lagging.get(unit)
        if lag is not None and lag.position <= position:
            del self._lagging[unit]
        if position < self._parties_seen:  # something was recorded about a party while the unit was projected
            self._note([unit], self._parties_seen, time.monotonic())

    async def findings(self, unit: str, positions: Sequence[int], ids: Sequence[str]) -> list[bytes]:
        """What does not add up with these events of a unit, as JSON each."""
        stock = await self._stock(unit)
        # A connection first, then the unit: who projects has them in this order, too, and nobody waits in a circle.
        async with self._connected() as connection, self.units.held(connection, unit, stock) as folded:
            return [encode(show_finding(folded.dossier, finding)) for finding in folded.findings(positions, ids)]

    async def _take_stock(self, units: Sequence[str]) -> Stock:
        async with self._connected() as connection:
            return await self.units.take_stock(connection, units)

    async def settle(self, within_s: float) -> None:
        """Wait until no unit of the share lags behind what is recorded now. Raises ReadModelsBehind."""
        async with self._connected() as connection:
            head = (await read_head(connection)).position
        now = time.monotonic()
        for unit, lag in self._lagging.items():
            self._lagging[unit] = lag._replace(due=now)  # other replicas are not waited for
        self._awaited += 1
        try:
            async with asyncio.timeout(within_s), self._settled:
                self._hinted.set()
                self._urgent.set()
                while self._seen < head or self._busy or self._lagging:
                    self._raise_broken(*self._lagging)
                    await self._settled.wait()
        except TimeoutError:
            raise ReadModelsBehind(units=str(len(self._lagging) + len(self._busy))) from None
        finally:
            self._awaited -= 1

    def committed(self, units: Collection[str], position: int) -> None:
        """Hear that something was recorded in these units, up to a position."""
        now = time.monotonic()
        for unit in units:
            if self._share.has(unit):
                self._lagging[unit] = _Lag(position, now)
        self._hinted.set()

    async def status(self) -> Status:
        """How far read models are behind."""
        return Status(
            lagging=len(self._lagging) + len(self._busy),
            broken={unit: broken.reason for unit, broken in self._broken.items()},
            damage=next((one.damage.what for one in self._broken.values() if one.damage is not None), ""),
        )

    # -- the background

    async def _run(self) -> None:
        while not self._closing:
            try:
                await self._look()
                began = time.monotonic()
                if await self._project_lagging():
                    await asyncio.sleep(self._rest * (time.monotonic() - began))
                    if len(self._lagging) < UNITS_TOGETHER:
                        await self._gather()
                    continue
            except _AWAY as error:
                logger.warning("the projector lost the database (%s: %s); it tries again", type(error).__name__, error)
                await asyncio.sleep(POLL_S)
            except Exception:  # the projector goes on with what it can project
                logger.exception("the projector failed; it tries again")
                await asyncio.sleep(POLL_S)
            await self._wait()
            await self._gather()

    async def _gather(self) -> None:
        """Let a moment pass, so that more units share the next transaction; not while a list waits for them."""
        if not self._awaited:
            with suppress(TimeoutError):
                async with asyncio.timeout(GATHER_S):
                    await self._urgent.wait()

    async def _wait(self) -> None:
        due = min((lag.due for lag in self._lagging.values()), default=time.monotonic() + POLL_S)
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, min(due - time.monotonic(), POLL_S))):
                await self._hinted.wait()

    async def _look(self) -> None:
        """Find what was recorded since the last look, by any replica."""
        self._hinted.clear()
        self._urgent.clear()
        async with self._connected() as connection:
            head = (await read_head(connection)).position
            now = time.monotonic()
            if self._seen < 0 or head < self._seen:
                rows = await connection.fetch(SQL["lagging"])
                rows += await connection.fetch(SQL["reached"], 0)
                self._note((row["unit"] for row in rows), head, now)
                self._parties_seen = head  # what is being projected now may not be in what was found
            elif head > self._seen:
                rows = await connection.fetch(SQL["recorded_after"], self._seen, head)
                due = now if self._awaited else now + OTHERS_AFTER_S
                for row in rows:
                    self._note([row["unit"]], row["recorded"], due)
                if (parties := next((row for row in rows if row["unit"] == PARTIES), None)) is not None:
                    self._parties_seen = parties["recorded"]
                    reached = await connection.fetch(SQL["reached"], self._seen)
                    self._note((row["unit"] for row in reached), self._parties_seen, now)
        async with self._settled:
            self._seen = head
            self._settled.notify_all()

    def _note(self, units: Iterable[str], position: int, due: float) -> None:
        for unit in units:
            if self._share.has(unit):
                lag = self._lagging.get(unit)
                before = _Lag(position, due) if lag is None else lag
                self._lagging[unit] = _Lag(max(position, before.position), min(due, before.due))

    async def _project_lagging(self) -> bool:
        """Project some of the units that lag; whether there were any."""
        now = time.monotonic()
        due = [unit for unit, lag in self._lagging.items() if lag.due <= now and self._may_try(unit, now)]
        if not due:
            return False
        fit = await self._that_fit([PARTIES] if PARTIES in due else due[:UNITS_TOGETHER])
        together = [unit for unit in fit if unit in self._lagging]  # a reader may have projected some meanwhile
        lags = {unit: self._lagging.pop(unit) for unit in together}
        self._busy = frozenset(together)
        try:
            await self._project_some(together)
        except BaseException:
            self._lagging = lags | self._lagging
            raise
        finally:
            self._busy = frozenset()
        async with self._settled:
            self._settled.notify_all()
        return True

    async def _project_some(self, units: Sequence[str]) -> None:
        free = [unit for unit in units if unit not in self._under_way]
        self._leave([unit for unit in units if unit in self._under_way])
        if not free:
            return
        error = await self._project_together(free)
        if error is None:
            return
        if len(free) == 1:
            self._fail(free[0], error)
            return
        for unit in free:
            await self._project_some([unit])

    async def _project_together(self, units: Sequence[str]) -> Exception | None:
        """Project units, or return why that failed. A reader of one waits for this run instead of beginning another."""
        loop = asyncio.get_running_loop()
        under_way: dict[str, asyncio.Future[int]] = {unit: loop.create_future() for unit in units}
        self._under_way |= under_way
        done = dict.fromkeys(units, _NOT_REACHED)
        try:
            projected = await self._project(units, patient=False)
        except _AWAY:
            raise
        except Exception as error:  # noqa: BLE001 - one unit must not keep the others; it is logged
            return error
        else:
            done |= dict.fromkeys(projected.units, projected.position)
        finally:
            for unit, future in under_way.items():
                del self._under_way[unit]
                future.set_result(done[unit])
        for unit in projected.units:
            self._reached(unit, projected.position)
        self._leave([unit for unit in units if unit not in projected.units])
        return None

    def _leave(self, units: Collection[str]) -> None:
        """Leave units to the reader or the replica that has them projected; soon there may be nothing left to do."""
        self._note(units, self._seen, time.monotonic() + CLAIMED_AFTER_S)

    async def _that_fit(self, units: Sequence[str]) -> Sequence[str]:
        """The first of these units, as many as are projected together."""
        cold = [unit for unit in units if not self.units.holds(unit)]
        if not cold:
            return units
        async with self._connected() as connection:
            counted = {row["unit"]: row["events"] for row in await connection.fetch(SQL["counted"], cold)}
        fit: list[str] = []
        events = 0
        for unit in units:
            events += counted.get(unit, 0)
            if fit and events > EVENTS_TOGETHER:
                break
            fit.append(unit)
        return fit

    # -- one unit that fails

    def _may_try(self, unit: str, now: float) -> bool:
        broken = self._broken.get(unit)
        return broken is None or broken.again_at <= now

    def _raise_broken(self, *units: str) -> None:
        for unit in units:
            if (broken := self._broken.get(unit)) is not None:
                if broken.damage is not None:
                    raise broken.damage.with_traceback(None)
                raise ReadModelBroken(unit=unit, reason=broken.reason)

    def _fail(self, unit: str, error: Exception) -> None:
        """Remember that a unit cannot be projected, and why; it is tried again later."""
        reason = f"{type(error).__name__}: {error}"
        before = self._broken.get(unit)
        failures = 0 if before is None else before.failures + 1
        again_at = time.monotonic() + RETRY_S[min(failures, len(RETRY_S) - 1)]
        self._broken[unit] = _Broken(reason, failures, again_at, error if isinstance(error, RecordDamaged) else None)
        self._note([unit], self._seen, again_at)
        if before is None or before.reason != reason:
            logger.error("the read models of %s cannot be brought up to date; it is tried again", unit, exc_info=error)

    async def _project_one(self, unit: str) -> int:
        if not self._may_try(unit, time.monotonic()):
            self._raise_broken(unit)
        try:
            return (await self._project([unit])).position
        except _AWAY:
            raise
        except RecordDamaged as damage:
            self._fail(unit, damage)
            raise
        except Exception as error:
            self._fail(unit, error)
            raise ReadModelBroken(unit=unit, reason=self._broken[unit].reason) from error

    # -- projecting

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[AnyConnection]:
        assert self._pool is not None, "it is open"
        async with self._pool.acquire() as connection:
            yield connection

    async def _project(self, units: Sequence[str], *, patient: bool = True) -> Projected:
        async with self._connected() as connection:
            return await project(connection, self.units, units, patient=patient)


async def _keep(_: Any) -> None:
    """A transaction leaves nothing behind on a connection, so giving one back needs no round trip."""
