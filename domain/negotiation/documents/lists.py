"""The lists in the documents of rounds, negotiations and parties: an item a register, or an item a fact.

An item has a place (the round's stream, the negotiation or the party's stream), a kind (the name of its list), an id
in that list, and its date. What an event touched tells which items read differently; the rest stay as they are.
"""

import heapq
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple, TypeAlias

from msgspec import Raw

from negotiation.documents.agreement import agreement
from negotiation.documents.conduct import course
from negotiation.documents.entry import entry
from negotiation.documents.labels import label, reference_fields, within
from negotiation.documents.versions import Versions
from negotiation.documents.views import SHOWN, canonical, encode, joined, show_fact, shown
from negotiation.events.fact import Event
from negotiation.events.parties import MemberLeft
from negotiation.state import register_keys
from negotiation.state.dossier import Dossier
from negotiation.state.facts import Known
from negotiation.state.families import FAMILY_OF
from negotiation.state.history import Changes
from negotiation.state.latest import OF_DOCUMENTS, document_of
from negotiation.state.register_keys import (
    Key,
    Kind,
    about,
    about_of,
    body_and_office,
    body_party_and_capacity,
    kind_of,
    manner_of,
    name_of,
    named_in,
    party_of,
)
from negotiation.state.register_keys import document as document_key
from negotiation.streams import PARTIES, party_stream, round_stream, stream
from negotiation.texts import as_counted

FACT_LISTS: Final = {
    "Demand": "demands_tabled",
    "DemandCourse": "demands_put_or_settled",
    "Document": "documents_tabled",
    "Answer": "answers",
    "Statement": "statements",
    "Commitment": "commitments_made",
    "CommitmentCourse": "commitments_changed",
    "Disclosure": "disclosures",
    "Conduct": "conduct_reported",
    "Vote": "votes",
    "Consent": "consents",
    "Status": "status",
    "TextState": "text_states",
    "TextCorrection": "text_corrections",
    "Endorsement": "endorsements",
    "ExistingAgreement": "existing_agreements",
    "EntryConditions": "entry_conditions",
    "Deadline": "deadlines_set",
    "Performance": "performance",
}
"""What was said and done in one stream: the family of the catalogue, and the list that it is shown in."""

LISTS_OF_FACTS: Final = frozenset(FACT_LISTS.values())

FAMILIES_IN_NO_LIST: Final = frozenset(
    {
        "Frame",
        "Schedule",
        "Proceedings",
        "Talks",
        "Participation",
        "Delegation",
        "Office",
        "Outcome",
        "Identity",
        "Membership",
    }
)
"""The other families: of what they say, only the registers are shown."""

ROUND_LISTS: Final = ("sessions", "participants", "delegations", "outcomes")
NEGOTIATION_LISTS: Final = (
    "participants",
    "delegations",
    "agenda",
    "bodies",
    "offices",
    "documents",
    "deadlines",
    "commitments",
    "conduct",
    "outcomes",
)
PARTY_LISTS: Final = ("members", "former_members", "groups", "former_groups")


class Place(NamedTuple):
    """Where an item is listed."""

    place: str
    kind: str
    id: str


class Item(NamedTuple):
    """An item as it reads: where it is listed, its date (microseconds since 1970, UTC), and its JSON."""

    place: str
    kind: str
    id: str
    begins: int
    ends: int
    document: bytes


Label: TypeAlias = Callable[[Key], dict[str, Any]]


class _List(NamedTuple):
    """The list that registers of one kind are shown in: its name, and what names each register in it."""

    name: str
    label: Label


def outcome_label(key: Key) -> dict[str, Any]:
    """What an outcome is of, and whose assessment it is."""
    _, _, *of, assessor = key
    return {"of": reference_fields(*of), "assessed_by": canonical(assessor)}


def delegation_label(key: Key) -> dict[str, str]:
    """To which body, where it is to one, whose delegation it is, and in which capacity."""
    body, party, capacity = body_party_and_capacity(key)
    return ({"body": body} if body else {}) | {"party": party, "capacity": capacity}


