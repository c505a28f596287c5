"""The form of what is sent, beyond the types of its fields: the domain's rules, told in JSON Schema.

The rules themselves stand in the domain (`check_form`, and the `__post_init__` of shapes and events) and refuse with a
remedy; here they are told, so that a program knows them before it sends anything. What no schema can tell (a range
that ends before it begins, two provisions with one id, whose words a quote gives) is told in words.
"""

from typing import Any, Final

from negotiation.references import SLUG_PATTERN
from parley.http.openapi import patterns
from parley.http.openapi.shapes import Schema, items, nullable, ref
from parley.http.request.bodies import MAX_WHOLE
from parley.http.request.parameters import SLUG

_DATE: Final = "A date in the EDTF subset (ISO 8601-2)."
_LENGTH: Final = "An ISO 8601 duration: PT7H30M."

# -- pieces of rules


def _given(*names: str) -> Schema:
    """These texts are there, and not null."""
    return {"required": list(names), "properties": {name: {"type": "string"} for name in names}}


def _one_given(*names: str) -> Schema:
    return {"anyOf": [_given(name) for name in names]}


def _is(name: str, *values: str) -> Schema:
    return {"required": [name], "properties": {name: {"enum": list(values)}}}


def _and(*rules: Schema) -> Schema:
    """Several rules about different fields as one."""
    return {
        "required": [name for rule in rules for name in rule.get("required", ())],
        "properties": {name: schema for rule in rules for name, schema in rule["properties"].items()},
    }


def _fields(**schemas: Schema) -> Schema:
    return {"properties": schemas}


_NULL: Final[Schema] = {"type": "null"}
_BY_SOMEBODY: Final[Schema] = {"required": ["by"], "properties": {"by": {"minItems": 1}}}
_ONE_SLUG: Final = _fields(id={"pattern": f"^{SLUG_PATTERN}$"})
_WITHOUT_VERSION: Final = (
    *("party", "negotiation", "round", "body", "agenda-item", "commitment"),
    *("condition", "deadline", "conduct", "event"),
)

_RULES: Final[dict[str, tuple[Schema, ...]]] = {
    "Actor": (
        {
            "anyOf": [
                _given("party"),
                _and(_given("speaker"), _fields(**{"as": {"enum": ["self", "unnamed"]}})),
                _is("as", "unnamed"),
            ]
        },
    ),
    "Carrier": (_one_given("party", "person"),),
    "Assessor": (_one_given("party", "person", "outlet"),),
    "Duration": (_one_given("exactly", "about", "at_least", "at_most"),),
    "Source": (
        _one_given("published", "retrieved"),
        {"anyOf": [_is("kind", "paraphrase", "outlet", "official", "leak"), _given("quote")]},
    ),
    "Ref": (
        {
            "anyOf": [
                _and(
                    _is("kind", "session"),
                    _fields(id={"pattern": f"^{SLUG_PATTERN}/{SLUG_PATTERN}$"}, version=_NULL, provision=_NULL),
                ),
                _and(_is("kind", "document"), _ONE_SLUG),
                _and(_is("kind", "demand"), _ONE_SLUG, _fields(version=_NULL)),
                _and(_is("kind", *_WITHOUT_VERSION), _ONE_SLUG, _fields(version=_NULL, provision=_NULL)),
            ]
        },
    ),
    "DemandTabled": (_BY_SOMEBODY,),
    "AnswerGiven": (_BY_SOMEBODY, _fields(on=_is("kind", "demand", "document"))),
    "AccountAdded": (
        {
            "anyOf": [
                _and(
                    _is("stance", "differs"), {"required": ["differs"], "properties": {"differs": {"minProperties": 1}}}
                ),
                _fields(stance={"enum": ["agrees", "denies"]}, differs={"maxProperties": 0}),
            ]
        },
    ),
}
"""What the fields of a component ask of each other."""


# -- the components


