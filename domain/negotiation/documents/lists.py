"""The lists in the documents of rounds, negotiations and parties: an item a register, or an item a fact.

An item has a place (the round's stream, the negotiation or the party's stream), a kind (the name of its list), an id
in that list, and its date. What an event touched tells which items read differently; the rest stay as they are.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, NamedTuple, TypeAlias

from negotiation.documents.views import SHOWN, canonical, encode, show_fact, show_register
from negotiation.events.agreements import Consent
from negotiation.state.dossier import Dossier
from negotiation.state.facts import Known
from negotiation.state.history import Changes
from negotiation.state.registers import Key, chronological, current
from negotiation.streams import PARTIES, party_stream, round_stream

FACT_LISTS: Final = {
    "Demand": "demands_tabled",
    "Document": "documents_tabled",
    "Answer": "answers",
    "Statement": "statements",
    "Commitment": "commitments_made",
    "Disclosure": "disclosures",
    "Conduct": "conduct_reported",
    "Vote": "votes",
    "Consent": "consents",
    "Status": "status",
    "Deadline": "deadlines_set",
    "Performance": "performance",
}
"""What was said and done in one stream: the family of the catalogue, and the list that it is shown in."""

ROUND_LISTS: Final = ("sessions", "participants", "delegations", "outcomes")
NEGOTIATION_LISTS: Final = (
    "participants",
    "agenda",
    "bodies",
    "documents",
    "deadlines",
    "commitments",
    "conduct",
    "outcomes",
)
PARTY_LISTS: Final = ("members", "groups")


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
    _, _, kind, name, version, provision, assessor = key
    of = {"kind": kind, "id": name, "version": version, "provision": provision}
    return {"of": {field: value for field, value in of.items() if value}, "assessed_by": canonical(assessor)}


_LISTS: Final = {
    "session": _List("sessions", lambda key: {"session": key[2]}),
    "participation": _List("participants", lambda key: {"party": key[2]}),
    "delegation": _List("delegations", lambda key: {"party": key[2]}),
    "outcome": _List("outcomes", outcome_label),
    "agenda-item": _List("agenda", lambda key: {"item": key[2]}),
    "body": _List("bodies", lambda key: {"body": key[2]}),
    "deadline": _List("deadlines", lambda key: {"deadline": key[2]}),
    "commitment": _List("commitments", lambda key: {"commitment": key[2]}),
    "conduct": _List("conduct", lambda key: {"conduct": key[2]}),
}
"""Registers of a round (their key names it) or of a negotiation, one by one."""

_TOTALS: Final = (*(listed.name for listed in _LISTS.values()), *FACT_LISTS.values(), "documents", "rounds", "findings")
"""The order in which totals are told."""

_OF_PARTIES: Final = {"membership": "members", "membership-of": "groups"}
"""Registers of a party, and the lists that they are shown in."""

_OF_DOCUMENTS: Final = frozenset({"document", "consent", "status", "disclosure"})
"""Registers that are shown together, by document."""


def items_touched(dossier: Dossier, unit: str, changes: Changes) -> Iterator[Item | Place]:
    """Every item that may read differently now: an Item to be shown, a Place where nothing is to be shown any more."""
    for key in sorted(changes.keys):
        for place in _places(unit, key):
            yield _item(dossier, place, key) or place
    for name in sorted({_document_of(key) for key in changes.keys if key[0] in _OF_DOCUMENTS} - {""}):
        place = Place(unit, "documents", name)
        yield _document_item(dossier, place) or place
    for fact in sorted(changes.facts):
        yield from _fact_items(dossier, fact)


def items(dossier: Dossier, unit: str) -> Iterator[Item]:
    """Every item of a unit, in no order."""
    everything = Changes.none()
    everything.keys |= dossier.history.all_keys()
    everything.facts |= dossier.history.known.keys()
    return (item for item in items_touched(dossier, unit, everything) if isinstance(item, Item))


def _places(unit: str, key: Key) -> Iterator[Place]:
    if (kind := _OF_PARTIES.get(key[0])) is not None:
        yield Place(party_stream(key[1]), kind, key[2])
    elif (listed := _LISTS.get(key[0])) is not None and unit != PARTIES:
        yield Place(round_stream(unit, key[1]) if key[1] else unit, listed.name, "/".join(key[2:]))


def _item(dossier: Dossier, place: Place, key: Key) -> Item | None:
    assertions = dossier.history.assertions(key)
    if not assertions:
        return None
    label = {"party": place.id} if place.kind == "members" else {"group": place.id}
    if place.kind not in PARTY_LISTS:
        label = _LISTS[key[0]].label(key)
    last = max(current(list(assertions.values())), key=chronological).known
    return _dated(place, last, encode(show_register(dossier, key, **label)))


def _dated(place: Place, known: Known, document: bytes) -> Item:
    return Item(*place, known.stands.begins, known.stands.ends, document)


def _fact_items(dossier: Dossier, fact: str) -> Iterator[Item | Place]:
    original = dossier.history.lives.events[fact]
    kind = FACT_LISTS.get(type(original.event).__mro__[1].__name__)
    if kind is None:
        return
    place = Place(original.stream, kind, fact)
    known = dossier.history.known.get(fact, ())
    yield _dated(place, known[0], encode(show_fact(dossier, fact))) if known else place


def _document_of(key: Key) -> str:
    if key[0] == "document":
        return key[1]
    return key[1].removeprefix("document/") if key[1].startswith("document/") else ""


def _document_item(dossier: Dossier, place: Place) -> Item | None:
    """A document with its versions, who consented to which, its status and how it became public."""
    history = dossier.history
    about = f"document/{place.id}"
    versions = sorted(history.keys("document", place.id))
    consents = sorted(history.keys("consent", about))
    status, disclosures = sorted(history.keys("status", about)), sorted(history.keys("disclosure", about))
    if not versions:
        return None
    every = [*versions, *consents, *status, *disclosures]
    document = {
        "document": place.id,
        "versions": [show_register(dossier, key, version=key[2]) for key in versions[:SHOWN]],
        "agreement": agreement(dossier, consents),
        "consents": [show_register(dossier, key, party=key[2]) for key in consents[:SHOWN]],
        "status": [show_register(dossier, key, **{"for": key[2] or "all"}) for key in status[:SHOWN]],
        "disclosures": [show_register(dossier, key, manner=key[4]) for key in disclosures[:SHOWN]],
    }
    last = max(
        (assertion for key in every for assertion in current(list(history.assertions(key).values()))),
        key=chronological,
    )
    return _dated(place, last.known, encode(document))


def agreement(dossier: Dossier, consents: list[Key]) -> str:
    """``none``, ``agreed`` (every consent names one version) or ``disputed`` (they name several)."""
    named = {
        assertion.known.event.version
        for key in consents
        for assertion in current(list(dossier.history.assertions(key).values()))
        if isinstance(assertion.known.event, Consent)
    }
    return "none" if not named else "agreed" if len(named) == 1 else "disputed"


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


def latest(listed: Iterable[Item], place: str) -> dict[str, list[bytes]]:
    """The items of one place as their lists show them: by kind, latest first, then by id."""
    found: dict[str, list[Item]] = {}
    for item in listed:
        if item.place == place:
            found.setdefault(item.kind, []).append(item)
    return {
        kind: [item.document for item in heapq.nlargest(SHOWN, every, key=_by_date)] for kind, every in found.items()
    }


def _by_date(item: Item) -> tuple[int, int, str]:
    return (item.begins, item.ends, item.id)
