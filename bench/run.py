"""What every row is given: the server, the scale, a place for files, a word on how far it is."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import NamedTuple, Protocol

from bench import profiling
from bench.figures import Measured
from bench.scale import Scale
from bench.server import Server


class Run(NamedTuple):
    """One run of the benchmark. ``profiler``: what our side is measured under, which makes it slower; mostly empty."""

    server: Server
    scale: Scale
    folder: Path
    profiler: str
    say: Callable[[str], None]

    def profile(self, name: str) -> dict[str, str]:
        """What the environment of our side's process says, so that it is profiled where that is asked for."""
        return profiling.asked(self.profiler, self.folder.parent / f"profile-{name}.txt")


class Missing(Exception):
    """A peer, or a tool, that this machine does not have: the message says what would bring it."""


class Side(Protocol):
    """One of those that are compared."""

    name: str

    def ready(self) -> AbstractAsyncContextManager[None]:
        """Be set up for a while; raises Missing where that cannot be."""
        ...

    async def rate(self, seconds: int) -> float:
        """Do it for so long, and say how often a second it was done."""
        ...


async def in_turn(run: Run, row: str, sides: Sequence[Side]) -> list[Measured]:
    """Measure sides that are ready one after the other, again and again, each after it has warmed up."""
    for side in sides if run.scale.warm_s else ():
        run.say(f"{row}: {side.name} warms up")
        await side.rate(run.scale.warm_s)
    rates: list[list[float]] = [[] for _ in sides]
    for cycle in range(run.scale.cycles):
        for side, found in zip(sides, rates, strict=True):
            run.say(f"{row}: {cycle + 1} of {run.scale.cycles}, {side.name}")
            found.append(await side.rate(run.scale.slice_s))
    return [Measured.of(found) for found in rates]
