"""The schemas of the OpenAPI document: the catalogue, bodies, pages, documents and problems."""

import inspect
from typing import Any, Final

import msgspec

from negotiation.events.catalogue import EVENT_TYPES
from negotiation.events.examples import EXAMPLES
from negotiation.tables.matrix import PositionMatrix
from negotiation.tables.moves import MoveRow
from negotiation.tables.search import SearchRow
from negotiation.tables.talk_days import TalkDays
from parley.http.openapi import forms, plain, shapes
from parley.http.openapi import problems as problemshapes
from parley.http.openapi.shapes import (
    COUNT,
    DATE,
    EVENT_ID,
    PREFIX,
    STREAM,
    TEXT,
    Schema,
    fields,
    items,
    nullable,
    ref,
    register,
    shown,
)
from parley.http.request.bodies import MAX_ENTRIES
from parley.http.request.parameters import SLUG
from parley.telling.tables import TABLES


def schemas() -> dict[str, Schema]:
    """Every schema of the document, by name."""
    found = forms.with_rules(shapes.components())
    union = found["Submission"]["properties"]["event"]
    facts = found["EventCorrected"]["properties"]["replacement"]
    found["Event"] = _union(union, "Anything that can be recorded, told apart by `type`.")
    found["AnyFact"] = _union(facts, "Any fact about the world, told apart by `type`.")
    for name in ("Recorded", "Fact"):
        found[name]["properties"]["event"] = ref("Event")
    found["EventCorrected"]["properties"]["replacement"] = ref("AnyFact")
    for name in EVENT_TYPES:
        found[name]["examples"] = [EXAMPLES[name]]
    found["Recorded"]["properties"] |= {
        "id": EVENT_ID,
        "position": COUNT,
        "recorded_at": {**TEXT, "format": "date-time"},
    }
    found["Submissions"] = {
        "description": f"One event, or a list of 1 to {MAX_ENTRIES}.",
        "anyOf": [ref("Submission"), items(ref("Submission"), minItems=1, maxItems=MAX_ENTRIES)],
    }
    found |= _short_forms(found)
    found |= forms.submissions(found)
    found["Receipt"] = fields(
        "What was recorded, and what does not add up with it. Findings are null where they could not be looked for in "
        "time: the events are recorded, and reads show their findings. With `Prefer: return=minimal` the events have "
        "their ids and positions alone, and there are no findings.",
        {"findings": {"anyOf": [items(ref("Finding")), {"type": "null"}]}},
        events={"anyOf": [items(ref("Recorded")), items(ref("Placed"))]},
    )
    found["DryRun"] = _dry_run()
    found["Placed"] = fields("An event's id, and its position in the record.", None, id=EVENT_ID, position=COUNT)
    found["Reading"] = _reading()
    for name in ("Round", "Negotiation", "Party", "Demand"):
        found[name]["properties"]["reading"] = ref("Reading")
    found["Head"] = fields(
        "Where the record ends: SHA-256 over everything up to this position, in hexadecimal.",
        None,
        position=COUNT,
        hash={**TEXT, "pattern": "^[0-9a-f]{64}$"},
        recorded_at=nullable({**TEXT, "format": "date-time"}),
    )
    found["Checkpoint"] = {
        **TEXT,
        "description": "Where the record ends, as a signed note: the name of the key, the position, the hash in "
        "base64, an empty line, the signature.",
        "example": "parley.example.org/record\n42\nX19fX19fX19fX19fX19fX19fX19fX19fX19fX19fX18=\n\n"
        "— parley.example.org/record DZP+...=\n",
    }
    found["Message"] = _message()
    found["Health"] = fields(
        "Health. `read_models`, when ready: how many negotiations or parties lag behind what is recorded, and which "
        "cannot be brought up to date; null where that is not known.",
        {
            "read_models": fields(
                "How far read models are behind.",
                None,
                lagging=nullable(COUNT),
                broken=nullable(items(TEXT)),
            )
        },
        status={"enum": ["live", "ready"]},
    )
    found |= problemshapes.schemas()
    found["AnyRegister"] = register({"description": "A value, as its events say it."})
    found |= _changes()
    found["RecordedLife"] = {
        **found["Recorded"],
        "title": "RecordedLife",
        "properties": {**found["Recorded"]["properties"], "life": _life()},
        "required": [*found["Recorded"]["required"], "life"],
    }
    found |= plain.schemas(found)
    found["ListedEvent"] = {
        **found["Recorded"],
        "title": "ListedEvent",
        "properties": {**found["Recorded"]["properties"], "revised": _revised()},
    }
    found[_OF_TWO] = fields(
        "The two readings, and how many changes there are.",
        None,
        **{"from": ref("Reading")},
        to=ref("Reading"),
        total=COUNT,
    )
    found |= _tables()
    found["Citations"] = items(
        {"type": "object"}, description="Items of CSL-JSON: the record itself, then each source."
    )
    readings = dict.fromkeys(("RoundSummary", "NegotiationSummary", "PartySummary", "Demand", "Finding"), "Reading")
    for name, reading in {**readings, "ListedEvent": "", "Change": _OF_TWO, "MoveRow": _OF_TWO}.items():
        at = {"reading": ref(reading)} if reading else None
        found[f"{name}Page"] = fields("A page of a list.", at, items=items(ref(name)), next=_NEXT)
    return {name: _readable(schema) for name, schema in sorted(found.items())}


