"""get_vs_memory, get_while_recording: rounds read over HTTP, against a handler that has the same bytes in memory."""

import asyncio
import shutil
import urllib.request
from collections import Counter
from collections.abc import Sequence
from contextlib import nullcontext
from itertools import chain
from pathlib import Path
from typing import Final

from bench.figures import Figure
from bench.generator.desk import Filed
from bench.load import generators
from bench.load.generators import Generator, Load
from bench.posting import WRITERS, post_all
from bench.rows.http import PINNED, UNIT, processors, with_recording
from bench.run import Missing, Run, in_turn
from bench.sides import services
from bench.sides.services import Service
from bench.supply import Supply, record_all, record_parties
from bench.workers import module
from negotiation.streams import stream
from parley.http.response.addresses import address_of
from parley.recording import Recording

STILL, MEANWHILE = ROWS = ("get_vs_memory", "get_while_recording")
_PEER: Final = "a Litestar handler that returns the same bytes from memory"
_REACH: Final = {STILL: ">= 0.75x"}
_EVENTS: Final = 120
"""Events of each negotiation whose round is read."""


class Rounds:
    """A round of each of so many negotiations, which have just begun and may go on."""

    def __init__(self, number: int) -> None:
        self.paths: list[str] = []
        self._number = number
        self._supply = Supply(number)

    async def record(self, recording: Recording) -> None:
        """Record their beginnings, and choose the round of each that has the most events."""
        await record_parties(recording)
        for negotiation in range(self._number):
            entries = [filed.entry for filed in self._supply.take(negotiation, _EVENTS)]
            await record_all(recording, iter(entries))
            in_rounds = Counter(entry.stream for entry in entries if stream(entry.stream).is_round)
            self.paths.append(address_of(in_rounds.most_common(1)[0][0]))

    def more(self, events: int) -> list[list[Filed]]:
        """What happens next in all of them, so many events or a few more, apart for each of `WRITERS`."""
        each = -(-events // self._number)
        taken = [self._supply.take(negotiation, each) for negotiation in range(self._number)]
        return [list(chain.from_iterable(zip(*taken[writer::WRITERS], strict=True))) for writer in range(WRITERS)]


class Asked:
    """GET of rounds; ``meanwhile``: while events are recorded in their negotiations."""

    def __init__(self, run: Run, name: str, service: Service, load: Generator, meanwhile: Rounds | None = None) -> None:
        self.name = name
        self._run, self._service, self._load, self._meanwhile = run, service, load, meanwhile
        self.loads: list[Load] = []

    def ready(self) -> nullcontext[None]:
        """It is."""
        return nullcontext()

    async def rate(self, seconds: int) -> float:
        """Answers a second."""
        scale = self._run.scale
        rounds = self._meanwhile
        filed = rounds.more(scale.follow_rate * seconds) if rounds is not None else []
        with self._service.profile():
            posting = asyncio.create_task(asyncio.to_thread(post_all, self._service, filed, scale.follow_rate))
            paths = self._run.folder / "get" / "index"
            load = await self._load.get(self._service.address, paths, scale.writers, seconds)
            await posting
        self.loads.append(load)
        return load.rate


async def measure(run: Run, names: Sequence[str]) -> list[Figure]:
    """Both rows, on one service and one peer."""
    alone, others = processors()
    try:
        load = await generators.find(run, others)
    except Missing as why:
        return [Figure.missing(name, UNIT, _PEER, str(why), _REACH.get(name, "")) for name in names]
    dsn = await run.server.database("asked", migrated=True)
    rounds = Rounds(run.scale.rounds)
    await with_recording(dsn, rounds.record)
    folder = run.folder / "get"
    figures: list[Figure] = []
    async with run.server.pinned(others), services.parley(dsn, processors=alone, profile=run.profile(names[0])) as ours:
        size = _keep(folder, ours, rounds.paths)
        memory = module("bench.sides.handlers", "memory", str(folder))
        async with services.serving(*memory, processors=alone) as peer:
            for name in names:
                asked = Asked(run, "parley", ours, load, rounds if name == MEANWHILE else None)
                mine, theirs = await in_turn(run, name, [asked, Asked(run, _PEER, peer, load)])
                note = _note(run, name, asked.loads[-1], size, load.name)
                reach = _REACH.get(name, "")
                figures.append(Figure.measured(name, mine, UNIT, _PEER, theirs, reach=reach, note=note))
    await run.server.drop("asked")
    return figures


def _note(run: Run, name: str, load: Load, size: float, program: str) -> str:
    """What was read, and how quickly; the documents grow where more is recorded."""
    rounds = f"{run.scale.rounds} rounds of {size / 1024:.0f} KiB on average"
    recorded = (
        f"{rounds} at first, while {run.scale.follow_rate} events/s are recorded in their negotiations"
        if name == MEANWHILE
        else f"{rounds}, while nothing is recorded"
    )
    return f"{recorded}; {load.told}; load from {program}; {PINNED}"


def _keep(folder: Path, service: Service, paths: Sequence[str]) -> float:
    """Write down what the service answers, for the peer; give its bytes on average."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "index").write_text("\n".join(paths) + "\n", encoding="ascii")
    size = 0
    for number, path in enumerate(paths):
        with urllib.request.urlopen(service.address + path) as answer:
            size += (folder / str(number)).write_bytes(answer.read())
    return size / len(paths)
