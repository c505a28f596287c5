"""Processes that fold units beside each other: a unit needs nothing of another but the parties, which each has itself.

One of them is `python -m parley.projections.crew`. It is told where the record is and up to which position, then the
units to fold, again and again, and answers with their rows; messages are msgpack behind their length. It ends when
nobody asks any more, however that came about.
"""

import asyncio
import gc
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from typing import Any, BinaryIO, Final, Self, TypeAlias

import asyncpg
import msgspec
from msgspec import Struct

from parley.projections.refolding import CONNECTED, Folded, Refolding
from parley.store.errors import EventUnreadable, RebuildCutShort
from parley.store.primary import connect

ASKED_AHEAD: Final = 2
"""How many batches of units a process has been asked for, so that it need not wait."""
_LENGTH: Final = 4
_BUFFER: Final = 1 << 20


class Asked(Struct, frozen=True):
    """What a process works on."""

    dsn: str
    position: int


class Unreadable(Struct, frozen=True, tag=True):
    """An event could not be read: its position, and why."""

    position: str
    reason: str


class Away(Struct, frozen=True, tag=True):
    """The database went away, or never answered."""

    reason: str


Answer: TypeAlias = Folded | Unreadable | Away

_encoder = msgspec.msgpack.Encoder()
_answers = msgspec.msgpack.Decoder(Answer)
_asked = msgspec.msgpack.Decoder(Asked)
_units = msgspec.msgpack.Decoder(list[str])


def _message(said: Any) -> bytes:
    body = _encoder.encode(said)
    return len(body).to_bytes(_LENGTH, "big") + body


class Crew:
    """So many processes; a context manager, which ends them."""

    def __init__(self, dsn: str, position: int, processes: int) -> None:
        self._asked = Asked(dsn, position)
        self.processes = processes
        self._running: list[Process] = []

    async def __aenter__(self) -> Self:
        for _ in range(self.processes):
            command = (sys.executable, "-P", "-m", __spec__.name)  # -P: nothing from the folder one works in
            process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, limit=_BUFFER)
            self._running.append(process)
            _ask(process, self._asked)
        return self

    async def __aexit__(self, *_: object) -> None:
        for process in self._running:
            with suppress(ProcessLookupError):
                process.kill()
        for process in self._running:
            await process.wait()

    async def fold(self, batches: AsyncIterator[list[str]]) -> AsyncIterator[Folded]:
        """Fold batches of units, in no order. Raises EventUnreadable, RebuildCutShort and ConnectionAbortedError."""
        waiting: dict[asyncio.Task[Folded], Process] = {}
        asked = dict.fromkeys(self._running, 0)

        async def ask(process: Process) -> None:
            while asked[process] < ASKED_AHEAD and (units := await anext(batches, None)) is not None:
                _ask(process, units)
                asked[process] += 1
            if asked[process]:
                waiting[asyncio.create_task(_answer(process))] = process

        try:
            for process in self._running:
                await ask(process)
            while waiting:
                done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    process = waiting.pop(task)
                    folded = task.result()
                    asked[process] -= 1
                    await ask(process)
                    yield folded
        finally:
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)


def _ask(process: Process, said: Any) -> None:
    assert process.stdin is not None, "it was asked for"
    process.stdin.write(_message(said))


async def _answer(process: Process) -> Folded:
    assert process.stdout is not None, "it was asked for"
    try:
        length = int.from_bytes(await process.stdout.readexactly(_LENGTH), "big")
        answer: Answer = _answers.decode(await process.stdout.readexactly(length))
    except asyncio.IncompleteReadError as error:
        raise RebuildCutShort(status=str(await process.wait())) from error
    match answer:
        case Unreadable(position, reason):
            raise EventUnreadable(position=position, reason=reason)
        case Away(reason):
            raise ConnectionAbortedError(reason)
        case Folded():
            return answer


# -- one of them


def _messages(asking: BinaryIO) -> Iterator[bytes]:
    while length := asking.read(_LENGTH):
        yield asking.read(int.from_bytes(length, "big"))


async def _work(asking: BinaryIO, answering: BinaryIO) -> None:
    def answer(said: Answer) -> None:
        answering.write(_message(said))
        answering.flush()

    messages = _messages(asking)
    asked = _asked.decode(next(messages))
    try:
        connection = await connect(asked.dsn, server_settings=CONNECTED)
        try:
            refolding = Refolding(connection)
            await refolding.know_parties(asked.position)
            for message in messages:
                answer(await refolding.folded(_units.decode(message), asked.position))
        finally:
            connection.terminate()
    except EventUnreadable as error:
        answer(Unreadable(**error.facts))
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        answer(Away(str(error) or type(error).__name__))


def main() -> None:
    """Work until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; who asks ends this one
    gc.disable()  # what was folded has no cycles, and is let go batch by batch
    with suppress(BrokenPipeError):
        asyncio.run(_work(sys.stdin.buffer, sys.stdout.buffer))


if __name__ == "__main__":
    main()
