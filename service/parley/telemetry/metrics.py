"""Numbers for Prometheus: what is counted as it happens, and what is looked up when they are read.

Counted here (`distribution.py`) and not by the library's own histograms: those cost several times as much, and every
request pays.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import Context
from time import perf_counter
from typing import Final

from msgspec import Struct
from prometheus_client import CollectorRegistry, GCCollector, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, InfoMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from parley.commands.observer import Observer
from parley.queries.folds import Use
from parley.telemetry.distribution import Distribution
from parley.telemetry.event_loop import EventLoopLag

MEDIA_TYPE: Final = "text/plain; version=0.0.4"
"""The text format that every version of Prometheus reads; in UTF-8."""

_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5)
_SIZES: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "OPTIONS"})


_STAGES = "Time for parts of it; where nobody else records, the part write has the commit, too."


class Standing(Struct, frozen=True, kw_only=True):
    """What a service is at when its numbers are read; ``position`` is None while the database does not tell."""

    ready: bool
    position: int | None
    lagging: int | None
    broken: int | None
    past: Use
    queue: int
    queue_limit: int
    followers: int
    followers_limit: int
    followers_cut_off: int
    feed_position: int
    read_connections: int
    read_connections_idle: int
    read_connections_limit: int


class Metrics(Observer):
    """The numbers of one application."""

    def __init__(self, version: str) -> None:
        self.under_way = 0
        self.event_loop = EventLoopLag()
        self._version = version
        self._answers: dict[tuple[str, str, int], Distribution] = {}
        self._batches = Distribution(_SECONDS)
        self._batch_requests = Distribution(_SIZES)
        self._batch_events = Distribution(_SIZES)
        self._stages: dict[str, Distribution] = {}
        self._failures: Counter[str] = Counter()

    # -- what is counted as it happens

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count an answer; ``route`` is the template of its address, ``status`` 0 where there was none."""
        found = self._answers.get((method, route, status))
        if found is None:
            # Whatever a client calls its method must not become a name here.
            key = method if method in _METHODS else "other", route, status
            found = self._answers.setdefault(key, Distribution(_SECONDS))
        found.add(seconds)

    @contextmanager
    def batch(self, asked_in: Sequence[Context]) -> Iterator[None]:
        """Time an attempt, or count what it failed of."""
        del asked_in
        began = perf_counter()
        try:
            yield
        except Exception as error:
            self._failures[type(error).__name__] += 1
            raise
        self._batches.add(perf_counter() - began)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a part of an attempt."""
        began = perf_counter()
        yield
        self._stages.setdefault(name, Distribution(_SECONDS)).add(perf_counter() - began)

    def committed(self, requests: int, events: int) -> None:
        """Count a batch."""
        self._batch_requests.add(requests)
        self._batch_events.add(events)

    # -- what is read

    def render(self, standing: Standing | None) -> bytes:
        """Everything in Prometheus' text format; ``standing``: None where no record is open."""
        registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        GCCollector(registry=registry)
        registry.register(_Found([*self._counted(), *_looked_up(standing)]))
        return generate_latest(registry)

    def _counted(self) -> Iterator[Metric]:
        yield InfoMetricFamily("parley_build", "What runs here.", {"version": self._version})
        yield GaugeMetricFamily("parley_http_requests_under_way", "Requests that are not done.", self.under_way)
        requests = HistogramMetricFamily(
            "parley_http_request_seconds", "Time to the head of the answer.", labels=("method", "route", "status")
        )
        for (method, route, status), found in self._answers.items():
            found.show(requests, method, route, str(status or "none"))
        yield requests
        yield self._batches.show(HistogramMetricFamily("parley_batch_seconds", "Time to write a batch.", labels=()))
        stages = HistogramMetricFamily("parley_batch_stage_seconds", _STAGES, labels=("stage",))
        for name, found in self._stages.items():
            found.show(stages, name)
        yield stages
        yield self._batch_requests.show(
            HistogramMetricFamily("parley_batch_requests", "Requests in a batch.", labels=())
        )
        yield self._batch_events.show(
            HistogramMetricFamily("parley_batch_events", "Events that a batch put on record.", labels=())
        )
        failures = CounterMetricFamily("parley_batch_failures", "Attempts that failed, by error.", labels=("error",))
        for error, number in self._failures.items():
            failures.add_metric((error,), number)
        yield failures
        lag, longest = self.event_loop.lags, self.event_loop.longest
        yield lag.show(HistogramMetricFamily("parley_event_loop_lag_seconds", "How late the loop is.", labels=()))
        yield GaugeMetricFamily("parley_event_loop_longest_lag_seconds", "The longest since the start.", longest)


def _looked_up(now: Standing | None) -> Iterator[Metric]:
    if now is None:
        return
    yield GaugeMetricFamily("parley_ready", "1: it can record and read; 0: it cannot.", int(now.ready))
    if now.position is not None:
        yield GaugeMetricFamily("parley_record_position", "The position at which the record ends.", now.position)
    if now.lagging is not None and now.broken is not None:
        yield GaugeMetricFamily("parley_read_models_lagging", "Units whose read models are behind.", now.lagging)
        yield GaugeMetricFamily("parley_read_models_broken", "Units that cannot be projected.", now.broken)
    yield from _of_the_past(now.past)
    yield GaugeMetricFamily("parley_writer_queue", "Requests that wait to be recorded.", now.queue)
    yield GaugeMetricFamily("parley_writer_queue_limit", "How many may wait.", now.queue_limit)
    yield GaugeMetricFamily("parley_feed_followers", "Readers that follow the record.", now.followers)
    yield GaugeMetricFamily("parley_feed_followers_limit", "How many may follow.", now.followers_limit)
    yield GaugeMetricFamily("parley_feed_position", "The position up to which they were told.", now.feed_position)
    yield CounterMetricFamily("parley_feed_cut_off", "Readers cut off for being too slow.", now.followers_cut_off)
    connections = GaugeMetricFamily("parley_read_connections", "Connections for reads.", labels=("state",))
    connections.add_metric(("idle",), now.read_connections_idle)
    connections.add_metric(("used",), now.read_connections - now.read_connections_idle)
    yield connections
    yield GaugeMetricFamily("parley_read_connections_limit", "How many there may be.", now.read_connections_limit)


def _of_the_past(use: Use) -> Iterator[Metric]:
    taken = GaugeMetricFamily("parley_past_bytes", "About what readings of the past take.", labels=("state",))
    taken.add_metric(("kept",), use.bytes_kept)
    taken.add_metric(("use",), use.bytes_in_use)
    yield taken
    yield GaugeMetricFamily("parley_past_bytes_limit", "How much they may.", use.bytes_limit)
    yield GaugeMetricFamily("parley_past_waiting", "Readings of the past that wait.", use.waiting)
    readings = CounterMetricFamily(
        "parley_past_readings", "Readings of the past, by their beginning.", labels=("begun",)
    )
    for begun, number in use.begun.items():
        readings.add_metric((begun,), number)
    yield readings
    yield CounterMetricFamily("parley_past_events", "Events folded for them.", use.events)
    yield CounterMetricFamily("parley_past_refused", "Readings of the past that were refused.", use.refused)


class _Found(Collector):
    """Metrics that are there already."""

    def __init__(self, metrics: Sequence[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Sequence[Metric]:
        """Give them."""
        return self._metrics
