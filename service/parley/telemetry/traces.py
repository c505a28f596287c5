"""Traces by OpenTelemetry: a span for each request, and one for the batch that records it, with its parts.

Imported only where traces are wanted: the libraries are the extra ``otel`` of the package.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import Context
from typing import Final

from opentelemetry import context, trace
from opentelemetry.trace import Link, NonRecordingSpan, SpanKind, Status, StatusCode, TracerProvider
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from parley.commands.observer import Observer

_W3C: Final = TraceContextTextMapPropagator()
_CARRIED: Final = {b"traceparent": "traceparent", b"tracestate": "tracestate"}


class Traces(Observer):
    """Makes the spans; whatever it sees of the record it tells ``others`` too."""

    def __init__(self, provider: TracerProvider, others: Observer) -> None:
        self._tracer = provider.get_tracer("parley")
        self._others = others

    @contextmanager
    def request(self, method: str, headers: Iterable[tuple[bytes, bytes]], request_id: str) -> Iterator[None]:
        """Open the span of a request, in the client's trace if it sent one."""
        carried = {_CARRIED[name]: value.decode("latin-1") for name, value in headers if name in _CARRIED}
        attributes = {"http.request.method": method, "parley.request_id": request_id}
        parent = _W3C.extract(carried, context.Context())
        with self._tracer.start_as_current_span(method, parent, SpanKind.SERVER, attributes):
            yield

    def answered(self, method: str, route: str, status: int) -> None:
        """Name the span by its route, and tell how it was answered."""
        span = trace.get_current_span()
        span.update_name(f"{method} {route}")
        span.set_attributes({"http.route": route, "http.response.status_code": status})
        if status >= 500:
            span.set_status(Status(StatusCode.ERROR))

    @contextmanager
    def batch(self, asked_in: Sequence[Context]) -> Iterator[None]:
        """Open the span of an attempt: within the first request's, linked to those of the others."""
        asked = [one.run(trace.get_current_span).get_span_context() for one in asked_in]
        asked = [one for one in asked if one.is_valid]
        parent = trace.set_span_in_context(NonRecordingSpan(asked[0])) if asked else context.Context()
        with (
            self._others.batch(asked_in),
            self._tracer.start_as_current_span(
                "write batch", parent, links=[Link(one) for one in asked[1:]],
                attributes={"parley.requests": len(asked_in)},
            ),
        ):  # fmt: skip
            yield

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Open the span of a part of an attempt."""
        with self._others.stage(name), self._tracer.start_as_current_span(name):
            yield

    def committed(self, requests: int, events: int) -> None:
        """Tell how many events were put on record."""
        self._others.committed(requests, events)
        trace.get_current_span().set_attribute("parley.events", events)
