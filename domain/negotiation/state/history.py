"""The fold: everything known in one unit (a negotiation with its rounds, or all parties), kept as registers.

The fold never refuses and is total on any subset of events, in any order. Taking one event in costs what that event
touches, not what the record holds.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from typing import Any, Final

from negotiation.clocks import NOW, Reading
from negotiation.dates import Begun, Interval
from negotiation.envelope import Recorded
from negotiation.events.agreements import AgreementSuspended
from negotiation.events.parties import PartyExpelled, PartyLeft, PartySuspended, PartyWalkedOut
from negotiation.events.positions import CommitmentSuspended
from negotiation.references import Named
from negotiation.state import register_keys
from negotiation.state.changes import MOVED, Changes
from negotiation.state.conditions import Verdict, is_void, left, verdict
from negotiation.state.consents import Consents
from negotiation.state.facts import REPLACING, Known, Lives
from negotiation.state.families import FAMILY_OF, of_families
from negotiation.state.filled import Filled
from negotiation.state.horizon import Dates, Horizon
from negotiation.state.latest import OF_DOCUMENTS, Latest
from negotiation.state.lifetimes import OF_LIFETIMES, Lifetime, lifetime
from negotiation.state.names import names_given
from negotiation.state.register_keys import Key, Kind, about, about_of, kind_of, named_in, votes_of
from negotiation.state.registers import Assertion, AssertionId, Register, chronological, current, read
from negotiation.state.sets import current_of, read_of
from negotiation.state.uses import Uses
from negotiation.state.values import assertions, keys_of
from negotiation.streams import stream

__all__ = ["Changes", "History"]

_EMPTY, _EVENT, _BYTE = 10_000, 400, 3.5
_REGISTER, _ASSERTION = 250, 350
_NAME_GIVEN, _NAME_USED, _USE = 450, 250, 110
"""About how many bytes each of them takes, as tests hold against what Python says; a byte is one of an event's JSON."""
GONE: Final = of_families(PartySuspended, PartyExpelled, PartyWalkedOut, PartyLeft)
"""That a party is not there any more."""
PAUSES: Final = frozenset({AgreementSuspended, CommitmentSuspended}) | GONE
"""What leaves things as they were before when it ends. What else ends stands no more, nor what it succeeded."""


