"""A round: one meeting or written exchange in a forum. Its view is made of its own stream alone."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from negotiation.dates import END_OF_TIME, parse
from negotiation.documents.lists import FACT_LISTS, ROUND_LISTS, latest, outcome_label, totals
from negotiation.documents.views import SHOWN, brief, composed, encode, show_finding, show_register, shown
from negotiation.events.procedure import Schedule
from negotiation.state import register_keys
from negotiation.state.dossier import Dossier
from negotiation.streams import round_stream

KINDS: Final = (*ROUND_LISTS, *FACT_LISTS.values())
"""The lists of a round's document besides its findings."""


def round_exists(dossier: Dossier, negotiation: str, round_: str) -> bool:
    """Whether anything of the round stands at the dossier's reading."""
    return dossier.history.has_facts(round_stream(negotiation, round_))


def round_header(dossier: Dossier, negotiation: str, round_: str) -> bytes:
    """What a round's document says before its lists, as JSON."""
    history = dossier.history
    here = round_stream(negotiation, round_)
    header: dict[str, Any] = {
        "negotiation": negotiation,
        "round": round_,
        "version": history.versions.get(here, 0),
        "schedule": show_register(dossier, register_keys.schedule(round_)),
        "proceedings": show_register(dossier, register_keys.proceedings(round_)),
        "may_have_changed": any(known.stream == here for knowns in history.possible.values() for known in knowns),
    }
    return encode(header)


def compose_round(header: bytes, counts: Mapping[str, int], listed: Mapping[str, Sequence[bytes]]) -> bytes:
    """The round's document as JSON, from its header, its totals and the latest items of its lists."""
    lists = {kind: shown(counts.get(kind, 0), listed.get(kind, ())) for kind in (*KINDS, "findings")}
    return composed(header, lists)


def round_document(dossier: Dossier, negotiation: str, round_: str) -> bytes:
    """The round as JSON: schedule, proceedings, sessions, who takes part, outcomes, what was said and done."""
    here = round_stream(negotiation, round_)
    listed = latest(dossier, negotiation, here)
    listed["findings"] = [encode(show_finding(dossier, finding)) for finding in dossier.findings_in(here)[:SHOWN]]
    return compose_round(round_header(dossier, negotiation, round_), totals(dossier, negotiation, round_), listed)


def round_summary(dossier: Dossier, negotiation: str, round_: str) -> bytes:
    """One line of a list of rounds as JSON: its name, schedule, proceedings and outcomes, and how much there is."""
    history = dossier.history
    here = round_stream(negotiation, round_)
    count = history.count("outcome", round_)
    outcomes = sorted(history.keys("outcome", round_)) if count <= OUTCOMES_SHOWN else []
    return encode(
        {
            "negotiation": negotiation,
            "round": round_,
            "version": history.versions.get(here, 0),
            "schedule": brief(dossier, register_keys.schedule(round_)),
            "proceedings": brief(dossier, register_keys.proceedings(round_)),
            "sessions": history.count("session", round_),
            "outcomes": [brief(dossier, key, **outcome_label(key)) for key in outcomes],
            **({"outcomes_total": count} if count > OUTCOMES_SHOWN else {}),
            "findings": dossier.count_findings(here),
        }
    )


OUTCOMES_SHOWN: Final = 10
"""A line of a list shows a round's outcomes if there are no more than these, else their number."""


def round_begins(dossier: Dossier, round_: str) -> int:
    """When the round starts at the earliest, for lists by date: microseconds since 1970; far ahead if not known."""
    return min(
        (
            parse(starts).start.by_date[0]
            for assertion in dossier.history.assertions(register_keys.schedule(round_)).values()
            if isinstance(assertion.known.event, Schedule) and (starts := assertion.known.event.starts) is not None
        ),
        default=END_OF_TIME,
    )
