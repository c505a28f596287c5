"""The OpenAPI document as tests use it: schemas to validate with, operations to look up."""

import json
from collections.abc import Iterator
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import best_match
from litestar import Litestar
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from parley.http.routes.description import OPENAPI


class Described:
    """The document, and a copy of it whose answers take no field that is not described."""

    def __init__(self, app: Litestar) -> None:
        self.document: dict[str, Any] = json.loads(app.state[OPENAPI])
        self._registries = {False: _registry(self.document), True: _registry(_closed(self.document))}
        self._validators: dict[tuple[bool, str], Draft202012Validator] = {}

    def operations(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Path, method and description of every operation."""
        for path, entry in self.document["paths"].items():
            for method in ("get", "post"):
                if method in entry:
                    yield path, method, entry[method]

    def resolve(self, value: dict[str, Any]) -> dict[str, Any]:
        """What a reference names."""
        while "$ref" in value:
            found: Any = self.document
            for step in value["$ref"].removeprefix("#/").split("/"):
                found = found[step]
            value = found
        return value

    def check(self, value: Any, schema: dict[str, Any], *, closed: bool = False) -> None:
        """Assert that a value is valid, and say what is not."""
        key = closed, json.dumps(schema)
        if key not in self._validators:
            based = json.loads(key[1].replace('"#/components', '"urn:openapi#/components'))
            self._validators[key] = Draft202012Validator(
                _closed(based) if closed else based, registry=self._registries[closed], format_checker=FormatChecker()
            )
        if self._validators[key].is_valid(value):
            return
        error = best_match(self._validators[key].iter_errors(value))
        assert error is None, f"{error.json_path}: {error.message[:600]}"

    def check_answer(self, path: str, method: str, status: int, value: Any) -> None:
        """Assert that an answer is what the document says, and nothing more."""
        answer = self.resolve(self.document["paths"][path][method]["responses"][str(status)])
        (content,) = answer["content"].values()
        self.check(value, content["schema"], closed=True)


def _registry(document: dict[str, Any]) -> Registry[Any]:
    resource: Resource[Any] = Resource.from_contents(document, default_specification=DRAFT202012)
    found: Registry[Any] = Registry().with_resource("urn:openapi", resource)
    return found


def _closed(value: Any) -> Any:
    if isinstance(value, list):
        return [_closed(item) for item in value]
    if not isinstance(value, dict):
        return value
    closed = {name: _closed(item) for name, item in value.items()}
    if closed.get("type") == "object" and "properties" in closed:
        closed.setdefault("additionalProperties", False)
    return closed
