"""The fold: everything known in one unit (a negotiation with its rounds, or all parties), kept as registers.

The fold never refuses and is total on any subset of events, in any order. Taking one event in costs what that event
touches, not what the record holds. It knows which facts use which names, so that a fact whose ground is withdrawn,
or comes back, is looked at again.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, TypeAlias, get_args

from msgspec import Struct

from negotiation.assertions import assertions, ref_key
from negotiation.clocks import NOW, Reading
from negotiation.envelope import AnyFact, Recorded
from negotiation.facts import Known, Lives
from negotiation.grounds import grounds, introductions
from negotiation.journal import Journal
from negotiation.references import Ref
from negotiation.registers import Assertion, Key, Register, read
from negotiation.streams import stream

Watch: TypeAlias = tuple[str, ...]
"""What a fact is to be looked at again for.

``("changed", *key)``: a register. ``("changed", kind, about)``: all registers of a kind about something.
``("exists", *ref)``: whether a name is introduced. ``("listed", stream, family)``: whether a stream has any fact of a
family. ``("horizon",)``: the latest moment that has come. ``("named", party)``: a party is named for the first time.
"""

if TYPE_CHECKING:
    from negotiation.findings import Finding

AssertionId: TypeAlias = tuple[str, str]
"""A fact's id, and the account whose version of it this is (empty: the fact's own)."""


class Changes(Struct, gc=False):
    """What one or several events touched: registers, facts to be looked at again, streams, and what flipped.

    ``raised``: the findings that were not there before.
    """

    keys: set[Key]
    facts: set[str]
    streams: set[str]
    flips: set[Watch]
    raised: list["Finding"]

    @classmethod
    def none(cls) -> "Changes":
        """Nothing yet."""
        return cls(set(), set(), set(), set(), [])

    def join(self, other: "Changes") -> None:
        """Add what another batch touched."""
        self.keys |= other.keys
        self.facts |= other.facts
        self.streams |= other.streams
        self.flips |= other.flips
        self.raised += other.raised


class History:
    """One unit at one reading. ``parties`` tells whether a party is known (its own unit at the same reading)."""

    def __init__(self, reading: Reading = NOW, knows_party: Callable[[str], bool] | None = None) -> None:
        self.reading = reading
        self.journal = Journal()
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
        self._introduced: dict[Key, set[str]] = {}
        self._names: dict[str, tuple[Key, ...]] = {}
        self._watchers: dict[Watch, set[str]] = {}
        self._watched: dict[str, tuple[Watch, ...]] = {}
        self._listed: dict[tuple[str, str], list[tuple[int, int, str]]] = {}
        self._begins: list[tuple[int, str]] = []
        self._read: dict[Key, Register] = {}

    # -- taking events in

    def apply(self, event: Recorded) -> Changes:
        """Take one event in and tell what it touched. Never fails."""
        changes = Changes.none()
        if not self.reading.recorded(event):
            return changes
        journal = self.journal
        journal.put(self.versions, event.stream, max(event.version, self.versions.get(event.stream, 0)))
        journal.on_undo(setattr, self, "latest", self.latest)
        self.latest = max(self.latest, event.position)
        changes.streams.add(event.stream)
        root = self.lives.add(event, journal)
        if root is not None:
            self._look_at(root, changes)
        return changes

    def apply_all(self, events: Iterable[Recorded]) -> Changes:
        """Take several events in."""
        changes = Changes.none()
        for event in events:
            changes.join(self.apply(event))
        return changes

    def _look_at(self, fact: str, changes: Changes) -> None:
        """Read a fact again, and let the registers say what it says now."""
        before = self.known.get(fact, ()) + self.possible.get(fact, ())
        every = self.lives.known(fact, self.reading)
        certain = tuple(known for known in every if self.reading.happened(known.start))
        possible = tuple(
            known
            for known in every
            if not self.reading.happened(known.start) and self.reading.may_have_happened(known.start)
        )
        self._name_all(fact, every, changes)
        if certain + possible == before:
            self._look_at_watchers(changes)
            return
        horizon = self.horizon
        changes.facts.add(fact)
        for known in before:
            changes.streams.add(known.stream)
        self._unlist(fact, changes)
        self._put_known(self.known, fact, certain)
        self._put_known(self.possible, fact, possible)
        self._list(fact, certain, possible, changes)
        if self.horizon != horizon:
            changes.flips.add(("horizon",))
        self._look_at_watchers(changes)

    def _look_at_watchers(self, changes: Changes) -> None:
        for flip in changes.flips:
            changes.facts |= self._watchers.get(flip, set())
        for key in changes.keys:
            changes.facts |= self._watchers.get(("changed", *key), set())
            changes.facts |= self._watchers.get(("changed", key[0], key[1]), set())

    def _put_known(self, target: dict[str, tuple[Known, ...]], fact: str, knowns: tuple[Known, ...]) -> None:
        if knowns:
            self.journal.put(target, fact, knowns)
        else:
            self.journal.remove(target, fact)

    def _unlist(self, fact: str, changes: Changes) -> None:
        for known in self.known.get(fact, ()):
            for assertion in assertions(known):
                self._change(self._registers, assertion, changes, gone=True)
        for known in self.possible.get(fact, ()):
            for assertion in assertions(known):
                self._change(self._may_have_changed, assertion, changes, gone=True)
        for known in self.known.get(fact, ())[:1]:
            family = (known.stream, family_of(known))
            self.journal.remove_sorted(self._listed[family], place(known))
            if not self._listed[family]:
                changes.flips.add(("listed", *family))
            self.journal.remove_sorted(self._begins, (known.start.begins, fact))

    def _list(self, fact: str, certain: Sequence[Known], possible: Sequence[Known], changes: Changes) -> None:
        for known in certain:
            for assertion in assertions(known):
                self._change(self._registers, assertion, changes, gone=False)
        for known in possible:
            for assertion in assertions(known):
                self._change(self._may_have_changed, assertion, changes, gone=False)
        for known in certain[:1]:
            family = (known.stream, family_of(known))
            listed = self._listed.setdefault(family, [])
            if not listed:
                changes.flips.add(("listed", *family))
            self.journal.insert_sorted(listed, place(known))
            self.journal.insert_sorted(self._begins, (known.start.begins, fact))

    def _change(
        self, target: dict[Key, dict[AssertionId, Assertion]], assertion: Assertion, changes: Changes, *, gone: bool
    ) -> None:
        key = assertion.key
        changes.keys.add(key)
        self._read.pop(key, None)
        self.journal.on_undo(self._read.pop, key, None)
        register = target.setdefault(key, {})
        which = (assertion.known.id, assertion.known.account or "")
        if gone:
            self.journal.remove(register, which)
        else:
            self.journal.put(register, which, assertion)
        keys = self._keys.setdefault(key[0], {}).setdefault(key[1], set())
        if self._registers.get(key) or self._may_have_changed.get(key):
            self.journal.add(keys, key)
        else:
            self.journal.discard(keys, key)

    def _name_all(self, fact: str, every: Sequence[Known], changes: Changes) -> None:
        """Take note of the names that a fact gives, its own id among them, from the date at which it can have begun.

        What was already so by a day can have begun at any date before it.
        """
        names: tuple[Key, ...] = ()
        for known in every[:1]:
            if self.reading.may_have_happened(known.start) or known.when.text.startswith("../"):
                given = (ref_key(one.ref) for one in introductions(known.event, stream(known.stream)))
                names = (("event", fact, "", ""), *given)
        before = self._names.get(fact, ())
        if names == before:
            return
        for name in before:
            self._name(name, fact, changes, gone=True)
        for name in names:
            self._name(name, fact, changes, gone=False)
        self.journal.put(self._names, fact, names)

    def _name(self, name: Key, fact: str, changes: Changes, *, gone: bool) -> None:
        facts = self._introduced.setdefault(name, set())
        was = bool(facts)
        if gone:
            self.journal.discard(facts, fact)
        else:
            self.journal.add(facts, fact)
        if was != bool(facts):
            changes.flips.add(("exists", *name))

    # -- watching

    def watch(self, fact: str, watches: tuple[Watch, ...], changes: Changes) -> None:
        """Look at this fact again whenever one of these changes; replaces what was watched for it before.

        A party that no fact named before is told among the flips: ``("named", party)``.
        """
        before = self._watched.get(fact, ())
        if before == watches:
            return
        for watch in before:
            self.journal.discard(self._watchers[watch], fact)
        for watch in watches:
            self.journal.add(self._watchers.setdefault(watch, set()), fact)
        for watch in {*before, *watches}:
            if watch[:2] == ("exists", "party"):
                self._name_party(watch[2], changes, named=bool(self._watchers[watch]))
        self.journal.put(self._watched, fact, watches)

    def _name_party(self, party: str, changes: Changes, *, named: bool) -> None:
        if named and party not in self.parties_named:
            self.journal.add(self.parties_named, party)
            changes.flips.add(("named", party))
        elif not named:
            self.journal.discard(self.parties_named, party)

    def watching(self, watch: Watch) -> set[str]:
        """The facts that are looked at again when this changes."""
        return self._watchers.get(watch, set())

    # -- asking

    def naming(self, party: str) -> set[str]:
        """The facts that name this party, as far as they are watched."""
        return self._watchers.get(("exists", "party", party, "", ""), set())

    def knows(self, ref: Ref) -> bool:
        """Whether what the reference names is known at this reading, certainly or possibly."""
        if ref.kind == "party" and self._knows_party is not None:
            return self._knows_party(ref.id)
        return bool(self._introduced.get(ref_key(ref)))

    def introducers(self, ref: Ref) -> list[Known]:
        """The facts that gave this name and certainly stand, by date."""
        facts = [known for fact in self._introduced.get(ref_key(ref), ()) for known in self.known.get(fact, ())[:1]]
        return sorted(facts, key=lambda known: (known.stands, known.id))

    def unsupported(self, known: Known) -> list[Ref]:
        """The names that the fact uses and nothing introduces any more."""
        return [
            ground.ref
            for ground in grounds(known.event)
            if not ground.pointer.startswith("/after") and not self.knows(ground.ref)
        ]

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

    def count_facts(self, stream_name: str, family: str) -> int:
        """How many facts of one family there are in one stream."""
        return len(self._listed.get((stream_name, family), ()))

    def has_facts(self, stream_name: str) -> bool:
        """Whether any fact of the stream stands."""
        return any(self._listed.get((stream_name, family)) for family in FAMILIES)

    def facts(self, stream_name: str, family: str) -> list[str]:
        """The ids of the facts of one family in one stream, by date."""
        return [fact for _, _, fact in self._listed.get((stream_name, family), ())]

    @property
    def horizon(self) -> int:
        """The latest moment that has certainly come at this reading: its date, else the last beginning of a fact."""
        if self.reading.happened_by is not None:
            return self.reading.happened_by
        return self._begins[-1][0] if self._begins else 0


FAMILIES = tuple({cls.__mro__[1].__name__: None for cls in get_args(AnyFact)})
"""The families of the catalogue, by the names of their shapes."""


def family_of(known: Known) -> str:
    """The catalogue family of a fact, by its shape's name: ``Demand``, ``Answer``, ``Talks`` ..."""
    return type(known.event).__mro__[1].__name__


def place(known: Known) -> tuple[int, int, str]:
    """Where a fact stands in a list by date; never by recording."""
    return (known.stands.begins, known.stands.ends, known.id)
