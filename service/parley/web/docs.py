"""The docs page, made from the OpenAPI document: routes, the catalogue of events, shapes, problems. No scripts."""

import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any, Final

from litestar.types import ASGIApp

from negotiation.events.catalogue import EVENT_TYPES
from parley.http.operations import Call, Operation, reads
from parley.http.response import answers
from parley.http.response.errors import NotFound
from parley.http.response.problems import NAMED, Kind
from parley.store.reading import Document
from parley.web.schemas import fields_table, type_of

PAGE: Final = "docs"
"""Under this name the page stands in the application's state."""

_HTML: Final = "text/html"
_METHODS: Final = ("get", "post")
_SHOWN_EXAMPLES: Final = 7


@reads(
    "/docs",
    Operation(
        id="getDocs",
        tag="Service",
        summary="Read the documentation",
        description="This description as a page. It loads nothing from another host.",
        media_type=_HTML,
        missing=False,
    ),
)
async def get_docs(call: Call) -> ASGIApp:
    """The docs page."""
    return _html(call, call.request.app.state[PAGE])


@reads(
    "/docs/style.css",
    Operation(
        id="getStyle", tag="Service", summary="Read the style sheet of the pages", media_type="text/css", missing=False
    ),
)
async def get_style(call: Call) -> ASGIApp:
    """The style sheet."""
    return answers.document(call, Document(body=_style(), version=1), media_type="text/css")


@reads(
    "/problems/{problem:str}",
    Operation(
        id="getProblem",
        tag="Service",
        summary="Read what a type of problem means",
        description="A page for each `type` that an error has.",
        media_type=_HTML,
    ),
)
async def get_problem(call: Call) -> ASGIApp:
    """What a type of problem means."""
    kind = NAMED.get(call.path["problem"])
    if kind is None:
        raise NotFound(what="There is no such type of problem", remedy="/docs lists them all")
    return _html(call, problem_page(kind))


HANDLERS: Final = (get_docs, get_style, get_problem)


def _html(call: Call, page: bytes) -> ASGIApp:
    return answers.document(call, Document(body=page, version=1), media_type=_HTML)


@cache
def _style() -> bytes:
    return files(__package__).joinpath("style.css").read_bytes()


# -- pages


def problem_page(kind: Kind) -> bytes:
    """The page of one type of problem."""
    return _page(
        kind.title,
        "",
        f"<h1>{escape(kind.title)}</h1><p><code>{escape(kind.uri)}</code> is answered with status {kind.status}.</p>"
        f"<p>{_marked(kind.meaning)}</p>"
        '<p>A word in braces stands for what the answer names. <a href="/docs#problems">All types of problems</a></p>',
    )


def render(document: dict[str, Any]) -> bytes:
    """The docs page as HTML."""
    tags = [tag["name"] for tag in document["tags"]]
    by_tag: dict[str, list[tuple[str, str, dict[str, Any]]]] = {tag: [] for tag in tags}
    for path, entry in document["paths"].items():
        for method in _METHODS:
            if method in entry:
                by_tag[entry[method]["tags"][0]].append((method, path, entry))
    described = {tag["name"]: tag["description"] for tag in document["tags"]}
    body = [
        f"<h1>{escape(document['info']['title'])} <small>{escape(document['info']['version'])}</small></h1>",
        *(f"<p>{_marked(paragraph)}</p>" for paragraph in document["info"]["description"].strip().split("\n\n")),
        _first_steps(),
    ]
    for tag, operations in by_tag.items():
        body.append(f'<h2 id="{_anchor(tag)}">{escape(tag)}</h2><p>{_marked(described[tag])}</p>')
        body += [_operation(document, *one) for one in operations]
    body += [*_catalogue(document), *_shapes(document), _problems()]
    return _page("Parley", _navigation(by_tag), "".join(body))


def _page(title: str, navigation: str, body: str) -> bytes:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(title)}</title><link rel="stylesheet" href="/docs/style.css"></head>'
        f"<body>{navigation}<main>{body}</main></body></html>"
    ).encode()


def _navigation(by_tag: dict[str, list[tuple[str, str, dict[str, Any]]]]) -> str:
    parts = []
    for tag, operations in by_tag.items():
        links = "".join(
            f'<li><a href="#{entry[method]["operationId"]}">{escape(entry[method]["summary"])}</a></li>'
            for method, _, entry in operations
        )
        parts.append(f'<p><a href="#{_anchor(tag)}">{escape(tag)}</a></p><ul>{links}</ul>')
    for anchor, name in (("catalogue", "Catalogue of events"), ("shapes", "Shapes"), ("problems", "Problems")):
        parts.append(f'<p><a href="#{anchor}">{name}</a></p>')
    return f'<nav aria-label="Contents"><p class="brand"><a href="/docs">Parley</a></p>{"".join(parts)}</nav>'


def _first_steps() -> str:
    lines = (
        ("What happened in Geneva?", "curl -s localhost:8080/v1/negotiations/european-security/rounds/geneva"),
        ("Who wants what, and who said no?", "curl -s localhost:8080/v1/negotiations/european-security/demands"),
        ("For programs", "curl -s localhost:8080/schema/openapi.json"),
    )
    return "".join(f"<p>{escape(said)}</p>{_code(line)}" for said, line in lines)


