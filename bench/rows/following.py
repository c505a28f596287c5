"""live_readers: many follow the record over one service process while events are recorded through it."""

import asyncio
import time
from collections.abc import Sequence
from typing import Final

from bench.figures import Figure, Measured
from bench.generator.desk import Filed
from bench.posting import WRITERS, head, post_all
from bench.rows.http import PINNED, processors, with_recording
from bench.run import Run
from bench.sides import services
from bench.sides.services import Service
from bench.supply import Supply, record_parties
from bench.workers import Worker, WorkerFailed, module, worker

ROW: Final = "live_readers"


async def measure(run: Run, names: Sequence[str]) -> list[Figure]:
    """The row; WorkerFailed if anybody missed an event."""
    scale = run.scale
    dsn = await run.server.database("followed", migrated=True)
    await with_recording(dsn, record_parties)
    alone, others = processors()
    supply = Supply(WRITERS)
    filed = [supply.take(writer, scale.follow_rate * scale.follow_s // WRITERS) for writer in range(WRITERS)]
    profile = run.profile(ROW)
    async with (
        run.server.pinned(others),
        services.parley(dsn, processors=alone, profile=profile) as service,
        worker(*module("bench.sides.followers", service.address), processors=others) as followers,
    ):
        figure = await _follow(run, service, followers, filed)
    await run.server.drop("followed")
    return [figure for _ in names]


async def _follow(run: Run, service: Service, followers: Worker, filed: Sequence[Sequence[Filed]]) -> Figure:
    scale = run.scale
    run.say(f"{ROW}: {scale.readers:,} readers come")
    before = service.memory()
    after = await asyncio.to_thread(head, service)
    await followers.ask("follow", readers=scale.readers, after=after)
    idle = (service.memory() - before) / scale.readers
    run.say(f"{ROW}: {scale.follow_rate} events/s for {scale.follow_s} s")
    began = time.perf_counter()
    with service.profile():
        last = await asyncio.to_thread(post_all, service, filed, scale.follow_rate)
        took = time.perf_counter() - began
        seen = await followers.ask("seen", position=last)
    memory = (service.memory() - before) / scale.readers
    if seen["missed"]:
        raise WorkerFailed(f"{seen['missed']} of {scale.readers} readers missed events")
    note = (
        f"p99 of {seen['seen']:,} deliveries, p50 {seen['p50_s'] * 1000:.0f} ms, from just before the commit to the "
        f"reader; {scale.readers:,} readers; {(last - after) / took:.0f} events/s of {scale.follow_rate} asked for; "
        f"nobody missed an event; {idle / 1024:.0f} KiB a reader at first, {memory / 1024:.0f} KiB at the end; "
        f"{PINNED}, with the readers"
    )
    return Figure.measured(ROW, Measured.of([seen["p99_s"] * 1000]), "ms", note=note)
