"""Examples for the OpenAPI document: requests, answers and problems, in one small world."""

from collections import Counter
from functools import cache
from typing import Any, Final

import msgspec

from negotiation.documents.difference import change_document, changes
from negotiation.documents.event import life_document
from negotiation.documents.ledger import ledger_entry, ledger_row
from negotiation.documents.negotiation import negotiation_document, negotiation_dossier, negotiation_summary
from negotiation.documents.party import parties_dossier, party_document, party_summary
from negotiation.documents.plain import plain_document, plain_event
from negotiation.documents.round import round_document, round_summary
from negotiation.documents.views import encode, show_finding
from negotiation.envelope import Recorded
from negotiation.events.examples import EVENT_ID, EXAMPLES
from negotiation.state.dossier import Dossier
from negotiation.state.register_keys import kind_of
from negotiation.streams import stream
from negotiation.tables.matrix import matrix
from negotiation.tables.moves import MoveRow
from negotiation.tables.search import SearchRow
from negotiation.tables.talk_days import talk_days
from parley.http.request.queries import Query
from parley.http.response import paging
from parley.store.reading import Cursor
from parley.telling.citations import csl
from parley.telling.tables import TABLES

Json = Any

SOURCE: Final[dict[str, Json]] = {
    "publisher": "The Example Gazette",
    "title": "Seven hours in Geneva",
    "url": "https://gazette.example/2022/01/11/geneva",
    "published": "2022-01-11",
    "kind": "outlet",
}
QUOTED: Final[dict[str, Json]] = {**SOURCE, "kind": "quote", "attribution": "named", "quote": "a non-starter"}


def _event(name: str, *left_out: str, **more: Json) -> dict[str, Json]:
    return {**{field: value for field, value in EXAMPLES[name].items() if field not in left_out}, **more}


def submission(name: str, source: dict[str, Json] = SOURCE) -> dict[str, Json]:
    """The example of an event, as it is sent."""
    if name == "EventRetracted":
        return {"event": EXAMPLES[name]}
    if name == "AccountAdded":
        return {"sources": [source], "event": EXAMPLES[name]}
    return {"occurred": "2022-01-10", "sources": [source], "event": EXAMPLES[name]}


# -- a small record, read as the service reads it

_NEGOTIATION: Final = "european-security"
_GENEVA: Final = "european-security/geneva"
_BRUSSELS: Final = "european-security/brussels"

_UNITED_STATES: Final = {
    "type": "PartyIdentified",
    "party": "united-states",
    "name": "United States",
    "kind": "state",
    "codes": {"iso3166": "USA"},
}
_NATO: Final = {"type": "PartyIdentified", "party": "nato", "name": "NATO", "kind": "international-organisation"}

_RECORD: Final[tuple[tuple[str, dict[str, Json]], ...]] = (
    ("parties/russia", _event("PartyIdentified")),
    ("parties/united-states", _UNITED_STATES),
    ("parties/nato", _NATO),
    ("parties/nato", _event("MemberJoined")),
    (_NEGOTIATION, _event("NegotiationOpened")),
    (_GENEVA, _event("RoundScheduled")),
    (_GENEVA, _event("TalksHeld", "body")),
    (_GENEVA, _event("DemandTabled", "items")),
    (_GENEVA, _event("AnswerGiven")),
    (_GENEVA, _event("NoBreakthrough", "of")),
    (_BRUSSELS, {"type": "RoundScheduled", "round": "brussels", "starts": "2022-01-12", "venue": "Brussels"}),
    (_BRUSSELS, _event("ProgressReported")),
    (_NEGOTIATION, _event("IntentDenied")),
)
"""Stream and event; what follows reads these as if they stood in the record."""


def _recorded() -> list[Recorded]:
    versions: Counter[str] = Counter()
    found = []
    for position, (name, event) in enumerate(_RECORD, 1):
        versions[name] += 1
        envelope = {
            "position": position,
            "stream": name,
            "version": versions[name],
            "id": EVENT_ID.format(position),
            "occurred": "2022-01-10",
            "recorded_at": f"2026-11-22T10:00:00.{position:06d}Z",
            "recorded_by": "local",
            "sources": [QUOTED if event["type"] == "AnswerGiven" else SOURCE],
            "event": event,
        }
        found.append(msgspec.convert(envelope, Recorded))
    return found


