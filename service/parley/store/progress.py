"""How far long work has come."""

from typing import NamedTuple


class Progress(NamedTuple):
    """How many events are done, of how many; 0 where the total is not known."""

    done: int
    total: int
