"""Spans on their way to a collector."""

import logging
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from parley.cli import otlp


class Collector(BaseHTTPRequestHandler):
    """Takes what is sent."""

    taken: list[tuple[str, bytes]]

    def do_POST(self) -> None:
        self.taken.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, bytes]]]:
    """What a collector at work has taken."""
    Collector.taken = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Collector) as server:
        threading.Thread(target=server.serve_forever).start()
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
        yield Collector.taken
        server.shutdown()


def test_spans_that_are_done_at_the_end_are_sent(collector: list[tuple[str, bytes]]) -> None:
    with otlp.provider() as provider, provider.get_tracer("parley").start_as_current_span("the last one"):
        assert not collector
    [(path, body)] = collector
    assert path == "/v1/traces"
    assert b"the last one" in body
    assert b"parley" in body


def test_end_while_the_collector_sleeps_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It takes the connection and says nothing, for longer than the test is given."""
    monkeypatch.setattr(otlp, "SEND_WITHIN_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as asleep, caplog.at_level(logging.WARNING):
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{asleep.getsockname()[1]}")
        with otlp.provider() as provider:
            provider.get_tracer("parley").start_span("lost").end()
        assert "the last spans could not be sent within 0.1 s, and are lost" in caplog.text