class History:
    """One unit at one reading.

    ``lifetimes``: the parties of this unit with a known beginning or end. ``parties`` gives the parties' own unit at
    the same reading, ``knows_party`` tells whether a party is known there; None where this is that unit.
    """

    def __init__(
        self,
        reading: Reading = NOW,
        knows_party: Callable[[str], bool] | None = None,
        parties: "Callable[[], History] | None" = None,
    ) -> None:
        self.reading = reading
        self.lives = Lives()
        self.known: dict[str, tuple[Known, ...]] = {}
        self.possible: dict[str, tuple[Known, ...]] = {}
        self.versions: dict[str, int] = {}
        self.latest = 0
        self.uses = Uses()
        self.consents = Consents()
        self.last_of_documents = Latest()
        self.lifetimes: dict[str, Lifetime] = {}
        self._now: History | None = None
        self._parties = parties
        self._knows_party = knows_party
        self._asked: dict[str, bool] | None = None
        self._registers: dict[Key, dict[AssertionId, Assertion]] = {}
        self._may_have_changed: dict[Key, dict[AssertionId, Assertion]] = {}
        self._keys = Filled()
        self._introduced: dict[tuple[str, ...], set[str]] = {}
        self._names: dict[str, tuple[Named, ...]] = {}
        self._counted: dict[str, dict[str, int]] = {}
        self._possibly: dict[str, int] = {}
        self._unsure = 0
        self._limits = Dates[tuple[Key, AssertionId]]()
        self._passing: dict[Key, int] = {}
        self._hanging: dict[str, dict[Key, int]] = {}
        self._verdicts: dict[str, Verdict] = {}
        self._horizon = Horizon()
        self._read: dict[Key, Register] = {}
        self._standing: dict[Key, tuple[Assertion, ...]] = {}
        self._noted: dict[tuple[str, ...], dict[Any, Any]] = {}
        self._introducers: dict[tuple[str, ...], tuple[Known, ...]] = {}

    # -- taking events in

    def apply(self, event: Recorded) -> Changes:
        """Take one event in and tell what it touched. Never fails."""
        return self.apply_all((event,))

    def apply_all(self, events: Iterable[Recorded]) -> Changes:
        """Take several events in."""
        changes = Changes.none()
        before = self._horizon.begun
        # A fact is read once for all that came about it; but what it said before it was replaced is told too.
        touched: dict[str, None] = {}
        for event in events:
            if self.reading.as_of is None or self.reading.recorded(event):
                self._take(event, touched, changes)
        for fact in touched:
            self._look_at(fact, changes)
        if before is not self._horizon.begun and self.reading.happened_by is None:
            self._come_to(before, self._horizon.begun, changes)
        for key in [key for key in changes.moved if kind_of(key) == "performance"]:
            self._assessed(named_in(about_of(key), "condition"), changes)
        for key in changes.moved:
            self._move(key, changes)
        return changes

    def _assessed(self, condition: str, changes: Changes) -> None:
        """Somebody's assessment of a condition is another: what hangs on it can read differently."""
        self._verdicts.pop(condition, None)
        for key in self._hanging.get(condition, ()):
            for one in self._registers.get(key, {}).values():
                if any(condition == hung.condition for hung in one.known.event.conditions):
                    self._reads_differently(key, one.known, changes)

    def _come_to(self, before: Begun, now: Begun, changes: Changes) -> None:
        """Look again at what has passed since the record had come so far, or has not passed any more."""
        changes.facts.update(self.uses.due.between(before, now))
        for key, which in self._limits.between(before, now):
            self._reads_differently(key, self._registers[key][which].known, changes)

    def _move(self, key: Key, changes: Changes) -> None:
        """Keep up with a register of which more is kept than what it reads."""
        kind = kind_of(key)
        if kind in OF_DOCUMENTS:
            self.last_of_documents.put(key, self.last(key))
        if kind == "vote":
            self._noted.pop(votes_of(key), None)
        elif kind == "consent":
            changes.facts |= self.consents.put(key, self.standing(key))
        elif kind == "performance":
            self.uses.assess(key, self.standing(key))
        elif kind in OF_LIFETIMES:
            self._live(about_of(key), changes)

    def _live(self, party: str, changes: Changes) -> None:
        """A party began and ended by these facts now."""
        now = lifetime(
            self.assertions(register_keys.party_kind(party)).values(), self.standing(register_keys.succession(party))
        )
        if now == self.lifetimes.get(party, Lifetime()):
            return
        changes.flips.add(("lived", party))
        if any(now):
            self.lifetimes[party] = now
        else:
            del self.lifetimes[party]

    def _take(self, event: Recorded, touched: dict[str, None], changes: Changes) -> None:
        name, version = event.stream, event.version
        if version > self.versions.get(name, 0):
            self.versions[name] = version
        self.latest = max(self.latest, event.position)
        changes.streams.add(name)
        body: Any = event.event
        if type(body) in REPLACING and touched:
            before = self.lives.root(body.target)
            if before is not None and before in touched:
                del touched[before]
                self._look_at(before, changes)
        root = self.lives.add(event)
        if root is not None:
            touched[root] = None

    def _look_at(self, fact: str, changes: Changes) -> None:
        """Read a fact again, and let the registers say what it says now."""
        certain = every = self.lives.known(fact, self.reading)
        possible: tuple[Known, ...] = ()
        if self.reading.happened_by is not None:
            certain, possible = self._by_date(every)
        self._name_all(fact, every, changes)
        was, was_possible = self.known.get(fact, ()), self.possible.get(fact, ())
        if certain == was and possible == was_possible:
            return
        changes.facts.add(fact)
        if was or was_possible:
            self._unlist(was, was_possible, changes)
        if certain:
            self.known[fact] = certain
        elif was:
            self.known.pop(fact, None)
        if possible:
            self.possible[fact] = possible
        elif was_possible:
            self.possible.pop(fact, None)
        self._list(certain, possible, changes)

    def _by_date(self, every: tuple[Known, ...]) -> tuple[tuple[Known, ...], tuple[Known, ...]]:
        """What has certainly happened at the reading's date, and what possibly has."""
        certain = tuple(known for known in every if self.reading.happened(known.start))
        rest = (known for known in every if not self.reading.happened(known.start))
        return certain, tuple(known for known in rest if self.reading.may_have_happened(known.start))

    def _unlist(self, certain: Sequence[Known], possible: Sequence[Known], changes: Changes) -> None:
        for known in certain:
            changes.streams.add(known.stream)
            self._withdraw(self._given(known, sure=True), known, changes)
        for known in possible:
            changes.streams.add(known.stream)
            self._withdraw(self._given(known, sure=False), known, changes)
            self._possibly[known.stream] -= 1
        if certain:
            known = certain[0]
            self._count(known, -1, changes)
            self.uses.leave(known)
            self._horizon.leave(known.when.last)

    def _list(self, certain: Sequence[Known], possible: Sequence[Known], changes: Changes) -> None:
        for known in certain:
            self._assert(self._given(known, sure=True), known, changes)
        for known in possible:
            self._assert(self._given(known, sure=False), known, changes)
            self._possibly[known.stream] = self._possibly.get(known.stream, 0) + 1
        if certain:
            known = certain[0]
            self._count(known, 1, changes)
            for party in self.uses.enter(known):
                changes.flips.add(("named", party))
            self._horizon.enter(known.when.until or known.when.start)

    def _count(self, known: Known, more: int, changes: Changes) -> None:
        counted = self._counted.get(known.stream)
        if counted is None:
            counted = self._counted[known.stream] = {}
        family = FAMILY_OF[type(known.event)]
        before = counted.get(family, 0)
        counted[family] = before + more
        if not before or not before + more:
            changes.flips.add(("listed", known.stream, family))

    def _given(self, known: Known, *, sure: bool) -> dict[Key, dict[AssertionId, Assertion]] | None:
        """The registers that a fact gives values to: those that stand, or may; None before it can have taken effect."""
        if known.event.effective is None:
            return self._registers if sure else self._may_have_changed
        if sure and self.reading.happened(known.takes_effect):
            return self._registers
        return self._may_have_changed if self.reading.may_have_happened(known.takes_effect) else None

    def _assert(self, target: dict[Key, dict[AssertionId, Assertion]] | None, known: Known, changes: Changes) -> None:
        if target is None:
            return
        for assertion in assertions(known):
            key = assertion.key
            self._reads_differently(key, known, changes)
            register = target.get(key)
            if register is None:
                register = target[key] = {}
            if not register:
                self._keys.add(key)
            register[known.id, known.account or ""] = assertion
            if target is self._may_have_changed:
                self._unsure += 1
                continue
            if known.until is not None:
                self._limits.enter(known.until, (key, (known.id, known.account or "")))
            if known.event.conditions:
                self._hang(key, known, 1)
            if known.until is not None or known.event.conditions:
                self._passing[key] = self._passing.get(key, 0) + 1

    def _withdraw(self, target: dict[Key, dict[AssertionId, Assertion]] | None, known: Known, changes: Changes) -> None:
        if target is None:
            return
        for key in keys_of(known):
            self._reads_differently(key, known, changes)
            del target[key][known.id, known.account or ""]
            if target is self._may_have_changed:
                self._unsure -= 1
            else:
                if known.until is not None:
                    self._limits.leave(known.until, (key, (known.id, known.account or "")))
                if known.event.conditions:
                    self._hang(key, known, -1)
                if known.until is not None or known.event.conditions:
                    self._passing[key] -= 1
            if not (self._registers.get(key) or self._may_have_changed.get(key)):
                self._keys.discard(key)

    def _hang(self, key: Key, known: Known, more: int) -> None:
        """A value in a register hangs on its conditions, or does not any more."""
        for condition in known.event.conditions:
            hanging = self._hanging.setdefault(condition.condition, {})
            hanging[key] = hanging.get(key, 0) + more
            if not hanging[key]:
                del hanging[key]

    def _reads_differently(self, key: Key, known: Known, changes: Changes) -> None:
        changes.keys.add(key)
        if kind_of(key) in MOVED:
            changes.moved.setdefault(key, []).append(known)
        if key in self._read or key in self._standing or key in self._noted:
            self._forget(key)

    def _forget(self, key: Key) -> None:
        """Forget what was derived from a register."""
        self._read.pop(key, None)
        self._standing.pop(key, None)
        self._noted.pop(key, None)

    def _name_all(self, fact: str, every: Sequence[Known], changes: Changes) -> None:
        """Take note of the names that a fact gives, its own id among them, from the date at which it can have begun."""
        names = self._named_by(every[0]) if every else None
        before = self._names.get(fact)
        for name in (*(before or ()), *(names or ())) if before or names else ():
            self._introducers.pop(name, None)
        if names == before:
            return
        if names is None:
            self._names.pop(fact, None)
        else:
            self._names[fact] = names
        if before is None or names is None:
            changes.facts |= self.uses.of(("event", fact, "", ""))
        if before or names:
            self._give(fact, before or (), names or (), changes)

    def _named_by(self, known: Known) -> tuple[Named, ...] | None:
        """The names that it gives; None before it can have begun."""
        if self.reading.may_have_happened(known.start):
            return names_given(known.event, stream(known.stream))
        return None

    def _give(self, fact: str, before: tuple[Named, ...], names: tuple[Named, ...], changes: Changes) -> None:
        """A fact gives these names now."""
        for name in before:
            facts = self._introduced[name]
            facts.discard(fact)
            if not facts:
                self._flips(name, changes)
        for name in names:
            facts = self._introduced.setdefault(name, set())
            if not facts:
                self._flips(name, changes)
            facts.add(fact)

    def _flips(self, name: Named, changes: Changes) -> None:
        changes.facts |= self.uses.of(name)
        if name[0] == "party":
            changes.flips.add(("exists", *name))

    def weight(self, written: int) -> int:
        """About how many bytes of memory it takes, if its events are so many bytes of JSON. Looks at all there is."""
        registers = [*self._registers.values(), *self._may_have_changed.values()]
        return (
            _EMPTY
            + _EVENT * len(self.lives.events)
            + int(_BYTE * written)
            + _REGISTER * len(registers)
            + _ASSERTION * sum(map(len, registers))
            + _NAME_GIVEN * len(self._introduced)
            + _NAME_USED * self.uses.names
            + _USE * self.uses.total
        )

    def dissolve(self) -> None:
        """Let go of everything, bit by bit: the interpreter does nothing else while it lets go of all at once."""
        for pile in (*vars(self).values(), self.lives.events, *self.uses.piles):
            while isinstance(pile, dict) and pile:
                pile.popitem()

    # -- asking

    def knows(self, name: Named) -> bool:
        """Whether what has this name is known at this reading, certainly or possibly."""
        kind = name[0]
        if kind == "party" and self._knows_party is not None:
            if self._asked is None:
                return self._knows_party(name[1])
            known = self._asked.get(name[1])
            if known is None:
                known = self._asked[name[1]] = self._knows_party(name[1])
            return known
        return name[1] in self._names if kind == "event" else bool(self._introduced.get(name))

    @contextmanager
    def asking_once(self) -> Iterator[None]:
        """Ask of the parties only once what is known of them, until this ends: meanwhile nothing changes."""
        self._asked = {}
        self._now = self.parties
        try:
            yield
        finally:
            self._asked = self._now = None

    def introducers(self, name: Named) -> tuple[Known, ...]:
        """The facts that gave this name and certainly stand, by date."""
        if name[0] == "event":
            return self.known.get(name[1], ())[:1]
        found = self._introducers.get(name)
        if found is None:
            every = [self.known[fact][0] for fact in self._introduced.get(name, ()) if fact in self.known]
            found = self._introducers[name] = tuple(sorted(every, key=lambda known: (known.stands.by_date, known.id)))
        return found

    @property
    def parties(self) -> "History":
        """What is known of the parties at the same reading."""
        return self._now or (self if self._parties is None else self._parties())

    def unsupported(self, known: Known) -> list[Named]:
        """The names that the fact uses and nothing introduces any more."""
        return [name for name in known.uses if not self.knows(name)]

    @property
    def parties_named(self) -> AbstractSet[str]:
        """The parties that facts name."""
        return self.uses.parties

    def watching(self, name: Named) -> AbstractSet[str]:
        """The facts that are looked at again when a name is given, or is no more."""
        return self.uses.of(name)

    def keys(self, kind: Kind, about: str = "") -> set[Key]:
        """The keys of all registers of one kind, of one round or party, or (empty) of the negotiation."""
        return {key for key in self._keys.of(kind, about) if self._registers.get(key)}

    def keys_in_order(self, kind: Kind, about: str = "") -> Sequence[Key]:
        """As `keys`, sorted: kept so from the first time that it is asked for."""
        if self._unsure:
            return sorted(self.keys(kind, about))
        return self._keys.in_order(kind, about)

    def keys_of_kind(self, kind: Kind) -> set[Key]:
        """The keys of all registers of one kind, whatever they belong to."""
        return {key for about in self._keys.by_about(kind) for key in self.keys(kind, about)}

    def abouts(self, kind: Kind) -> list[str]:
        """What there are registers of one kind of: the rounds, the documents, what was answered ..."""
        registers = self._registers
        return [about for about, keys in self._keys.by_about(kind).items() if any(map(registers.get, keys))]

    def all_keys(self) -> set[Key]:
        """The keys of all registers that have a value."""
        return {key for key, assertions in self._registers.items() if assertions}

    def may_change(self, key: Key) -> bool:
        """Whether a fact that can have happened by the reading's date, but not certainly, says anything of this."""
        return bool(self._may_have_changed.get(key))

    def any_may_change(self, kind: Kind, about: str = "") -> bool:
        """As `may_change`, of any register of one kind about something."""
        return bool(self.unsure(kind, about))

    def unsure(self, kind: Kind, about: str = "") -> list[Key]:
        """The registers of one kind about something that may change, as `may_change` tells of one."""
        return [key for key in self._keys.of(kind, about) if self.may_change(key)] if self._unsure else []

    def count(self, kind: Kind, about: str = "") -> int:
        """How many registers of one kind there are, of one round or party, or (empty) of the negotiation."""
        if self._unsure:
            return len(self.keys(kind, about))
        return len(self._keys.of(kind, about))

    def counts(self, about: str = "") -> dict[Kind, int]:
        """How many registers there are of each kind, as `count` tells of one; kinds without any may be left out."""
        found = self._keys.by_kind(about)
        return {kind: self.count(kind, about) if self._unsure else len(keys) for kind, keys in found.items()}

    def count_abouts(self, kind: Kind) -> int:
        """About how many things there are registers of one kind: of how many rounds, of how many documents."""
        if self._unsure:
            return len(set(map(about_of, self.keys_of_kind(kind))))
        return sum(map(bool, self._keys.by_about(kind).values()))

    def assertions(self, key: Key) -> dict[AssertionId, Assertion]:
        """All values of a register that are not withdrawn, current or not."""
        return self._registers.get(key, {})

    def register(self, key: Key) -> Register:
        """How a register reads."""
        found = self._read.get(key)
        if found is None:
            found = self._read[key] = read_of(
                key,
                self.by_date(key),
                self.standing(key),
                self.ended(key),
                may_have_changed=self.may_change(key) or (bool(self._unsure) and self._conditions_may_change(key)),
            )
        return found

    def supposed(self, key: Key) -> Register:
        """How a register reads; where it certainly has no value, as it may read."""
        if self._registers.get(key) or not self.may_change(key):
            return self.register(key)
        return read(self._may_have_changed[key].values(), may_have_changed=True)

    def _conditions_may_change(self, key: Key) -> bool:
        """Whether an assessment of what it hangs on can have been made by the reading's date, but not certainly."""
        names = {hung.condition for one in self.assertions(key).values() for hung in one.known.event.conditions}
        return any(self.any_may_change("performance", about("condition", name)) for name in names)

    def _verdict_on(self, condition: str) -> Verdict:
        """What is known of a condition. Assessments that hang on conditions themselves tell nothing."""
        found = self._verdicts.get(condition)
        if found is None:
            assessments = [
                one.known
                for key in self.keys("performance", about("condition", condition))
                for one in current(
                    [one for one in self._registers[key].values() if not one.known.event.conditions],
                )
            ]
            found = self._verdicts[condition] = verdict(assessments)
        return found

    def by_date(self, key: Key) -> list[Assertion]:
        """The values of a register by date, current or not, without pauses that ended and branches that are gone."""
        every = sorted(self._registers.get(key, {}).values(), key=chronological)
        if self._passing.get(key):
            every = left(every, self._verdict_on)
            return [one for one in every if type(one.known.event) not in PAUSES or not self._has_ended(one.known)]
        return every

    def _has_ended(self, known: Known) -> bool:
        """Whether what the fact says was limited to a time that is over at this reading."""
        if known.until is None:
            return False
        if self.reading.happened_by is not None:
            return self.reading.ended(known.until)
        return self._horizon.begun.after(known.until)

    def standing(self, key: Key) -> tuple[Assertion, ...]:
        """The current values of a register by date, each with the fact that it is from."""
        register = self._registers.get(key)
        if not register:
            return ()
        passing = self._passing.get(key)
        if len(register) == 1 and not passing:
            return tuple(register.values())
        found = self._standing.get(key)
        if found is None:
            last = current_of(key, self.by_date(key))
            found = tuple([one for one in last if not self._has_ended(one.known)] if passing else last)
            self._standing[key] = found
        return found

    def ended(self, key: Key) -> tuple[Assertion, ...]:
        """Where nothing stands any more, the last values of a register.

        What they were limited to is over, or what they hung on was not met.
        """
        if not self._passing.get(key) or self.standing(key):
            return ()
        last = current_of(key, self.by_date(key))
        last = last or current_of(key, sorted(self._registers[key].values(), key=chronological))
        return tuple([one for one in last if self._has_ended(one.known) or is_void(one.known, self._verdict_on)])

    def last(self, key: Key) -> tuple[Assertion, ...]:
        """The current values of a register by date; where nothing stands any more, those that ended."""
        return self.standing(key) or self.ended(key)

    def noted(self, key: tuple[str, ...]) -> dict[Any, Any]:
        """Room for what is derived from a register, or from `votes_of` one: it is forgotten when these change."""
        return self._noted.setdefault(key, {})

    def may_have_changed(self) -> bool:
        """Whether any fact can have happened, or taken effect, by the reading's date, but not certainly."""
        return bool(self.possible or self._unsure)

    def fact_counts(self, stream_name: str) -> dict[str, int]:
        """How many facts there are in one stream, by family; families without any may be left out."""
        return self._counted.get(stream_name, {})

    def has_facts(self, stream_name: str, family: str = "") -> bool:
        """Whether any fact of the stream stands, of one family or (empty) of any."""
        counted = self._counted.get(stream_name, {})
        return bool(counted.get(family)) if family else any(counted.values())

    def may_have_facts(self, stream_name: str) -> bool:
        """Whether any fact of the stream stands, certainly or possibly."""
        return self.has_facts(stream_name) or bool(self._possibly.get(stream_name))

    @property
    def horizon(self) -> Interval | Begun:
        """The latest moment that has certainly come at this reading: its date, else the last beginnings of facts."""
        return self.reading.happened_by or self._horizon.begun

    def passed(self, date: Interval) -> bool:
        """Whether a date has passed at this reading: by the end of its own date, else for the record."""
        if self.reading.happened_by is not None:
            return date.over_by(self.reading.happened_by)
        return self._horizon.begun.after(date)
