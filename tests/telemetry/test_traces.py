"""Traces: a request's span, the batch that records it and its parts; nothing of it where it is off."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from litestar import Litestar
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from parley.app import create_app
from parley.recording import Recording
from tests.http.conftest import client_of, running
from tests.http.world import N, fact, opened, post
from tests.record.desk import connection, head_held, until, writers_waiting

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"
EVENTS = f"{N}/events"
ROUTE = "/v1/negotiations/{negotiation}/events"
SAID = fact("IntentDenied", text="No.")


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    """Where the spans go."""
    return InMemorySpanExporter()


@pytest.fixture
def provider(exporter: InMemorySpanExporter) -> Iterator[TracerProvider]:
    """What makes the spans."""
    made = TracerProvider(shutdown_on_exit=False)
    made.add_span_processor(SimpleSpanProcessor(exporter))
    yield made
    made.shutdown()


@pytest.fixture
async def traced(database: str, provider: TracerProvider) -> AsyncIterator[Litestar]:
    """A service that traces, with a negotiation on record."""
    async with running(create_app(dsn=database, provider=provider)) as app:
        yield app


@pytest.fixture
async def client(traced: Litestar, exporter: InMemorySpanExporter) -> AsyncIterator[httpx.AsyncClient]:
    """Its client."""
    async with client_of(traced) as found:
        assert (await post(found, "/v1/negotiations", opened())).status_code == 201
        exporter.clear()
        yield found


def spans(exporter: InMemorySpanExporter) -> dict[str, ReadableSpan]:
    """The spans that are done, by name; no name twice."""
    found = exporter.get_finished_spans()
    assert len({one.name for one in found}) == len(found)
    return {one.name: one for one in found}


def is_in(span: ReadableSpan, parent: ReadableSpan) -> bool:
    """Whether one stands directly below the other."""
    return (
        span.parent is not None
        and span.parent.span_id == parent.context.span_id
        and span.context.trace_id == parent.context.trace_id
    )


async def test_record_while_traced_shows_batch_and_write_below_the_request(
    client: httpx.AsyncClient, exporter: InMemorySpanExporter
) -> None:
    answer = await post(client, EVENTS, SAID, traceparent=f"00-{TRACE}-{PARENT}-01")
    assert answer.status_code == 201
    found = spans(exporter)
    assert set(found) == {f"POST {ROUTE}", "write batch", "write"}
    request, batch = found[f"POST {ROUTE}"], found["write batch"]
    assert f"{request.context.trace_id:032x}" == TRACE
    assert request.parent is not None
    assert f"{request.parent.span_id:016x}" == PARENT
    assert dict(request.attributes or {}) == {
        "http.request.method": "POST",
        "http.route": ROUTE,
        "http.response.status_code": 201,
        "parley.request_id": TRACE,
    }
    assert is_in(batch, request)
    assert dict(batch.attributes or {}) == {"parley.requests": 1, "parley.events": 1}
    assert is_in(found["write"], batch)


async def test_batch_of_several_requests_stands_in_one_trace_and_is_linked_to_the_others(
    client: httpx.AsyncClient, traced: Litestar, exporter: InMemorySpanExporter, database: str
) -> None:
    """Two that wait while a first one is being written are written together."""
    recording: Recording = traced.state["recording"]

    async def two_wait() -> bool:
        await asyncio.sleep(0)
        return recording.waiting == 2

    async with head_held(database), connection(database) as own:
        writing = [asyncio.create_task(post(client, EVENTS, SAID))]
        await writers_waiting(own)
        writing += [asyncio.create_task(post(client, EVENTS, SAID)) for _ in range(2)]

        await until(two_wait)
    assert {(await one).status_code for one in writing} == {201}
    batches = [span for span in exporter.get_finished_spans() if span.name == "write batch"]
    requests = {span.context.span_id: span for span in exporter.get_finished_spans() if span.name == f"POST {ROUTE}"}
    assert [(span.attributes or {})["parley.requests"] for span in batches] == [1, 2]
    together = batches[1]
    assert together.parent is not None
    ours = {together.parent.span_id, *(link.context.span_id for link in together.links)}
    assert len(ours) == 2
    assert ours < set(requests)


async def test_requests_that_fail_and_that_lead_nowhere_say_so_in_their_spans(
    client: httpx.AsyncClient, traced: Litestar, exporter: InMemorySpanExporter
) -> None:
    await client.get("/nowhere")
    await traced.state["recording"].pool.close()
    await client.get("/v1/parties")
    found = spans(exporter)
    assert set(found) == {"GET none", "GET /v1/parties"}
    assert found["GET none"].status.status_code is StatusCode.UNSET
    failed = found["GET /v1/parties"]
    assert failed.status.status_code is StatusCode.ERROR
    assert (failed.attributes or {})["http.response.status_code"] == 503


def test_service_that_does_not_trace_imports_nothing_of_it() -> None:
    """In a process of its own, for the tests have it all imported."""
    code = "import sys, parley.cli.serve; from parley.app import *; assemble(Gate(Keyring())); print([*sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    modules: Any = done.stdout
    assert "'parley.telemetry.metrics'" in modules
    assert "'opentelemetry.trace'" not in modules  # the framework looks for some of the others by itself
    assert "parley.telemetry.traces" not in modules
