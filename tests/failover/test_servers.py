"""Which of the servers that an address names is taken for the one that takes writes."""

import pytest

from parley.store.primary import NoPrimary, OldPrimary, Servers
from tests.failover.pair import SYNCHRONOUS, ask, pair

TIMELINE = "SELECT left(pg_walfile_name(pg_current_wal_insert_lsn()), 8)::int"


async def test_connect_goes_by_the_newest_timeline_and_never_back() -> None:
    """Once a successor was seen, connections to the old primary are given up, and it is refused when it is alone."""
    async with pair(**SYNCHRONOUS) as two:
        servers = Servers(two.dsn)
        first = await servers.connect()
        idle = await servers.connect()
        assert await first.fetchval(TIMELINE) == 1
        await two.promote()
        second = await servers.connect()
        assert await second.fetchval(TIMELINE) == 2
        assert first.is_closed()
        assert idle.is_closed()
        second.terminate()
        two.standby.stop()
        assert await ask(two.primary, TIMELINE) == 1
        with pytest.raises(OldPrimary, match="timeline 1, and another took writes on timeline 2"):
            await servers.connect()


async def test_connect_to_two_standbys_says_that_one_has_to_be_promoted() -> None:
    async with pair(**SYNCHRONOUS) as two:
        alone = two.standby.dsn()
        folder = alone.partition("host=")[2].partition("&")[0]
        twice = Servers(alone.replace(f"host={folder}", f"host={folder},{folder}"))
        with pytest.raises(NoPrimary):
            await twice.connect()
        reading = await Servers(alone).connect()
        assert await reading.fetchval("SELECT pg_is_in_recovery()")
        reading.terminate()
