"""The OpenAPI 3.1 document, made once from the routes, the catalogue and the table of problems.

Written here and not by the framework, whose own has neither discriminators nor `additionalProperties: false`, and knows
nothing of bodies that it does not decode.
"""

import re
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final
from urllib.parse import urlencode

import msgspec
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from litestar.routes.base import BaseRoute

from parley.http.openapi import components, examples, patterns, plain
from parley.http.openapi import problems as problemshapes
from parley.http.openapi.shapes import EVENT_ID, TEXT, Schema, component, ref
from parley.http.operations import OPERATION, Operation, Parameter
from parley.http.request.conditions import MAX_KEY
from parley.http.request.parameters import CURSOR, EVIDENCE, FIELDS, SLUG
from parley.http.request.permissions import PERMISSIONS
from parley.http.request.queries import MAX_POSITION
from parley.http.response import renditions
from parley.http.response.answers import JSON
from parley.http.response.columns import TABLES
from parley.http.response.problems import NAMED
from parley.http.response.renditions import Form

_DESCRIPTION: Final = """\
What happened in a negotiation, round by round: each fact dated, attributed and cited.

Everything is recorded as events and never edited: corrections, retractions and further accounts are events too. What
was just recorded is what the next read shows. Dates are EDTF (ISO 8601-2): `2022-01-10`, `2021-12`, `[..2022-01-11]`
(on or before), `../2022-01-11` (already so), `2022-01-10/..` (still so), `2021-21` (spring), `XXXX` (not known). `~`,
`?` and `%` behind a date make it wider. Beside a time with an offset, a day is that day anywhere.

Every GET takes HEAD too. Every error is `application/problem+json` (RFC 9457); its `type` is the address
of a page that tells what it means.
"""

_TAGS: Final = {
    "Negotiations": "The whole process: its frame, and what happens between rounds.",
    "Rounds": "Meetings and written exchanges.",
    "Parties": "Who negotiates. Shared by all negotiations.",
    "Demands": "The ledger: who wants what of whom, and who answered what.",
    "Findings": "What is on record and does not add up.",
    "Tables": "Answers in flat rows: a row is one observation, with its date, its source and its event.",
    "Search": "Facts by the words in them and in their sources, over all negotiations.",
    "Events": "The record itself.",
    "Log": "Where the record ends, and its hash.",
    "Service": "Health, this description, problems.",
}

_WRITE_PROBLEMS: Final = (400, 408, 409, 412, 413, 415, 422)
_ACCESS_PROBLEMS: Final = (401, 403, 421, 429)

KEY: Final = "key"
"""The name of the security scheme."""

_SCHEME: Final = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "parley_<id>_<secret>",
    "description": "A key that whoever runs the service makes with `parley keys create`. Each operation names the "
    "least role that it takes: a `reader` reads, a `recorder` records too, an `admin` may also read how the service is "
    "doing. A service that has no keys serves its own machine alone, and takes none.",
}

_PATHS: Final = {
    "negotiation": ("The negotiation's name in addresses.", "european-security"),
    "round": ("The round's name in addresses.", "geneva"),
    "party": ("The party's name in addresses.", "russia"),
    "demand": ("The demand's name in addresses.", "veto-on-enlargement"),
}


def document(routes: Iterable[BaseRoute]) -> dict[str, Any]:
    """The document that describes these routes; only those with an `Operation` are in it."""
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://spec.openapis.org/oas/3.1/dialect/base",
        "info": {
            "title": "Parley",
            "version": release(),
            "summary": "A negotiation-record service",
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "Where this document was read."}],
        "tags": [{"name": name, "description": description} for name, description in _TAGS.items()],
        "paths": _paths(routes),
        "components": {
            "schemas": components.schemas(),
            "responses": problemshapes.responses(),
            "parameters": _header_parameters(),
            "headers": _headers(),
            "securitySchemes": {KEY: _SCHEME},
        },
    }


def operations(routes: Iterable[BaseRoute]) -> Iterator[tuple[str, str, Operation]]:
    """Path, method in small letters and description of every route that has one."""
    for route in routes:
        if isinstance(route, HTTPRoute):
            for handler in route.route_handlers:
                operation = _operation_of(handler)
                if operation is not None:
                    yield route.path_format, "post" if "POST" in handler.http_methods else "get", operation


def _operation_of(handler: HTTPRouteHandler) -> Operation | None:
    found = handler.opt.get(OPERATION)
    return found if isinstance(found, Operation) else None


def release() -> str:
    """The version of the program."""
    try:
        return version("parley")
    except PackageNotFoundError:
        return "0"


# -- paths


def _paths(routes: Iterable[BaseRoute]) -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for path, method, operation in sorted(operations(routes), key=lambda one: (_order(one[2]), one[0], one[1])):
        entry = paths.setdefault(path, {})
        if "{" in path:
            entry["parameters"] = [_path_parameter(name) for name in re.findall(r"\{(\w+)\}", path)]
        entry[method] = _described(path, method, operation)
    return paths


def _order(operation: Operation) -> int:
    return list(_TAGS).index(operation.tag)


