"""Sorted lists: `bisect.insort` puts an item in, this takes it out again."""

from bisect import bisect_left
from typing import Any


def remove_sorted(target: list[Any], item: Any) -> None:
    """Take an item that is in a sorted list out of it."""
    index = bisect_left(target, item)
    if index < len(target) and target[index] == item:
        del target[index]
