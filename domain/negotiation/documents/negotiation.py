"""A negotiation: the whole process, seen across its own stream and those of its rounds."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from negotiation.clocks import NOW, Reading
from negotiation.documents.lists import FACT_LISTS, NEGOTIATION_LISTS, latest, totals
from negotiation.documents.party import knows_party
from negotiation.documents.round import round_begins, round_summary
from negotiation.documents.views import SHOWN, brief, composed, encode, show_finding, show_register, shown
from negotiation.references import Named
from negotiation.state import register_keys
from negotiation.state.dossier import Dossier
from negotiation.texts import as_counted

KINDS: Final = (*NEGOTIATION_LISTS, *FACT_LISTS.values())
"""The lists of a negotiation's document besides its rounds and findings."""


def negotiation_dossier(parties: Callable[[], Dossier], reading: Reading = NOW) -> Dossier:
    """The dossier of one negotiation with its rounds; ``parties`` gives that of the parties at the same reading."""
    return Dossier(reading, lambda party: knows_party(parties(), party), lambda: parties().history)


def negotiation_exists(dossier: Dossier, negotiation: str) -> bool:
    """Whether it was opened and anything of it stands, at the dossier's reading."""
    return dossier.history.knows(Named("negotiation", negotiation)) and bool(dossier.history.known)


def negotiation_header(dossier: Dossier, negotiation: str) -> bytes:
    """What a negotiation's document says before its lists, as JSON."""
    history = dossier.history
    header: dict[str, Any] = {
        "negotiation": negotiation,
        "version": history.versions.get(negotiation, 0),
        "frame": show_register(dossier, register_keys.negotiation()),
        "proceedings": show_register(dossier, register_keys.proceedings("")),
        "demands": {"total": history.count("demand")},
        "may_have_changed": history.may_have_changed(),
    }
    return encode(header)


def compose_negotiation(header: bytes, counts: Mapping[str, int], listed: Mapping[str, Sequence[bytes]]) -> bytes:
    """The negotiation's document as JSON, from its header, its totals and the latest items of its lists."""
    lists = {kind: shown(counts.get(kind, 0), listed.get(kind, ())) for kind in (*KINDS, "rounds", "findings")}
    return composed(header, lists)


def negotiation_document(dossier: Dossier, negotiation: str) -> bytes:
    """The negotiation as JSON: frame, rounds, who takes part, documents, deadlines, what was said between rounds."""
    listed = latest(dossier, negotiation, negotiation)
    listed["rounds"] = [round_summary(dossier, negotiation, round_) for round_ in round_slugs(dossier)]
    listed["findings"] = [encode(show_finding(dossier, finding)) for finding in dossier.findings_in()[:SHOWN]]
    return compose_negotiation(negotiation_header(dossier, negotiation), totals(dossier, negotiation, ""), listed)


def negotiation_summary(dossier: Dossier, negotiation: str) -> bytes:
    """One line of a list of negotiations as JSON."""
    history = dossier.history
    return encode(
        {
            "negotiation": negotiation,
            "version": history.versions.get(negotiation, 0),
            "frame": brief(dossier, register_keys.negotiation()),
            "rounds": history.count_abouts("schedule"),
            "demands": history.count("demand"),
            "findings": dossier.count_findings(),
        }
    )


def round_slugs(dossier: Dossier) -> list[str]:
    """The rounds that were scheduled, by their start."""
    rounds = {register_keys.about_of(key) for key in dossier.history.keys_of_kind("schedule")}
    return sorted(rounds, key=lambda round_: (round_begins(dossier, round_), as_counted(round_)))
