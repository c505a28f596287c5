"""Plain readings of documents: what stands, without who says so, made from the full document and nothing else.

A value's fields stand beside what its register is about, with the first event that it rests on (`ref`: its position, or
the id of the account that says so) and the number of such events, where there are several (`facts`). Where sources
differ, the values stand side by side in `contested`, and what they agree on stands once beside it; so do branches of
one decision, in `alternatives`. What is empty is left out. A list that the document shows in part has its
total in `totals`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

Json: TypeAlias = Any

IN_WORDS: Final = frozenset({"by", "to", "via", "rooms", "of", "on", "assessed_by", "duration"})
"""Fields of values and facts that name somebody or something, or a length: in a plain reading each is one text."""


def plain_document(document: Mapping[str, Json], *, refs: bool) -> dict[str, Json]:
    """A document in a plain reading; ``refs``: with references to events."""
    found, totals = dict[str, Json](), dict[str, int]()
    for name, value in document.items():
        if name == "reading":  # it tells the clocks, and is not of the document itself
            found[name] = value
            continue
        if isinstance(value, dict) and value.keys() == {"total", "shown"} and value["total"] > len(value["shown"]):
            totals[name] = value["total"]
        told = _plain(value, refs=refs)
        if not (told in ({}, []) or told is None or (name == "may_have_changed" and told is False)):
            found[name] = told
    return {**found, "totals": totals} if totals else found


def plain_event(envelope: Mapping[str, Json], *, refs: bool) -> dict[str, Json]:
    """An event with its life in a plain reading. The envelope stays as it was recorded; ``refs``: with its sources."""
    found = {name: value for name, value in envelope.items() if refs or name != "sources"}
    life = envelope["life"]
    return {**found, "life": None if life is None else plain_document(life, refs=refs)}


def _plain(value: Json, *, refs: bool) -> Json:  # noqa: PLR0911 - one form a line
    match value:
        case list():
            return [_plain(one, refs=refs) for one in value]
        case {"total": int(), "shown": list(shown)}:
            return [_plain(one, refs=refs) for one in shown]
        case {"contested": bool(), "values": list()}:
            return _register(value, refs=refs)
        case {"message": str()}:
            return _finding(value, refs=refs)
        case {"event": dict(), "position": int()}:
            return _fact(value, refs=refs)
        case dict():
            return plain_document(value, refs=refs)
        case _:
            return value


_DATES: Final = frozenset({"starts", "due"})
"""A value with one of these has a date of its own."""
_OF_REGISTERS: Final = frozenset({"contested", "alternatives", "values", "ended", "may_have_changed"})


def _register(register: Mapping[str, Json], *, refs: bool) -> dict[str, Json]:
    """A register: what it is about, and its value; ``{}`` where it is about nothing and has none."""
    labels = {name: value for name, value in register.items() if name not in _OF_REGISTERS}
    found = plain_document({name: in_words(name, value) for name, value in labels.items()}, refs=refs)
    values = [_value(one, refs=refs) for one in register["values"]]
    if register["contested"] or register.get("alternatives"):
        agreed = {name: one for name, one in values[0].items() if _agree(name, values)}
        found |= {name: one for name, one in agreed.items() if name not in found}
        several = "contested" if register["contested"] else "alternatives"
        found[several] = [{name: one for name, one in value.items() if name not in agreed} for value in values]
    elif values:
        found |= {name: one for name, one in values[0].items() if name not in found}
    if register.get("ended"):
        found["ended"] = [_value(one, refs=refs) for one in register["ended"]]
    if register.get("may_have_changed"):
        found["may_have_changed"] = True
    return found


def _agree(name: str, values: Sequence[Mapping[str, Json]]) -> bool:
    """Whether all values have a field, and the same in it. Each has a reference of its own."""
    return name not in {"ref", "facts"} and all(name in one and one[name] == values[0][name] for one in values)


def _value(value: Json, *, refs: bool) -> dict[str, Json]:
    """A value with its fields, when it has stood since, in whose words, and where that is on record."""
    match value:
        case {"value": content, "since": since, "evidence": [first, *_], "evidence_total": int(total)}:
            found = _content(content)
            if not found.keys() & _DATES:
                found["since"] = since
            if first.get("text") is not None:
                found["text"] = first["text"]
            if refs:
                found["ref"] = first.get("account") or first["position"]
                if total > 1:
                    found["facts"] = total
            return found
        case _:
            return _content(value)


def _content(value: Json) -> dict[str, Json]:
    if not isinstance(value, dict):
        return {"value": value}
    return {name: in_words(name, one) for name, one in value.items() if one not in (None, [], {})}


def _fact(fact: Mapping[str, Json], *, refs: bool) -> dict[str, Json]:
    """What was said or done: its date, its fields, and what does not add up with it."""
    found: dict[str, Json] = {"ref": fact["position"]} if refs else {}
    if fact.get("occurred") is not None:
        found["occurred"] = fact["occurred"]
    found |= _content(fact["event"])
    if fact.get("findings"):
        found["findings"] = [_finding(one, refs=refs) for one in fact["findings"]]
    return found


def _finding(finding: Mapping[str, Json], *, refs: bool) -> dict[str, Json]:
    """What does not add up: the rule, what it says, when it happened, and which event it is about."""
    wanted = ("type", "message", "occurred", *(("event",) if refs else ()))
    return {name: finding[name] for name in wanted}


def in_words(name: str, value: Json) -> Json:
    """A field of a value as a plain reading has it."""
    return _words(value) if name in IN_WORDS and value is not None else value


def _words(value: Json) -> str:
    """Somebody, something or a length in words: ``nato (Jens Stoltenberg)``, ``document treaty``, ``about PT8H``."""
    match value:
        case list() if any(isinstance(one, list) for one in value):
            return "; ".join(map(_words, value))
        case list():
            return ", ".join(map(_words, value))
        case {"kind": str(kind), "id": str(name)}:
            return " ".join(filter(None, (kind, name, value.get("version"), value.get("provision"))))
        case dict() if value.keys() & _LENGTHS:
            return ", ".join(f"{bound.replace('_', ' ')} {length}" for bound, length in value.items() if length)
        case dict():
            role = value.get("as")
            names = [one for name, one in value.items() if name != "as" and isinstance(one, str)]
            first, *others = names or ["unnamed"]
            if role == "for-members":
                others.append("for its members")
            return f"{first} ({', '.join(others)})" if others else first
        case _:
            return str(value)


_LENGTHS: Final = frozenset({"exactly", "about", "at_least", "at_most"})
