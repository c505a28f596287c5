"""rebuild: every read model folded anew from the record, none being there before; and what memory that takes."""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final, NamedTuple

from bench import records
from bench.figures import Figure, Measured
from bench.memory import MIB, held
from bench.profiling import VARIABLE
from bench.run import Run
from bench.workers import WorkerFailed, module

MEMORY: Final = "memory_rebuild_at_1m"
_LOOK_EVERY_S: Final = 0.1


class Rebuilt(NamedTuple):
    """A run of the command: how long it took (seconds), the most memory that all its processes held (bytes)."""

    seconds: float
    peak: int


ROWS: Final = ("rebuild", MEMORY)


async def figures(run: Run, large: Rebuilt) -> dict[str, Figure]:
    """The rows, with what the rebuild of the large record was; a smaller one is rebuilt some times beside."""
    small = run.scale.rebuilt
    template = await records.generated(run, small)
    few: list[Rebuilt] = []
    for number in range(run.scale.cycles):
        run.say(f"rebuild: {number + 1} of {run.scale.cycles}, {small:,} events")
        few.append(await rebuild(await run.server.database("rebuilt", template=template), {}))
    await run.server.drop("rebuilt")
    events = run.scale.large
    speed = Measured.of([events / large.seconds])
    told = Measured.of([small / one.seconds for one in few])
    return {
        "rebuild": Figure.measured(
            "rebuild", speed, "events/s", reach=">= 100k events/s",
            note=f"once, of {events:,} events, all read models missing before; of {small:,} events {told} events/s",
        ),
        MEMORY: Figure.measured(
            MEMORY, Measured.of([large.peak / MIB]), "MiB", f"the same at {small:,} events",
            Measured.of([one.peak / MIB for one in few]), reach="flat",
            note="the most that the command and its processes held together",
        ),
    }  # fmt: skip


async def rebuild(dsn: str, profile: dict[str, str]) -> Rebuilt:
    """Run `parley rebuild` on a database; all in one process where that is profiled."""
    command = (
        module("bench.profiling", "--whole", "parley.cli", "rebuild", "--processes", "0")
        if VARIABLE in profile
        else (sys.executable, "-m", "parley.cli", "rebuild")
    )
    environment = {**os.environ, "PARLEY_DATABASE_URL": dsn, **profile}
    return await asyncio.to_thread(_timed, command, environment)


def _timed(command: Sequence[str], environment: Mapping[str, str]) -> Rebuilt:
    with tempfile.TemporaryFile() as words:
        began, peak = time.perf_counter(), 0
        process = subprocess.Popen(command, stdout=words, stderr=words, env=environment)
        while process.poll() is None:
            peak = max(peak, held(process.pid))
            with suppress(subprocess.TimeoutExpired):
                process.wait(_LOOK_EVERY_S)
        took = time.perf_counter() - began
        if process.returncode != 0:
            words.seek(0)
            raise WorkerFailed(f"parley rebuild: {words.read().decode('utf-8', 'replace').strip()}")
    return Rebuilt(took, peak)
