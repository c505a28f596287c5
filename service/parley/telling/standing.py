"""Where a story ends: rounds with outcomes, demands with answers, what is contested, what does not add up."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final, NamedTuple

import msgspec
from rich.text import Text

from negotiation.documents.agreement import agreement
from negotiation.documents.entry import EntryShown, entry
from negotiation.documents.ledger import answer_keys, demand_slugs
from negotiation.documents.negotiation import round_slugs
from negotiation.documents.versions import Versions
from negotiation.documents.views import show_finding
from negotiation.events.agreements import Consent
from negotiation.events.fact import Fact
from negotiation.events.positions import Answer, Document
from negotiation.findings.types import Finding
from negotiation.references import Assessor
from negotiation.state import register_keys
from negotiation.state.dossier import Dossier
from negotiation.state.register_keys import (
    Key,
    Kind,
    about_of,
    assessor_of,
    kind_of,
    manner_of,
    name_of,
    party_of,
    provision_and_party,
    version_and_provision,
)
from negotiation.texts import as_counted
from parley.telling.phrases import Names, count, deed, listed, say, thing
from parley.telling.registers import about, differences, standing, values
from parley.telling.words import ANSWERED

LINES: Final = 20
"""How many lines of each kind are told; the rest is counted."""

_FATE: Final[tuple[Kind, ...]] = ("consent", "status")
"""The registers that tell what became of a document."""


class Part(NamedTuple):
    """A heading with its lines."""

    heading: str
    lines: list[Text]


def where_it_stands(talks: Dossier, findings: Iterable[Finding], names: Names) -> list[Part]:
    """What stands, part by part; parts without anything are left out."""
    documents = sorted(talks.history.abouts("document"), key=as_counted)
    parts = [
        Part("Rounds", _some([_round(talks, round_, names) for round_ in round_slugs(talks)])),
        Part("Demands", _some([_demand(talks, demand, names) for demand in demand_slugs(talks)])),
        Part("Documents", _some([line for slug in documents for line in _document(talks, slug, names)])),
        Part("Contested", _some(list(_contested(talks, names)))),
        Part("What does not add up", _some([_finding(finding, talks) for finding in findings])),
    ]
    return [part for part in parts if part.lines]


def _some(lines: list[Text]) -> list[Text]:
    more = len(lines) - LINES
    return lines if more <= 0 else [*islice(lines, LINES), Text(f"and {more:,} more", "faint")]


def _round(talks: Dossier, round_: str, names: Names) -> Text:
    history = talks.history
    key = register_keys.schedule(round_)
    sittings = history.count("session", round_)
    written = any(value.get("format") == "written" for value in values(history.register(key)))
    held = f"; {count(sittings, 'sitting')}" if sittings else "; in writing" if written else "; no sitting on record"
    proceedings = register_keys.proceedings(round_)
    state = say("; ", _state(talks, proceedings, names)) if history.assertions(proceedings) else None
    outcomes = listed(
        (_outcome(talks, key, names) for key in sorted(history.keys("outcome", round_))), last="; ", between="; "
    )
    return say(thing(round_), ": ", _state(talks, key, names), held, state, say("; ", outcomes) if outcomes else None)


def _outcome(talks: Dossier, key: Key, names: Names) -> Text:
    who = names.assessor(msgspec.json.decode(assessor_of(key), type=Assessor))
    return say(deed(_state(talks, key, names).plain), " (", who, ")")


def _state(talks: Dossier, key: Key, names: Names) -> Text:
    return standing(key, talks.history.register(key), names)


def _demand(talks: Dossier, demand: str, names: Names) -> Text:
    history = talks.history
    tabled = [one.known.event for one in history.standing(register_keys.demand(demand))]
    owners = listed(dict.fromkeys(names.party(a.party).plain for e in tabled for a in e.by if a.party))
    to = listed(dict.fromkeys(names.party(party).plain for event in tabled for party in event.to))
    answers: dict[str, list[Text]] = {}
    for key in answer_keys(talks, demand):
        provision, party = provision_and_party(key)
        part = f" (of it {provision})" if provision else ""
        standing_ = [one.known.event for one in history.standing(key)]
        given = dict.fromkeys(_answered(event) for event in standing_ if isinstance(event, Answer))
        bound = any(actor.as_ == "for-members" for event in standing_ for actor in event.by if actor.party == party)
        who = say(names.party(party), " for its members" if bound else None) if party else Text("somebody unnamed")
        if given:
            answers.setdefault(f"{' | '.join(given)}{part}", []).append(who)
    told = [say(deed(answer), " by ", listed(who)) for answer, who in answers.items()]
    return say(
        thing(demand),
        say(" (", owners, say(" to ", to) if to else None, ")") if owners else " (nobody's, at this point)",
        ": ",
        listed(told, last="; ", between="; ") or "no answer on record",
    )


def _answered(event: Answer) -> str:
    """What became of a demand by an answer, and on what conditions it depends."""
    conditions = "; ".join(" ".join(condition.text.split()) for condition in event.conditions)
    return ANSWERED[event.answer] + (f" if: {conditions}" if conditions else "")


def _document(talks: Dossier, document: str, names: Names) -> Iterator[Text]:
    """Its versions, the latest first. What became of it is told with the version that it became of."""
    versions = Versions(talks.history, document).names[::-1]
    named = talks.history.consents.named(register_keys.about("document", document))
    standing_ = named[0] if len(named) == 1 and named[0] in versions else versions[0]
    for version in versions:
        yield _version(talks, register_keys.document(document, version), names, last=versions[0], standing_=standing_)


def _version(talks: Dossier, key: Key, names: Names, *, last: str, standing_: str) -> Text:
    history = talks.history
    document, version = about_of(key), name_of(key)
    here = register_keys.about("document", document)
    tabled = [one.known.event for one in history.standing(key)]
    kinds = dict.fromkeys(event.kind for event in tabled if isinstance(event, Document))
    authors = listed(names.party(party) for party in dict.fromkeys(_authors(tabled)))
    fate: dict[str, list[Text]] = {}
    for kind in _FATE:
        for found in sorted(history.keys(kind, here)):
            if version not in _versions_of(talks, found, standing_):
                continue
            party = party_of(found)
            fate.setdefault(_state(talks, found, names).plain, []).append(names.party(party) if party else Text())
    known = [
        _disclosed(talks, found)
        for found in sorted(history.keys("disclosure", here))
        if (version_and_provision(found)[0] or standing_) == version
    ]
    if version not in {last, standing_}:
        known.append(deed("superseded"))
    if version == standing_ and agreement(talks, document) == "rejected":
        known.append(deed("rejected by those who have to approve it"))
    if version == standing_ and (needed := entry(talks, document)) is not None:
        known.append(_entry(needed))
    told = [say(deed(state), say(" (", listed(who), ")") if any(who) else None) for state, who in fate.items()]
    return say(
        thing(document), f", version {version}" if version != "1" else None, ": ", " | ".join(kinds),
        say(" by ", authors) if authors else None, *(say("; ", one) for one in (*known, *told)),
    )  # fmt: skip


def _versions_of(talks: Dossier, key: Key, standing_: str) -> set[str]:
    """The versions that a register of a document tells of: those that consents name, and of its status the one."""
    if kind_of(key) != "consent":
        return {standing_}
    events = [one.known.event for one in talks.history.last(key)]
    return {event.version for event in events if isinstance(event, Consent)}


def _entry(needed: EntryShown) -> Text:
    """How far the conditions of entry into force are met."""
    told = []
    for one in needed.thresholds:
        if one.parties_needed:
            told.append(f"{one.parties_reached} of {one.parties_needed} parties")
        if one.share_needed:
            told.append(f"{one.share_reached} of {one.share_needed} {one.of or ''}".rstrip())
        if one.missing:
            told.append(f"{len(one.missing)} of {len(one.among)} still missing")
    told += [f"no approval by {one.electorate}" for one in needed.approvals if not one.approved]
    met = deed("met" if needed.met else "not met yet")
    return say("conditions of entry into force ", met, f" ({', '.join(told)})" if told else None)


def _disclosed(talks: Dossier, key: Key) -> Text:
    sure = ", ".join(value["authentic"] for value in values(talks.history.register(key)) if "authentic" in value)
    return say(deed(manner_of(key)), f" ({sure})" if sure else None)


def _authors(tabled: Iterable[Fact]) -> Iterator[str]:
    for event in tabled:
        if isinstance(event, Document):
            yield from event.authors or (actor.party for actor in event.by if actor.party)


def _contested(talks: Dossier, names: Names) -> Iterator[Text]:
    for key in sorted(talks.history.all_keys()):
        if kind_of(key) != "membership-of" and (register := talks.history.register(key)).contested:
            yield say(about(key, names), ": ", differences(key, values(register), names))


def _finding(finding: Finding, talks: Dossier) -> Text:
    event = talks.history.lives.events[finding.event]
    shown = show_finding(talks, finding)
    which = f"#{event.position} {shown.event_type}, {shown.occurred}, {shown.stream}: "
    return say(Text(which, "faint"), finding.message)
