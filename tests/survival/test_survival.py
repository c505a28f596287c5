"""Under load, with everything killed at random moments, nothing that was acknowledged is lost or doubled."""

import asyncio
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.databases import in_memory_folder
from tests.survival.verdict import judge
from tests.survival.world import KILLS, World

SEED = 20220110
BOUND_S = 300


@pytest.mark.parametrize(("harms", "times"), [(KILLS, 20), (["power"], 3)], ids=["kills", "power"])
async def test_harm_service_and_database_at_random_loses_and_doubles_nothing(harms: Sequence[str], times: int) -> None:
    """Everything acknowledged is stored exactly once after 20 kills, and read models equal a fold from zero.

    So it is after the power was cut: then what PostgreSQL has not flushed is lost.
    """
    folder = Path(tempfile.mkdtemp(prefix="parley-survival-", dir=in_memory_folder()))
    try:
        world = World(folder / "data", SEED, replicas=2, writers=8, generated=600, harms=harms)
        async with asyncio.timeout(BOUND_S), world.running():
            async with world.load.under_load():
                for _ in range(times):
                    await world.load.acknowledgements(world.random.randint(1, 60))
                    await world.harm()
                await world.load.acknowledgements(20)
            verdict = await judge(world.postgres, world.load.acknowledged)
        assert verdict.holds, verdict
        assert sum(world.kills.values()) == times
    finally:
        shutil.rmtree(folder, ignore_errors=True)
