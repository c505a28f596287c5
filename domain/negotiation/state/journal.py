"""Changes that can be taken back.

A fold changes its state in place. While a request is being decided the state keeps a journal of what it changed, so
that a refused request, or a transaction that did not commit, leaves no trace.
"""

from bisect import bisect_left, insort
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

_K = TypeVar("_K")
_V = TypeVar("_V")

_ABSENT: Any = object()


class Changing(Protocol):
    """How a fold changes its state."""

    def put(self, target: dict[_K, _V], key: _K, value: _V, /) -> None:
        """Set ``target[key]``."""

    def remove(self, target: dict[_K, _V], key: _K, /) -> None:
        """Delete ``target[key]`` if it is there."""

    def add(self, target: set[_V], item: _V, /) -> None:
        """Put an item into a set."""

    def discard(self, target: set[_V], item: _V, /) -> None:
        """Take an item out of a set, if it is there."""

    def insert_sorted(self, target: list[Any], item: Any, /) -> None:
        """Put an item into a sorted list of distinct items."""

    def remove_sorted(self, target: list[Any], item: Any, /) -> None:
        """Take an item out of a sorted list of distinct items."""

    def on_undo(self, act: Callable[..., object], /, *arguments: Any) -> None:
        """Call this if what follows is taken back (to forget what was derived from it)."""


class Journal:
    """Changes that can be taken back: the inverse of each since it was last cleared, in order."""

    __slots__ = ("_undo",)

    def __init__(self) -> None:
        self._undo: list[tuple[Callable[..., object], tuple[Any, ...]]] = []

    def mark(self) -> int:
        """A point to return to with `undo`."""
        return len(self._undo)

    def undo(self, mark: int = 0) -> None:
        """Take back every change made since the mark, last first."""
        undo = self._undo
        while len(undo) > mark:
            act, arguments = undo.pop()
            act(*arguments)

    def keep(self) -> None:
        """Make the changes final: they can no longer be taken back."""
        self._undo.clear()

    def put(self, target: dict[_K, _V], key: _K, value: _V) -> None:
        """Set ``target[key]``."""
        before = target.get(key, _ABSENT)
        target[key] = value
        if before is _ABSENT:
            self._undo.append((target.pop, (key, None)))
        else:
            self._undo.append((target.__setitem__, (key, before)))

    def remove(self, target: dict[_K, _V], key: _K) -> None:
        """Delete ``target[key]`` if it is there."""
        before = target.pop(key, _ABSENT)
        if before is not _ABSENT:
            self._undo.append((target.__setitem__, (key, before)))

    def add(self, target: set[_V], item: _V) -> None:
        """Put an item into a set."""
        if item not in target:
            target.add(item)
            self._undo.append((target.discard, (item,)))

    def discard(self, target: set[_V], item: _V) -> None:
        """Take an item out of a set, if it is there."""
        if item in target:
            target.discard(item)
            self._undo.append((target.add, (item,)))

    def insert_sorted(self, target: list[Any], item: Any) -> None:
        """Put an item into a sorted list of distinct items."""
        insort(target, item)
        self._undo.append((remove_sorted, (target, item)))

    def remove_sorted(self, target: list[Any], item: Any) -> None:
        """Take an item out of a sorted list of distinct items."""
        remove_sorted(target, item)
        self._undo.append((insort, (target, item)))

    def on_undo(self, act: Callable[..., object], *arguments: Any) -> None:
        """Call this if what follows is taken back (to forget what was derived from it)."""
        self._undo.append((act, arguments))


class Final:
    """Changes that cannot be taken back: the plain ones, of Python itself, since most of what is folded is final."""

    __slots__ = ()
    add = staticmethod(set.add)
    discard = staticmethod(set.discard)
    insert_sorted = staticmethod(insort)

    @staticmethod
    def put(target: dict[_K, _V], key: _K, value: _V) -> None:
        """Set ``target[key]``."""
        target[key] = value

    @staticmethod
    def remove(target: dict[_K, _V], key: _K) -> None:
        """Delete ``target[key]`` if it is there."""
        target.pop(key, None)

    @staticmethod
    def remove_sorted(target: list[Any], item: Any) -> None:
        """Take an item out of a sorted list of distinct items."""
        remove_sorted(target, item)

    @staticmethod
    def on_undo(_: Callable[..., object], *__: Any) -> None:
        """Nothing is ever taken back."""


def remove_sorted(target: list[Any], item: Any) -> None:
    """Take an item that is in a sorted list out of it."""
    index = bisect_left(target, item)
    if index < len(target) and target[index] == item:
        del target[index]
