"""The command `parley`, run to its end: how long that took, and what memory it held."""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final, NamedTuple

from bench.memory import held
from bench.profiling import VARIABLE
from bench.workers import WorkerFailed, module

_LOOK_EVERY_S: Final = 0.1


class Done(NamedTuple):
    """A run of the command: how long it took (seconds), the most memory that all its processes held (bytes)."""

    seconds: float
    peak: int


async def parley(arguments: Sequence[str], dsn: str, profile: Mapping[str, str]) -> Done:
    """Run the command on a database, to its end, profiled where that is asked for; raises WorkerFailed."""
    program = (
        module("bench.profiling", "--whole", "parley.cli")
        if VARIABLE in profile
        else (sys.executable, "-m", "parley.cli")
    )
    environment = {**os.environ, "PARLEY_DATABASE_URL": dsn, **profile}
    return await asyncio.to_thread(_timed, (*program, *arguments), environment)


def _timed(command: Sequence[str], environment: Mapping[str, str]) -> Done:
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
            raise WorkerFailed(f"{' '.join(command[3:])}: {words.read().decode('utf-8', 'replace').strip()}")
    return Done(took, peak)
