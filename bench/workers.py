"""Processes that are measured: each is asked in lines of JSON, and answers in them."""

import asyncio
import os
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import IO, Any, Final

import msgspec

ANSWER_WITHIN_S: Final = 900
_LINE: Final = 1 << 26
_LAST_WORDS: Final = 2_000

Doing = Callable[..., Awaitable[dict[str, Any]]]


class WorkerFailed(Exception):
    """A measured process ended, or refused: the message has its last words."""


class Worker:
    """A process that runs."""

    def __init__(self, process: Process, words: IO[bytes]) -> None:
        self.pid = process.pid
        self._process, self._words = process, words

    async def ask(self, do: str, **what: Any) -> dict[str, Any]:
        """Have it do something, and give its answer; raises WorkerFailed."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(msgspec.json.encode({"do": do, **what}) + b"\n")
        async with asyncio.timeout(ANSWER_WITHIN_S):
            line = await self._process.stdout.readline()
        if not line:
            raise WorkerFailed(self._last_words())
        answer: dict[str, Any] = msgspec.json.decode(line)
        return answer

    async def stop(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.close()
        try:
            async with asyncio.timeout(30):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    def _last_words(self) -> str:
        self._words.seek(0)
        return self._words.read().decode("utf-8", "replace").strip()[-_LAST_WORDS:] or "it ended without a word"


@asynccontextmanager
async def worker(
    *command: str, processors: set[int] | None = None, environment: Mapping[str, str] | None = None
) -> AsyncIterator[Worker]:
    """Run a command for a while, on some processors."""
    with tempfile.TemporaryFile() as words:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=PIPE,
            stdout=PIPE,
            stderr=words,
            limit=_LINE,
            env={**os.environ, **(environment or {})},
            preexec_fn=pinning(processors),
        )
        running = Worker(process, words)
        try:
            yield running
        finally:
            await running.stop()


def pinning(processors: set[int] | None) -> Callable[[], None] | None:
    """What a new process does to stay on these processors."""
    if processors is None or not hasattr(os, "sched_setaffinity"):
        return None
    return lambda: os.sched_setaffinity(0, processors)


def module(name: str, *arguments: str) -> tuple[str, ...]:
    """The command that runs a module of this program."""
    return (sys.executable, "-m", name, *arguments)


async def answering(doings: Mapping[str, Doing]) -> None:
    """Be a worker: do what standard input asks for until it ends."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=_LINE)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        asked: dict[str, Any] = msgspec.json.decode(line)
        answer = await doings[asked.pop("do")](**asked)
        sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
        sys.stdout.buffer.flush()
