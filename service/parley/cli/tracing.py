"""Where traces go: to a collector, by OTLP over HTTP, as OpenTelemetry's own variables say."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from parley.cli.failures import CALLED_WRONGLY, Failure

if TYPE_CHECKING:  # what is optional is not imported
    from opentelemetry.trace import TracerProvider

SEND_WITHIN_MS: Final = 2_000
"""How long the last spans may take to be sent when the service stops."""


@contextmanager
def provider(traces: str) -> Iterator["TracerProvider | None"]:
    """What makes spans, None where ``traces`` is ``off``. Raises Failure where the libraries are not installed."""
    if traces == "off":
        yield None
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise Failure(
            f"PARLEY_TRACES={traces} needs a library that is not installed ({error.name}): "
            "install parley[otel], or leave the setting off.",
            CALLED_WRONGLY,
        ) from error
    made = TracerProvider(resource=Resource.create({"service.name": "parley"}), shutdown_on_exit=False)
    made.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    try:
        yield made
    finally:
        made.force_flush(SEND_WITHIN_MS)
        made.shutdown()
