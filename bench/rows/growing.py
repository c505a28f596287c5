"""append_at_1m, read_at_1m: one append and one read, where the record has a million events and where it has a thousand.

Both records get the same new negotiation, event by event in turn, and are asked for the same documents of it.
"""

import asyncio
import urllib.request
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from itertools import islice
from pathlib import Path
from statistics import median, quantiles
from typing import Final

import msgspec

from bench import records
from bench.command import Done
from bench.figures import Figure, Measured
from bench.generator.course import course
from bench.generator.parties import cast_of
from bench.generator.size import plans
from bench.load import generators
from bench.load.generators import Generator
from bench.memory import MIB
from bench.rows import rebuilding
from bench.rows.http import processors
from bench.rows.rebuilding import rebuild
from bench.rows.searching import SEARCH
from bench.rows.searching import figures as searches
from bench.run import Missing, Run, in_turn
from bench.sides import services
from bench.sides.services import Service
from bench.workers import Worker, module, worker
from negotiation.streams import stream
from parley.commands.request import Entry
from parley.http.response.addresses import address_of

MEMORY: Final = "memory_service_at_1m"
APPEND, READ = "append_at_1m", "read_at_1m"
_NEW: Final = 10_000
"""The number of the negotiation that neither record has yet."""
_BEFORE: Final = 200
"""Events of it that are recorded before one is timed."""
_IN_A_ROW: Final = 20
_REACH: Final = "<= 1.1x"


def fresh(scale_small: int, number: int) -> list[Entry]:
    """The first events of a negotiation that both records can take: its parties are in both."""
    size = records.size_of(scale_small)
    plan = msgspec.structs.replace(
        max(plans(size, records.SEED), key=lambda plan: plan.events), number=_NEW, events=2 * number, rounds=8
    )
    return [filed.entry for filed in islice(course(plan, cast_of(size), size, records.SEED), number)]


ROWS: Final = (*rebuilding.ROWS, APPEND, READ, MEMORY, SEARCH)


async def measure(run: Run, names: Sequence[str]) -> list[Figure]:
    """All of these rows, on the same two databases, whose read models are made by a rebuild."""
    found: dict[str, Figure] = {}
    large, rebuilt = await _made(run, "large", run.scale.large, run.profile("rebuild") if "rebuild" in names else {})
    if set(names) & set(rebuilding.ROWS):
        found |= await rebuilding.figures(run, rebuilt)
    if SEARCH in names:
        await run.server.execute("VACUUM (ANALYZE)", "CHECKPOINT", database="large")
        found |= await searches(run, large)
    if set(names) - {*rebuilding.ROWS, SEARCH}:
        small, _ = await _made(run, "small", run.scale.small, {})
        for name in ("small", "large"):
            await run.server.execute("VACUUM (ANALYZE)", "CHECKPOINT", database=name)
        entries = fresh(run.scale.small, _BEFORE + run.scale.appends + _IN_A_ROW)
        found |= await _appends(run, (small, large), entries)
        found |= await _reads(run, (small, large), entries)
        await run.server.drop("small")
    await run.server.drop("large")
    return [found[name] for name in names]


async def _made(run: Run, name: str, events: int, profile: dict[str, str]) -> tuple[str, Done]:
    """A database with a record of so many events, its read models made by a rebuild; and how that went."""
    dsn = await run.server.database(name, template=await records.generated(run, events))
    run.say(f"rebuild: {events:,} events")
    return dsn, await rebuild(dsn, profile)


