"""The rows of the benchmark: each family of them is a module."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, NamedTuple

from bench.figures import Figure
from bench.rows import (
    alone,
    consenting,
    following,
    growing,
    http,
    importing,
    lengthening,
    positions,
    reading,
    recording,
    rereading,
    searching,
    timeline,
)
from bench.run import Run


class Family(NamedTuple):
    """Rows that are measured together."""

    rows: tuple[str, ...]
    measure: Callable[[Run, Sequence[str]], Awaitable[list[Figure]]]


FAMILIES: Final = (
    Family(recording.RECORD_ROWS, recording.measure),
    Family(("record_vs_pgbench_2ms",), recording.measure_slow_disk),
    Family((recording.PROJECTED,), recording.measure_projected),
    Family(http.POST_ROWS, http.measure_post),
    Family(reading.ROWS, reading.measure),
    Family((rereading.ROW,), rereading.measure),
    Family((positions.ROW,), positions.measure),
    Family((timeline.ROW,), timeline.measure),
    Family((alone.ROW,), alone.measure),
    Family((lengthening.ROW,), lengthening.measure),
    Family((consenting.ROW,), consenting.measure),
    Family((following.ROW,), following.measure),
    Family(growing.ROWS, growing.measure),
    Family((importing.ROW,), importing.measure),
    Family((searching.APPEND,), searching.measure),
)

NAMES: Final = tuple(name for family in FAMILIES for name in family.rows)
