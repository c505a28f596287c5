"""Addresses that are read again and again from a service that has read them once."""

from collections.abc import Iterator, Sequence
from statistics import quantiles
from typing import NamedTuple

from bench.rows.http import processors, with_recording
from bench.run import Run
from bench.sides import services
from bench.supply import record_all
from bench.workers import module, worker
from parley.commands.request import Entry
from parley.recording import Recording


class Readings(NamedTuple):
    """How many seconds the first reading of an address took, how many each later one, and the bytes of the last."""

    first: float
    took: list[float]
    size: int

    def in_words(self) -> str:
        """How long the slow ones took."""
        p99 = quantiles(self.took, n=100, method="inclusive")[98] * 1000
        return f"p99 {p99:.0f} ms; the first one {self.first * 1000:.0f} ms"


async def readings(run: Run, row: str, entries: Iterator[Entry], paths: Sequence[str]) -> list[Readings]:
    """Record these in a database of their own, and read each address over HTTP with one connection."""
    alone, others = processors()
    dsn = await run.server.database(row, migrated=True)

    async def record(recording: Recording) -> None:
        await record_all(recording, entries)

    await with_recording(dsn, record)
    found: list[Readings] = []
    async with (
        run.server.pinned(others),
        services.parley(dsn, processors=alone, profile=run.profile(row)) as service,
        worker(*module("bench.sides.reader", service.address), processors=others) as reader,
    ):
        for path in paths:
            first = await reader.ask("again", path=path, times=1)
            with service.profile():
                done = await reader.ask("again", path=path, times=max(10, run.scale.appends // 4))
            found.append(Readings(first["seconds"][0], done["seconds"], done["bytes"]))
    await run.server.drop(row)
    return found
