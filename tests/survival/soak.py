"""`make soak`: try the service for longer than tests may take, in one of several kinds. Each prints a table.

`KIND=kills MINUTES=30 SEED=1`: kill the service and PostgreSQL at random under load, for as long as one likes. Tells
how far it is about once a minute; ends with status 1 if anything was lost, doubled or changed.
`KIND=power`: the same, and each time the power goes: PostgreSQL's data are as they once were, its log as far as it was
flushed. `KIND=disk`: the same on a file system of 500 MB in memory, which is full for a while each time; needs root.
`KIND=reads SEED=1`: read the past of a large negotiation (`tests.survival.reads`).
`KIND=attack MINUTES=2`: press the service as hard as possible (`tests.survival.attack`).
"""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final

from tests.databases import in_memory_folder
from tests.survival import attack, reads
from tests.survival.verdict import Verdict, judge
from tests.survival.world import KILLS, World

EVENTS_A_LAP = 20_000
"""A lap ends after so many events, or when the time is up: then the whole record is judged, and another begins."""


TELL_EVERY_S = 60.0
SMALL_DISK: Final = "500m"


async def lap(folder: Path, seed: int, until: float, kills: Counter[str], harms: Sequence[str]) -> Verdict:
    """Harm one record until it is long or the time is up, then judge it."""
    world = World(folder, seed, replicas=2, writers=12, generated=EVENTS_A_LAP // 2, harms=harms)
    async with world.running():
        async with world.load.under_load():
            told = time.monotonic()
            while time.monotonic() < until and len(world.load.acknowledged) < EVENTS_A_LAP:
                await world.load.acknowledgements(world.random.randint(1, 400))
                await world.harm()
                if time.monotonic() > told + TELL_EVERY_S:
                    told = time.monotonic()
                    left = max(0.0, until - told) / 60
                    kills_now = sum(world.kills.values())
                    print(
                        f"  {len(world.load.acknowledged)} acknowledged, {kills_now} kills, {left:.0f} min left",
                        flush=True,
                    )
            await world.load.acknowledgements(50)
        kills.update(world.kills)
        return await judge(world.postgres, world.load.acknowledged)


@contextmanager
def room() -> Iterator[Path]:
    """A folder for one record, in memory where there is room."""
    folder = Path(tempfile.mkdtemp(prefix="parley-soak-", dir=in_memory_folder()))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def small_disk() -> Iterator[Path]:
    """A file system of its own, in memory."""
    with room() as folder:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK},mode=755", "parley", folder], check=True)
        try:
            yield folder
        finally:
            subprocess.run(["umount", folder], check=True)


async def soak(
    minutes: float,
    seed: int,
    harms: Sequence[str] = KILLS,
    place: Callable[[], AbstractContextManager[Path]] = room,
) -> int:
    """Run laps until the time is up; print the table; give the exit status."""
    began = time.monotonic()
    kills: Counter[str] = Counter()
    verdicts: list[Verdict] = []
    while not verdicts or time.monotonic() < began + minutes * 60:
        with place() as folder:
            verdict = await lap(folder / "data", seed + len(verdicts), began + minutes * 60, kills, harms)
        verdicts.append(verdict)
        spent = (time.monotonic() - began) / 60
        print(f"{spent:6.1f} min  lap {len(verdicts)}: {sum(kills.values())} kills so far, {verdict}", flush=True)
    print(told(kills, verdicts, (time.monotonic() - began) / 60))
    return 0 if all(verdict.holds for verdict in verdicts) else 1


def told(kills: Counter[str], verdicts: list[Verdict], minutes: float) -> str:
    """The figures of all laps, as Markdown."""
    return reads.table(
        ("minutes", f"{minutes:.0f}"),
        ("laps (a fresh record each)", len(verdicts)),
        *((f"kills: {kind}", count) for kind, count in sorted(kills.items())),
        ("kills altogether", sum(kills.values())),
        ("acknowledged", sum(verdict.acknowledged for verdict in verdicts)),
        ("stored", sum(verdict.stored for verdict in verdicts)),
        ("lost", sum(verdict.lost for verdict in verdicts)),
        ("doubled", sum(verdict.doubled for verdict in verdicts)),
        ("holes in positions", sum(verdict.holes for verdict in verdicts)),
        ("times that ran backwards", sum(verdict.out_of_time for verdict in verdicts)),
        ("read models unlike a fold from zero", sum(len(verdict.differing_tables) for verdict in verdicts)),
    )


KINDS: Final[dict[str, Callable[[float, int], Awaitable[int]]]] = {
    "kills": soak,
    "power": lambda minutes, seed: soak(minutes, seed, ["power"]),
    "disk": lambda minutes, seed: soak(minutes, seed, ["disk"], small_disk),
    "reads": lambda _, seed: reads.soak(seed),
    "attack": lambda minutes, _: attack.attack(minutes),
}
"""Each takes minutes and a seed, and gives the exit status."""


async def main() -> int:
    """Run the kind that is asked for."""
    kind = os.environ.get("KIND", "kills")
    if kind not in KINDS:
        print(f"KIND is {kind!r}; there are: {', '.join(KINDS)}", file=sys.stderr)
        return 2
    return await KINDS[kind](float(os.environ.get("MINUTES", "30")), int(os.environ.get("SEED", "1")))


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
