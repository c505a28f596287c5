"""A negotiation: the whole process, seen across its own stream and those of its rounds."""

from collections.abc import Callable
from typing import Any

from negotiation.clocks import NOW, Reading
from negotiation.dossier import Dossier
from negotiation.events.agreements import Consent
from negotiation.facts import Known
from negotiation.references import Ref
from negotiation.registers import Key, current
from negotiation.round import FAMILIES, brief, outcome_label, round_begins
from negotiation.views import (
    SHOWN,
    Shown,
    encode,
    show_facts,
    show_findings,
    show_register,
    show_registers,
)


def negotiation_dossier(knows_party: Callable[[str], bool], reading: Reading = NOW) -> Dossier:
    """The dossier of one negotiation with its rounds."""
    return Dossier(reading, knows_party)


def negotiation_exists(dossier: Dossier, negotiation: str) -> bool:
    """Whether it was opened, at the dossier's reading."""
    return dossier.history.knows(Ref(kind="negotiation", id=negotiation))


def negotiation_document(dossier: Dossier, negotiation: str) -> bytes:
    """The negotiation as JSON: frame, rounds, who takes part, documents, deadlines, commitments, findings."""
    history = dossier.history
    document: dict[str, Any] = {
        "negotiation": negotiation,
        "version": history.versions.get(negotiation, 0),
        "frame": show_register(dossier, ("negotiation", "")),
        "proceedings": show_register(dossier, ("proceedings", "")),
        "rounds": _rounds(dossier),
        "participants": show_registers(dossier, history.keys("participation", ""), lambda key: {"party": key[2]}),
        "agenda": show_registers(dossier, history.keys("agenda-item"), lambda key: {"item": key[2]}),
        "bodies": show_registers(dossier, history.keys("body"), lambda key: {"body": key[2]}),
        "documents": _documents(dossier),
        "deadlines": show_registers(dossier, history.keys("deadline"), lambda key: {"deadline": key[2]}),
        "commitments": show_registers(dossier, history.keys("commitment"), lambda key: {"commitment": key[2]}),
        "conduct": show_registers(dossier, history.keys("conduct"), lambda key: {"conduct": key[2]}),
        "outcomes": show_registers(dossier, history.keys("outcome"), outcome_label),
        "demands": {"total": len(history.keys("demand"))},
        "between_rounds": {name: show_facts(dossier, negotiation, family) for name, family in FAMILIES.items()},
        "findings": show_findings(dossier.findings_in()),
        "may_have_changed": dossier.history.may_have_changed(),
    }
    return encode(document)


def negotiation_summary(dossier: Dossier, negotiation: str) -> bytes:
    """One line of a list of negotiations as JSON."""
    history = dossier.history
    return encode(
        {
            "negotiation": negotiation,
            "version": history.versions.get(negotiation, 0),
            "frame": brief(dossier, ("negotiation", "")),
            "rounds": len(round_slugs(dossier)),
            "demands": len(history.keys("demand")),
            "findings": len(dossier.findings),
        }
    )


def round_slugs(dossier: Dossier) -> list[str]:
    """The rounds that were scheduled, by their start."""
    rounds = {key[1] for key in dossier.history.keys_of_kind("schedule")}
    return sorted(rounds, key=lambda round_: (round_begins(dossier, round_), round_))


def _rounds(dossier: Dossier) -> Shown:
    slugs = round_slugs(dossier)
    shown = [{"round": slug, "schedule": brief(dossier, ("schedule", slug))} for slug in slugs[:SHOWN]]
    return Shown(len(slugs), shown)


def _documents(dossier: Dossier) -> Shown:
    versions: dict[str, list[Key]] = {}
    for key in sorted(dossier.history.keys("document")):
        versions.setdefault(key[2], []).append(key)
    shown = [_document(dossier, name, keys) for name, keys in list(versions.items())[:SHOWN]]
    return Shown(len(versions), shown)


def _document(dossier: Dossier, name: str, versions: list[Key]) -> dict[str, Any]:
    history = dossier.history
    consents = history.keys("consent", f"document/{name}")
    return {
        "document": name,
        "versions": show_registers(dossier, versions, lambda key: {"version": key[3]}),
        "agreement": agreement(dossier, consents),
        "consents": show_registers(dossier, consents, lambda key: {"party": key[2]}),
        "status": show_registers(
            dossier, history.keys("status", f"document/{name}"), lambda key: {"for": key[2] or "all"}
        ),
        "disclosures": show_registers(
            dossier, history.keys("disclosure", f"document/{name}"), lambda key: {"manner": key[4]}
        ),
    }


def agreement(dossier: Dossier, consents: set[Key]) -> str:
    """``none``, ``agreed`` (every consent names one version) or ``disputed`` (they name several)."""
    named = {
        known.event.version
        for key in consents
        for known in _standing(dossier, key)
        if isinstance(known.event, Consent)
    }
    return "none" if not named else "agreed" if len(named) == 1 else "disputed"


def _standing(dossier: Dossier, key: Key) -> list[Known]:
    return [assertion.known for assertion in current(list(dossier.history.assertions(key).values()))]
