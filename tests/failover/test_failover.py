"""The primary is lost and the standby promoted: nothing acknowledged is lost, and there is one writer only."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from parley.store.errors import DatabaseUnavailable, RecordDamaged, RecordUnavailable
from tests.failover.pair import SYNCHRONOUS, Pair, ask, pair
from tests.record.desk import at_work, until
from tests.record.world import events, negotiation, parties, request, said
from tests.survival.load import Load
from tests.survival.verdict import judge
from tests.survival.world import Replica

RECOVERED_WITHIN_S = 20
SPRING = "wages-2026/spring"
OURS = """
SELECT count(*) FROM pg_stat_activity
WHERE application_name LIKE 'parley %' AND application_name <> 'parley lookout' AND pid <> pg_backend_pid()
"""
CUT = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE application_name LIKE 'parley %' AND pid <> pg_backend_pid()
"""


@asynccontextmanager
async def at_work_on(two: Pair) -> AsyncIterator[tuple[Load, list[Replica]]]:
    """Two replicas of the service that know both servers, and writers who ask them in turn."""
    replicas = [Replica(two.dsn), Replica(two.dsn)]
    turns = itertools.cycle(replicas)
    load = Load(lambda: next(turns).url, 20220113, writers=8, generated=300)
    try:
        await asyncio.gather(*(replica.start() for replica in replicas))
        await load.open()
        yield load, replicas
    finally:
        await asyncio.gather(*(replica.kill() for replica in replicas))
        await load.close()


async def recovered(load: Load) -> None:
    """Wait until requests are acknowledged again: seconds, on a machine that has them."""
    async with asyncio.timeout(RECOVERED_WITHIN_S):
        await load.acknowledgements(100)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is stuck at the old primary is told and cut off soon, in the services inside the tests."""
    monkeypatch.setattr("parley.commands.writer.STUCK_AFTER_S", 0.5)
    monkeypatch.setattr("parley.commands.writer.STOP_WITHIN_S", 0.1)


async def assert_acknowledges_nothing(two: Pair) -> None:
    """The old primary takes statements, and a service that knows no other server is answered nothing by it."""
    assert await ask(two.primary, "SELECT NOT pg_is_in_recovery()")
    async with at_work(two.primary.dsn()) as unaware:
        with pytest.raises((DatabaseUnavailable, RecordUnavailable)):
            await unaware.record(request(said("to nobody", stream=SPRING, by="union"), timeout_s=0.5))

        async def unready() -> bool:
            await asyncio.sleep(0.01)
            return not unaware.ready

        await until(unready)


async def assert_holds(two: Pair, load: Load) -> None:
    verdict = await judge(two.standby, load.acknowledged)
    assert verdict.holds, verdict


async def test_kill_primary_under_load_and_promote_standby_loses_nothing_and_the_old_one_is_fenced() -> None:
    """Every acknowledged event is in its position, the chain holds, and no service had to be started again.

    Then the old primary comes back as it was, and is not gone back to, though it is the first in the address.
    """
    async with pair(**SYNCHRONOUS) as two, at_work_on(two) as (load, replicas):
        async with load.under_load():
            await load.acknowledgements(100)
            two.kill_primary()
            await two.promote()
            await recovered(load)
            two.start_old_primary()
            assert await ask(two.standby, CUT) > 0
            await recovered(load)
            assert await ask(two.primary, OURS) == 0
        assert all(replica.running for replica in replicas)
        await assert_acknowledges_nothing(two)
        await assert_holds(two, load)


async def test_promote_standby_beside_a_living_primary_moves_every_service_and_leaves_one_writer() -> None:
    """Services at work on the old primary, which never went away, are acknowledged nothing more there."""
    async with pair(**SYNCHRONOUS) as two, at_work_on(two) as (load, replicas):
        async with load.under_load():
            await load.acknowledgements(100)
            await two.promote()
            await recovered(load)
        assert all(replica.running for replica in replicas)
        await assert_acknowledges_nothing(two)
        await assert_holds(two, load)


async def test_promote_standby_that_lacks_what_was_acknowledged_stops_the_writer() -> None:
    """An asynchronous standby may have lost the end of the record: that is never written over."""
    async with pair() as two, at_work(two.dsn) as recording:
        await recording.record(parties())
        await recording.record(negotiation())
        await until(lambda: ask(two.standby, "SELECT position = 8 FROM parley.head"))
        await ask(two.standby, "ALTER SYSTEM SET primary_conninfo = ''")
        await ask(two.standby, "SELECT pg_reload_conf()")
        await until(lambda: ask(two.primary, "SELECT count(*) = 0 FROM pg_stat_replication"))
        receipt = await recording.record(request(said("lost")))
        assert events(receipt)[0]["position"] == 9
        two.kill_primary()
        await two.promote()
        with pytest.raises(RecordDamaged):
            await recording.record(request(said("written over it")))
        assert not recording.ready
        assert "position 9" in recording.unready_reason
        assert await ask(two.standby, "SELECT position FROM parley.head") == 8
