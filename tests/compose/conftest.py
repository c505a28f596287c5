"""A stack as it is after its first start, and writers at work on it."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.compose.operations import Operations
from tests.compose.stack import ADDRESS, ARCHIVED, AVAILABLE, SINGLE, Stack
from tests.survival.load import Load


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """What docker-compose.yml describes, up and healthy; nothing is left of an earlier run, nor of this one."""
    single, everything = Stack(SINGLE), Stack((*AVAILABLE, *ARCHIVED[1:]))
    everything.compose("--profile", "*", "down", "--volumes", "--remove-orphans")
    single.up()
    yield single
    everything.compose("--profile", "*", "down", "--volumes", "--remove-orphans")


@pytest.fixture(scope="session")
def operations() -> Operations:
    """The page on running it."""
    return Operations()


@pytest.fixture(scope="session")
async def load(stack: Stack) -> AsyncIterator[Load]:
    """Writers, who go on from test to test; what was acknowledged to them has to stay."""
    load = Load(lambda: ADDRESS, seed=20220112, writers=8, generated=2_000)
    await load.open()
    yield load
    await load.close()
