"""The OpenAPI document is valid, its examples are, and it describes every route and nothing else."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute
from openapi_spec_validator import validate

from negotiation.events.catalogue import EVENT_TYPES
from negotiation.refusals import REFUSALS
from parley.http.operations import OPERATION, Operation
from parley.http.request.queries import MAX_FIELDS
from parley.http.response.problems import NAMED
from tests.http.openapi import Described

EXAMPLES_IN_PATHS = {"negotiation": "european-security", "round": "geneva", "party": "russia"}


def test_document_of_the_service_is_valid_openapi(described: Described) -> None:
    validate(described.document)
    assert described.document["openapi"].startswith("3.1.")


def _examples(described: Described) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    for path, method, operation in described.operations():
        for parameter in [*described.document["paths"][path].get("parameters", ()), *operation.get("parameters", ())]:
            found = described.resolve(parameter)
            yield f"{method} {path} {found['name']}", found.get("example"), found["schema"]
        contents = [described.resolve(answer).get("content", {}) for answer in operation["responses"].values()]
        contents.append(operation.get("requestBody", {}).get("content", {}))
        for content in contents:
            for media in content.values():
                named = media.get("examples", {"": {"value": media.get("example")}})
                for name, example in named.items():
                    yield f"{method} {path} {name}", example["value"], media["schema"]
    for name, header in described.document["components"]["headers"].items():
        yield name, header["example"], header["schema"]
    for name, schema in described.document["components"]["schemas"].items():
        for example in schema.get("examples", ()):
            yield name, example, {"$ref": f"#/components/schemas/{name}"}


def test_examples_in_the_document_fit_their_schemas(described: Described) -> None:
    count = 0
    for name, value, schema in _examples(described):
        if value is None:
            continue
        try:
            described.check(value, schema, closed=True)
        except AssertionError as error:
            pytest.fail(f"{name}: {error}")
        count += 1
    assert count > len(EVENT_TYPES)


async def test_examples_of_cursors_go_on_in_their_list(framed: httpx.AsyncClient, described: Described) -> None:
    """As the parameter of each list, as the next page in its example, and in the example of the header."""
    lists = 0
    for path, _, operation in described.operations():
        found = [described.resolve(parameter) for parameter in operation.get("parameters", ())]
        cursor = next((parameter["example"] for parameter in found if parameter["name"] == "cursor"), None)
        if cursor is None:
            continue
        lists += 1
        here = path.format(**EXAMPLES_IN_PATHS)
        since = {"from_as_of": "6", "to_as_of": "10"} if path.partition(".")[0].endswith(("/diff", "/moves")) else {}
        since |= {one["name"]: one["example"] for one in found if one.get("required")}
        assert (await framed.get(here, params={**since, "cursor": cursor})).status_code == 200, path
        (media,) = described.resolve(operation["responses"]["200"])["content"].values()
        if isinstance(media.get("example"), dict):  # a workbook has none
            answer = await framed.get(media["example"]["next"])
            assert answer.status_code == 200, (path, answer.text)
    assert lists > 20
    link = described.document["components"]["headers"]["Link"]["example"]
    assert (await framed.get(link.partition("<")[2].partition(">")[0])).status_code == 200


def test_operations_with_json_all_have_examples(described: Described) -> None:
    for path, method, operation in described.operations():
        for status, answer in operation["responses"].items():
            for media_type, media in described.resolve(answer).get("content", {}).items():
                if "json" in media_type and path != "/schema/openapi.json":
                    assert "example" in media or media["examples"], (path, method, status)
        if method == "post":
            assert operation["requestBody"]["content"]["application/json"]["examples"]


def test_document_names_every_route_and_no_other(described: Described, bare: Litestar) -> None:
    routed = set()
    for route in bare.routes:
        assert isinstance(route, HTTPRoute)
        for handler in route.route_handlers:
            methods = handler.http_methods - {"OPTIONS", "HEAD"}
            if methods:
                assert isinstance(handler.opt.get(OPERATION), Operation), f"{route.path} says nothing of itself"
                routed |= {(route.path_format, method.lower()) for method in methods}
    assert routed == {(path, method) for path, method, _ in described.operations()}


def test_operation_ids_are_distinct(described: Described) -> None:
    ids = [operation["operationId"] for _, _, operation in described.operations()]
    assert len(ids) == len(set(ids))


def test_event_union_tells_types_apart_and_takes_no_other_field(described: Described) -> None:
    schemas = described.document["components"]["schemas"]
    event = schemas["Event"]
    assert event["discriminator"]["propertyName"] == "type"
    assert set(event["discriminator"]["mapping"]) == set(EVENT_TYPES)
    assert len(event["oneOf"]) == len(EVENT_TYPES) == 81
    for name, cls in EVENT_TYPES.items():
        assert schemas[name]["additionalProperties"] is False
        assert schemas[name]["description"].split()[:3] == str(cls.__doc__).split()[:3]
        assert schemas[name]["examples"]


def test_every_problem_is_in_the_document(described: Described) -> None:
    told = {
        name
        for answer in described.document["components"]["responses"].values()
        for media in answer["content"].values()
        for name in media["examples"]
    }
    assert told == set(NAMED)
    assert len(REFUSALS) < len(told)


def test_parameters_in_the_document_are_those_that_are_taken(described: Described, bare: Litestar) -> None:
    for route in bare.routes:
        assert isinstance(route, HTTPRoute)
        for handler in route.route_handlers:
            operation = handler.opt.get(OPERATION)
            if isinstance(operation, Operation):
                method = "post" if "POST" in handler.http_methods else "get"
                parameters = described.document["paths"][route.path_format][method].get("parameters", ())
                told = {one["name"] for one in map(described.resolve, parameters) if one["in"] == "query"}
                assert told == {parameter.name for parameter in operation.query}
                assert len(told) <= MAX_FIELDS


def test_a_field_that_is_not_described_does_not_pass_the_check(described: Described) -> None:
    schema = {"$ref": "#/components/schemas/Head"}
    head = {"position": 1, "hash": "0" * 64, "recorded_at": None}
    described.check(head, schema, closed=True)
    described.check({**head, "more": 1}, schema)
    with pytest.raises(AssertionError, match="more"):
        described.check({**head, "more": 1}, schema, closed=True)