def _tables() -> dict[str, Schema]:
    """The rows of each table, a page of them, and what else is made as they are."""
    _, rows = msgspec.json.schema_components(
        [*(table.row for table in TABLES), SearchRow], ref_template=PREFIX + "{name}"
    )
    _, documents = msgspec.json.schema_components([TalkDays, PositionMatrix], ref_template=PREFIX + "{name}")
    for name in (TalkDays.__name__, PositionMatrix.__name__):
        found = documents[name]
        found["properties"]["reading"] = ref("Reading")
        found["required"] = [*found["required"], "reading"]
    pages = {
        f"{name}Page": fields(
            "A page of a table, and how many rows there are.",
            None,
            items=items(ref(name)),
            next=_NEXT,
            total=COUNT,
            reading=ref("Reading"),
        )
        for name in rows
    }
    _, compared = msgspec.json.schema_components([MoveRow], ref_template=PREFIX + "{name}")
    pages["SearchRowPage"] = _searched()
    return {**rows, **pages, **documents, **compared}


def _searched() -> Schema:
    how = fields(
        "How it was found. `match`: `exact`, or `similar` where typing errors were forgiven. `all_counted`: false "
        "where there may be more than `total`.",
        None,
        match={"enum": ["exact", "similar"]},
        all_counted={"type": "boolean"},
    )
    return fields(
        "A page of what was found, and how many facts there are.",
        {"reading": ref("Reading")},
        items=items(ref("SearchRow")),
        next=_NEXT,
        total=COUNT,
        search=how,
    )


_OF_TWO: Final = "ReadingDifference"
_NEXT: Final[Schema] = {**nullable(TEXT), "description": "The address of the next page; null: this was the last."}


def _dry_run() -> Schema:
    event = fields(
        "An event that would be recorded. `id`: where none was sent, one that only the findings here name.",
        None,
        id=EVENT_ID,
        stream=STREAM,
        type=TEXT,
        sentence={**nullable(TEXT), "description": "As `replay` tells it; null where it was not known in time."},
    )
    fault = fields(
        "One thing that keeps the request out: the problem that it would be answered with.",
        {
            "accepted": {**items(TEXT), "description": "What is accepted there, where that can be listed."},
            "example": {"description": "What the example of such an event has there."},
        },
        type={**TEXT, "format": "uri-reference"},
        title=TEXT,
        status=COUNT,
        detail=TEXT,
        pointer={**nullable(TEXT), "description": "A JSON pointer into the body; null where it is not about that."},
    )
    return fields(
        "What would come of a request. Nothing was recorded.",
        None,
        result={"enum": ["would-record", "on-record", "refused"]},
        events=items(event),
        findings={
            **nullable(items(ref("Finding"))),
            "description": "What would not add up; null where it was not known in time.",
        },
        on_record={**items(COUNT), "description": "Where it is on record already, by the same key or event ids."},
        faults={**items(fault), "description": "All that keeps it out: first what is not well formed."},
        undecided={
            **items(TEXT),
            "description": "Pointers to events that could not be judged by every rule: they speak about refused ones.",
        },
        more={"type": "boolean", "description": "There may be more faults than are told."},
    )


def _revised() -> Schema:
    return fields(
        "What became of the event since; missing where it stands as it was recorded. `by`: the positions of the "
        "retractions, or of the corrections where there is none.",
        None,
        standing={"enum": ["corrected", "retracted"]},
        by=items(COUNT),
    )