def _operation(document: dict[str, Any], method: str, path: str, entry: dict[str, Any]) -> str:
    operation = entry[method]
    parameters = [_resolved(document, one) for one in [*entry.get("parameters", ()), *operation.get("parameters", ())]]
    said = _marked(operation["description"]) if operation["description"].rstrip(".") != operation["summary"] else ""
    return (
        f'<article id="{operation["operationId"]}"><h3><span class="{method}">{method.upper()}</span> '
        f"<code>{escape(path)}</code></h3><p><strong>{escape(operation['summary'])}.</strong> "
        f"{said}</p>{_parameters(parameters)}{_request(method, path, operation, parameters)}"
        f"{_answers(document, operation)}</article>"
    )


def _parameters(parameters: list[dict[str, Any]]) -> str:
    if not parameters:
        return ""
    rows = "".join(
        f"<tr><td><code>{escape(one['name'])}</code></td><td>{one['in']}</td><td>{type_of(one['schema'])}</td>"
        f"<td>{_marked(one.get('description', ''))}</td></tr>"
        for one in parameters
    )
    return f"<table><thead><tr><th>Parameter<th>in<th>type<th>what it does</tr></thead><tbody>{rows}</tbody></table>"


def _request(method: str, path: str, operation: dict[str, Any], parameters: list[dict[str, Any]]) -> str:
    here = path
    for one in parameters:
        if one["in"] == "path":
            here = here.replace(f"{{{one['name']}}}", str(one["example"]))
    if method == "get":
        return _code(f"curl -s localhost:8080{here}")
    content = operation["requestBody"]["content"]["application/json"]
    shown = [
        _folded(example["summary"], _curl(here, example["value"]))
        for example in list(content["examples"].values())[:_SHOWN_EXAMPLES]
    ]
    return f"<p>Body: {type_of(content['schema'])}</p>{''.join(shown)}"


def _curl(path: str, body: Any) -> str:
    """The line that sends a body; single quotes in it are written as a shell wants them."""
    quoted = _json(body).replace("'", "'\\''")
    return f"curl -s localhost:8080{path} \\\n  -H 'Content-Type: application/json' -d '{quoted}'"


def _answers(document: dict[str, Any], operation: dict[str, Any]) -> str:
    parts = []
    for status, answer in operation["responses"].items():
        found = _resolved(document, answer)
        if int(status) >= 400:
            continue
        content = found.get("content", {}).get("application/json", {})
        shape = type_of(content["schema"]) if content else ""
        said = f"<p><strong>{status}</strong> {_marked(found['description'])} {shape}</p>"
        named = content.get("examples", {"": {"value": content["example"]}} if "example" in content else {})
        shown = (_folded(one.get("summary", "An answer"), _json(one["value"])) for one in named.values())
        parts.append(said + "".join(shown))
    failing = [_problem_names(document, answer) for status, answer in operation["responses"].items() if status >= "400"]
    return f'{"".join(parts)}<details><summary>Problems</summary><ul class="problems">{"".join(failing)}</ul></details>'


def _problem_names(document: dict[str, Any], answer: dict[str, Any]) -> str:
    examples = next(iter(_resolved(document, answer)["content"].values()))["examples"]
    return "".join(_problem_line(NAMED[name]) for name in examples)


def _problem_line(kind: Kind) -> str:
    return f'<li>{kind.status} <a href="{kind.uri}">{escape(kind.title)}</a></li>'


def _catalogue(document: dict[str, Any]) -> Iterator[str]:
    schemas = document["components"]["schemas"]
    yield (
        '<h2 id="catalogue">Catalogue of events</h2><p>What can be recorded. Every fact takes the fields of all facts '
        "(<code>by</code>, <code>to</code>, <code>via</code>, <code>session</code>, <code>after</code>, "
        "<code>effective</code>, <code>if</code>) beside its own.</p>"
    )
    for name in EVENT_TYPES:
        yield _shape(name, schemas[name], schemas[name]["examples"])


def _shapes(document: dict[str, Any]) -> Iterator[str]:
    yield '<h2 id="shapes">Shapes</h2><p>What is sent and answered.</p>'
    for name, schema in document["components"]["schemas"].items():
        if name not in EVENT_TYPES:
            yield _shape(name, schema, ())


def _shape(name: str, schema: dict[str, Any], examples: Iterable[Any]) -> str:
    shown = "".join(_folded("Example", _json(example)) for example in examples)
    return (
        f'<section id="{name}" class="shape"><h4>{escape(name)}</h4>'
        f"<p>{_marked(schema.get('description', ''))}</p>"
        f"<details><summary>Fields</summary>{fields_table(schema)}</details>{shown}</section>"
    )


def _problems() -> str:
    rows = "".join(
        f'<tr><td>{kind.status}</td><td><a href="{kind.uri}">{escape(kind.title)}</a></td>'
        f"<td>{_marked(kind.meaning)}</td></tr>"
        for kind in sorted(NAMED.values(), key=lambda kind: (kind.status, kind.name))
    )
    return (
        '<h2 id="problems">Problems</h2><p>Errors are <code>application/problem+json</code> (RFC 9457). A word in '
        "braces stands for what the answer names.</p><table><thead><tr><th>Status<th>type<th>what it means</tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )


# -- pieces


def _resolved(document: dict[str, Any], value: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in value:
        found: Any = document
        for step in value["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        value = found
    return value


def _marked(text: str) -> str:
    """Escaped text in which back-ticks mark code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text, quote=False))


def _code(text: str) -> str:
    return f"<pre><code>{escape(text, quote=False)}</code></pre>"


def _folded(summary: str, text: str) -> str:
    return f"<details><summary>{escape(summary)}</summary>{_code(text)}</details>"


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _anchor(name: str) -> str:
    return name.lower().replace(" ", "-")