def _path_parameter(name: str) -> dict[str, Any]:
    if name == "position":
        schema: Schema = {"anyOf": [{"type": "integer", "minimum": 1, "maximum": MAX_POSITION}, EVENT_ID]}
        return {
            "name": name,
            "in": "path",
            "required": True,
            "description": "The position of an event, or its id.",
            "schema": schema,
            "example": 19,
        }
    if name == "problem":
        schema = {"type": "string", "enum": sorted(NAMED)}
        return {"name": name, "in": "path", "required": True, "schema": schema, "example": "unknown-reference"}
    description, example = _PATHS[name]
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": description,
        "schema": SLUG,
        "example": example,
    }


def _described(path: str, method: str, operation: Operation) -> dict[str, Any]:
    parameters = [_parameter("query", parameter) for parameter in operation.query]
    for parameter in parameters:
        if parameter["name"] == CURSOR.name:
            parameter["example"] = examples.following(operation.items, _address(path))[CURSOR.name]
        elif parameter["name"] == FIELDS.name:
            columns = TABLES[operation.items].columns
            one = f"(?:{'|'.join(columns)})"
            parameter["schema"] = {**parameter["schema"], "pattern": f"^{one}(?:,{one})*$"}
            parameter["example"] = ",".join(columns[:2])
    parameters += [_parameter("header", parameter) for parameter in operation.headers]
    found: dict[str, Any] = {
        "operationId": operation.id,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": operation.description or f"{operation.summary}.",
    }
    if method == "post":
        parameters += [
            component("parameters", name) for name in ("IdempotencyKey", "IfMatch", "IfNoneMatchAny", "Prefer")
        ]
        found["requestBody"] = _request_body(operation)
    elif operation.conditional:
        parameters.append(component("parameters", "IfNoneMatch"))
    if parameters:
        found["parameters"] = parameters
    role = PERMISSIONS[operation.id].role
    found["security"] = [] if role is None else [{KEY: [role]}]
    found["responses"] = _responses(path, method, operation)
    return found


def _address(path: str) -> str:
    """A path with the examples of its parameters in it."""
    return re.sub(r"{(\w+)}", lambda found: _PATHS[found[1]][1], path)


def _parameter(where: str, parameter: Parameter) -> dict[str, Any]:
    example: str | int = int(parameter.example) if parameter.schema["type"] == "integer" else parameter.example
    return {
        **({"required": True} if parameter.required else {}),
        "name": parameter.name,
        "in": where,
        "description": parameter.description,
        "schema": parameter.schema,
        "example": example,
    }


def _request_body(operation: Operation) -> dict[str, Any]:
    named = examples.REQUESTS.get(operation.takes) or examples.REQUESTS[operation.id]
    return {
        "required": True,
        "description": "JSON in UTF-8, at most 1 MiB.",
        "content": {
            "application/json": {
                "schema": ref(operation.takes),
                "examples": {_key(name): {"summary": name, "value": value} for name, value in named.items()},
            }
        },
    }


