"""How facts, registers and findings are shown: JSON-able, bounded, ordered by date and never by recording."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec import Raw, Struct

from negotiation.envelope import Recorded
from negotiation.findings.types import RELATED_SHOWN, Finding
from negotiation.state.dossier import Dossier
from negotiation.state.facts import Account
from negotiation.state.register_keys import Key
from negotiation.state.registers import Register

SHOWN: Final = 50
"""How many items of any list one document shows, the latest; all are counted, and the rest is in the events."""

encode = msgspec.json.Encoder().encode


class FindingShown(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A finding as it is shown: its rule, what it says, the fact it is about and what that does not agree with.

    ``related_more``: of that there is more than is told here.

    ``event_type``, ``occurred`` and ``stream`` tell a reader which fact it is; ``event`` tells it to a program.
    """

    type: str
    message: str
    event: str
    event_type: str
    occurred: str
    stream: str
    related: tuple[str, ...] = ()
    related_more: bool = False


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


def show_finding(dossier: Dossier, finding: Finding) -> FindingShown:
    """A finding with its message filled in; the date of what was withdrawn since is that which it had at first."""
    history = dossier.history
    recorded = history.lives.events[finding.event]
    known = history.known.get(finding.event)
    return FindingShown(
        type=type(finding).__name__,
        message=finding.message,
        event=finding.event,
        event_type=type(recorded.event).__name__,
        occurred=known[0].occurred if known else recorded.occurred or "XXXX",
        stream=finding.stream,
        related=finding.related[:RELATED_SHOWN],
        related_more=len(finding.related) > RELATED_SHOWN,
    )


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
        findings=tuple([show_finding(dossier, finding) for finding in dossier.findings.get(fact, ())]),
    )


class EventShown(Struct, frozen=True, kw_only=True, gc=False):
    """An event in brief: enough to find it, and to say in a word what it is."""

    event: str
    position: int
    stream: str
    type: str


def show_event(recorded: Recorded) -> EventShown:
    """An event in brief."""
    return EventShown(
        event=recorded.id, position=recorded.position, stream=recorded.stream, type=type(recorded.event).__name__
    )


class PossibleShown(Struct, frozen=True, kw_only=True, gc=False):
    """A fact that can have happened by the reading's date, but not certainly."""

    event: str
    position: int
    stream: str
    occurred: str
    type: str


def show_possible(dossier: Dossier, stream: str | None = None) -> Raw:
    """The facts of one stream, or (None) of all, that can have happened by the reading's date, but not certainly."""
    found = [
        PossibleShown(
            event=known.id,
            position=known.position,
            stream=known.stream,
            occurred=known.occurred,
            type=type(known.event).__name__,
        )
        for (known, *_) in dossier.history.possible.values()
        if stream is None or known.stream == stream
    ]
    found.sort(key=lambda one: (one.position, one.event))
    return Raw(shown(len(found), [encode(one) for one in found[:SHOWN]]))


def show_register(dossier: Dossier, key: Key, **labels: Any) -> Raw:
    """A register with what it is about; without values it is not contested, it is just not known."""
    return labelled(labels, dossier.history.register(key))


def labelled(labels: Mapping[str, Any], register: Register) -> Raw:
    """The labels' fields, then the register's."""
    # What is shown with labels is an item of a list, made when it changes: its JSON is not kept.
    return Raw(joined(encode(labels), encode(register))) if labels else register.shown


def joined(first: bytes, *others: bytes) -> bytes:
    """The fields of JSON objects, none of them empty, in one object."""
    return first[:-1] + b"".join(b"," + other[1:-1] for other in others) + b"}"


def show_findings(dossier: Dossier, found: Sequence[Finding]) -> Raw:
    """Findings as a list in a document."""
    return Raw(shown(len(found), [encode(show_finding(dossier, finding)) for finding in found[:SHOWN]]))


def brief(dossier: Dossier, key: Key, **labels: Any) -> Raw:
    """A register without its evidence, with what it is about."""
    found = dossier.history.register(key).brief
    return Raw(joined(encode(labels), bytes(found))) if labels else found


def canonical(text: str) -> Raw:
    """JSON that is a part of a register's key, as JSON."""
    return Raw(text.encode())


def cut(name: str, items: Sequence[Any]) -> dict[str, Any]:
    """A list as a field of a document; where not all are shown, a field beside it has their number."""
    total = {f"{name}_total": len(items)} if len(items) > SHOWN else {}
    return {name: items[:SHOWN], **total}


def composed(header: bytes, lists: Mapping[str, bytes]) -> bytes:
    """A document: the header's fields, then each list as a field of its own."""
    rest = b"".join(b',"%s":%s' % (name.encode(), body) for name, body in lists.items())
    return header[:-1] + rest + b"}"


def shown(total: int, documents: Sequence[bytes]) -> bytes:
    """A list as a document shows it: how many items there are, and the last of them by date, latest first."""
    return b'{"total":%d,"shown":[%s]}' % (total, b",".join(documents[:SHOWN]))