_PLAIN: Final = frozenset({"Round", "Negotiation", "Party", "Demand"})
"""What has a plain reading besides events."""


@cache
def answers() -> dict[str, Json]:
    """One example of each component that is answered, made by the domain from the small record."""
    record = _recorded()
    parties = parties_dossier()
    parties.apply_all(one for one in record if stream(one.stream).is_party)
    dossier = negotiation_dossier(lambda: parties)
    dossier.apply_all(one for one in record if not stream(one.stream).is_party)
    finding = msgspec.to_builtins(show_finding(dossier, dossier.findings_in()[0]))
    envelopes = [msgspec.to_builtins(one) for one in record]
    receipt = {"events": [envelopes[11]], "findings": [finding]}
    made = {
        "Round": round_document(dossier, _NEGOTIATION, "geneva"),
        "RoundSummary": round_summary(dossier, _NEGOTIATION, "geneva"),
        "Change": _change(dossier),
        "Negotiation": negotiation_document(dossier, _NEGOTIATION),
        "NegotiationSummary": negotiation_summary(dossier, _NEGOTIATION),
        "Party": party_document(parties, "russia"),
        "PartySummary": party_summary(parties, "russia"),
        "Citations": csl(_NEGOTIATION, dossier, f"https://parley.example/v1/negotiations/{_NEGOTIATION}"),
        "TalkDays": _at_reading(talk_days(dossier), record),
        "PositionMatrix": _at_reading(matrix(dossier, parties), record),
        "Demand": ledger_entry(ledger_row(dossier, parties, "veto-on-enlargement"), ()),
    }
    documents = {name: msgspec.json.decode(document) for name, document in made.items()}
    event = {**envelopes[6], "life": msgspec.json.decode(life_document(dossier, record[6].id))}
    return {
        **documents,
        **{
            f"Plain{name}": plain_document(documents[name], refs=True)
            for name in ("Round", "Negotiation", "Party", "Demand")
        },
        "PlainRecordedLife": plain_event(event, refs=True),
        **{table.row.__name__: _row(table.row) for table in TABLES},
        "MoveRow": _row(MoveRow),
        "SearchRow": _row(SearchRow),
        "Finding": finding,
        "Recorded": envelopes[6],
        "ListedEvent": {**envelopes[6], "revised": {"standing": "retracted", "by": [len(record)]}},
        "RecordedLife": event,
        "Receipt": receipt,
        "Head": {"position": len(record), "hash": "5f" * 32, "recorded_at": record[-1].recorded_at},
        "Health": {"status": "live"},
    }


def _at_reading(found: msgspec.Struct, record: list[Recorded]) -> bytes:
    return encode(found)[:-1] + b',"reading":{"as_of":%d}}' % len(record)


def _row(row: type[msgspec.Struct]) -> dict[str, Json]:
    """A row of a table, from the example that each column has."""
    _, found = msgspec.json.schema_components([row])
    properties = found[row.__name__]["properties"]
    return {name: _value(schema) for name, schema in properties.items()}


def _value(schema: dict[str, Json]) -> Json:
    if "examples" in schema:
        return schema["examples"][0]
    return schema["enum"][0] if "enum" in schema else False if schema.get("type") == "boolean" else None


def _change(dossier: Dossier) -> bytes:
    """The appearance of an outcome."""
    before = negotiation_dossier(parties_dossier)
    found = next(change for change in changes(before, dossier) if kind_of(change.key) == "outcome")
    return change_document(found, before, dossier)