def _key(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _responses(path: str, method: str, operation: Operation) -> dict[str, Any]:
    found: dict[str, Any] = {"200": _tried() if method == "post" else _answered(path, operation)}
    if method == "post":
        found["201"] = _created(operation)
    if operation.conditional:
        found["304"] = {
            "description": "What If-None-Match names is still so.",
            "headers": _refs("ETag", "CacheControl"),
        }
    statuses = [*_WRITE_PROBLEMS] if method == "post" else [400]
    statuses += [404] if operation.missing or "{" in path else []
    if PERMISSIONS[operation.id].role is not None:
        statuses += _ACCESS_PROBLEMS
    for status in sorted({*statuses, 405, 431, 500, 503}):
        found[str(status)] = component("responses", f"Problem{status}")
    return found


def _answered(path: str, operation: Operation) -> dict[str, Any]:
    headers = ["CacheControl"]
    if operation.conditional:
        headers.append("ETag")
    if operation.form is not None:
        return {
            "description": "What was asked for.",
            "headers": _refs(*headers, "Link"),
            "content": {operation.form.media_type: _in_form(operation.form, operation.items)},
        }
    if operation.items:
        headers.append("Link")
        here = _address(path)
        following = urlencode({"limit": 1, **examples.following(operation.items, here)})
        example: Any = examples.page(operation.items, f"{here}?{following}")
        schema = ref(f"{operation.items}Page")
    elif operation.media_type != "application/json":
        said: dict[str, Any] = {"schema": ref(operation.answers) if operation.answers else TEXT}
        if operation.answers in examples.answers():
            said["example"] = examples.answers()[operation.answers]
        return {"description": "What was asked for.", "content": {operation.media_type: said}}
    elif EVIDENCE in operation.query:
        return {"description": "What was asked for.", "headers": _refs(*headers), "content": {JSON: _both(operation)}}
    else:
        example = examples.answers().get(operation.answers)
        schema = ref(operation.answers) if operation.answers else {"type": "object"}
    content: dict[str, Any] = {"schema": schema}
    if example is not None:
        content["example"] = example
    return {
        "description": "What was asked for.",
        "headers": _refs(*headers),
        "content": {"application/json": content},
    }


def _both(operation: Operation) -> dict[str, Any]:
    """A document with its evidence, and in its plain reading."""
    short = plain.name_of(operation.answers)
    named = {"short": examples.answers()[short], "full": examples.answers()[operation.answers]}
    return {
        "schema": {
            "anyOf": [ref(operation.answers), ref(short)]
        },  # in this order: the former has all that it must have
        "examples": {name: {"summary": f"evidence={name}", "value": value} for name, value in named.items()},
    }


def _in_form(form: Form, items: str) -> dict[str, Any]:
    """A list in another form, with an example where it is text."""
    if form == renditions.XLSX:
        return {"schema": {"contentMediaType": form.media_type}}
    item = msgspec.json.encode(examples.answers()[items])
    return {"schema": TEXT, "example": renditions.body(form, TABLES[items], (item,)).decode()}


def _created(operation: Operation) -> dict[str, Any]:
    return {
        "description": "Recorded: the events as they stand in the record, and the findings that they raise.",
        "headers": _refs("Location", "ParleyReplayed"),
        "content": {
            "application/json": {"schema": ref(operation.answers), "example": examples.answers()[operation.answers]}
        },
    }


def _tried() -> dict[str, Any]:
    return {
        "description": "With `dry_run=true`: nothing is recorded, and this is what would come of it.",
        "headers": _refs("CacheControl"),
        "content": {
            "application/json": {
                "schema": ref("DryRun"),
                "examples": {name: {"summary": name, "value": value} for name, value in examples.dry_runs().items()},
            }
        },
    }


# -- components


def _refs(*names: str) -> dict[str, Any]:
    return {_HEADER_NAMES[name]: component("headers", name) for name in names}


_HEADER_NAMES: Final = {
    "ETag": "ETag",
    "CacheControl": "Cache-Control",
    "Link": "Link",
    "Location": "Location",
    "ParleyReplayed": "Parley-Replayed",
    "RetryAfter": "Retry-After",
    "Allow": "Allow",
    "Challenge": "WWW-Authenticate",
    "RateLimit": "RateLimit",
    "RateLimitPolicy": "RateLimit-Policy",
}


def _headers() -> dict[str, Any]:
    said = {
        "ETag": ("The document's version, for If-None-Match and If-Match.", '"5-1-1f3a9c02"'),
        "CacheControl": ("Documents may be kept, and are asked for again each time.", "no-cache"),
        "Link": (
            "The next page, where there is one.",
            f'</v1/parties?{urlencode(examples.following("PartySummary", "/v1/parties"))}>; rel="next"',
        ),
        "Location": ("Where to read what was recorded.", "/v1/events/19"),
        "ParleyReplayed": ("`true`: it was recorded before, and nothing was recorded now.", "true"),
        "RetryAfter": ("Seconds after which to try again.", "2"),
        "RateLimit": (
            "How many requests (`key`) and events (`events`) the key has left (`r`), for so many seconds (`t`).",
            '"key";r=5987;t=41, "events";r=119500;t=41',
        ),
        "RateLimitPolicy": (
            "How many requests (`key`) and events (`events`) a key has (`q`) in so many seconds (`w`).",
            '"key";q=6000;w=60, "events";q=120000;w=60',
        ),
        "Challenge": ("How to show who asks.", 'Bearer realm="parley", error="invalid_token"'),
        "Allow": ("The methods that this address takes.", "GET, HEAD, OPTIONS"),
    }
    return {
        name: {"description": description, "schema": TEXT, "example": example}
        for name, (description, example) in said.items()
    }


def _header_parameters() -> dict[str, Any]:
    # Examples stand in the words: sent together, as programs send what is marked as one, they exclude each other.
    def header(name: str, description: str, schema: Schema) -> dict[str, Any]:
        return {"name": name, "in": "header", "description": description, "schema": schema}

    return {
        "IdempotencyKey": header(
            "Idempotency-Key",
            'A key of your own for this request, in double quotes, such as `"8e03978e-40d5-43dd-bc93-6894a57f9324"`: '
            "sent again with the same body, the first answer is given again and nothing is recorded twice.",
            {"type": "string", "minLength": 1, "maxLength": 2 * MAX_KEY + 2, "pattern": patterns.IDEMPOTENCY_KEY},
        ),
        "IfMatch": header(
            "If-Match",
            "Record only if the round, negotiation or party is still at the version of this ETag, such as "
            '`"5-1-1f3a9c02"`; `*`: if it exists.',
            {**TEXT, "pattern": patterns.ETAG},
        ),
        "IfNoneMatchAny": header("If-None-Match", "`*`: record only if it does not exist yet.", {"enum": ["*"]}),
        "Prefer": header(
            "Prefer",
            "`return=minimal`: answer with the ids and positions of the events alone, which is faster (RFC 7240).",
            {**TEXT, "pattern": patterns.PREFER},
        ),
        "IfNoneMatch": header(
            "If-None-Match",
            'ETags of what you have, such as `"5-1-1f3a9c02"`: 304 if it is still so.',
            {**TEXT, "pattern": patterns.ETAGS},
        ),
    }