_LISTS: Final[dict[Kind, _List]] = {
    "session": _List("sessions", lambda key: {"session": name_of(key)}),
    "participation": _List("participants", lambda key: {"party": name_of(key)}),
    "delegation": _List("delegations", delegation_label),
    "outcome": _List("outcomes", outcome_label),
    "agenda-item": _List("agenda", lambda key: {"item": name_of(key)}),
    "body": _List("bodies", lambda key: {"body": name_of(key)}),
    "office": _List("offices", lambda key: dict(zip(("body", "office"), body_and_office(key), strict=True))),
    "deadline": _List("deadlines", lambda key: {"deadline": name_of(key)}),
    "commitment": _List("commitments", lambda key: {"commitment": name_of(key)}),
    "conduct": _List("conduct", lambda key: {"conduct": name_of(key)}),
}
"""Registers of a round (their key names it) or of a negotiation, one by one."""

_TOTALS: Final = (*(listed.name for listed in _LISTS.values()), *FACT_LISTS.values(), "documents", "rounds", "findings")
"""The order in which totals are told."""

_OF_PARTIES: Final[dict[Kind, str]] = {"membership": "members", "membership-of": "groups"}
"""Registers of a party, and the lists that they are shown in; those who left are in a list of their own."""

KINDS_IN_LISTS: Final[frozenset[Kind]] = frozenset({*_LISTS, *_OF_PARTIES, *OF_DOCUMENTS})
KINDS_IN_NO_LIST: Final[frozenset[Kind]] = frozenset(
    {
        *("negotiation", "proceedings", "schedule"),  # headers show them
        *("party", "party-code", "party-name", "succession"),
        "commitment-course",  # commitments show it
        *("demand", "demand-course", "answer", "performance"),  # the ledger shows them
        "statement",  # only their facts are shown
    }
)
"""Every other kind of register."""

_LIST_OF: Final[dict[type[Event], str]] = {
    type_: FACT_LISTS[family] for type_, family in FAMILY_OF.items() if family in FACT_LISTS
}
"""The list in which facts of each type are shown."""


def items_touched(dossier: Dossier, unit: str, changes: Changes) -> Iterator[Item | Place]:
    """Every item that may read differently now: an Item to be shown, a Place where nothing is to be shown any more."""
    listed = _OF_PARTIES if unit == PARTIES else _LISTS
    for key in sorted([key for key in changes.keys if kind_of(key) in listed]):
        place = _place(dossier, unit, key)
        yield _item(dossier, place, key) or place
        if unit == PARTIES:
            yield from (other for left in (False, True) if (other := _membership(key, left=left)) != place)
    for name in sorted({_commitment_of(key) for key in changes.keys} - {""}):
        key = register_keys.commitment(name)
        if key not in changes.keys:
            place = _place(dossier, unit, key)
            yield _item(dossier, place, key) or place
    for name in sorted({document_of(key) for key in changes.keys if kind_of(key) in OF_DOCUMENTS} - {""}):
        place = Place(unit, "documents", _listed_as(name))
        yield _document_item(dossier, place) or place
    for fact in sorted(changes.facts):
        original = dossier.history.lives.events[fact]
        kind = _LIST_OF.get(type(original.event))
        if kind is not None:
            yield _fact_item(dossier, fact, kind) or Place(original.stream, kind, fact)


def items(dossier: Dossier, unit: str) -> Iterator[Item]:
    """Every item of a unit, in no order."""
    everything = Changes.none()
    everything.keys |= dossier.history.all_keys()
    everything.facts |= dossier.history.known.keys()
    return (item for item in items_touched(dossier, unit, everything) if isinstance(item, Item))


def _place(dossier: Dossier, unit: str, key: Key) -> Place:
    if unit == PARTIES:
        return _membership(key, left=_has_left(dossier, key))
    round_ = about_of(key)
    place = round_stream(unit, round_) if round_ else unit
    return Place(place, _LISTS[kind_of(key)].name, _listed_as("/".join(key[2:])))


