"""JSON Schemas as HTML: a field's type in a few words, and a table of fields."""

import json
import re
from html import escape
from typing import Any, Final

from parley.http.openapi.patterns import TEXT
from parley.http.openapi.shapes import PREFIX

_LONGEST: Final = 12
"""How many values of an enumeration are told."""


def type_of(schema: dict[str, Any]) -> str:  # noqa: PLR0911 - one sort of schema a line
    """A schema in a few words, with links to the shapes it names."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(PREFIX)
        return f'<a href="#{name}">{escape(name)}</a>'
    for several in ("oneOf", "anyOf", "allOf"):
        if several in schema:
            return " or ".join(type_of(one) for one in schema[several][:_LONGEST])
    if "enum" in schema:
        values = [f"<code>{escape(_text(value))}</code>" for value in schema["enum"][:_LONGEST]]
        more = len(schema["enum"]) - len(values)
        return " | ".join(values) + (f" | {more} more" if more > 0 else "")
    match schema.get("type"):
        case "array":
            return f"list of {type_of(schema.get('items', {}))}"
        case "object" if "properties" in schema:
            return f"{{{', '.join(escape(name) for name in schema['properties'])}}}"
        case str() as name:
            return escape(name)
        case _:
            return "anything"


def fields_table(schema: dict[str, Any]) -> str:
    """The fields of an object; of anything else its type."""
    properties = schema.get("properties")
    if not properties:
        return f"<p>{type_of(schema)}</p>"
    required = set(schema.get("required", ()))
    rows = "".join(
        f"<tr><td><code>{escape(name)}</code>{' *' if name in required else ''}</td><td>{type_of(field)}</td>"
        f"<td>{_said(field)}</td></tr>"
        for name, field in properties.items()
    )
    return f"<table><thead><tr><th>Field (* always)<th>type<th>notes</tr></thead><tbody>{rows}</tbody></table>"


def _said(field: dict[str, Any]) -> str:
    shown = [str(field.get("description", ""))]
    for name, word in (("maxLength", "at most {} characters"), ("maxItems", "at most {} items"), ("pattern", "`{}`")):
        if name in field and field[name] != TEXT:
            shown.append(word.format(str(field[name]).replace("(?!\\n)", "")))
    text = escape("; ".join(part for part in shown if part), quote=False)
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", text)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