async def _appends(run: Run, dsns: Sequence[str], entries: Sequence[Entry]) -> dict[str, Figure]:
    """Record the same events in both, some in a row here, then the same there."""
    before, timed = entries[:_BEFORE], entries[_BEFORE:-_IN_A_ROW]
    took: list[list[float]] = [[], []]
    async with _appender(run, dsns[0], "") as small, _appender(run, dsns[1], APPEND) as large:
        for side in (small, large):
            await side.ask("record", entries=before)
        for number in range(0, len(timed), _IN_A_ROW):
            if number % (_IN_A_ROW * 5) == 0:
                run.say(f"{APPEND}: {number} of {len(timed)}")
            for side, found in zip((small, large), took, strict=True):
                done = await side.ask("each", entries=timed[number : number + _IN_A_ROW])
                found.extend(done["seconds"])
    little, much = (milliseconds(found) for found in took)
    note = (
        "one writer, one event an append, until its answer with findings; medians, the flush of the commit included; "
        "from 1 in 10 to 9 in 10"
    )
    return {
        APPEND: Figure.measured(APPEND, much, "ms", _told(run), little, reach=_REACH, note=note),
    }


def _appender(run: Run, dsn: str, row: str) -> AbstractAsyncContextManager[Worker]:
    return worker(*module("bench.sides.appender", dsn), environment=run.profile(row) if row else {})


def milliseconds(seconds: Sequence[float]) -> Measured:
    """The median of many, from the quickest tenth to the slowest."""
    tenths = quantiles(seconds, n=10)
    return Measured(median(seconds) * 1000, tenths[0] * 1000, tenths[-1] * 1000)


def _told(run: Run) -> str:
    return f"the same at {run.scale.small:,} events"


class Documents:
    """GET of a few documents, one after the other."""

    def __init__(self, name: str, service: Service, load: Generator, paths: Path) -> None:
        self.name = name
        self._service, self._load, self._paths = service, load, paths

    @asynccontextmanager
    async def ready(self) -> AsyncIterator[None]:
        """It is."""
        yield

    async def rate(self, seconds: int) -> float:
        """How many milliseconds one takes, on average."""
        load = await self._load.get(self._service.address, self._paths, 1, seconds)
        return 1000 / load.rate


async def _reads(run: Run, dsns: Sequence[str], entries: Sequence[Entry]) -> dict[str, Figure]:
    try:
        load = await generators.find(run, processors()[1])
    except Missing as why:
        return {
            READ: Figure.missing(READ, "ms", _told(run), str(why), _REACH),
            MEMORY: Figure.missing(MEMORY, "MiB", _told(run), str(why), "flat"),
        }
    paths = run.folder / "read"
    paths.write_text("\n".join(_paths(entries)) + "\n", encoding="ascii")
    alone, _ = processors()
    async with (
        services.parley(dsns[0], processors=alone) as small,
        services.parley(dsns[1], processors=alone) as large,
    ):
        for service in (small, large):
            await asyncio.to_thread(_post_each, service, entries[-_IN_A_ROW:])
        named = [(f"{run.scale.large:,} events", large), (_told(run), small)]
        much, little = await in_turn(run, READ, [Documents(name, service, load, paths) for name, service in named])
        sizes = [Measured.of([service.memory() / MIB]) for service in (large, small)]
    note = "one connection; a round, its negotiation, demands, findings and events in turn, over HTTP"
    kept = "the same events recorded and the same documents read at both sizes"
    return {
        READ: Figure.measured(READ, much, "ms", _told(run), little, reach=_REACH, note=note),
        MEMORY: Figure.measured(MEMORY, sizes[0], "MiB", _told(run), sizes[1], reach="flat", note=kept),
    }


def _paths(entries: Sequence[Entry]) -> list[str]:
    rounds = Counter(entry.stream for entry in entries if stream(entry.stream).is_round)
    round_ = address_of(rounds.most_common(1)[0][0])
    negotiation = address_of(stream(entries[0].stream).unit)
    return [
        round_,
        negotiation,
        f"{negotiation}/demands",
        f"{negotiation}/findings",
        f"{negotiation}/events?limit=20",
        "/v1/events?limit=20",
        "/v1/parties?limit=20",
    ]


def _post_each(service: Service, entries: Sequence[Entry]) -> None:
    """Have these recorded."""
    for entry in entries:
        body = msgspec.json.encode(entry.submission)
        asked = urllib.request.Request(
            f"{service.address}{address_of(entry.stream)}/events", body, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(asked) as answer:
            answer.read()
