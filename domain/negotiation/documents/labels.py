"""What a register is about, in the words of the API: its key, taken apart into named fields."""

from typing import Any, Final

from msgspec import Raw

from negotiation.references import provision_and_option
from negotiation.state.register_keys import Key, Kind, kind_of, reference

_NAMED: Final[dict[Kind, tuple[str, ...]]] = {
    "negotiation": ("round",),
    "proceedings": ("round",),
    "schedule": ("round",),
    "session": ("round", "session"),
    "participation": ("round", "party"),
    "delegation": ("round", "body", "party", "capacity"),
    "body": ("round", "body"),
    "office": ("round", "body", "office"),
    "agenda-item": ("round", "item"),
    "deadline": ("round", "deadline"),
    "demand": ("round", "demand"),
    "demand-course": ("round", "demand"),
    "document": ("document", "version"),
    "statement": ("round", "event"),
    "commitment": ("round", "commitment"),
    "commitment-course": ("round", "commitment"),
    "conduct": ("round", "conduct"),
    "party": ("party",),
    "party-code": ("party", "scheme"),
    "party-name": ("party",),
    "succession": ("party",),
    "membership": ("group", "member"),
    "membership-of": ("member", "group"),
}
"""Registers whose key is a list of names. Where the round is empty, the register is the whole negotiation's."""

_ABOUT: Final[dict[Kind, tuple[str, ...]]] = {
    "answer": ("on", "party"),
    "disclosure": ("of", "manner"),
}
"""Registers about what a reference names: kind and id in one part of the key, version and provision, then one more."""


_OF_TEXTS: Final[dict[Kind, tuple[str, ...]]] = {
    "provision-state": ("version", "provision"),
    "figure": ("version", "unit"),
    "text-correction": ("version", "provision", "event"),
    "endorsement": ("version", "body", "party"),
    "entry-conditions": (),
}
"""Registers about a document: what stands in their keys behind it."""


def label(key: Key) -> dict[str, Any]:  # noqa: PLR0911 - one arm a kind of key
    """The fields that say what a register is about; empty ones are left out.

    ``assessed_by`` is an assessor, ``on`` and ``of`` are references, everything else is a name.
    """
    kind, parts = kind_of(key), key[1:]
    match kind:
        case "vote":
            about, version, provision, electorate, fact = parts
            return {
                "on": reference_fields(*reference(about), version, provision),
                "electorate": electorate,
                "event": fact,
            }
        case "performance":
            about, version, provision, occasion, who = parts
            told: dict[str, Any] = {"of": reference_fields(*reference(about), version, provision)}
            return told | ({"occasion": occasion} if occasion else {}) | {"assessed_by": Raw(who.encode())}
        case "answer" | "disclosure":
            about, version, provision, who = parts
            name, last = _ABOUT[kind]
            return {name: reference_fields(*reference(about), version, provision)} | ({last: who} if who else {})
        case "outcome":
            round_, *of, assessor = parts
            where: dict[str, Any] = {"round": round_} if round_ else {}
            return {**where, "of": reference_fields(*of), "assessed_by": Raw(assessor.encode())}
        case "consent" | "status":
            document, who = parts
            found = {"document": reference(document)[1]}
            return found | ({"party" if kind == "consent" else "for": who} if who else {})
        case "provision-state" | "figure" | "text-correction" | "endorsement" | "entry-conditions":
            document, *rest = parts
            named = zip(_OF_TEXTS[kind], rest, strict=True)
            return {"document": reference(document)[1], **{name: part for name, part in named if part}}
        case _:
            return {name: part for name, part in zip(_NAMED[kind], parts, strict=True) if part}


def within(key: Key) -> dict[str, Any]:
    """The same where the document is named already."""
    return {name: part for name, part in label(key).items() if name != "document"}


def reference_fields(kind: str, name: str, version: str, provision: str) -> dict[str, str]:
    """The fields of a reference that are a key's parts; empty ones are left out."""
    provision, option = provision_and_option(provision)
    fields = {"kind": kind, "id": name, "version": version, "provision": provision, "option": option}
    return {field: value for field, value in fields.items() if value}
