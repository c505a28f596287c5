"""Processes that project: each has its share of the units, and a copy of the parties.

One of them is `python -m parley.projections.workers`. The parent asks through its standard input, and reads answers
from its standard output; messages are msgpack behind their length. A worker ends when its input ends, however that
came about. A worker that dies is started again, and what was asked of it fails as if the database were away.
"""

import asyncio
import gc
import logging
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Collection, Sequence
from contextlib import suppress
from itertools import count
from typing import Any, Final

import asyncpg
import uvloop
from msgspec import Struct

from parley.projections.aside import share_the_interpreter
from parley.projections.messages import (
    ERRORS,
    LENGTH,
    Answered,
    Asked,
    AskStatus,
    Begin,
    Committed,
    Failed,
    FindingsOf,
    Logged,
    Project,
    ProjectAnew,
    Said,
    Settle,
    asked_of,
    message,
    said_of,
)
from parley.projections.projecting import Share, Status, project
from parley.projections.projector import SETTINGS, Projector
from parley.projections.units import Units
from parley.projections.writing import Difference, Differences
from parley.store.errors import RecordError
from parley.store.primary import Servers, connect

ASKED_FOR_S: Final = 60.0
"""How long a worker may take for an answer."""
START_AGAIN_S: Final = 1.0
TOLD_AFTER_S: Final = 0.05
"""A process hears of commits, many at once, after so long; a reader's unit it projects at once."""
NICENESS: Final = 5
"""Workers in the background give way to the process that records."""
_BUFFER: Final = 1 << 20
_YOUNG: Final = 50_000

logger = logging.getLogger(__name__)


async def _read(reader: asyncio.StreamReader) -> bytes | None:
    """The next message; None at the end."""
    try:
        length = int.from_bytes(await reader.readexactly(LENGTH), "big")
        return await reader.readexactly(length)
    except (asyncio.IncompleteReadError, ConnectionError):
        return None


# -- the parent's side


class Worker:
    """One process, started again when it dies."""

    def __init__(self, begin: Begin) -> None:
        self._begin = begin
        self._ids = count(1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._process: Process | None = None
        self._running: asyncio.Task[None] | None = None
        self._started = asyncio.Event()
        self._keep_running = True
        self._ended = ""

    async def open(self) -> None:
        """Start the process; it answers as soon as it is up."""
        await self._start()
        self._running = asyncio.create_task(self._run(), name="parley-worker")

    async def close(self) -> None:
        """End the process."""
        self._keep_running = False
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
        self._fail_all("the service ends")

    def say(self, content: Struct) -> None:
        """Send a message that has no answer; it is lost where the process is just being started."""
        if self._process is not None and self._process.stdin is not None and not self._process.stdin.is_closing():
            self._process.stdin.write(message(content))

    async def ask(self, asked: Any, *values: Any, within_s: float = ASKED_FOR_S) -> Any:
        """Ask, and return the answer. Raises the worker's error, or ConnectionError where there is no answer."""
        async with asyncio.timeout(within_s):
            await self._started.wait()
            if self._ended:
                raise ConnectionAbortedError(self._ended)
            number = next(self._ids)
            answer = self._waiting[number] = asyncio.get_running_loop().create_future()
            try:
                self.say(asked(number, *values))
                return await answer
            finally:
                del self._waiting[number]

    async def _start(self) -> None:
        command = (sys.executable, "-P", "-m", __spec__.name)  # -P: nothing from the working folder
        self._process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, limit=_BUFFER)
        self.say(self._begin)
        self._started.set()

    async def _run(self) -> None:
        while self._keep_running:
            assert self._process is not None, "it was started"
            assert self._process.stdout is not None, "it was asked for"
            while (message := await _read(self._process.stdout)) is not None:
                self._hear(said_of.decode(message))
            self._started.clear()
            status = await self._process.wait()
            ended = f"a process that projects ended with status {status}"
            self._fail_all(ended)
            if not self._begin.background:
                self._ended = ended
                self._started.set()  # nobody is to wait for another one
                return
            logger.error("%s; it is started again", ended)
            await self._start_again()

    async def _start_again(self) -> None:
        while True:
            await asyncio.sleep(START_AGAIN_S)
            try:
                await self._start()
            except OSError as error:  # no memory, or no process to be had: perhaps later
                logger.error("a process that projects cannot be started (%s); it is tried again", error)  # noqa: TRY400
            else:
                return

    def _hear(self, said: Said) -> None:
        match said:
            case Logged(level, name, message):
                logging.getLogger(name).log(level, "%s", message)
            case Answered(number, value):
                if (answer := self._waiting.get(number)) is not None and not answer.done():
                    answer.set_result(value)
            case Failed(number, name, facts):
                error = ERRORS[name](**facts) if name in ERRORS else ConnectionAbortedError(facts["reason"])
                if (answer := self._waiting.get(number)) is not None and not answer.done():
                    answer.set_exception(error)

    def _fail_all(self, reason: str) -> None:
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(ConnectionAbortedError(reason))


