"""What changed between two readings: which registers, from what to what, and by which events."""

from collections.abc import Iterator
from typing import Literal, TypeAlias

from msgspec import Struct

from negotiation.documents.labels import label
from negotiation.documents.views import encode, show_event, show_finding
from negotiation.envelope import Recorded
from negotiation.findings.types import Finding
from negotiation.state import register_keys
from negotiation.state.dossier import Dossier
from negotiation.state.facts import Lives
from negotiation.state.register_keys import Key
from negotiation.state.registers import Register
from negotiation.texts import folded_json

Kind: TypeAlias = Literal["appeared", "changed", "contested", "settled", "went", "evidence"]
"""What became of a register. ``evidence``: the same values as before, resting on other facts or sources."""


class Change(Struct, frozen=True, kw_only=True, gc=False):
    """A register that reads differently; ``before`` or ``after`` is None where it has no value.

    ``events``: the ids of the events that did it, facts and what corrects, retracts or adds to them.
    """

    key: Key
    kind: Kind
    before: Register | None
    after: Register | None
    events: tuple[str, ...]


def kind_of(before: Register | None, after: Register | None) -> Kind | None:
    """What became of a register; None where it reads the same, evidence and all. What has ended is no value."""
    if before is None or after is None:
        return None if before is after else "appeared" if before is None else "went"
    if _distinct(before) == _distinct(after):
        return None if before == after else "evidence"
    if not before.values or not after.values:
        return "went" if before.values else "appeared"
    if before.contested != after.contested:
        return "contested" if after.contested else "settled"
    return "changed"


def _distinct(register: Register) -> set[bytes]:
    return {folded_json(bytes(value.value)) for value in register.values}


def changes(before: Dossier, after: Dossier) -> Iterator[Change]:
    """Every register that reads differently at the second reading, by key."""
    for key in sorted(before.history.all_keys() | after.history.all_keys()):
        if register_keys.kind_of(key) == "membership-of":  # the other side of a membership
            continue
        asserted, now_asserted = before.history.assertions(key), after.history.assertions(key)
        standing, now_standing = before.history.standing(key), after.history.standing(key)
        if asserted == now_asserted and standing == now_standing:
            continue
        first = before.history.register(key) if asserted else None
        last = after.history.register(key) if now_asserted else None
        kind = kind_of(first, last)
        if kind is None:
            continue
        facts = {
            which[0]
            for which in asserted.keys() | now_asserted.keys()
            if asserted.get(which) != now_asserted.get(which)
        }
        facts = facts or {one.known.id for one in (*standing, *now_standing)}
        events = {event for fact in facts for event in _did(fact, before.history.lives, after.history.lives)}
        yield Change(key=key, kind=kind, before=first, after=last, events=tuple(sorted(events)))


def _did(fact: str, before: Lives, after: Lives) -> set[str]:
    """What was recorded of a fact at one reading only; the fact itself where another clock tells them apart."""
    return before.life(fact) ^ after.life(fact) or {fact}


def findings_between(before: Dossier, after: Dossier) -> tuple[list[Finding], list[Finding]]:
    """The findings that came, and those that went; by fact and rule."""
    was, now = dict.fromkeys(before.findings_in()), dict.fromkeys(after.findings_in())
    return [finding for finding in now if finding not in was], [finding for finding in was if finding not in now]


def finding_document(dossier: Dossier, finding: Finding, change: Literal["appeared", "went"]) -> bytes:
    """A finding that came or went, as JSON. The dossier is that of the reading at which it stands."""
    return encode({"change": change, "finding": show_finding(dossier, finding)})


def change_document(change: Change, before: Dossier, now: Dossier) -> bytes:
    """A change as JSON: the register before and after, and the events that did it in brief."""
    lives = (before.history.lives, now.history.lives)
    return encode(
        {
            "change": change.kind,
            "register": register_keys.kind_of(change.key),
            "about": label(change.key),
            "before": change.before,
            "after": change.after,
            "events": sorted(
                (show_event(_recorded(one, lives)) for one in change.events), key=lambda one: one.position
            ),
        }
    )


def _recorded(event_id: str, lives: tuple[Lives, ...]) -> Recorded:
    return next(one.events[event_id] for one in reversed(lives) if event_id in one.events)
