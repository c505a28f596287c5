"""How long and how large a run of the benchmark is."""

from typing import Final

from msgspec import Struct


class Scale(Struct, frozen=True, kw_only=True):
    """A run: ``cycles`` times each side of a row is measured for ``slice_s`` seconds, one after the other.

    ``warm_s``: how long each side works before. ``writers``: who record at the same time, and connections of HTTP.
    """

    cycles: int = 5
    slice_s: int = 4
    warm_s: int = 2
    writers: int = 64


USUAL: Final = Scale()
TINY: Final = Scale(cycles=1, slice_s=1, warm_s=1, writers=4)
"""Shows that all of it works; its figures say nothing."""
