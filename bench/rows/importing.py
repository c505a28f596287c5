"""import: an export brought into an empty database, until every read model is up to date."""

from collections.abc import Sequence
from typing import Final

from bench import records
from bench.command import parley
from bench.figures import Figure, Measured
from bench.memory import MIB
from bench.run import Run

ROW: Final = "import"


async def measure(run: Run, names: Sequence[str]) -> list[Figure]:
    """The row: `parley import` of the large record, from the command's start to its end."""
    events = run.scale.large
    file = await records.exported(run, events)
    run.say(f"{ROW}: {events:,} events")
    done = await parley(["import", str(file)], await run.server.database("imported", migrated=True), run.profile(ROW))
    await run.server.drop("imported")
    note = (
        f"once, a file of {events:,} events and {file.stat().st_size / MIB:,.0f} MiB, all read models made; "
        f"{events / done.seconds:,.0f} events/s; the command and its processes held {done.peak / MIB:.0f} MiB at most"
    )
    took = Measured.of([done.seconds])
    return [Figure.measured(name, took, "s", reach="<= 120 s", note=note) for name in names]
