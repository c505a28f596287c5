"""Registers: everything that can change is a key with dated values, current or contested.

One value precedes another when its moment ends before the other's begins, or when the other says that it came
``after`` it. Current is every value with no successor. One distinct value: that is it; several: contested. The order
of recording never decides.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple, TypeAlias

import msgspec
from msgspec import Raw, Struct

from negotiation.dates import BEGINNING
from negotiation.events.agreements import Outcome, Performance
from negotiation.events.positions import Answer
from negotiation.state.facts import Known

Key: TypeAlias = tuple[str, ...]
"""A register's name: its kind, then what it is about."""

EVIDENCE_SHOWN = 20
"""How many facts are shown as the evidence of one value; all are counted."""


_encode = msgspec.json.Encoder().encode


class Assertion(NamedTuple):
    """A fact gives a register a value: canonical JSON, compared byte by byte."""

    key: Key
    value: bytes
    known: Known


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

    ``may_have_changed``: a fact that touches it can have happened by the reading's date, but not certainly.
    """

    contested: bool
    values: tuple[Value, ...]
    may_have_changed: bool = False

    @cached_property
    def shown(self) -> Raw:
        """It as JSON, made once: many documents show the same few registers again and again."""
        return Raw(_encode(self))

    @cached_property
    def brief(self) -> Raw:
        """The same without the evidence."""
        fields: dict[str, Any] = {"contested": self.contested, "values": [value.value for value in self.values]}
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
    if _says_after(assertions):
        return _current_by_saying(assertions)
    limits = _Limits(assertion.known for assertion in assertions)
    return [assertion for assertion in assertions if not limits.passed(assertion.known)]


def _says_after(assertions: Sequence[Assertion]) -> bool:
    for assertion in assertions:  # noqa: SIM110 - half the time of any(), and this is asked at every reading
        if assertion.known.event.after:
            return True
    return False


class _Limits:
    """The latest beginning among some facts, and the latest of another fact: who ends before it has given way."""

    __slots__ = ("_fact", "_latest", "_latest_of_another")

    def __init__(self, knowns: Iterable[Known]) -> None:
        self._fact, self._latest, self._latest_of_another = "", BEGINNING, BEGINNING
        for known in knowns:
            begins = known.stands.begins
            if known.id == self._fact:
                self._latest = max(self._latest, begins)
            elif begins > self._latest:
                self._latest_of_another = self._latest
                self._fact, self._latest = known.id, begins
            elif begins > self._latest_of_another:
                self._latest_of_another = begins

    def passed(self, known: Known) -> bool:
        """Whether another of these facts begins when this one is over."""
        return known.stands.ends <= (self._latest_of_another if known.id == self._fact else self._latest)


def _current_by_saying(assertions: Sequence[Assertion]) -> list[Assertion]:
    """As `current`, where facts say what they came after: those that nothing follows but what they follow themselves.

    What facts say may go round in a circle; then the whole circle stands together and is contested.
    """
    later = _later(assertions)
    return [
        one
        for index, one in enumerate(assertions)
        if all(beyond >> index & 1 for other, beyond in enumerate(later) if later[index] >> other & 1)
    ]


def _later(assertions: Sequence[Assertion]) -> list[int]:
    """For each assertion those that it gave way to, at once or by way of others; the n-th is bit n."""
    later = [
        sum(1 << index for index, that in enumerate(assertions) if precedes(one.known, that.known))
        for one in assertions
    ]
    for middle in range(len(later)):  # Warshall's closure, a whole row at a time
        for index, reached in enumerate(later):
            if reached >> middle & 1:
                later[index] = reached | later[middle]
    return later


def chronological(assertion: Assertion) -> tuple[int, int, str, str]:
    """The order in which evidence is listed: by date, then by id, never by recording."""
    known = assertion.known
    return (known.stands.begins, known.stands.ends, known.id, known.account or "")


IN_WORDS = (Answer, Outcome, Performance)
"""Families whose words are shown as evidence: two wordings of one answer are not two answers."""


def evidence(known: Known) -> Evidence:
    """One fact as evidence."""
    return Evidence(
        event=known.id,
        position=known.position,
        stream=known.stream,
        occurred=known.occurred,
        by=known.event.by,
        session=known.event.session,
        effective=known.event.effective,
        text=known.event.text if isinstance(known.event, IN_WORDS) else None,
        sources=known.sources,
        accounts=known.accounts,
        corrected=bool(known.corrections),
        account=known.account,
    )


def read(assertions: Iterable[Assertion], *, may_have_changed: bool = False) -> Register:
    """The register as it reads."""
    every = sorted(assertions, key=chronological)
    if len(every) == 1:
        ((_, only, known),) = every
        value = Value(value=Raw(only), since=known.occurred, evidence=(evidence(known),), evidence_total=1)
        return Register(contested=False, values=(value,), may_have_changed=may_have_changed)
    standing = current(every)
    distinct = dict.fromkeys(assertion.value for assertion in standing)
    values = tuple(_value(value, every, standing) for value in distinct)
    return Register(contested=len(values) > 1, values=values, may_have_changed=may_have_changed)


def _value(value: bytes, every: Sequence[Assertion], standing: Sequence[Assertion]) -> Value:
    unbroken = _not_followed(value, every) or [assertion for assertion in standing if assertion.value == value]
    return Value(
        value=Raw(value),
        since=unbroken[0].known.occurred,
        evidence=tuple(evidence(assertion.known) for assertion in unbroken[:EVIDENCE_SHOWN]),
        evidence_total=len(unbroken),
    )


def _not_followed(value: bytes, every: Sequence[Assertion]) -> list[Assertion]:
    """The assertions of this value that gave way to no other value."""
    if _says_after(every):
        others = sum(1 << index for index, one in enumerate(every) if one.value != value)
        later = _later(every)
        return [one for index, one in enumerate(every) if one.value == value and not later[index] & others]
    limits = _Limits(one.known for one in every if one.value != value)
    return [one for one in every if one.value == value and not limits.passed(one.known)]


def only_value(assertions: Mapping[Any, Assertion]) -> Assertion | None:
    """The current assertion where there is exactly one distinct value, else None."""
    standing = current(list(assertions.values()))
    return standing[0] if len({assertion.value for assertion in standing}) == 1 else None
