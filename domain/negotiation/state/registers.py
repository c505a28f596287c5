"""Registers: everything that can change is a key with dated values, current or contested.

One value precedes another when its moment ends before the other's begins, or when the other says that it came
``after`` it. Current is every value with no successor. One distinct value: that is it; several: contested. The order
of recording never decides.
"""

from bisect import bisect_left
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Final, NamedTuple, TypeAlias

import msgspec
from msgspec import Raw, Struct

from negotiation.dates import BEGINNING, Begun, Interval
from negotiation.events.agreements import Outcome, Performance
from negotiation.events.positions import Answer
from negotiation.events.texts import Endorsement
from negotiation.state.conditions import are_alternatives, branches
from negotiation.state.facts import Known
from negotiation.state.families import of_families
from negotiation.state.register_keys import Key
from negotiation.texts import folded_json

EVIDENCE_SHOWN = 20
"""How many facts are shown as the evidence of one value; all are counted."""


_encode = msgspec.json.Encoder().encode


class Assertion(NamedTuple):
    """A fact gives a register a value: canonical JSON as it was given."""

    key: Key
    value: bytes
    known: Known

    @property
    def same(self) -> bytes:
        """What makes the value another than another: what a reader takes it for."""
        return folded_json(self.value)


AssertionId: TypeAlias = tuple[str, str]
"""A fact's id, and the account whose version of it this is (empty: the fact's own)."""


