"""A round: one meeting or written exchange in a forum. Its view is made of its own stream alone."""

from collections.abc import Iterable
from typing import Any, Final

from negotiation.dates import END_OF_TIME, parse
from negotiation.dossier import Dossier
from negotiation.envelope import Recorded
from negotiation.events.procedure import Schedule
from negotiation.registers import Key
from negotiation.streams import round_stream
from negotiation.views import (
    as_fields,
    canonical,
    encode,
    show_facts,
    show_findings,
    show_register,
    show_registers,
)

FAMILIES: Final = {
    "demands": "Demand",
    "documents": "Document",
    "answers": "Answer",
    "statements": "Statement",
    "commitments": "Commitment",
    "disclosures": "Disclosure",
    "conduct": "Conduct",
    "votes": "Vote",
    "consents": "Consent",
    "status": "Status",
    "deadlines": "Deadline",
    "performance": "Performance",
}
"""What happened in a stream, list by list: the name it is shown under, and the family of the catalogue."""


def project_round(initial: Dossier | None, events: Iterable[Recorded]) -> Dossier | None:
    """Fold one round's events; a projector function for the event-sourcing library. None where there are none."""
    dossier = initial if initial is not None else Dossier(knows_party=lambda _: True)
    dossier.apply_all(events)
    return dossier if dossier.history.lives.events else None


def round_exists(dossier: Dossier, negotiation: str, round_: str) -> bool:
    """Whether anything of the round stands at the dossier's reading."""
    return bool(dossier.history.keys("schedule", round_)) or any(
        dossier.history.facts(round_stream(negotiation, round_), family) for family in FAMILIES.values()
    )


def round_document(dossier: Dossier, negotiation: str, round_: str) -> bytes:
    """The round as JSON: schedule, proceedings, sessions, who takes part, outcomes, what was said and done, findings."""
    history = dossier.history
    here = round_stream(negotiation, round_)
    document: dict[str, Any] = {
        "negotiation": negotiation,
        "round": round_,
        "version": history.versions.get(here, 0),
        "schedule": show_register(dossier, ("schedule", round_)),
        "proceedings": show_register(dossier, ("proceedings", round_)),
        "sessions": show_registers(dossier, history.keys("session", round_), lambda key: {"session": key[2]}),
        "participants": show_registers(dossier, history.keys("participation", round_), lambda key: {"party": key[2]}),
        "delegations": show_registers(dossier, history.keys("delegation", round_), lambda key: {"party": key[2]}),
        "outcomes": show_registers(dossier, history.keys("outcome", round_), outcome_label),
        "record": {name: show_facts(dossier, here, family) for name, family in FAMILIES.items()},
        "findings": show_findings(dossier.findings_in(here)),
        "may_have_changed": any(known.stream == here for knowns in history.possible.values() for known in knowns),
    }
    return encode(document)


def round_summary(dossier: Dossier, negotiation: str, round_: str) -> bytes:
    """One line of a list of rounds as JSON: its name, schedule and proceedings, and how much there is."""
    here = round_stream(negotiation, round_)
    return encode(
        {
            "negotiation": negotiation,
            "round": round_,
            "version": dossier.history.versions.get(here, 0),
            "schedule": brief(dossier, ("schedule", round_)),
            "proceedings": brief(dossier, ("proceedings", round_)),
            "sessions": len(dossier.history.keys("session", round_)),
            "outcomes": [
                {**outcome_label(key), **brief(dossier, key)}
                for key in sorted(dossier.history.keys("outcome", round_))[:10]
            ],
            "findings": len(dossier.findings_in(here)),
        }
    )


def brief(dossier: Dossier, key: Key) -> dict[str, Any]:
    """A register without its evidence."""
    fields = as_fields(dossier.history.register(key))
    return {**fields, "values": [value.value for value in fields["values"]]}


def round_begins(dossier: Dossier, round_: str) -> int:
    """When the round starts at the earliest, for lists by date: microseconds since 1970; far ahead if not known."""
    return min(
        (
            parse(starts).start.begins
            for assertion in dossier.history.assertions(("schedule", round_)).values()
            if isinstance(assertion.known.event, Schedule) and (starts := assertion.known.event.starts) is not None
        ),
        default=END_OF_TIME,
    )


def outcome_label(key: Key) -> dict[str, Any]:
    """What an outcome is of, and whose assessment it is."""
    _, _, kind, name, version, provision, assessor = key
    of = {"kind": kind, "id": name, "version": version, "provision": provision}
    return {
        "of": {field: value for field, value in of.items() if value},
        "assessed_by": canonical(assessor),
    }

