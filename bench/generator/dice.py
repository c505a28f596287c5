"""Chance that comes out the same everywhere: only `random()` is used, whose series Python promises to keep."""

from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """A series of chances of its own for every name that it is made from."""

    __slots__ = ("roll",)

    def __init__(self, *names: str | int) -> None:
        self.roll = Random("/".join(str(name) for name in names)).random

    def chance(self, share: float) -> bool:
        """True in this share of cases: 0 never, 1 always."""
        return self.roll() < share

    def below(self, number: int) -> int:
        """A whole number from 0 to one less."""
        return int(self.roll() * number)

    def between(self, least: int, most: int) -> int:
        """A whole number, both ends included."""
        return least + int(self.roll() * (most - least + 1))

    def pick(self, several: Sequence[T]) -> T:
        """One of several; say one twice to have it twice as often."""
        return several[int(self.roll() * len(several))]

    def some(self, several: Sequence[T], number: int) -> list[T]:
        """So many different ones, or all if there are fewer, in the order of chance."""
        left = list(several)
        return [left.pop(int(self.roll() * len(left))) for _ in range(min(number, len(left)))]

    def event_id(self, at: int) -> str:
        """A UUID version 7 (RFC 9562) of an instant (microseconds since 1970), as text in lower case."""
        milliseconds = at // 1000
        high, low = int(self.roll() * 0x4000000), int(self.roll() * 0x1000000000000)
        return (
            f"{milliseconds >> 16:08x}-{milliseconds & 0xFFFF:04x}-7{high & 0xFFF:03x}-{0x8000 | high >> 12:04x}"
            f"-{low:012x}"
        )
