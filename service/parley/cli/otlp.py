"""OpenTelemetry set up to send spans to a collector. Imported only where that is wanted."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

SEND_WITHIN_S: Final = 2.0
"""How long the last spans may take to be sent when the service stops."""

logger = logging.getLogger(__name__)


@contextmanager
def provider() -> Iterator[TracerProvider]:
    """What makes spans, and sends them in the background."""
    made = TracerProvider(resource=Resource.create({"service.name": "parley"}), shutdown_on_exit=False)
    made.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    try:
        yield made
    finally:
        # A collector that is away or asleep is waited for by the library, and by nobody else.
        sending = threading.Thread(target=made.shutdown, daemon=True)
        sending.start()
        sending.join(SEND_WITHIN_S)
        if sending.is_alive():
            logger.warning("the last spans could not be sent within %g s, and are lost", SEND_WITHIN_S)
