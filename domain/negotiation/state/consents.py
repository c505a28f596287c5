"""Who consents to which version of which document: kept so that nobody has to look at every consent for each.

Parties agree where their consents name one version. Where they name several, each consent is disputed by those of
other parties to other versions, of which the first few are told.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from heapq import merge
from itertools import islice
from typing import Final

from negotiation.events.agreements import Consent
from negotiation.findings.types import RELATED_KEPT
from negotiation.state.ordered import remove_sorted
from negotiation.state.register_keys import Key, about_of, party_of
from negotiation.state.registers import Assertion

_LOOKED_THROUGH: Final = 2 * RELATED_KEPT
"""Among so many of a version are the first that dispute anyone, if nobody has more than `RELATED_KEPT` of them."""


class _Version:
    """The facts that consent to a version, by id, each with the parties that do so by it."""

    __slots__ = ("ids", "parties")

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.parties: dict[str, set[str]] = {}

    def without(self, party: str) -> Iterator[str]:
        """The facts by which anybody else consents."""
        return (fact for fact in self.ids if self.parties[fact] != {party})


class Consents:
    """The current consents to each document, by version."""

    __slots__ = ("_given", "_many", "_versions")

    def __init__(self) -> None:
        self._given: dict[Key, frozenset[tuple[str, str]]] = {}
        self._versions: dict[str, dict[str, _Version]] = {}
        self._many: dict[str, set[Key]] = {}

    def versions(self, about: str) -> int:
        """How many versions of a document (``document/treaty``) are consented to."""
        return len(self._versions.get(about, ()))

    def named(self, about: str) -> tuple[str, ...]:
        """The versions of a document that are consented to."""
        return tuple(self._versions.get(about, ()))

    def disputing(self, about: str, version: str, party: str) -> list[str]:
        """The first consents, by id, that other parties gave to other versions."""
        versions = self._versions.get(about, {})
        others = [one.without(party) for name, one in versions.items() if name != version]
        if not others:
            return []
        found = others[0] if len(others) == 1 else iter(dict.fromkeys(merge(*others)))
        return list(islice(found, RELATED_KEPT))

    def put(self, key: Key, standing: Iterable[Assertion]) -> set[str]:
        """A party's consents to a document are these now; give the facts whose dispute it can change."""
        about, party = about_of(key), party_of(key)
        now = frozenset(
            (one.known.event.version, one.known.id) for one in standing if isinstance(one.known.event, Consent)
        )
        before = self._given.get(key, frozenset())
        if now == before:
            return set()
        disputed = self.versions(about) > 1
        self._given[key] = now
        many = self._many.setdefault(about, set())
        anybody = bool(many)
        if len(now) > RELATED_KEPT:
            many.add(key)
        elif many:
            many.discard(key)
        versions = self._versions.setdefault(about, {})
        first = min([self._leave(versions, *one, party) for one in before - now], default=_LOOKED_THROUGH)
        last = min([self._enter(versions, *one, party) for one in now - before], default=_LOOKED_THROUGH)
        if not disputed and self.versions(about) < 2:
            return set()
        if min(first, last) < _LOOKED_THROUGH or many or anybody:
            return {fact for one in versions.values() for fact in one.ids} | {fact for _, fact in before}
        return {fact for _, fact in before ^ now}

    @staticmethod
    def _enter(versions: dict[str, _Version], version: str, fact: str, party: str) -> int:
        """Put a consent in; tell how many of the same version come before it."""
        one = versions.get(version)
        if one is None:
            one = _Version()
            versions[version] = one
        parties = one.parties.setdefault(fact, set())
        if not parties:
            insort(one.ids, fact)
        parties.add(party)
        return bisect_left(one.ids, fact)

    @staticmethod
    def _leave(versions: dict[str, _Version], version: str, fact: str, party: str) -> int:
        """Take a consent out; tell how many of the same version came before it."""
        one = versions[version]
        place = bisect_left(one.ids, fact)
        one.parties[fact].discard(party)
        if not one.parties[fact]:
            remove_sorted(one.ids, fact)
            if not one.ids:
                del versions[version]
        return place
