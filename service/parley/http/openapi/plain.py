"""The schemas of plain readings, made from those of the full documents as `negotiation.documents.plain` makes them."""

from typing import Final

from negotiation.documents.plain import IN_WORDS
from parley.http.openapi.shapes import COUNT, DATE, EVENT_ID, FLAG, TEXT, Schema, fields, items, ref

DOCUMENTS: Final = ("Round", "Negotiation", "Party", "Demand", "RecordedLife")
"""The documents that have a plain reading."""

_PARTS: Final = ("RoundSummary", "Answer", "ConditionShown")
_REF: Final[Schema] = {
    "anyOf": [COUNT, EVENT_ID],
    "description": "The event that says it, by its position, or an account by its id: `/v1/events/{ref}`.",
}


def name_of(component: str) -> str:
    """The component of a plain reading."""
    return f"Plain{component}"


def schemas(full: dict[str, Schema]) -> dict[str, Schema]:
    """The components of every plain reading, from those of the full ones."""
    found = {name_of(name): _plain(full[name]) for name in (*DOCUMENTS[:-1], *_PARTS)}
    event = full["RecordedLife"]
    life = {"anyOf": [_plain(event["properties"]["life"]), {"type": "null"}]}
    found[name_of("RecordedLife")] = {
        **event,
        "title": name_of("RecordedLife"),
        "properties": {**event["properties"], "life": life},
        "required": [name for name in event["required"] if name != "sources"],
    }
    found[name_of("Finding")] = fields(
        "What does not add up: the rule, what it says, when it happened, and the event that it is about.",
        {"event": EVENT_ID},
        type=TEXT,
        message=TEXT,
        occurred=DATE,
    )
    found[name_of("Fact")] = {
        **fields(
            "What was said or done: its date, and the fields of its event, with who and what in words.",
            {"ref": _REF, "occurred": DATE, "findings": items(ref(name_of("Finding")))},
            type=TEXT,
        ),
        "additionalProperties": True,
    }
    return found


_REFERRED: Final = {
    **{name: name_of(name) for name in (*_PARTS, "Finding", "Fact")},
    "Recorded": name_of("Fact"),
}


def _plain(schema: Schema) -> Schema:
    """A schema as the plain reading has it."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return ref(_REFERRED[name]) if name in _REFERRED else schema
    if "anyOf" in schema and {"type": "null"} in schema["anyOf"]:  # null is left out
        return _plain(next(one for one in schema["anyOf"] if one != {"type": "null"}))
    if schema.get("type") == "array":
        return {**schema, "items": _plain(schema["items"])}
    properties = schema.get("properties")
    if properties is None:
        return schema
    if properties.keys() == {"total", "shown"}:
        return _plain(properties["shown"])
    return _register(schema) if properties.keys() >= {"contested", "values"} else _object(schema)


def _object(schema: Schema) -> Schema:
    if {"event", "position", "sources"} <= schema["properties"].keys():  # a fact, whatever else it has
        return ref(name_of("Fact"))
    found = {name: one if name == "reading" else _plain(one) for name, one in schema["properties"].items()}
    return {
        **schema,
        "properties": {**found, "totals": {**_COUNTS, "description": "Of lists that are shown in part."}},
        "required": [name for name in schema["required"] if _stays(name, schema["properties"][name])],
    }


_COUNTS: Final[Schema] = {"type": "object", "additionalProperties": COUNT}


def _stays(name: str, schema: Schema) -> bool:
    """Whether a field is never empty, and so never left out."""
    empty = "$ref" in schema or "anyOf" in schema or schema.get("type") in {"array", "object"}
    counted = "total" in schema.get("properties", {}) and "shown" not in schema["properties"]
    return name != "may_have_changed" and (counted or not empty)


def _register(schema: Schema) -> Schema:
    of_register = {"contested", "alternatives", "values", "ended", "may_have_changed"}
    labels = {name: one for name, one in schema["properties"].items() if name not in of_register}
    told = {name: TEXT if name in IN_WORDS else _plain(one) for name, one in labels.items()}
    value = _value(schema["properties"]["values"]["items"])
    one_of_them = {"type": "object", "properties": value}
    return {
        "type": "object",
        "description": "What stands, by field. Several values are contested: what they agree on stands once, and the "
        "rest side by side in `contested`; branches of one decision in `alternatives`. "
        "`ended`: what stood last, where nothing stands any more.",
        "properties": {
            **value,
            **told,
            "contested": items(one_of_them),
            "alternatives": items(one_of_them),
            "ended": items(one_of_them),
            "may_have_changed": FLAG,
        },
        "required": [name for name in schema["required"] if name in labels and _stays(name, labels[name])],
    }


def _value(schema: Schema) -> Schema:
    """The fields of a value, of one that has its evidence or of one in brief."""
    properties = schema.get("properties", {})
    if "evidence" in properties:
        found = _value(properties["value"])
        facts = {**COUNT, "description": "On how many facts it rests, where they are several."}
        return {"text": TEXT, **found, "since": DATE, "ref": _REF, "facts": facts}
    if schema.get("type") != "object":
        return {"value": schema}
    return {name: TEXT if name in IN_WORDS else one for name, one in properties.items()}