def dry_runs() -> dict[str, Json]:
    """What a dry run answers: of what would be recorded, and of what is refused."""
    would = {
        "id": EVENT_ID.format(12),
        "stream": _BRUSSELS,
        "type": "ProgressReported",
        "sentence": "Wendy Sherman (the United States) saw progress in the round brussels: A frank discussion.",
    }
    party = {
        "type": "/problems/unknown-reference",
        "title": "Unknown reference",
        "status": 409,
        "detail": "Nothing on record introduces party atlantis. Record what introduces it first, or correct the name.",
        "pointer": "/0/event/by/0/party",
    }
    accepted = ["accept", "counter", "defer", "no-objection", "none", "reject", "reserve", "withdraw"]
    answer = {
        "type": "/problems/invalid-field",
        "title": "Invalid field",
        "status": 422,
        "detail": f"/1/event/answer: write one of {', '.join(accepted)}.",
        "pointer": "/1/event/answer",
        "accepted": accepted,
        "example": "reject",
    }
    nothing: dict[str, Json] = {
        "events": [],
        "findings": [],
        "on_record": [],
        "faults": [],
        "undecided": [],
        "more": False,
    }
    return {
        "would-record": {**nothing, "result": "would-record", "events": [would], "findings": [answers()["Finding"]]},
        "refused": {**nothing, "result": "refused", "faults": [answer, party]},
        "on-record": {**nothing, "result": "on-record", "on_record": [12]},
    }


def page(items: str, following: str | None) -> dict[str, Json]:
    """A page of a list of one item, by the component of its items."""
    found = {"items": [answers()[items]], "next": following}
    if items == "SearchRow":
        return {**found, "total": 2, "search": {"match": "exact", "all_counted": True}}
    return found if items in _ENDED else {**found, "total": 2, "reading": {"as_of": len(_RECORD)}}


_ENDED: Final[dict[str, tuple[paging.Listing, Cursor]]] = {
    "PartySummary": (paging.PARTIES, ("russia",)),
    "NegotiationSummary": (paging.NEGOTIATIONS, (_NEGOTIATION,)),
    "RoundSummary": (paging.ROUNDS, (1_641_772_800_000_000, "geneva")),
    "Demand": (paging.DEMANDS, ("veto-on-enlargement",)),
    "Finding": (paging.FINDINGS, (EVENT_ID.format(9), 0)),
    "Change": (paging.CHANGES, (1,)),
    "MoveRow": (paging.ROWS, (1,)),
    "ListedEvent": (paging.EVENTS, (7,)),
    "SearchRow": (paging.SEARCH, (1_641_859_200_000_000, 1_641_772_800_000_000, EVENT_ID.format(9), False)),
}
"""Where a page ended, by the component of the list's items."""

_COMPARED: Final = {"from_as_of": "6", "to_as_of": "10"}
_FILTERS: Final = {"Change": _COMPARED, "MoveRow": _COMPARED, "SearchRow": {"q": "breakthrough"}}


def following(items: str, address: str) -> Query:
    """The query for the next page of a list at an address: a cursor goes on in that list and no other."""
    listing, ended = _ENDED.get(items, (paging.ROWS, (1,)))
    filters = _FILTERS.get(items, {})
    return {**filters, "cursor": paging.write_cursor(listing, address, filters, ended)}


_AROUND: Final = {"occurred": "2022-01-10", "sources": [SOURCE]}

REQUESTS: Final[dict[str, dict[str, Json]]] = {
    "NewParty": {"a state": {**_AROUND, **_event("PartyIdentified", "type")}},
    "NewNegotiation": {
        "a negotiation": {**_AROUND, "negotiation": "european-security", **_event("NegotiationOpened", "type")}
    },
    "NewRound": {"a round": {**_AROUND, **_event("RoundScheduled", "type")}},
    "recordPartyEvents": {
        "a party becomes known": submission("PartyIdentified"),
        "a party joins a group": submission("MemberJoined"),
    },
    "recordNegotiationEvents": {
        "a demand between rounds": submission("DemandTabled"),
        "a text becomes public": submission("Disclosed"),
    },
    "recordRoundEvents": {
        "talks": submission("TalksHeld"),
        "an answer in somebody's words": submission("AnswerGiven", source=QUOTED),
        "an outcome, as a newspaper sees it": submission("NoBreakthrough"),
        "several events, all or none": [submission("TalksHeld"), submission("NoBreakthrough")],
        "another account of the same fact": submission("AccountAdded"),
        "a correction": submission("EventCorrected"),
        "a retraction": submission("EventRetracted"),
    },
}
"""Examples of bodies, by the component of the body or, for events, by operation; each with its name."""
