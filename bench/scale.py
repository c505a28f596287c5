"""How long and how large a run of the benchmark is."""

from typing import Final

from msgspec import Struct


class Scale(Struct, frozen=True, kw_only=True):
    """A run: ``cycles`` times each side of a row is measured for ``slice_s`` seconds, one after the other.

    ``warm_s``: how long each side works before. ``writers``: who record at the same time, and connections of HTTP.
    ``rounds``: how many are asked for in turn. ``small`` and ``large``: events of the records that are compared;
    ``rebuilt``: of the one that is rebuilt again and again; ``long_round``: of the long round. ``appends``: how often
    one append is timed; ``parties``: of the agreement to which more accede. ``seats`` and ``provisions``: parties that
    answer each provision of a text, whose positions are read. ``facts``: of the timeline. ``readers``: who follow the
    record, while ``follow_s`` seconds long ``follow_rate`` events a second are recorded.
    """

    cycles: int = 5
    slice_s: int = 3
    warm_s: int = 2
    writers: int = 64
    rounds: int = 64
    small: int = 1_000
    large: int = 1_000_000
    rebuilt: int = 30_000
    long_round: int = 10_000
    appends: int = 400
    parties: int = 200
    seats: int = 196
    provisions: int = 30
    facts: int = 500
    readers: int = 1_000
    follow_rate: int = 100
    follow_s: int = 20


USUAL: Final = Scale()
TINY: Final = Scale(
    cycles=1, slice_s=1, warm_s=0, writers=4, rounds=2, small=300, large=900, rebuilt=500, long_round=100, appends=20,
    parties=6, seats=4, provisions=3, facts=50, readers=5, follow_s=1,
)  # fmt: skip
"""Shows that all of it works; its figures say nothing."""
