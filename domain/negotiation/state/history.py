"""The fold: everything known in one unit (a negotiation with its rounds, or all parties), kept as registers.

The fold never refuses and is total on any subset of events, in any order. Taking one event in costs what that event
touches, not what the record holds. It knows which facts use which names, so that a fact whose ground is withdrawn,
or comes back, is looked at again.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from typing import TypeAlias

from msgspec import Struct

from negotiation.clocks import NOW, Reading
from negotiation.envelope import Recorded
from negotiation.findings.types import Finding
from negotiation.references import Named
from negotiation.state.facts import Known, Lives
from negotiation.state.grounds import introductions
from negotiation.state.journal import Changing, Final, Journal
from negotiation.state.registers import Assertion, Key, Register, read
from negotiation.state.values import assertions
from negotiation.streams import stream

Watch: TypeAlias = tuple[str, ...]
"""What a fact is to be looked at again for.

``("changed", *key)``: a register. ``("changed", kind, about)``: all registers of a kind about something.
``("exists", *ref)``: whether a name is introduced. ``("listed", stream, family)``: whether a stream has any fact of a
family. ``("horizon",)``: the latest moment that has come. ``("named", party)``: a party is named for the first time.
"""

_NOBODY: AbstractSet[str] = frozenset()

AssertionId: TypeAlias = tuple[str, str]
"""A fact's id, and the account whose version of it this is (empty: the fact's own)."""


class Changes(Struct, gc=False):
    """What one or several events touched: registers, facts to be looked at again, streams, and what flipped.

    ``found``: the facts whose findings are others than before; ``raised``: the findings that were not there before.
    """

    keys: set[Key]
    facts: set[str]
    streams: set[str]
    flips: set[Watch]
    found: set[str]
    raised: list[Finding]

    @classmethod
    def none(cls) -> "Changes":
        """Nothing yet."""
        return cls(set(), set(), set(), set(), set(), [])

    def join(self, other: "Changes") -> None:
        """Add what another batch touched."""
        self.keys |= other.keys
        self.facts |= other.facts
        self.streams |= other.streams
        self.flips |= other.flips
        self.found |= other.found
        self.raised += other.raised


class History:
    """One unit at one reading. ``parties`` tells whether a party is known (its own unit at the same reading)."""

    def __init__(self, reading: Reading = NOW, knows_party: Callable[[str], bool] | None = None) -> None:
        self.reading = reading
        self.journal = Journal()
        self.change: Changing = self.journal
        self.lives = Lives()
        self.known: dict[str, tuple[Known, ...]] = {}
        self.possible: dict[str, tuple[Known, ...]] = {}
        self.versions: dict[str, int] = {}
        self.latest = 0
        self.parties_named: set[str] = set()
        self._knows_party = knows_party
        self._registers: dict[Key, dict[AssertionId, Assertion]] = {}
        self._may_have_changed: dict[Key, dict[AssertionId, Assertion]] = {}
        self._keys: dict[str, dict[str, set[Key]]] = {}
        self._kinds: dict[str, dict[str, set[Key]]] = {}
        self._introduced: dict[Key, set[str]] = {}
        self._names: dict[str, tuple[Key, ...]] = {}
        self._watchers: dict[Watch, set[str]] = {}
        self._watched: dict[str, tuple[Watch, ...]] = {}
        self._listed: dict[str, dict[str, list[tuple[int, int, str]]]] = {}
        self._begins: list[tuple[int, str]] = []
        self._read: dict[Key, Register] = {}

    # -- taking events in

    def apply(self, event: Recorded) -> Changes:
        """Take one event in and tell what it touched. Never fails."""
        return self.apply_all((event,))

    def apply_all(self, events: Iterable[Recorded]) -> Changes:
        """Take several events in."""
        changes = Changes.none()
        for event in events:
            if self.reading.recorded(event):
                self._take(event, changes)
        self._look_at_watchers(changes)
        return changes

    @contextmanager
    def for_good(self) -> Iterator[None]:
        """Nothing that is changed meanwhile can be taken back, nor what was changed before."""
        self.journal.keep()
        self.change = Final()
        try:
            yield
        finally:
            self.change = self.journal

    def _take(self, event: Recorded, changes: Changes) -> None:
        change = self.change
        change.put(self.versions, event.stream, max(event.version, self.versions.get(event.stream, 0)))
        change.on_undo(setattr, self, "latest", self.latest)
        self.latest = max(self.latest, event.position)
        changes.streams.add(event.stream)
        root = self.lives.add(event, change)
        if root is not None:
            self._look_at(root, changes)

    def _look_at(self, fact: str, changes: Changes) -> None:
        """Read a fact again, and let the registers say what it says now."""
        certain = every = self.lives.known(fact, self.reading)
        possible: tuple[Known, ...] = ()
        if self.reading.happened_by is not None:
            certain, possible = self._by_date(every)
        self._name_all(fact, every, changes)
        before = self.known.get(fact, ()) + self.possible.get(fact, ())
        if certain + possible == before:
            return
        horizon = self.horizon
        changes.facts.add(fact)
        if before:
            changes.streams.update(known.stream for known in before)
            self._unlist(fact, changes)
        for known in certain[:1]:
            for name in known.uses:
                if name.kind == "party" and name.id not in self.parties_named:
                    changes.flips.add(("named", name.id))
        self._put_known(self.known, fact, certain)
        self._put_known(self.possible, fact, possible)
        self._list(fact, certain, possible, changes)
        if self.horizon != horizon:
            changes.flips.add(("horizon",))

    def _by_date(self, every: tuple[Known, ...]) -> tuple[tuple[Known, ...], tuple[Known, ...]]:
        """What has certainly happened at the reading's date, and what possibly has."""
        reading = self.reading
        certain = tuple(known for known in every if reading.happened(known.start))
        possible = (known for known in every if reading.may_have_happened(known.start))
        return certain, tuple(known for known in possible if not reading.happened(known.start))

    def _look_at_watchers(self, changes: Changes) -> None:
        watchers = self._watchers
        if not watchers:
            return
        for flip in changes.flips:
            changes.facts |= watchers.get(flip, _NOBODY)
        for key in changes.keys:
            changes.facts |= watchers.get(("changed", *key), _NOBODY)
        for about in {key[:2] for key in changes.keys}:
            changes.facts |= watchers.get(("changed", *about), _NOBODY)

    def _put_known(self, target: dict[str, tuple[Known, ...]], fact: str, knowns: tuple[Known, ...]) -> None:
        if knowns:
            self.change.put(target, fact, knowns)
        else:
            self.change.remove(target, fact)

    def _unlist(self, fact: str, changes: Changes) -> None:
        for known in self.known.get(fact, ()):
            for assertion in assertions(known):
                self._withdraw(self._registers, assertion, changes)
        for known in self.possible.get(fact, ()):
            for assertion in assertions(known):
                self._withdraw(self._may_have_changed, assertion, changes)
        for known in self.known.get(fact, ())[:1]:
            family = family_of(known)
            listed = self._listed[known.stream][family]
            self.change.remove_sorted(listed, place(known))
            if not listed:
                changes.flips.add(("listed", known.stream, family))
            self.change.remove_sorted(self._begins, (known.start.begins, fact))

    def _list(self, fact: str, certain: Sequence[Known], possible: Sequence[Known], changes: Changes) -> None:
        for known in certain:
            for assertion in assertions(known):
                self._assert(self._registers, assertion, changes)
        for known in possible:
            for assertion in assertions(known):
                self._assert(self._may_have_changed, assertion, changes)
        if certain:
            known = certain[0]
            family = family_of(known)
            listed = self._listed.setdefault(known.stream, {}).setdefault(family, [])
            if not listed:
                changes.flips.add(("listed", known.stream, family))
            self.change.insert_sorted(listed, place(known))
            self.change.insert_sorted(self._begins, (known.start.begins, fact))

    def _assert(self, target: dict[Key, dict[AssertionId, Assertion]], assertion: Assertion, changes: Changes) -> None:
        key, _, known = assertion
        self._reads_differently(key, changes)
        register = target.setdefault(key, {})
        if not register:
            self.change.add(self._keys_of(key[0], key[1]), key)
        self.change.put(register, (known.id, known.account or ""), assertion)

    def _withdraw(
        self, target: dict[Key, dict[AssertionId, Assertion]], assertion: Assertion, changes: Changes
    ) -> None:
        key, _, known = assertion
        self._reads_differently(key, changes)
        self.change.remove(target[key], (known.id, known.account or ""))
        if not (self._registers.get(key) or self._may_have_changed.get(key)):
            self.change.discard(self._keys[key[0]][key[1]], key)

    def _keys_of(self, kind: str, about: str) -> set[Key]:
        """The keys of one kind about something, to be added to: found by kind, and by what they are about."""
        abouts = self._keys.setdefault(kind, {})
        keys = abouts.get(about)
        if keys is None:
            keys = abouts[about] = self._kinds.setdefault(about, {})[kind] = set()
        return keys

    def _reads_differently(self, key: Key, changes: Changes) -> None:
        changes.keys.add(key)
        if key in self._read:
            del self._read[key]
        self.change.on_undo(self._read.pop, key, None)

    def _name_all(self, fact: str, every: Sequence[Known], changes: Changes) -> None:
        """Take note of the names that a fact gives, its own id among them, from the date at which it can have begun.

        What was already so by a day can have begun at any date before it.
        """
        names: tuple[Key, ...] = ()
        for known in every[:1]:
            if self.reading.may_have_happened(known.start) or known.when.text.startswith("../"):
                given = [one.name for one in introductions(known.event, stream(known.stream))]
                names = (("event", fact, "", ""), *given)
        before = self._names.get(fact, ())
        if names == before:
            return
        for name in before:
            facts = self._introduced[name]
            self.change.discard(facts, fact)
            if not facts:
                changes.flips.add(("exists", *name))
        for name in names:
            facts = self._introduced.setdefault(name, set())
            if not facts:
                changes.flips.add(("exists", *name))
            self.change.add(facts, fact)
        self.change.put(self._names, fact, names)

    # -- watching

    def watch(self, fact: str, watches: tuple[Watch, ...]) -> None:
        """Look at this fact again whenever one of these changes; replaces what was watched for it before."""
        before = self._watched.get(fact, ())
        if before == watches:
            return
        for watch in set(before).difference(watches) if before else ():
            facts = self._watchers[watch]
            self.change.discard(facts, fact)
            if not facts and watch[:2] == ("exists", "party"):
                self.change.discard(self.parties_named, watch[2])
        for watch in set(watches).difference(before) if before else watches:
            facts = self._watchers.setdefault(watch, set())
            if not facts and watch[:2] == ("exists", "party"):
                self.change.add(self.parties_named, watch[2])
            self.change.add(facts, fact)
        self.change.put(self._watched, fact, watches)

    def watching(self, watch: Watch) -> AbstractSet[str]:
        """The facts that are looked at again when this changes."""
        return self._watchers.get(watch, _NOBODY)

    # -- asking

    def knows(self, name: Named) -> bool:
        """Whether what has this name is known at this reading, certainly or possibly."""
        if self._knows_party is not None and name[0] == "party":
            return self._knows_party(name[1])
        return bool(self._introduced.get(name))

    def introducers(self, name: Named) -> list[Known]:
        """The facts that gave this name and certainly stand, by date."""
        facts = [known for fact in self._introduced.get(name, ()) for known in self.known.get(fact, ())[:1]]
        return sorted(facts, key=lambda known: (known.stands, known.id))

    def unsupported(self, known: Known) -> list[Named]:
        """The names that the fact uses and nothing introduces any more."""
        return [name for name in known.uses if not self.knows(name)]

    def keys(self, kind: str, about: str = "") -> set[Key]:
        """The keys of all registers of one kind, of one round or party, or (empty) of the negotiation."""
        return {key for key in self._keys.get(kind, {}).get(about, ()) if self._registers.get(key)}

    def keys_of_kind(self, kind: str) -> set[Key]:
        """The keys of all registers of one kind, whatever they belong to."""
        return {key for about in self._keys.get(kind, ()) for key in self.keys(kind, about)}

    def all_keys(self) -> set[Key]:
        """The keys of all registers that have a value."""
        return {key for key, assertions in self._registers.items() if assertions}

    def may_change(self, *key: str) -> bool:
        """Whether a fact that can have happened by the reading's date, but not certainly, says anything of this.

        Of one register, or of all of a kind about something.
        """
        if not self.possible:
            return False
        kind, about, *rest = key
        every = [key] if rest else self._keys.get(kind, {}).get(about, ())
        return any(self._may_have_changed.get(one) for one in every)

    def count(self, kind: str, about: str = "") -> int:
        """How many registers of one kind there are, of one round or party, or (empty) of the negotiation."""
        if self.possible:
            return len(self.keys(kind, about))
        return len(self._keys.get(kind, {}).get(about, ()))

    def counts(self, about: str = "") -> dict[str, int]:
        """How many registers there are of each kind, as `count` tells of one; kinds without any may be left out."""
        found = self._kinds.get(about, {})
        return {kind: self.count(kind, about) if self.possible else len(keys) for kind, keys in found.items()}

    def count_abouts(self, kind: str) -> int:
        """About how many things there are registers of one kind: of how many rounds, of how many documents."""
        if self.possible:
            return len({key[1] for key in self.keys_of_kind(kind)})
        return sum(map(bool, self._keys.get(kind, {}).values()))

    def assertions(self, key: Key) -> dict[AssertionId, Assertion]:
        """All values of a register that are not withdrawn, current or not."""
        return self._registers.get(key, {})

    def register(self, key: Key) -> Register:
        """How a register reads."""
        found = self._read.get(key)
        if found is None:
            possible = bool(self._may_have_changed.get(key))
            found = self._read[key] = read(self._registers.get(key, {}).values(), may_have_changed=possible)
        return found

    def may_have_changed(self) -> bool:
        """Whether any fact can have happened by the reading's date, but not certainly."""
        return bool(self.possible)

    def fact_counts(self, stream_name: str) -> dict[str, int]:
        """How many facts there are in one stream, by family; families without any may be left out."""
        return {family: len(listed) for family, listed in self._listed.get(stream_name, {}).items()}

    def has_facts(self, stream_name: str, family: str = "") -> bool:
        """Whether any fact of the stream stands, of one family or (empty) of any."""
        listed = self._listed.get(stream_name, {})
        return bool(listed.get(family)) if family else any(listed.values())

    @property
    def horizon(self) -> int:
        """The latest moment that has certainly come at this reading: its date, else the last beginning of a fact."""
        if self.reading.happened_by is not None:
            return self.reading.happened_by
        return self._begins[-1][0] if self._begins else 0


def family_of(known: Known) -> str:
    """The catalogue family of a fact, by its shape's name: ``Demand``, ``Answer``, ``Talks`` ..."""
    return type(known.event).__mro__[1].__name__


def place(known: Known) -> tuple[int, int, str]:
    """Where a fact stands in a list by date; never by recording."""
    return (known.stands.begins, known.stands.ends, known.id)