class Evidence(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One fact that a value rests on, as JSON: the event, its date, who acted and who says so."""

    event: str
    position: int
    stream: str
    occurred: str
    by: Any = ()
    session: str | None = None
    effective: str | None = None
    text: str | None = None
    sources: Any
    accounts: Any = ()
    corrected: bool = False
    account: str | None = None


class Value(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One current value: ``since`` when it has stood without another in between, and the facts it rests on."""

    value: Raw
    since: str
    evidence: tuple[Evidence, ...]
    evidence_total: int


class Register(Struct, frozen=True, kw_only=True, omit_defaults=True, dict=True):
    """A register as it reads: several current values are contested, and all are shown.

    ``alternatives``: the values are the branches of one decision, and what is not known yet decides which holds.
    ``ended``: where nothing stands any more, the last values: they held until a date that has passed, or hung on a
    condition that was not met.
    ``may_have_changed``: a fact that touches it can have happened by the reading's date, but not certainly.
    """

    contested: bool
    values: tuple[Value, ...]
    alternatives: bool = False
    ended: tuple[Value, ...] = ()
    may_have_changed: bool = False

    @cached_property
    def shown(self) -> Raw:
        """It as JSON, made once: many documents show the same few registers again and again."""
        return Raw(_encode(self))

    @cached_property
    def brief(self) -> Raw:
        """The same without the evidence."""
        fields: dict[str, Any] = {"contested": self.contested, "values": [value.value for value in self.values]}
        if self.alternatives:
            fields["alternatives"] = True
        if self.ended:
            fields["ended"] = [value.value for value in self.ended]
        if self.may_have_changed:
            fields["may_have_changed"] = True
        return Raw(_encode(fields))


def precedes(first: Known, second: Known) -> bool:
    """Whether the first value gave way to the second. Two versions of one fact never do."""
    if first.id == second.id:
        return False
    if first.id in second.event.after:
        return True
    return first.stands.before(second.stands) and second.id not in first.event.after


def current(assertions: Sequence[Assertion]) -> list[Assertion]:
    """The assertions with no successor, in the order given."""
    if len(assertions) < 2:
        return list(assertions)
    if _only_dates_count(assertions):
        limits = _Limits(assertion.known for assertion in assertions)
        return [assertion for assertion in assertions if not limits.passed(assertion.known)]
    decisions = branches(assertions)
    if _says_after(assertions):
        return _current_by_saying(assertions, decisions)
    limits = _Limits((assertion.known for assertion in assertions), decisions)
    return [assertion for assertion in assertions if not limits.passed(assertion.known)]


def _only_dates_count(assertions: Sequence[Assertion]) -> bool:
    """Whether nothing says what it came after, and nothing is a branch of a decision."""
    for assertion in assertions:
        event = assertion.known.event
        if event.after or event.conditions:
            return False
    return True


def _says_after(assertions: Sequence[Assertion]) -> bool:
    for assertion in assertions:  # noqa: SIM110 - half the time of any(), and this is asked at every reading
        if assertion.known.event.after:
            return True
    return False


class _Latest:
    """The latest beginning among some facts, and the latest of another fact. A decision counts as one fact."""

    __slots__ = ("_fact", "_latest", "_of_another")

    def __init__(self) -> None:
        self._fact: Hashable = ""
        self._latest, self._of_another = BEGINNING, BEGINNING

    def put(self, fact: Hashable, begins: int) -> None:
        if fact == self._fact:
            self._latest = max(self._latest, begins)
        elif begins > self._latest:
            self._of_another = self._latest
            self._fact, self._latest = fact, begins
        elif begins > self._of_another:
            self._of_another = begins

    def beside(self, fact: Hashable) -> int:
        """The latest of any other fact."""
        return self._of_another if fact == self._fact else self._latest


_NO_DECISIONS: Final[Mapping[str, Hashable]] = {}


class _Limits:
    """The latest beginnings among some facts: who is over before another of them begins has given way."""

    __slots__ = ("_days", "_decisions", "_times")

    def __init__(self, knowns: Iterable[Known], decisions: Mapping[str, Hashable] = _NO_DECISIONS) -> None:
        self._days, self._times = _Latest(), _Latest()
        self._decisions = decisions
        for known in knowns:
            begins, _, earliest, _, days = known.stands
            fact = decisions.get(known.id, known.id) if decisions else known.id
            if days:
                self._days.put(fact, begins)
            else:
                self._times.put(fact, earliest)

    def passed(self, known: Known) -> bool:
        """Whether another of these facts begins when this one is over."""
        fact = self._decisions.get(known.id, known.id) if self._decisions else known.id
        return Begun(self._days.beside(fact), self._times.beside(fact)).after(known.stands)


def _current_by_saying(
    assertions: Sequence[Assertion], decisions: Mapping[str, Hashable] = _NO_DECISIONS
) -> list[Assertion]:
    """As `current`, where facts say what they came after: those that nothing follows but what they follow themselves.

    What facts say may go round in a circle; then the whole circle stands together and is contested.
    """
    later = _later(assertions, decisions)
    return [
        one for index, one in enumerate(assertions) if all(later[other] >> index & 1 for other in _bits(later[index]))
    ]


def _bits(number: int) -> Iterator[int]:
    """Which bits of a number are set, the highest first."""
    while number:
        yield (bit := number.bit_length() - 1)
        number ^= 1 << bit


def _later(assertions: Sequence[Assertion], decisions: Mapping[str, Hashable] = _NO_DECISIONS) -> list[int]:
    """For each assertion those that it gave way to, at once or by way of others; the n-th is bit n."""
    later = _followers(assertions, decisions)
    for middle, beyond in enumerate(later):  # Warshall's closure, a whole row at a time
        if beyond:
            for index, reached in enumerate(later):
                if reached >> middle & 1:
                    later[index] = reached | beyond
    return later


def _followers(assertions: Sequence[Assertion], decisions: Mapping[str, Hashable]) -> list[int]:
    """For each assertion those that it gave way to at once: `precedes`, of all at a time; no branch to another."""
    of_fact: dict[str, int] = {}
    of_decision: dict[Hashable, int] = {}
    for index, one in enumerate(assertions):
        of_fact[one.known.id] = of_fact.get(one.known.id, 0) | 1 << index
        if one.known.id in decisions:
            of_decision[decisions[one.known.id]] = of_decision.get(decisions[one.known.id], 0) | 1 << index
    beginnings = _Beginnings(assertions)
    later = []
    for one in assertions:
        known = one.known
        followers = beginnings.after(known.stands)
        if known.id in decisions:
            followers &= ~of_decision[decisions[known.id]]
        for before in known.event.after:
            followers &= ~of_fact.get(before, 0)
        later.append(followers)
    for index, one in enumerate(assertions):
        for before in one.known.event.after:
            for other in _bits(of_fact.get(before, 0)):
                later[other] |= 1 << index
    return [followers & ~of_fact[one.known.id] for followers, one in zip(later, assertions, strict=True)]


class _Beginnings:
    """Which of some assertions begin behind something; the n-th is bit n."""

    def __init__(self, assertions: Sequence[Assertion]) -> None:
        stands = [one.known.stands for one in assertions]
        self._days = _Since((one.begins, index) for index, one in enumerate(stands) if one.days)
        self._times = _Since((one.earliest, index) for index, one in enumerate(stands) if not one.days)

    def after(self, interval: Interval) -> int:
        """Those that begin when it is over."""
        day, time = interval.over
        return self._days.at(day) | self._times.at(time)


class _Since:
    """Numbered beginnings in order, and which of them are the last, the last two ..."""

    def __init__(self, beginnings: Iterable[tuple[int, int]]) -> None:
        by_beginning = sorted(beginnings)
        self._begins = [begins for begins, _ in by_beginning]
        self._last = [0]
        for _, index in reversed(by_beginning):
            self._last.append(self._last[-1] | 1 << index)

    def at(self, moment: int) -> int:
        """Those that begin at a moment or later."""
        return self._last[len(self._begins) - bisect_left(self._begins, moment)]


def chronological(assertion: Assertion) -> tuple[int, int, str, str]:
    """The order in which evidence is listed: by date, then by id, never by recording."""
    known = assertion.known
    begins, ends = known.stands.by_date
    return (begins, ends, known.id, known.account or "")


IN_WORDS: Final = of_families(Answer, Outcome, Performance, Endorsement)
"""Types whose words are shown as evidence: two wordings of one answer are not two answers."""


def evidence(known: Known) -> Evidence:
    """One fact as evidence."""
    event: Any = known.event
    return Evidence(
        event=known.id,
        position=known.position,
        stream=known.stream,
        occurred=known.occurred,
        by=event.by,
        session=event.session,
        effective=event.effective,
        text=event.text if type(event) in IN_WORDS else None,
        sources=known.sources,
        accounts=known.accounts,
        corrected=bool(known.corrections),
        account=known.account,
    )


def read(assertions: Iterable[Assertion], *, may_have_changed: bool = False) -> Register:
    """The register as it reads."""
    every = sorted(assertions, key=chronological)
    return as_read(every, current(every), may_have_changed=may_have_changed)


def as_read(
    every: Sequence[Assertion],
    standing: Sequence[Assertion],
    ended: Sequence[Assertion] = (),
    *,
    may_have_changed: bool,
) -> Register:
    """The register as it reads, from all its values by date, those of them that are current, and those that ended."""
    if not standing:
        return Register(
            contested=False,
            values=(),
            ended=tuple([_value((one,)) for one in ended]),
            may_have_changed=may_have_changed,
        )
    if len(every) == 1:
        return Register(contested=False, values=(_value(every),), may_have_changed=may_have_changed)
    distinct = dict.fromkeys([assertion.same for assertion in standing])
    unbroken = _unbroken(every, distinct)
    for one in standing:  # where what facts say goes round in a circle
        if not unbroken[one.same]:
            unbroken[one.same] = [other for other in standing if other.same == one.same]
    values = tuple([_value(unbroken[value]) for value in distinct])
    several = len(values) > 1
    alternatives = several and are_alternatives(standing)
    return Register(
        contested=several and not alternatives,
        values=values,
        alternatives=alternatives,
        may_have_changed=may_have_changed,
    )


def _value(unbroken: Sequence[Assertion]) -> Value:
    """A value in the words in which it was first given."""
    return Value(
        value=Raw(unbroken[0].value),
        since=unbroken[0].known.occurred,
        evidence=tuple([evidence(assertion.known) for assertion in unbroken[:EVIDENCE_SHOWN]]),
        evidence_total=len(unbroken),
    )


def _unbroken(every: Sequence[Assertion], values: Iterable[bytes]) -> dict[bytes, list[Assertion]]:
    """Of each value the assertions that gave way to no other value."""
    found: dict[bytes, list[Assertion]] = {value: [] for value in values}
    if _says_after(every):
        of_value = dict.fromkeys(found, 0)
        for index, one in enumerate(every):
            if one.same in found:
                of_value[one.same] |= 1 << index
        for one, later in zip(every, _later(every), strict=True):
            if one.same in found and not later & ~of_value[one.same]:
                found[one.same].append(one)
        return found
    limits = _limits_of_others(every, found)
    for one in every:
        limit = limits.get(one.same)
        if limit is not None and not limit.passed(one.known):
            found[one.same].append(one)
    return found


def _limits_of_others(every: Sequence[Assertion], values: Iterable[bytes]) -> dict[bytes, "_Limits"]:
    """For each value the limits that assertions of other values set.

    Who sets them is among the last to begin, so one looks from the end, and at most once through a value's own.
    """
    days = sorted([one for one in every if one.known.stands.days], key=_begins, reverse=True)
    times = sorted([one for one in every if not one.known.stands.days], key=_earliest, reverse=True)
    return {
        value: _Limits(
            known for latest in (days, times) for known in _two_facts(one.known for one in latest if one.same != value)
        )
        for value in values
    }


def _begins(one: Assertion) -> int:
    return one.known.stands.begins


def _earliest(one: Assertion) -> int:
    return one.known.stands.earliest


def _two_facts(knowns: Iterable[Known]) -> Iterator[Known]:
    """The first of these, and the first that is another fact."""
    first: Known | None = None
    for known in knowns:
        if first is None or known.id != first.id:
            yield known
            if first is not None:
                return
            first = known


def only_value(standing: Sequence[Assertion]) -> Assertion | None:
    """The first of the current assertions of a register where there is exactly one distinct value, else None."""
    return standing[0] if len({assertion.same for assertion in standing}) == 1 else None
