"""Numbers for Prometheus."""

from typing import Final, cast

from litestar.types import ASGIApp

from parley.http.operations import Call, Operation, reads
from parley.http.response import answers
from parley.http.routes.health import in_time, read_models
from parley.recording import Recording
from parley.store import reader
from parley.store.errors import DATABASE_FAULTS, RecordDamaged
from parley.telemetry.metrics import MEDIA_TYPE, Metrics, Standing

METRICS: Final = "metrics"
"""Under this name the `Metrics` stand in the application's state."""


@reads(
    "/metrics",
    Operation(
        id="getMetrics",
        tag="Service",
        summary="Read the numbers of the service at work",
        description="In the text format of Prometheus. Each process counts for itself, from its start.",
        media_type="text/plain",
        missing=False,
    ),
)
async def get_metrics(call: Call) -> ASGIApp:
    """The numbers; those of the record are left out where none is open."""
    state = call.request.app.state
    metrics = cast("Metrics", state[METRICS])
    body = metrics.render(await _standing(call) if "recording" in state else None)
    return answers.Answer(200, [answers.NO_STORE], body, MEDIA_TYPE)


async def _standing(call: Call) -> Standing:
    recording, feed = call.recording, call.feed
    position, models = await _position(recording), await read_models(recording)
    pool = recording.pool
    return Standing(
        ready=recording.ready and position is not None,
        position=position,
        past=recording.folds.use,
        queue=recording.waiting,
        lagging=models["lagging"],
        broken=None if models["broken"] is None else len(models["broken"]),
        queue_limit=recording.queue_limit,
        followers=feed.followers,
        followers_limit=feed.most_followers,
        followers_cut_off=feed.cut_off,
        feed_position=feed.position,
        read_connections=pool.get_size(),
        read_connections_idle=pool.get_idle_size(),
        read_connections_limit=pool.get_max_size(),
    )


async def _position(recording: Recording) -> int | None:
    try:
        return (await in_time(reader.head(recording.pool))).position
    except (*DATABASE_FAULTS, RecordDamaged):
        return None


HANDLERS: Final = (get_metrics,)
