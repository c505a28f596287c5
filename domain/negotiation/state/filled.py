"""Which registers have a value, found by kind and by what they are about."""

from bisect import insort
from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet

from negotiation.state.ordered import remove_sorted
from negotiation.state.register_keys import Key, Kind, about_of, kind_of

_NONE: AbstractSet[Key] = frozenset()
_NO_ABOUTS: Mapping[str, AbstractSet[Key]] = {}
_NO_KINDS: Mapping[Kind, AbstractSet[Key]] = {}


class Filled:
    """The keys of the registers that have a value, certain or possible."""

    __slots__ = ("_by_about", "_by_kind", "_in_order")

    def __init__(self) -> None:
        self._by_kind: dict[Kind, dict[str, set[Key]]] = {}
        self._by_about: dict[str, dict[Kind, set[Key]]] = {}
        self._in_order: dict[tuple[str, ...], list[Key]] = {}

    def add(self, key: Key) -> None:
        """A register has a value."""
        kind, about = kind_of(key), about_of(key)
        abouts = self._by_kind.get(kind)
        if abouts is None:
            abouts = self._by_kind[kind] = {}
        keys = abouts.get(about)
        if keys is None:
            keys = abouts[about] = self._by_about.setdefault(about, {})[kind] = set()
        if key not in keys:
            keys.add(key)
            if self._in_order and (in_order := self._in_order.get(key[:2])) is not None:
                insort(in_order, key)

    def discard(self, key: Key) -> None:
        """A register has no value any more."""
        self._by_kind[kind_of(key)][about_of(key)].discard(key)
        if (in_order := self._in_order.get(key[:2])) is not None:
            remove_sorted(in_order, key)

    def of(self, kind: Kind, about: str) -> AbstractSet[Key]:
        """Those of one kind about something."""
        return self._by_kind.get(kind, _NO_ABOUTS).get(about, _NONE)

    def in_order(self, kind: Kind, about: str) -> Sequence[Key]:
        """As `of`, sorted: kept so from the first time that it is asked for."""
        found = self._in_order.get((kind, about))
        if found is None:
            found = self._in_order[kind, about] = sorted(self.of(kind, about))
        return found

    def by_kind(self, about: str) -> Mapping[Kind, Collection[Key]]:
        """Those about something, by kind; kinds without any may be among them."""
        return self._by_about.get(about, _NO_KINDS)

    def by_about(self, kind: Kind) -> Mapping[str, Collection[Key]]:
        """Those of one kind, by what they are about; what has none any more may be among them."""
        return self._by_kind.get(kind, _NO_ABOUTS)
