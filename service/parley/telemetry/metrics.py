"""Numbers for Prometheus: what is counted as it happens, and what is looked up when they are read."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from contextvars import Context
from itertools import accumulate
from time import perf_counter
from typing import Final

from msgspec import Struct
from prometheus_client import CollectorRegistry, Counter, GCCollector, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily
from prometheus_client.metrics_core import HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from parley.record.observer import Observer

MEDIA_TYPE: Final = "text/plain; version=1.0.0"
"""The text format of `generate_latest`, in UTF-8."""

_REQUEST_S: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_BATCH_S: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_SIZES: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "OPTIONS"})


class Standing(Struct, frozen=True, kw_only=True):
    """What a service is at when its numbers are read; ``position`` is None while the database does not tell."""

    ready: bool
    position: int | None
    queue: int
    queue_limit: int
    followers: int
    followers_limit: int
    followers_cut_off: int
    feed_position: int
    read_connections: int
    read_connections_idle: int
    read_connections_limit: int


class Answers:
    """How many answers of one sort there were, and how long they took.

    Counted here and not by the library's own histogram, which costs ten times as much, at every request.
    """

    __slots__ = ("counts", "seconds")

    def __init__(self) -> None:
        self.counts = [0] * (len(_REQUEST_S) + 1)
        self.seconds = 0.0

    def add(self, seconds: float) -> None:
        """Count one."""
        self.counts[bisect_left(_REQUEST_S, seconds)] += 1
        self.seconds += seconds

    def buckets(self) -> list[tuple[str, float]]:
        """How many took up to so many seconds, as Prometheus wants it."""
        return list(zip((*map(floatToGoString, _REQUEST_S), "+Inf"), accumulate(self.counts), strict=True))


class Metrics(Observer):
    """The numbers of one application, in a registry of its own."""

    def __init__(self, version: str) -> None:
        self.under_way = 0
        self._version = version
        self._standing: Standing | None = None
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        GCCollector(registry=registry)
        registry.register(_Now(self._now))
        self._batches = Histogram(
            "parley_batch_seconds",
            "Batches that were committed, and how long each took, from the first statement to the answers.",
            buckets=_BATCH_S,
            registry=registry,
        )
        self._stages = Histogram(
            "parley_batch_stage_seconds",
            "How long the parts of a batch took: bringing read models up to date, and the commit.",
            ("stage",),
            buckets=_BATCH_S,
            registry=registry,
        )
        self._batch_requests = Histogram(
            "parley_batch_requests", "How many requests were in a batch.", buckets=_SIZES, registry=registry
        )
        self._batch_events = Histogram(
            "parley_batch_events", "How many events a batch put on record.", buckets=_SIZES, registry=registry
        )
        self._failures = Counter(
            "parley_batch_failures",
            "Attempts to write a batch that failed and were tried again, by what they failed of.",
            ("error",),
            registry=registry,
        )
        self._answers: dict[tuple[str, str, int], Answers] = {}

    # -- what is counted as it happens

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count an answer; ``route`` is the template of its address, ``status`` 0 where there was none."""
        found = self._answers.get((method, route, status))
        if found is None:
            # Whatever a client calls its method must not become a name here.
            key = method if method in _METHODS else "other", route, status
            found = self._answers.setdefault(key, Answers())
        found.add(seconds)

    @contextmanager
    def batch(self, asked_in: Sequence[Context]) -> Iterator[None]:
        """Time an attempt, or count what it failed of."""
        del asked_in
        began = perf_counter()
        try:
            yield
        except Exception as error:
            self._failures.labels(type(error).__name__).inc()
            raise
        self._batches.observe(perf_counter() - began)

    def stage(self, name: str) -> AbstractContextManager[None]:
        """Time a part of an attempt."""
        return self._stages.labels(name).time()

    def committed(self, requests: int, events: int) -> None:
        """Count a batch."""
        self._batch_requests.observe(requests)
        self._batch_events.observe(events)

    # -- what is looked up

    def render(self, standing: Standing | None) -> bytes:
        """Everything in Prometheus' text format; ``standing``: None where no record is open."""
        self._standing = standing
        return generate_latest(self._registry)

    def _now(self) -> Iterator[Metric]:
        yield InfoMetricFamily("parley_build", "What runs here.", {"version": self._version})
        yield GaugeMetricFamily(
            "parley_http_requests_under_way", "Requests that are not done, streams too.", self.under_way
        )
        requests = HistogramMetricFamily(
            "parley_http_request_seconds",
            "Requests by method, route and status of the answer, and how long they took to the head of it.",
            labels=("method", "route", "status"),
        )
        for (method, route, status), found in sorted(self._answers.items()):
            requests.add_metric((method, route, str(status or "none")), found.buckets(), found.seconds)
        yield requests
        now = self._standing
        if now is None:
            return
        yield GaugeMetricFamily("parley_ready", "1: requests can be recorded and read; 0: not.", int(now.ready))
        if now.position is not None:
            yield GaugeMetricFamily("parley_record_position", "The position at which the record ends.", now.position)
        yield GaugeMetricFamily("parley_writer_queue", "Requests that wait to be recorded.", now.queue)
        yield GaugeMetricFamily("parley_writer_queue_limit", "How many may wait.", now.queue_limit)
        yield GaugeMetricFamily("parley_feed_followers", "Readers that follow the record.", now.followers)
        yield GaugeMetricFamily("parley_feed_followers_limit", "How many may follow.", now.followers_limit)
        yield GaugeMetricFamily(
            "parley_feed_position",
            "The position up to which followers were told; 0: of nothing yet.",
            now.feed_position,
        )
        yield CounterMetricFamily(
            "parley_feed_cut_off", "Readers that were cut off for being too slow.", now.followers_cut_off
        )
        connections = GaugeMetricFamily("parley_read_connections", "Connections for reads.", labels=("state",))
        connections.add_metric(("idle",), now.read_connections_idle)
        connections.add_metric(("used",), now.read_connections - now.read_connections_idle)
        yield connections
        yield GaugeMetricFamily("parley_read_connections_limit", "How many there may be.", now.read_connections_limit)


class _Now(Collector):
    """Asks for numbers when they are read."""

    def __init__(self, ask: Callable[[], Iterator[Metric]]) -> None:
        self._ask = ask

    def collect(self) -> Iterable[Metric]:
        """Ask."""
        return self._ask()
