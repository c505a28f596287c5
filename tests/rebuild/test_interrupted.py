"""A rebuild that is interrupted leaves read models that can be read, and can be started again at once.

Each unit is right already, or as it was.
"""

import asyncio
import signal
import sys

import asyncpg
import pytest

from parley.projections import rebuild as rebuilding
from parley.store.errors import RebuildUnderWay
from tests.rebuild.runs import AT_WORK, apart, rebuilt, rows_of_units
from tests.record.desk import at_work, connection, until
from tests.record.fold import assert_documents_equal_fold, assert_equals_fold

UNITS = ("parties", "talks-0", "talks-1", "talks-2", "talks-3")
"""In the order in which a rebuild takes them."""
MOMENTS = [0, 1, 3]
"""How many of them are done when it is interrupted."""
FAULTS = "DELETE FROM items; UPDATE negotiations SET header = ''"

pytestmark = pytest.mark.usefixtures("unit_by_unit")


class Harmed:
    """Read models in which much is wrong."""

    def __init__(self, dsn: str, psql: asyncpg.Connection) -> None:
        self.dsn = dsn
        self._psql = psql
        self._right: dict[str, set[str]] = {}
        self._wrong: dict[str, set[str]] = {}

    async def harm(self) -> None:
        self._right = await rows_of_units(self._psql)
        await self._psql.execute(FAULTS)
        self._wrong = await rows_of_units(self._psql)
        assert all(self._right[unit] != self._wrong[unit] for unit in UNITS)

    async def assert_done(self, number: int) -> None:
        """So many units are right, and the others as they were; no session of the rebuild is left."""
        await nobody_at_work(self._psql)
        found = await rows_of_units(self._psql)
        for unit in UNITS[:number]:
            assert found[unit] == self._right[unit], unit
        for unit in UNITS[number:]:
            assert found[unit] == self._wrong[unit], unit

    async def assert_goes_on(self) -> None:
        """What is there is read and recorded behind, and another run begins at once, and does it all."""
        async with at_work(self.dsn) as recording:
            for unit in UNITS[1:]:
                assert await recording.live.negotiation(unit) is not None
            assert (await rebuilt(self.dsn)).differences.total > 0
            await assert_equals_fold(self._psql)
            await assert_documents_equal_fold(recording.pool)
        assert (await rebuilt(self.dsn)).differences.total == 0


@pytest.fixture
async def harmed(recorded: str, psql: asyncpg.Connection) -> Harmed:
    """A record whose read models are harmed."""
    harmed = Harmed(recorded, psql)
    await harmed.harm()
    return harmed


async def nobody_at_work(psql: asyncpg.Connection) -> None:
    """Wait until no session of a rebuild is left."""

    async def true() -> bool:
        return not await psql.fetch(f"SELECT FROM pg_stat_activity WHERE {AT_WORK}")

    await until(true)


@pytest.mark.parametrize("moment", MOMENTS)
async def test_cancel_rebuild_leaves_each_unit_right_or_as_it_was(harmed: Harmed, moment: int) -> None:
    """Cancelled, as Ctrl-C does it, at any moment."""

    def at(now: int) -> None:
        task = asyncio.current_task()
        if now == moment and task is not None:
            task.cancel()

    run = asyncio.ensure_future(rebuilt(harmed.dsn, at, 0))
    with pytest.raises(asyncio.CancelledError):
        await run
    await harmed.assert_done(moment)
    await harmed.assert_goes_on()


@pytest.mark.parametrize("moment", MOMENTS)
async def test_kill_rebuild_leaves_each_unit_right_or_as_it_was(harmed: Harmed, moment: int) -> None:
    """SIGKILL at any moment: nothing of it is left."""
    command = (sys.executable, "-m", "tests.rebuild.killed", harmed.dsn, str(moment), "0")
    process = await asyncio.create_subprocess_exec(*command)
    assert await process.wait() == -signal.SIGKILL
    await harmed.assert_done(moment)
    await harmed.assert_goes_on()


@pytest.mark.parametrize("moment", MOMENTS)
async def test_lose_database_during_rebuild_leaves_each_unit_right_or_as_it_was(harmed: Harmed, moment: int) -> None:
    """The connection is cut at any moment: an error that the command can tell."""

    async def cut() -> None:
        async with connection(harmed.dsn) as own:
            await own.fetch(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE {AT_WORK}")

    def at(now: int) -> None:
        if now == moment:
            apart(cut)

    with pytest.raises((OSError, asyncpg.PostgresError, asyncpg.InterfaceError)):
        await rebuilt(harmed.dsn, at, 0)
    await harmed.assert_done(moment)
    await harmed.assert_goes_on()


async def test_start_second_rebuild_is_told_of_the_first(
    harmed: Harmed, psql: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two at once: the second changes nothing and says why; the first goes on to its end."""
    monkeypatch.setattr(rebuilding, "LOCK_WITHIN", "100ms")
    told = []

    def at(now: int) -> None:
        if now == 2:
            with pytest.raises(RebuildUnderWay) as caught:
                apart(lambda: rebuilt(harmed.dsn))
            told.append(str(caught.value))

    assert (await rebuilt(harmed.dsn, at)).differences.total > 0
    assert told == [
        "Another `parley rebuild` is at work on this record. Wait for its end, or stop it, and start again."
    ]
    await assert_equals_fold(psql)
