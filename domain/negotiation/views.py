"""How facts, registers and findings are shown: JSON-able, bounded, ordered by date and never by recording."""

import heapq
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import msgspec
from msgspec import Raw, Struct

from negotiation.dossier import Dossier
from negotiation.facts import Account
from negotiation.findings import Finding
from negotiation.registers import Key, Register

SHOWN: Final = 50
"""How many items of any list one document shows; all are counted, and the rest is in the events."""

encode = msgspec.json.Encoder().encode


class Shown(Struct, frozen=True, gc=False):
    """A list cut to what a document shows: how many there are, and the first of them."""

    total: int
    shown: Sequence[Any]


class FindingShown(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A finding as it is shown: its rule, what it says, the fact it is about and what that does not agree with."""

    type: str
    message: str
    event: str
    stream: str
    related: tuple[str, ...] = ()


class FactShown(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A fact as it is shown in the place where it happened: its current content, sources, accounts and findings."""

    id: str
    position: int
    stream: str
    occurred: str
    event: Any
    sources: Any
    accounts: tuple[Account, ...] = ()
    corrections: tuple[str, ...] = ()
    findings: tuple[FindingShown, ...] = ()


def show_finding(finding: Finding) -> FindingShown:
    """A finding with its message filled in."""
    return FindingShown(
        type=type(finding).__name__,
        message=finding.message,
        event=finding.event,
        stream=finding.stream,
        related=finding.related,
    )


def show_findings(found: Sequence[Finding]) -> Shown:
    """Findings, cut to what a document shows."""
    return Shown(len(found), [show_finding(finding) for finding in found[:SHOWN]])


def show_fact(dossier: Dossier, fact: str) -> FactShown:
    """One fact that stands at the dossier's reading."""
    known = dossier.history.known[fact][0]
    return FactShown(
        id=known.id,
        position=known.position,
        stream=known.stream,
        occurred=known.occurred,
        event=known.event,
        sources=known.sources,
        accounts=known.accounts,
        corrections=known.corrections,
        findings=tuple(show_finding(finding) for finding in dossier.findings.get(fact, ())),
    )


def show_facts(dossier: Dossier, stream: str, family: str) -> Shown:
    """The last facts of one family in one stream, latest first."""
    total, facts = dossier.history.latest_facts(stream, family, SHOWN)
    return Shown(total, [show_fact(dossier, fact) for fact in facts])


def show_register(dossier: Dossier, key: Key, **labels: Any) -> dict[str, Any]:
    """A register with what it is about; without values it is not contested, it is just not known."""
    register = dossier.history.register(key)
    return {**labels, **as_fields(register)}


def as_fields(register: Register) -> dict[str, Any]:
    """A register's fields, in order."""
    fields: dict[str, Any] = {"contested": register.contested, "values": register.values}
    if register.may_have_changed:
        fields["may_have_changed"] = True
    return fields


def show_registers(dossier: Dossier, keys: Iterable[Key], label: Callable[[Key], dict[str, Any]]) -> Shown:
    """Registers of one kind, the first by date of their evidence, then by name."""
    every = list(keys)
    first = heapq.nsmallest(SHOWN, every, key=lambda key: (_first_begins(dossier, key), key))
    return Shown(len(every), [show_register(dossier, key, **label(key)) for key in first])


def _first_begins(dossier: Dossier, key: Key) -> int:
    return min(assertion.known.start.begins for assertion in dossier.history.assertions(key).values())


def canonical(text: str) -> Raw:
    """JSON that is a part of a register's key, as JSON."""
    return Raw(text.encode())