def _reading() -> Schema:
    possible = fields(
        "A fact that touches what was read.",
        None,
        event=EVENT_ID,
        position=COUNT,
        stream=STREAM,
        occurred=DATE,
        type=TEXT,
    )
    return fields(
        "At which clocks it was read; left out where none was given.",
        {
            "happened_by": TEXT,
            "reported_by": TEXT,
            "as_of": {**COUNT, "description": "The last position that counted."},
            "possible": {
                **shown(possible),
                "description": "The facts that can have happened by `happened_by`, but not certainly.",
            },
        },
    )


def _message() -> Schema:
    at = fields("Where the stream is.", None, position=COUNT)
    return fields(
        "One message of a stream (Server-Sent Events), its fields by name.",
        {"event": {"const": "heartbeat", "description": "A sign of life, not an event."}, "retry": COUNT},
        id={**TEXT, "pattern": "^[0-9]+$", "description": "The position up to which everything was sent."},
        data={
            **TEXT,
            "contentMediaType": "application/json",
            "contentSchema": {"anyOf": [ref("Recorded"), at]},
        },
    )


def _brief() -> Schema:
    return fields("An event in brief.", None, event=EVENT_ID, position=COUNT, stream=STREAM, type=TEXT)


def _life() -> Schema:
    told = fields(
        "The fact as an account that differs tells it.",
        None,
        id=EVENT_ID,
        position=COUNT,
        stream=STREAM,
        occurred=DATE,
        event=ref("AnyFact"),
        sources=items(ref("Source")),
    )
    return nullable(
        fields(
            "The life of the fact that the event belongs to: what it says now, and all that was recorded about it.",
            {"told_otherwise_total": {**COUNT, "description": "How many there are, where not all are shown."}},
            id=EVENT_ID,
            position=COUNT,
            head={**EVENT_ID, "description": "What the next correction has to name as its target."},
            now={**nullable(ref("Fact")), "description": "How the fact reads; null while it is withdrawn."},
            told_otherwise=items(told),
            record=shown(ref("Recorded")),
            rests_on_it=shown(_brief()),
        )
    )


def _changes() -> dict[str, Schema]:
    event = _brief()
    side = nullable(ref("AnyRegister"))
    of_register = fields(
        "A register that reads differently. `evidence`: the same values, resting on other facts or sources.",
        None,
        change={"enum": ["appeared", "changed", "contested", "settled", "went", "evidence"]},
        register={**TEXT, "description": "What can change: `schedule`, `demand`, `answer`, `proceedings` and so on."},
        about={"type": "object", "description": "What it is about, by name.", "additionalProperties": True},
        before=side,
        after=side,
        events={**items(event), "description": "The events that did it."},
    )
    of_finding = fields(
        "A finding that came or went.", None, change={"enum": ["appeared", "went"]}, finding=ref("Finding")
    )
    either = [ref("RegisterChange"), ref("FindingChange")]
    return {
        "RegisterChange": of_register,
        "FindingChange": of_finding,
        "Change": {"description": "What changed between two readings.", "anyOf": either},
    }


def _union(schema: Schema, description: str) -> Schema:
    return {"description": description, "oneOf": schema["anyOf"], "discriminator": schema["discriminator"]}


def _short_forms(found: dict[str, Schema]) -> dict[str, Schema]:
    around = {name: schema for name, schema in found["Submission"]["properties"].items() if name != "event"}
    around |= {"occurred": ref("Date"), "sources": forms.at_least_one_source(found)}

    def short(event: str, description: str, named: dict[str, Schema]) -> Schema:
        own = {name: schema for name, schema in found[event]["properties"].items() if name != "type"}
        required = [name for name in found[event]["required"] if name != "type"]
        return {
            "type": "object",
            "description": description,
            "properties": {**named, **own, **around},
            "required": [*named, *required, "occurred", "sources"],
            "additionalProperties": False,
        }

    negotiation: dict[str, Schema] = {"negotiation": {**SLUG, "description": "Its name in addresses."}}
    return {
        "NewParty": short("PartyIdentified", "The fields of `PartyIdentified`.", {}),
        "NewNegotiation": short("NegotiationOpened", "The fields of `NegotiationOpened`, and a name.", negotiation),
        "NewRound": short("RoundScheduled", "The fields of `RoundScheduled`.", {}),
    }


def _readable(schema: Any) -> Any:
    """Docstrings as Markdown: single back-ticks, no indentation."""
    if isinstance(schema, dict):
        return {
            name: inspect.cleandoc(value).replace("``", "`")
            if name == "description" and isinstance(value, str)
            else value
            if name in {"examples", "default", "const"}
            else _readable(value)
            for name, value in schema.items()
        }
    return [_readable(item) for item in schema] if isinstance(schema, list) else schema