class Projectors:
    """Projects in so many processes: a `Projecting`."""

    def __init__(self, dsn: str, processes: int) -> None:
        self._shares = [Share(number, processes) for number in range(processes)]
        self._workers = [Worker(Begin(dsn, number, processes, background=True)) for number in range(processes)]
        self._committed: dict[str, int] = {}

    async def open(self) -> None:
        """Start the processes."""
        await asyncio.gather(*(worker.open() for worker in self._workers))

    async def close(self) -> None:
        """End the processes."""
        await asyncio.gather(*(worker.close() for worker in self._workers))

    def _of(self, unit: str) -> Worker:
        return next(worker for worker, share in zip(self._workers, self._shares, strict=True) if share.has(unit))

    async def project(self, unit: str, at_least: int) -> int:
        """Bring a unit's read models up to a position; return theirs. Raises RecordDamaged or ReadModelBroken."""
        position: int = await self._of(unit).ask(Project, unit, at_least)
        if self._committed.get(unit, position + 1) <= position:
            del self._committed[unit]  # there is nothing left to tell of it
        return position

    async def findings(self, unit: str, positions: Sequence[int], ids: Sequence[str]) -> list[bytes]:
        """What does not add up with these events of a unit, as JSON each."""
        found: list[bytes] = await self._of(unit).ask(FindingsOf, unit, tuple(positions), tuple(ids))
        return found

    async def settle(self, within_s: float) -> None:
        """Wait until no unit lags behind what is recorded now. Raises ReadModelsBehind and ReadModelBroken."""
        self._tell()  # else they would hear of it only afterwards
        # The parties first: what is recorded about them reaches the others' units.
        await self._workers[0].ask(Settle, within_s, within_s=within_s + ASKED_FOR_S)
        await asyncio.gather(
            *(worker.ask(Settle, within_s, within_s=within_s + ASKED_FOR_S) for worker in self._workers)
        )

    def committed(self, units: Collection[str], position: int) -> None:
        """Hear that something was recorded in these units, up to a position."""
        if not self._committed:
            asyncio.get_running_loop().call_later(TOLD_AFTER_S, self._tell)
        self._committed |= dict.fromkeys(units, position)

    def _tell(self) -> None:
        """Tell the processes what was recorded in their units lately."""
        committed, self._committed = self._committed, {}
        position = max(committed.values(), default=0)
        for worker, share in zip(self._workers, self._shares, strict=True):
            if units := tuple([unit for unit in committed if share.has(unit)]):
                worker.say(Committed(units, position))

    async def status(self) -> Status:
        """How far read models are behind."""
        every = await asyncio.gather(*(worker.ask(AskStatus, within_s=2) for worker in self._workers))
        broken: dict[str, str] = {}
        for _, of_one, _ in every:
            broken |= of_one
        return Status(sum(one[0] for one in every), broken, next((damage for *_, damage in every if damage), ""))


# -- the process's side


class _Handler(logging.Handler):
    """Sends what is logged to the parent."""

    def emit(self, record: logging.LogRecord) -> None:
        message = self.format(record)
        _say(Logged(record.levelno, record.name, message))


def _say(content: Struct) -> None:
    sys.stdout.buffer.write(message(content))
    sys.stdout.buffer.flush()


class _Service:
    """What one process does."""

    def __init__(self, begin: Begin) -> None:
        self._begin = begin
        self._servers = Servers(begin.dsn)
        self._projector = Projector(self._servers, Share(begin.number, begin.of), rest=0)
        self._units = Units(kept=0)  # each is projected once
        self._connection: asyncpg.Connection | None = None
        self._anew = asyncio.Lock()

    async def open(self) -> None:
        if self._begin.background:
            self._servers.start()
            await self._projector.open()

    async def answer(self, asked: Asked) -> None:
        """Do what is asked, and answer."""
        if isinstance(asked, Committed):
            self._projector.committed(asked.units, asked.position)
            return
        assert not isinstance(asked, Begin), "it was the first message"
        try:
            value = await self._do(asked)
        except RecordError as error:
            _say(Failed(asked.id, type(error).__name__, error.facts))
        except Exception as error:  # noqa: BLE001 - whatever it is, the parent waits for an answer
            _say(Failed(asked.id, "", {"reason": f"{type(error).__name__}: {error}"}))
        else:
            _say(Answered(asked.id, value))

    async def _do(self, asked: Project | FindingsOf | Settle | AskStatus | ProjectAnew) -> Any:
        match asked:
            case Project(_, unit, at_least):
                return await self._projector.project(unit, at_least)
            case FindingsOf(_, unit, positions, ids):
                return await self._projector.findings(unit, positions, ids)
            case Settle(_, within_s):
                return await self._projector.settle(within_s)
            case AskStatus():
                return await self._projector.status()
            case ProjectAnew(_, units):
                return await self._project_anew(units)

    async def _project_anew(self, units: Sequence[str]) -> tuple[list[tuple[str, str, int]], list[Difference]]:
        async with self._anew:
            if self._connection is None:
                self._connection = await connect(self._begin.dsn, server_settings=SETTINGS)
            projected = await project(self._connection, self._units, units, anew=True)
            differences = projected.differences
            return [(*which, rows) for which, rows in differences.rows.items()], differences.named


def differences_of(told: Any) -> Differences:
    """The differences in the answer to `ProjectAnew`."""
    rows, named = told
    return Differences({(table, how): number for table, how, number in rows}, [Difference(*one) for one in named])


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=_BUFFER)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin.buffer)
    first = await _read(reader)
    if first is None:
        return
    begin = asked_of.decode(first)
    assert isinstance(begin, Begin), "it is the first message"
    if begin.background:
        os.nice(NICENESS)
    service = _Service(begin)
    await service.open()
    tasks: set[asyncio.Task[None]] = set()
    while (message := await _read(reader)) is not None:
        task = asyncio.create_task(service.answer(asked_of.decode(message)))
        tasks.add(task)
        task.add_done_callback(tasks.discard)


def main() -> None:
    """Work until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the parent ends this one
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    logging.basicConfig(handlers=[_Handler()], level=logging.INFO)
    share_the_interpreter()
    gc.freeze()
    gc.set_threshold(_YOUNG, 20, 50)
    with suppress(BrokenPipeError):
        uvloop.run(_serve())
    os._exit(0)  # what is under way is projected again


if __name__ == "__main__":
    main()