def with_rules(found: dict[str, Schema]) -> dict[str, Schema]:
    """The components of the catalogue, with the form of their texts, dates and durations, and the rules."""
    told = {name: _with_patterns(schema) for name, schema in found.items()}
    for name in ("published", "retrieved"):
        told["Source"]["properties"][name] = nullable(
            {"type": "string", "maxLength": 40, "pattern": patterns.PLAIN_DATE}
        )
    told["Source"]["properties"]["url"] = nullable({"type": "string", "maxLength": 2000, "pattern": patterns.URL})
    told["AccountAdded"]["properties"]["differs"] |= {
        "propertyNames": {"pattern": patterns.TEXT, "not": {"const": "type"}},
        "properties": {"occurred": ref("Date")},
        "additionalProperties": ref("AccountValue"),
    }
    told["TalksHeld"]["properties"]["session"] = SLUG
    told["TalksHeld"]["required"] = [*told["TalksHeld"]["required"], "session"]
    for name, rules in _RULES.items():
        # A choice of one: what says it outright is taken for more fields by generators of clients.
        told[name]["allOf"] = [rule if "anyOf" in rule else {"anyOf": [rule]} for rule in rules]
    return told | _values()


def _values() -> dict[str, Schema]:
    anything: list[Schema] = [
        {"type": "null"},
        {"type": "boolean"},
        {"type": "integer", "minimum": -MAX_WHOLE, "maximum": MAX_WHOLE},
        {"type": "string", "pattern": patterns.TEXT},
        items({}),  # of such values again; generators of clients do not take a schema that is made of itself
        {"type": "object"},
    ]
    date = {"type": "string", "minLength": 4, "maxLength": 80, "pattern": patterns.EDTF}
    said = f"{_DATE} It exists in the calendar, and a range does not end before it begins."
    return {
        "Date": {**date, "description": said, "examples": ["2022-01-10", "[..2022-01-11]", "../2022-01-11", "XXXX"]},
        "AccountValue": {
            "description": "A JSON value without fractions; null leaves the field out.",
            "anyOf": anything,
        },
    }


def _with_patterns(schema: Any) -> Any:
    """Every text in a schema with the form that it has to have."""
    if isinstance(schema, list):
        return [_with_patterns(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("description") == _DATE:
        return ref("Date")
    if schema.get("description") == _LENGTH:
        return {**schema, "pattern": patterns.DURATION}
    if schema.get("type") != "string":
        return {name: _with_patterns(value) for name, value in schema.items()}
    # Python's `$` also matches before a final line break, and asks for a look-ahead that says nothing to others.
    return {**schema, "pattern": schema.get("pattern", patterns.TEXT).removesuffix(r"(?!\n)")}


def at_least_one_source(found: dict[str, Schema]) -> Schema:
    """The sources of what has to have some."""
    listed = found["Submission"]["properties"]["sources"]
    return {**{name: value for name, value in listed.items() if name != "default"}, "minItems": 1}


def submissions(found: dict[str, Schema]) -> dict[str, Schema]:
    """What is handed in: a fact has a date and sources, a correction too, an account sources, a retraction nothing."""
    around = {name: schema for name, schema in found["Submission"]["properties"].items() if name != "event"}
    sources = at_least_one_source(found)
    quote = " A direct quote (`kind` is `quote`) has its speaker, in the source or in the fact's `by`."

    def closed(description: str, event: str, **fields: Schema) -> Schema:
        required = [name for name in ("occurred", "sources") if fields[name].get("type") != "null"]
        if fields["sources"] is around["sources"]:
            required.remove("sources")
        return {
            "type": "object",
            "description": description,
            "properties": {"event": ref(event), "id": around["id"], **fields},
            "required": ["event", *required],
            "additionalProperties": False,
        }

    dated = {"occurred": ref("Date"), "sources": sources}
    undated = {"occurred": _NULL}
    return {
        "FactSubmission": closed("A fact: when it happened, and who says so." + quote, "AnyFact", **dated),
        "CorrectionSubmission": closed(
            "A correction: its date and sources are the fact's new ones." + quote, "EventCorrected", **dated
        ),
        "AccountSubmission": closed(
            "Another account of a fact: who says so." + quote, "AccountAdded", **undated, sources=sources
        ),
        "RetractionSubmission": closed(
            "A retraction, which has no date of its own.", "EventRetracted", **undated, sources=around["sources"]
        ),
        "Submission": {
            "description": "An event as it is handed in. `id` may be chosen by who sends it: trying again is safe.",
            "anyOf": [ref(f"{name}Submission") for name in ("Fact", "Correction", "Account", "Retraction")],
        },
    }
