"""append_alone: one writer, one event at a time, until it is acknowledged; beside it one insert a commit by the driver.

Both on one server, some of ours in a row, then as many of the driver's.
"""

from collections.abc import Sequence
from typing import Final

from bench.figures import Figure
from bench.rows.growing import milliseconds
from bench.rows.http import with_recording
from bench.run import Run
from bench.sides.pgbench import insert_script
from bench.sides.stores import STATE_BYTES
from bench.supply import Supply, record_parties
from bench.workers import module, worker

ROW: Final = "append_alone"
_BEFORE: Final = 200
"""Events of the negotiation that are recorded before one is timed."""
_IN_A_ROW: Final = 20
_PEER: Final = "one insert and commit by asyncpg, the driver"


async def measure(run: Run, names: Sequence[str]) -> list[Figure]:
    """The row."""
    server, number = run.server, run.scale.appends
    dsn = await server.database("alone", migrated=True)
    await with_recording(dsn, record_parties)
    beside = await server.database("inserted")
    await server.execute(insert_script(run.folder / "insert.sql", STATE_BYTES), database="inserted")
    entries = [filed.entry for filed in Supply(1).take(0, _BEFORE + number)]
    ours: list[float] = []
    theirs: list[float] = []
    async with (
        worker(*module("bench.sides.appender", dsn), environment=run.profile(ROW)) as appender,
        worker(*module("bench.sides.inserter", beside, str(STATE_BYTES))) as inserter,
    ):
        await appender.ask("acknowledged", entries=entries[:_BEFORE])
        await inserter.ask("each", number=_BEFORE)
        for first in range(_BEFORE, len(entries), _IN_A_ROW):
            if (first - _BEFORE) % (_IN_A_ROW * 5) == 0:
                run.say(f"{ROW}: {first - _BEFORE} of {number}")
            some = entries[first : first + _IN_A_ROW]
            ours.extend((await appender.ask("acknowledged", entries=some))["seconds"])
            theirs.extend((await inserter.ask("each", number=len(some)))["seconds"])
    for name in ("alone", "inserted"):
        await server.drop(name)
    note = (
        "one writer, one event an append, one right after the other; ids and positions alone are answered, and read "
        "models follow; medians, the flush of the commit included; from 1 in 10 to 9 in 10; the driver's insert is of "
        f"{STATE_BYTES} bytes"
    )
    return [
        Figure.measured(name, milliseconds(ours), "ms", _PEER, milliseconds(theirs), reach="<= 1.5 ms", note=note)
        for name in names
    ]
