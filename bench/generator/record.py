"""A whole record: parties and negotiations, recorded beside each other, each in its own time.

Memory holds the negotiations that are under way; how many events a record has does not matter.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from heapq import heappop, heappush
from typing import NamedTuple

from bench.generator.course import course
from bench.generator.desk import Filed
from bench.generator.parties import cast_of, parties
from bench.generator.size import Size, plans
from negotiation.dates import Instant, instant_text
from negotiation.envelope import Recorded
from parley.store.codec import encode_state
from parley.store.log import GENESIS, Written, chained


class Stored(NamedTuple):
    """An event as it is stored, at its position, with its hash; when it was recorded: RFC 3339, and an instant."""

    written: Written
    position: int
    hash: bytes
    recorded_at: str
    at: Instant


def generate(size: Size, seed: int) -> Iterator[Filed]:
    """Every submission of a record, in an order in which all are admitted: the same for the same size and seed.

    Whoever records several at a time keeps the order within each negotiation, waits for the parties' identities, which
    come first, and sets ``related`` of the size to 0. Any first part is a record too, to which the rest can be added:
    `record` gives the same events, in the same order.
    """
    cast = cast_of(size)
    waiting = deque(plans(size, seed))
    under_way: list[tuple[Instant, int, Filed, Iterator[Filed]]] = []
    _go_on(under_way, 0, parties(cast, size, seed))
    while under_way or waiting:
        while waiting and (not under_way or waiting[0].opens <= under_way[0][0]):
            plan = waiting.popleft()
            _go_on(under_way, plan.number + 1, course(plan, cast, size, seed))
        _, number, filed, more = heappop(under_way)
        yield filed
        _go_on(under_way, number, more)


def _go_on(under_way: list[tuple[Instant, int, Filed, Iterator[Filed]]], number: int, events: Iterator[Filed]) -> None:
    filed = next(events, None)
    if filed is not None:
        heappush(under_way, (filed.at, number, filed, events))


def record(size: Size, seed: int) -> Iterator[Stored]:
    """The finished record: what the service would have stored, had it been asked at these moments."""
    return stored(generate(size, seed))


def stored(several: Iterable[Filed]) -> Iterator[Stored]:
    """What the service would have stored of these, in their order: its clock goes on by a microsecond at least."""
    at, hash_ = 0, GENESIS
    for position, filed in enumerate(several, 1):
        at = max(filed.at, at + 1)
        stream, submission = filed.entry.stream, filed.entry.submission
        recorded = Recorded(
            event=submission.event,
            id=submission.id or "",
            occurred=submission.occurred,
            position=position,
            recorded_at=instant_text(at),
            recorded_by=filed.recorded_by,
            sources=submission.sources,
            stream=stream,
            version=filed.version,
        )
        written = Written(stream, filed.version, type(submission.event).TOPIC, encode_state(recorded), recorded.id)
        hash_ = chained(hash_, position, written)
        yield Stored(written, position, hash_, recorded.recorded_at, at)
