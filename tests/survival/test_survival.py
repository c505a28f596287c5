"""Under load, with everything killed at random moments, nothing that was acknowledged is lost or doubled."""

import asyncio
import shutil
import tempfile
from pathlib import Path

from tests.databases import in_memory_folder
from tests.survival.verdict import judge
from tests.survival.world import World

KILLS = 20
POWER_CUTS = 3
SEED = 20220110
BOUND_S = 300


async def test_kill_service_and_database_at_random_loses_and_doubles_nothing() -> None:
    """After 20 kills everything acknowledged is stored exactly once, and read models equal a fold from zero."""
    folder = Path(tempfile.mkdtemp(prefix="parley-survival-", dir=in_memory_folder()))
    try:
        world = World(folder / "data", SEED, replicas=2, writers=8, generated=600)
        async with asyncio.timeout(BOUND_S), world.running():
            async with world.load.under_load():
                for _ in range(KILLS):
                    await world.load.acknowledgements(world.random.randint(1, 60))
                    await world.harm()
                await world.load.acknowledgements(20)
            verdict = await judge(world.postgres, world.load.acknowledged)
        assert verdict.holds, verdict
        assert sum(world.kills.values()) == KILLS
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def test_cut_the_power_at_random_loses_and_doubles_nothing() -> None:
    """What PostgreSQL has not flushed is lost each time; all that was acknowledged was flushed before."""
    folder = Path(tempfile.mkdtemp(prefix="parley-power-", dir=in_memory_folder()))
    try:
        world = World(folder / "data", SEED, replicas=2, writers=8, generated=300, harms=["power"])
        async with asyncio.timeout(BOUND_S), world.running():
            async with world.load.under_load():
                for _ in range(POWER_CUTS):
                    await world.load.acknowledgements(world.random.randint(20, 60))
                    await world.harm()
                await world.load.acknowledgements(20)
            verdict = await judge(world.postgres, world.load.acknowledged)
        assert verdict.holds, verdict
    finally:
        shutil.rmtree(folder, ignore_errors=True)
