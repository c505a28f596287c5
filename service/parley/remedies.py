"""What to do about a submission that does not have its shape: the place, and a sentence that names what is accepted."""

import difflib
import re
from functools import cache
from typing import Any, Final

import msgspec

from negotiation.envelope import Submission
from negotiation.events.catalogue import EVENT_TYPES
from negotiation.references import EVENT_ID_PATTERN, SLUG_PATTERN, FieldError
from parley.pointers import place_of

_PREFIX: Final = "#/components/schemas/"
_UNKNOWN: Final = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)
_NAMES: Final = {
    "str": "text in quotes",
    "int": "a whole number",
    "bool": "true or false",
    "object": "an object",
    "array": "a list",
    "null": "null",
}
_PATTERNS: Final = {
    f"^{SLUG_PATTERN}$": "write a slug: small letters and digits with single hyphens between, at most 64 characters",
    f"^{EVENT_ID_PATTERN}$": "write an event's id: a UUID in small letters",
    "^[A-Z]{3}$": "write three capital letters",
    "^https?://": "write an address that begins with http:// or https:// and has no spaces",
}


def remedy_of(error: msgspec.ValidationError, value: Any) -> tuple[str, str]:  # noqa: PLR0911 - one complaint a line
    """The JSON pointer into ``value`` (a submission, refused by msgspec) and what to write there."""
    pointer = place_of(error, value, Submission)
    said = str(error).rpartition(" - at `$")[0] or str(error)
    if isinstance(error.__cause__, FieldError):
        return pointer, error.__cause__.remedy
    if _UNKNOWN.fullmatch(said):
        return pointer, _unknown(pointer, value)
    if said.startswith("Object missing required field"):
        return pointer, "is missing: add it"
    if said.startswith("Invalid value"):
        return pointer, _no_such_type(value, pointer)
    if said.startswith("Invalid enum value"):
        return pointer, f"write one of {', '.join(_choices(pointer, value))}"
    for pattern, remedy in _PATTERNS.items():
        if f"matching regex '{pattern}" in said:
            return pointer, remedy
    return pointer, _in_words(said)


def accepted_at(pointer: str, value: Any) -> list[str]:
    """What is accepted at a place in a submission, where that can be listed: values, names of fields, or types."""
    if pointer == "/event/type" or pointer.endswith("/replacement/type"):
        return sorted(EVENT_TYPES)
    schema = _schema_at(pointer, value)
    if choices := [str(choice) for choice in schema.get("enum", ()) if choice is not None]:
        return choices
    parent, _, name = pointer.rpartition("/")
    fields = _schema_at(parent, value).get("properties", {}) if pointer else {}
    return sorted(fields) if fields and name not in fields else []


def _in_words(said: str) -> str:
    """What msgspec said, with the names that JSON has for things."""
    return re.sub(r"`(\w+)( \| null)?`", lambda found: _NAMES.get(found[1], found[1]), said[:1].lower() + said[1:])


def _unknown(pointer: str, value: Any) -> str:
    parent, _, name = pointer.rpartition("/")
    fields = sorted(_schema_at(parent, value).get("properties", ()))
    near = difflib.get_close_matches(name, fields, 1)
    meant = f"; did you mean `{near[0]}`?" if near else ""
    return f"there is no such field here, there are {', '.join(fields)}{meant}"


def _no_such_type(value: Any, pointer: str) -> str:
    name = _value_at(pointer, value)
    near = difflib.get_close_matches(str(name), EVENT_TYPES, 1)
    meant = f" Did you mean {near[0]}?" if near else ""
    return f"there is no such type of event here, see /docs for the catalogue.{meant}".rstrip(".")


def _choices(pointer: str, value: Any) -> list[str]:
    found = _schema_at(pointer, value)
    return [str(choice) for choice in found.get("enum", ()) if choice is not None]


def _value_at(pointer: str, value: Any) -> Any:
    for step in pointer.split("/")[1:]:
        match value:
            case dict():
                value = value.get(step)
            case list() if step.isdigit() and int(step) < len(value):
                value = value[int(step)]
            case _:
                return None
    return value


@cache
def _components() -> dict[str, Any]:
    (_,), found = msgspec.json.schema_components([Submission], ref_template=_PREFIX + "{name}")
    return found


def _schema_at(pointer: str, value: Any) -> dict[str, Any]:
    """The schema of a place in a submission: {} where none can be told."""
    schema = _resolved({"$ref": f"{_PREFIX}{Submission.__name__}"}, value)
    for step in pointer.split("/")[1:]:
        value = value.get(step) if isinstance(value, dict) else value[int(step)] if isinstance(value, list) else None
        below = schema["items"] if "items" in schema else schema.get("properties", {}).get(step, {})
        schema = _resolved(below, value)
    return schema


def _resolved(schema: dict[str, Any], value: Any) -> dict[str, Any]:
    """Follow references; of several shapes take the one that the value's type names, or the one that is not null."""
    while True:
        if "$ref" in schema:
            schema = _components()[schema["$ref"].removeprefix(_PREFIX)]
        elif "discriminator" in schema:
            named = value.get("type") if isinstance(value, dict) else None
            schema = _components().get(str(named), {})
        elif "anyOf" in schema:
            schema = next((one for one in schema["anyOf"] if one.get("type") != "null"), {})
        else:
            return schema
