"""The servers that an address names: which of them takes writes, and which must never be taken for it again.

A standby that is promoted begins a new timeline, a number that only grows. Whoever has seen a server on one timeline
never again works on one that is on an earlier timeline of the same cluster: that is the old primary, come back or never
gone. Shared by all that a process reads and writes, so that what one part learns holds for all.
"""

import asyncio
import logging
from typing import Any, Final, NamedTuple
from weakref import WeakKeyDictionary

import asyncpg

from parley.dsn import servers_of
from parley.store.errors import DATABASE_FAULTS

CONNECT_WITHIN_S: Final = 5.0
OTHERS_WITHIN_S: Final = 0.5
"""How long the others may take once one server has answered that takes writes, for it may be the old primary."""
LOOK_EVERY_S: Final = 2.0

_EPOCH: Final = """
SELECT (SELECT system_identifier FROM pg_control_system()) AS system,
    CASE WHEN NOT pg_is_in_recovery()
        THEN ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::int END AS timeline
"""
_TAKES_WRITES: Final = "SELECT CASE WHEN NOT pg_is_in_recovery() THEN 0 END"

logger = logging.getLogger(__name__)


class OldPrimary(ConnectionError):
    """The server is on an earlier timeline than one that took writes after it."""

    def __init__(self, timeline: int, newest: int) -> None:
        super().__init__(
            f"the server is the old primary: it is on timeline {timeline}, and another took writes on timeline "
            f"{newest}. Make it a standby of that one"
        )


class NoPrimary(ConnectionError):
    """None of the servers takes writes."""

    def __init__(self) -> None:
        super().__init__("all the servers are standbys: promote one")


class Epoch(NamedTuple):
    """What tells a primary from its predecessors. ``system``: the cluster's identifier, 0 where it cannot be known."""

    system: int
    timeline: int


class _Reached(NamedTuple):
    """A server that answered; ``epoch`` is None for a standby."""

    connection: asyncpg.Connection
    epoch: Epoch | None


class Servers:
    """The servers of one address."""

    def __init__(self, dsn: str) -> None:
        """``dsn`` may name several hosts."""
        self._addresses = servers_of(dsn)
        self._newest: dict[int, int] = {}
        self._given: WeakKeyDictionary[asyncpg.Connection, Epoch] = WeakKeyDictionary()
        self._watching: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Look out for a new primary from now on, where there is more than one server to look at."""
        if len(self._addresses) > 1:
            self._watching = asyncio.create_task(self._watch(), name="parley-servers")

    def stop(self) -> None:
        """Look out no more."""
        if self._watching is not None:
            self._watching.cancel()

    async def connect(self, *_: object, timeout: float = CONNECT_WITHIN_S, **options: Any) -> asyncpg.Connection:  # noqa: ASYNC109 - asyncpg's own option
        """Connect to the server that takes writes; of a single one a standby will do, for reading.

        ``timeout``: for each server, in seconds; ``options`` are asyncpg's. Raises OldPrimary, NoPrimary (both are
        OSErrors), OSError, asyncpg.PostgresError and asyncpg.InterfaceError.
        """
        asked = [asyncio.create_task(_reach(address, timeout, options)) for address in self._addresses]
        chosen: _Reached | None = None
        try:
            chosen = await self._choose(asked)
        finally:
            for task in asked:
                task.add_done_callback(lambda done: _give_up(done, chosen))
                task.cancel()
        if chosen.epoch is not None:
            self._given[chosen.connection] = chosen.epoch
        return chosen.connection

    async def _choose(self, asked: "list[asyncio.Task[_Reached]]") -> _Reached:
        best: _Reached | None = None
        errors: list[BaseException] = []
        pending = set(asked)
        while pending:
            done, pending = await asyncio.wait(
                pending, timeout=OTHERS_WITHIN_S if best else None, return_when=asyncio.FIRST_COMPLETED
            )
            if not done:
                break
            for task in done:
                error = task.exception()
                if error is not None:
                    errors.append(error)
                elif len(asked) == 1 and task.result().epoch is None:
                    return task.result()
                elif (epoch := task.result().epoch) is not None:
                    self._note(epoch)
                    if best is None or best.epoch is None or epoch.timeline > best.epoch.timeline:
                        best = task.result()
        if best is None or best.epoch is None:
            raise errors[-1] if errors else NoPrimary
        newest = self._newest.get(best.epoch.system, 0)
        if best.epoch.timeline < newest:
            raise OldPrimary(best.epoch.timeline, newest)
        return best

    def _note(self, epoch: Epoch) -> None:
        """Learn of a primary; connections to its predecessors are given up, in the midst of whatever they do."""
        if epoch.timeline <= self._newest.get(epoch.system, 0):
            return
        self._newest[epoch.system] = epoch.timeline
        old = [
            each for each, its in self._given.items() if its.system == epoch.system and its.timeline < epoch.timeline
        ]
        if old:
            logger.warning(
                "another server takes writes now, on timeline %d: %d connections to the old primary are given up",
                epoch.timeline,
                len(old),
            )
        for connection in old:
            connection.terminate()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            await asyncio.gather(*(self._look_at(address) for address in self._addresses))

    async def _look_at(self, address: str) -> None:
        try:
            reached = await _reach(address, LOOK_EVERY_S, {"server_settings": {"application_name": "parley lookout"}})
        except DATABASE_FAULTS:
            return
        reached.connection.terminate()
        if reached.epoch is not None:
            self._note(reached.epoch)


async def connect(dsn: str, **options: Any) -> asyncpg.Connection:
    """Connect once, as `Servers.connect` does."""
    return await Servers(dsn).connect(**options)


async def _reach(address: str, within_s: float, options: dict[str, Any]) -> _Reached:
    async with asyncio.timeout(within_s):
        connection = await asyncpg.connect(address, **options)
        try:
            return _Reached(connection, await _epoch(connection))
        except BaseException:  # also when it is cancelled: nobody else knows of the connection; raised again
            connection.terminate()
            raise


async def _epoch(connection: asyncpg.Connection) -> Epoch | None:
    try:
        row = await connection.fetchrow(_EPOCH)
    except (asyncpg.SyntaxOrAccessError, asyncpg.FeatureNotSupportedError):  # a service of somebody's that hides it
        timeline = await connection.fetchval(_TAKES_WRITES)
        return None if timeline is None else Epoch(0, timeline)
    assert row is not None, "it is a SELECT without FROM"
    return None if row["timeline"] is None else Epoch(row["system"], row["timeline"])


def _give_up(done: "asyncio.Task[_Reached]", chosen: _Reached | None) -> None:
    if done.cancelled() or done.exception() is not None:
        return
    reached = done.result()
    if chosen is None or reached.connection is not chosen.connection:
        reached.connection.terminate()
