"""Processes that serve HTTP: `parley serve`, and peers."""

import asyncio
import os
import re
import signal
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Final, NamedTuple

from bench.memory import held
from bench.profiling import VARIABLE
from bench.workers import WorkerFailed, module, pinning

_SERVING: Final = re.compile(rb"serving (http://\S+)")
_START_WITHIN_S: Final = 60


class Service(NamedTuple):
    """One that answers."""

    address: str
    pid: int
    profiled: bool = False

    @contextmanager
    def profile(self) -> Iterator[None]:
        """Profile what it does here, where it was started so."""
        if self.profiled:
            os.kill(self.pid, signal.SIGUSR2)
        yield
        if self.profiled:
            os.kill(self.pid, signal.SIGUSR2)

    def memory(self) -> int:
        """Bytes of memory that it holds just now."""
        return held(self.pid)


@asynccontextmanager
async def serving(
    *command: str, processors: set[int] | None = None, environment: Mapping[str, str] | None = None
) -> AsyncIterator[Service]:
    """Run a command that says where it serves, for a while."""
    process = await asyncio.create_subprocess_exec(
        *command, stderr=PIPE, env={**os.environ, **(environment or {})}, preexec_fn=pinning(processors)
    )
    assert process.stderr is not None
    words: list[bytes] = []
    found = None
    async with asyncio.timeout(_START_WITHIN_S):
        while found is None and (line := await process.stderr.readline()):
            words.append(line)
            found = _SERVING.search(line)
    if found is None:
        raise WorkerFailed(b"".join(words[-20:]).decode("utf-8", "replace"))
    rest = asyncio.create_task(process.stderr.read())
    try:
        yield Service(found[1].decode(), process.pid)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
        await rest


@asynccontextmanager
async def parley(
    dsn: str, *, processors: set[int] | None = None, profile: Mapping[str, str] | None = None
) -> AsyncIterator[Service]:
    """Run `parley serve`, profiled where that is asked for."""
    settings = {"PARLEY_DATABASE_URL": dsn, "PARLEY_PORT": "0", "PARLEY_LOG_LEVEL": "info", **(profile or {})}
    command = (
        module("bench.profiling", "parley.cli", "serve")
        if VARIABLE in settings
        else (sys.executable, "-m", "parley.cli", "serve")
    )
    async with serving(*command, processors=processors, environment=settings) as service:
        yield service._replace(profiled=VARIABLE in settings)
