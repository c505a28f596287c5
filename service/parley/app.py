"""The application: the only place where the record, the routes and the pages meet."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

import msgspec
from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.handlers import HTTPRouteHandler

from parley.access.gate import Gate
from parley.access.keyring import Keyring
from parley.checkpoints.notes import SigningKey
from parley.feed.feed import Feed
from parley.http.entrance import Entrance
from parley.http.openapi import document as openapi
from parley.http.operations import GATE, READS, SIGNING_KEY, Reads, with_options
from parley.http.request import bodies
from parley.http.response import problems, sse
from parley.http.response.whole import with_forms
from parley.http.routes import (
    calendar,
    citations,
    demands,
    description,
    diff,
    events,
    findings,
    health,
    log,
    negotiations,
    parties,
    positions,
    rounds,
    search,
    stream,
    tables,
)
from parley.http.routes import metrics as numbers
from parley.http.routes.metrics import METRICS
from parley.recording import Recording
from parley.telemetry.metrics import Metrics
from parley.telemetry.spans import Spans
from parley.web import docs

if TYPE_CHECKING:  # what is optional is not imported
    from opentelemetry.trace import TracerProvider

    from parley.telemetry.traces import Traces

API: Final[Sequence[HTTPRouteHandler]] = (
    *negotiations.HANDLERS,
    *rounds.HANDLERS,
    *demands.HANDLERS,
    *findings.HANDLERS,
    *diff.HANDLERS,
    *tables.HANDLERS,
    *calendar.HANDLERS,
    *citations.HANDLERS,
    *positions.HANDLERS,
    *search.HANDLERS,
    *parties.HANDLERS,
    *events.HANDLERS,
    *stream.HANDLERS,
    *log.HANDLERS,
)
"""What stands under /v1."""

SERVICE: Final[Sequence[HTTPRouteHandler]] = (
    *health.HANDLERS,
    *numbers.HANDLERS,
    *description.HANDLERS,
    *docs.HANDLERS,
)
"""What stands beside it: health, and what there is to read about the service."""


def create_app(
    *,
    dsn: str,
    queue_limit: int = 4096,
    connections: int = 8,
    streams: int = 2000,
    streams_per_key: int = 100,
    rate_limit: int = 6000,
    event_limit: int = 120_000,
    open_: bool = False,
    read_limit: int = 1000,
    read_s: float = 30,
    projectors: int = 0,
    signing_key: SigningKey | None = None,
    past_mib: int = 256,
    access_log: bool = False,
    provider: "TracerProvider | None" = None,
) -> Litestar:
    """Make the service on the record that ``dsn`` names (PostgreSQL, any form that asyncpg takes).

    The record is opened when the application starts. If the database is away then, or its schema is not this program's,
    starting fails with the error of `Recording.open` (in an ExceptionGroup, as the framework raises it): whoever
    mistyped an address is told at once, and an orchestrator starts it again. A database that goes away later is no
    failure: what needs it answers 503 with Retry-After until it is back. ``queue_limit``: requests that may wait to be
    recorded; ``connections``: for reads; ``streams``: how many may follow the record at once, ``streams_per_key`` with
    one key; ``rate_limit``, ``event_limit``: requests, and events to be recorded, a minute for each key, 0: no limit.
    While the record has no keys, whoever calls the service by a name of this machine may do everything; ``open_``:
    whoever calls it by any name. ``read_limit``: reads that may be under way, ``read_s``: seconds that each may take.
    ``projectors``: processes that keep read models up to date, 0: this one does. ``signing_key`` signs checkpoints.
    ``past_mib``: MiB of memory that readings of the past may take. ``access_log``: log every request; ``provider``:
    OpenTelemetry's, where traces are wanted.
    """
    metrics = Metrics(openapi.release())
    traces = _traces(provider, metrics)
    keyring = Keyring()
    gate = Gate(keyring, rate_limit=rate_limit, event_limit=event_limit, streams_per_key=streams_per_key, open_=open_)

    @asynccontextmanager
    async def recording(app: Litestar) -> AsyncIterator[None]:
        opened = await Recording.open(
            dsn,
            queue_limit=queue_limit,
            connections=connections,
            projectors=projectors,
            past_bytes=past_mib << 20,
            read_s=read_s,
            observer=traces or metrics,
        )
        app.state["recording"] = opened
        app.state["feed"] = feed = Feed(
            opened.servers, opened.pool, sse.message, opened.stop_at, most_followers=streams
        )
        metrics.event_loop.start()
        try:
            await keyring.open(opened.servers)
            feed.start()
            yield
        finally:
            metrics.event_loop.stop()
            await feed.close()
            await keyring.close()
            await opened.close()

    reads = Reads(read_limit, read_s)
    return assemble(
        gate, metrics, traces, reads=reads, signing_key=signing_key, access_log=access_log, lifespan=[recording]
    )


def _traces(provider: "TracerProvider | None", metrics: Metrics) -> "Traces | None":
    if provider is None:
        return None
    from parley.telemetry.traces import Traces

    return Traces(provider, metrics)


def end_streams(app: Litestar) -> None:
    """End every stream that follows the record, and take no more: to be called when the service begins to stop."""
    feed: Feed | None = app.state.get("feed")
    if feed is not None:
        feed.end()


def is_keyless(app: Litestar) -> bool:
    """Whether the record that is served has no keys, so that whoever reaches it may do everything."""
    gate: Gate = app.state[GATE]
    return gate.keyring.keyless


def assemble(
    gate: Gate,
    metrics: Metrics | None = None,
    spans: Spans | None = None,
    *,
    reads: Reads | None = None,
    signing_key: SigningKey | None = None,
    access_log: bool = False,
    **more: Any,
) -> Litestar:
    """Put entrance, gate, routes, problems and limits together; ``more`` goes to Litestar."""
    metrics = metrics or Metrics(openapi.release())
    app = Litestar(
        [Router("/v1", route_handlers=with_options(with_forms(API))), *with_options(SERVICE)],
        exception_handlers={Exception: problems.answer},
        request_max_body_size=bodies.MAX_BYTES,
        openapi_config=None,
        logging_config=None,
        state=State({GATE: gate, READS: reads or Reads(), SIGNING_KEY: signing_key}),
        debug=False,
        pdb_on_exception=False,
        **more,
    )
    app.asgi_handler = Entrance(app.asgi_handler, metrics, spans, access_log=access_log)
    app.state[METRICS] = metrics
    described = openapi.document(app.routes)
    app.state[description.OPENAPI] = msgspec.json.encode(described)
    app.state[docs.PAGE] = docs.render(described)
    return app
