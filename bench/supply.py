"""What is recorded while it is measured: whole negotiations, one after the other for each writer, made beforehand."""

from collections import deque
from collections.abc import Iterator
from hashlib import sha256
from itertools import chain, islice
from typing import Final

import msgspec

from bench.generator.course import course
from bench.generator.desk import Filed
from bench.generator.parties import cast_of, parties
from bench.generator.size import Size, plans
from parley.commands.request import LOCAL, Entry, Request
from parley.recording import Recording

SIZE: Final = Size(events=1_000_000, related=0)
"""The record whose negotiations are taken, in the order in which they open: more of it than anybody records."""
_SEED: Final = 1
_TIMEOUT_S: Final = 60.0
_AT_ONCE: Final = 200
"""Facts of the parties that are recorded together."""


class Supply:
    """For each writer its own negotiations, each from its opening to its end: 999 of 1,000 events on average."""

    def __init__(self, writers: int, *, first: int = 0) -> None:
        """``first``: the first negotiation, of `SIZE`, that is taken."""
        cast, planned = cast_of(SIZE), plans(SIZE, _SEED)[first:]
        self._courses: list[Iterator[Filed]] = [
            chain.from_iterable(course(plan, cast, SIZE, _SEED) for plan in planned[writer::writers])
            for writer in range(writers)
        ]

    def take(self, writer: int, number: int) -> list[Filed]:
        """The writer's next facts, in the order in which they have to be recorded."""
        taken = list(islice(self._courses[writer], number))
        assert len(taken) == number, "no writer comes to the end of its negotiations"
        return taken


class Queues:
    """The requests of each writer, ready to be sent; all have an Idempotency-Key, and their event's id."""

    def __init__(self, writers: int, *, first: int = 0) -> None:
        self.writers = [deque[Request]() for _ in range(writers)]
        self._supply = Supply(writers, first=first)

    def fill(self, each: int) -> None:
        """Make sure that every writer has so many."""
        for writer, queue in enumerate(self.writers):
            queue.extend(keyed(filed.entry) for filed in self._supply.take(writer, max(0, each - len(queue))))


def keyed(entry: Entry) -> Request:
    """A request of one event as it comes from HTTP, with a key."""
    submission = entry.submission
    return Request(
        entries=(entry,),
        recorded_by=LOCAL,
        key=submission.id,
        fingerprint=sha256(msgspec.json.encode(submission)).digest(),
        timeout_s=_TIMEOUT_S,
    )


async def record_parties(recording: Recording) -> None:
    """Record everything in the parties' streams, which all negotiations name: who they are, and who belongs to whom."""
    await record_all(recording, (filed.entry for filed in parties(cast_of(SIZE), SIZE, _SEED)))


async def record_all(recording: Recording, entries: Iterator[Entry]) -> None:
    """Record these in their order."""
    while some := tuple(islice(entries, _AT_ONCE)):
        await recording.record(Request(entries=some, recorded_by=LOCAL, timeout_s=_TIMEOUT_S), minimal=True)
