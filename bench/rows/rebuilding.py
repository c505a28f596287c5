"""rebuild: every read model folded anew from the record, none being there before; and what memory that takes."""

from typing import Final

from bench import records
from bench.command import Done, parley
from bench.figures import Figure, Measured
from bench.memory import MIB
from bench.profiling import VARIABLE
from bench.run import Run

MEMORY: Final = "memory_rebuild_at_1m"
ROWS: Final = ("rebuild", MEMORY)


async def figures(run: Run, large: Done) -> dict[str, Figure]:
    """The rows, with what the rebuild of the large record was; a smaller one is rebuilt some times beside."""
    small = run.scale.rebuilt
    template = await records.generated(run, small)
    few: list[Done] = []
    for number in range(run.scale.cycles):
        run.say(f"rebuild: {number + 1} of {run.scale.cycles}, {small:,} events")
        few.append(await rebuild(await run.server.database("rebuilt", template=template), {}))
    await run.server.drop("rebuilt")
    events = run.scale.large
    speed = Measured.of([events / large.seconds])
    told = Measured.of([small / one.seconds for one in few])
    return {
        "rebuild": Figure.measured(
            "rebuild", speed, "events/s", reach=">= 25k events/s",
            note=f"once, of {events:,} events, all read models missing before; of {small:,} events {told} events/s",
        ),
        MEMORY: Figure.measured(
            MEMORY, Measured.of([large.peak / MIB]), "MiB", f"the same at {small:,} events",
            Measured.of([one.peak / MIB for one in few]), reach="flat",
            note="the most that the command and its processes held together",
        ),
    }  # fmt: skip


async def rebuild(dsn: str, profile: dict[str, str]) -> Done:
    """Run `parley rebuild` on a database; all in one process where that is profiled."""
    return await parley(["rebuild", *(["--processes", "0"] if VARIABLE in profile else [])], dsn, profile)