def _membership(key: Key, *, left: bool) -> Place:
    listed = _OF_PARTIES[kind_of(key)]
    return Place(party_stream(about_of(key)), f"former_{listed}" if left else listed, _listed_as(name_of(key)))


def party_list(parties: Dossier, key: Key) -> str:
    """The list that a membership is shown in: that of former ones where all that stands says that it is over."""
    return _membership(key, left=_has_left(parties, key)).kind


def _has_left(parties: Dossier, key: Key) -> bool:
    return all(type(one.known.event) is MemberLeft for one in parties.history.standing(key))


def _listed_as(name: str) -> str:
    """The id of an item with a name: as people count, and the name behind it where that is another."""
    counted, _ = as_counted(name)
    return name if counted == name else f"{counted} {name}"


def _name_listed(id_: str) -> str:
    return id_.rpartition(" ")[2]


def _item(dossier: Dossier, place: Place, key: Key) -> Item | None:
    history = dossier.history
    last = history.last(key)
    if not last:
        return None
    labels = {"party" if kind_of(key) == "membership" else "group": name_of(key)}
    if place.kind not in PARTY_LISTS:
        labels = _LISTS[kind_of(key)].label(key)
    # It is made when the register changes: its JSON is not kept.
    document = joined(encode(labels), encode(history.register(key)))
    if place.kind == "commitments":
        document = joined(document, encode(_kept(dossier, name_of(key))))
    if place.kind == "conduct":
        document = joined(document, encode({"course": course(one.known for one in history.assertions(key).values())}))
    return _dated(place, last[-1].known, document)


def _commitment_of(key: Key) -> str:
    """The commitment that a register is shown with; empty where it is of something else."""
    match kind_of(key):
        case "commitment-course":
            return name_of(key)
        case "performance":
            return named_in(about_of(key), "commitment")
        case _:
            return ""


def _kept(dossier: Dossier, commitment: str) -> dict[str, Raw]:
    """What became of a commitment, and whether it was kept, each time that somebody assessed it; the latest first."""
    history = dossier.history
    every = history.keys("performance", about("commitment", commitment))
    latest = heapq.nlargest(SHOWN, every, key=lambda key: (history.last(key)[-1].known.stands.by_date, key))
    assessed = [joined(encode(label(key)), encode(history.register(key))) for key in latest]
    course_ = history.register(register_keys.commitment_course(commitment)).shown
    return {"course": course_, "performance": Raw(shown(len(every), assessed))}


def _dated(place: Place, known: Known, document: bytes) -> Item:
    begins, ends = known.stands.by_date
    return Item(place[0], place[1], place[2], begins, ends, document)


def _fact_item(dossier: Dossier, fact: str, kind: str) -> Item | None:
    known = dossier.history.known.get(fact)
    if not known:
        return None
    begins, ends = known[0].stands.by_date
    return Item(known[0].stream, kind, fact, begins, ends, encode(show_fact(dossier, fact)))


def _document_item(dossier: Dossier, place: Place) -> Item | None:
    """A document with its versions, who consented to which, the votes, its status and how it became public."""
    history = dossier.history
    name = _name_listed(place.id)
    here = about("document", name)
    if not history.keys("document", name):
        return None
    versions = Versions(history, name).names[::-1]
    texts = [_shown(dossier, document_key(name, version), version=version) for version in versions[:SHOWN]]
    document = {
        "document": name,
        "versions": Raw(shown(len(versions), texts)),
        "agreement": agreement(dossier, name),
        "consents": _latest(dossier, "consent", here),
        "status": _latest(dossier, "status", here),
        "votes": _latest(dossier, "vote", here),
        "disclosures": _latest(dossier, "disclosure", here),
        "figures": _latest(dossier, "figure", here),
        "corrections": _latest(dossier, "text-correction", here),
        "endorsements": _latest(dossier, "endorsement", here),
        "entry_into_force": entry(dossier, name),
    }
    last = history.last_of_documents.of(name)
    return _dated(place, last.known, encode(document))


