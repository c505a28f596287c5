"""read_after_write: a round read over HTTP right after an event was recorded in it, whose read models lag just then."""

from collections.abc import Sequence
from statistics import quantiles
from typing import Final

from bench.figures import Figure
from bench.posting import MINIMAL_ANSWER
from bench.rows.growing import milliseconds
from bench.rows.http import PINNED, processors, with_recording
from bench.run import Run
from bench.sides import services
from bench.supply import Supply, record_parties
from bench.workers import module, worker

ROW: Final = "read_after_write"
_BEFORE: Final = 200
"""Events that are recorded, and read, before one reading is timed."""


async def measure(run: Run, names: Sequence[str]) -> list[Figure]:
    """The row."""
    alone, others = processors()
    dsn = await run.server.database("reread", migrated=True)
    await with_recording(dsn, record_parties)
    entries = [filed.entry for filed in Supply(1).take(0, _BEFORE + run.scale.appends)]
    async with (
        run.server.pinned(others),
        services.parley(dsn, processors=alone, profile=run.profile(ROW)) as service,
        worker(*module("bench.sides.reader", service.address), processors=others) as reader,
    ):
        run.say(f"{ROW}: {_BEFORE} events before")
        await reader.ask("each", entries=entries[:_BEFORE])
        run.say(f"{ROW}: {run.scale.appends} events")
        with service.profile():
            done = await reader.ask("each", entries=entries[_BEFORE:])
    await run.server.drop("reread")
    took = done["seconds"]
    p99 = quantiles(took, n=100, method="inclusive")[98] * 1000
    note = (
        f"p50 of {len(took)} readings, from 1 in 10 to 9 in 10; p99 {p99:.1f} ms; one connection, which posts with "
        f"Prefer: {MINIMAL_ANSWER}; rounds of {done['bytes'] / len(took) / 1024:.0f} KiB on average; {PINNED}"
    )
    return [Figure.measured(name, milliseconds(took), "ms", reach="p50 <= 3 ms", note=note) for name in names]