def _latest(dossier: Dossier, kind: Kind, here: str) -> Raw:
    """The registers of one kind about a document, each with what it is about: all counted, the latest shown."""
    history = dossier.history
    every = history.keys(kind, here)
    last = heapq.nlargest(SHOWN, every, key=lambda key: (history.last(key)[-1].known.stands.by_date, key))
    return Raw(shown(len(every), [_shown(dossier, key, **_NAMED.get(kind, within)(key)) for key in last]))


_NAMED: Final[dict[Kind, Label]] = {
    "status": lambda key: {"for": party_of(key) or "all"},
    "disclosure": lambda key: {"manner": manner_of(key)},
}
"""What names some of them in a list of the document's, where that is not all that they are about."""


def _shown(dossier: Dossier, key: Key, **labels: Any) -> bytes:
    """A register with what it is about, one of many that are shown together each time that one of them changes."""
    return joined(encode(labels), bytes(dossier.history.register(key).shown))


def totals(dossier: Dossier, unit: str, round_: str) -> dict[str, int]:
    """How many items each list has, by kind; empty ones are left out. Of a round, or (empty) of the negotiation."""
    history = dossier.history
    place = round_stream(unit, round_) if round_ else unit
    counts = {_LISTS[kind].name: count for kind, count in history.counts(round_).items() if kind in _LISTS}
    counts |= {FACT_LISTS[family]: n for family, n in history.fact_counts(place).items() if family in FACT_LISTS}
    counts["findings"] = dossier.count_findings(place if round_ else None)
    if not round_:
        counts["documents"] = history.count_abouts("document")
        counts["rounds"] = history.count_abouts("schedule")
    return {kind: counts[kind] for kind in _TOTALS if counts.get(kind)}


def latest(dossier: Dossier, unit: str, place: str) -> dict[str, list[bytes]]:
    """The items of one place as their lists show them: by kind, latest first, then by id. No other is composed.

    What people gave ids is listed as they count, and of facts of one day the last by id is first.
    """
    history = dossier.history
    here = stream(place).part
    found: dict[str, list[_Dated]] = {}
    for kind in _OF_PARTIES if unit == PARTIES else _LISTS:
        for key in history.keys(kind, here):
            at = _place(dossier, unit, key)
            found.setdefault(at.kind, []).append(_Dated(*history.last(key)[-1].known.stands.by_date, at.id, key))
    if unit == place:
        for name in {about_of(key) for key in history.keys_of_kind("document")}:
            stands = history.last_of_documents.of(name).known.stands
            found.setdefault("documents", []).append(_Dated(*stands.by_date, _listed_as(name), None))
    for fact, knowns in history.known.items():
        known = knowns[0]
        if known.stream == place:
            listed = _LIST_OF.get(type(history.lives.events[fact].event))
            if listed is not None:
                found.setdefault(listed, []).append(_Dated(*known.stands.by_date, fact, None))
    return {
        kind: [_composed(dossier, Place(place, kind, one.id), one.key) for one in _in_order(kind, every)]
        for kind, every in found.items()
    }


def _in_order(kind: str, every: "list[_Dated]") -> "list[_Dated]":
    last = heapq.nlargest(SHOWN, every)
    return last if kind in LISTS_OF_FACTS else sorted(last, key=lambda one: (-one.begins, -one.ends, one.id))


class _Dated(NamedTuple):
    """An item to be listed: its date, its id, and its register, where it is one."""

    begins: int
    ends: int
    id: str
    key: Key | None


def _composed(dossier: Dossier, place: Place, key: Key | None) -> bytes:
    if key is not None:
        item = _item(dossier, place, key)
    elif place.kind == "documents":
        item = _document_item(dossier, place)
    else:
        item = _fact_item(dossier, place.id, place.kind)
    assert item is not None, "it has a date"
    return item.document
