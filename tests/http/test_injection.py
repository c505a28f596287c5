"""Hostile values in every text field, parameter and address: they are data, or refused, and never anything else."""

import json
import urllib.parse
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from negotiation.events.examples import EXAMPLES
from parley.http.openapi.patterns import TEXT
from tests import hostile
from tests.http.openapi import Described
from tests.http.test_routing import JSON
from tests.http.world import BRUSSELS, GENEVA, N, record_catalogue, record_shared
from tests.record.chain import assert_whole
from tests.record.desk import connection

LISTS = (
    *("/v1/negotiations", N, f"{N}/rounds", GENEVA, BRUSSELS, f"{N}/demands", f"{N}/findings", "/v1/parties"),
    *("/v1/parties/russia", "/v1/events?limit=500", f"{N}/diff?from_as_of=0&limit=500", "/v1/events/30"),
)


class Texts:
    """Where texts of a client's own stand in what is sent: by the document, which tells the form of every field."""

    def __init__(self, described: Described) -> None:
        self._described = described
        self._schemas: dict[str, Any] = described.document["components"]["schemas"]
        self.filled: set[tuple[str, str]] = set()

    def fill(self, event: dict[str, Any], value: str) -> dict[str, Any]:
        """The event with the value in each of its texts, also those that it leaves out."""
        name = event["type"]
        spoken = {"by": event.get("by", [{"as": "unnamed"}]), "via": event.get("via", {"person": ""})}
        whole = {**event, **spoken} if name not in RECORD else event
        if name == "TalksHeld":
            whole = {"present": [{"person": ""}], **whole}
        if name == "DocumentTabled":
            whole = {**whole, "provisions": [{"brackets": [BRACKET], **one} for one in whole["provisions"]]}
        return self._object(name, self._schemas[name], whole, value)

    def every(self) -> set[tuple[str, str]]:
        """Every text of the catalogue: the shape that it stands in, and its field."""
        found: set[tuple[str, str]] = set()
        rest = [(name, self._schemas[name]) for name in EXAMPLES]
        while rest:
            name, schema = rest.pop()
            for field, described in schema.get("properties", {}).items():
                for form in self._forms(described):
                    if form.get("pattern") == TEXT and "enum" not in form:
                        found.add((name, field))
                    rest += [(one["title"], one) for one in self._forms(form.get("items", form)) if "title" in one]
        return found

    def _object(self, name: str, schema: dict[str, Any], found: dict[str, Any], value: str) -> dict[str, Any]:
        filled = dict(found)
        for field, described in schema.get("properties", {}).items():
            for form in self._forms(described):
                if (name, field) == ("Ref", "version") and found["kind"] != "document":
                    continue
                if form.get("pattern") == TEXT and "enum" not in form:
                    filled[field] = value
                    self.filled.add((name, field))
                elif field in found and found[field] is not None:
                    filled[field] = self._value(f"{name}.{field}", form, filled[field], value)
        return filled

    def _value(self, name: str, form: dict[str, Any], found: Any, value: str) -> Any:
        if form.get("type") == "object" and isinstance(found, dict):
            return self._object(form.get("title", name), form, found, value)
        if form.get("type") == "array" and isinstance(found, list):
            [inner] = self._forms(form["items"])[:1] or [{}]
            return [self._value(name, inner, one, value) for one in found]
        return found

    def _forms(self, schema: dict[str, Any]) -> list[dict[str, Any]]:
        """What a value may look like, null aside; of events those that are told apart by type are left alone."""
        schema = self._described.resolve(schema)
        several = schema.get("anyOf", [schema])
        return [form for form in map(self._described.resolve, several) if form.get("type") != "null"]


BRACKET = {"bracket": "opening-words", "text": ""}
RECORD = {"EventCorrected", "EventRetracted", "AccountAdded"}
SOURCES = ("publisher", "title", "speaker", "quote", "locator")


def hostile_bodies(texts: Texts, value: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def change(body: dict[str, Any]) -> dict[str, Any]:
        source = {**body["sources"][0], "kind": "quote", **dict.fromkeys(SOURCES, value)}
        return {**body, "sources": [source], "event": texts.fill(body["event"], value)}

    return change


@pytest.mark.parametrize(
    "value", [hostile.SQL[0], hostile.SQL[4], hostile.HTML[0], hostile.FORMULAS[7], hostile.LINES[1]]
)
async def test_record_a_hostile_value_in_every_text_gives_it_back_as_it_is_and_harms_nothing(
    recorder: httpx.AsyncClient, described: Described, database: str, value: str
) -> None:
    texts = Texts(described)
    answers = await record_catalogue(recorder, hostile_bodies(texts, value))
    for type_, answer in answers.items():
        [recorded] = answer.json()["events"]
        assert recorded["event"] == texts.fill(EXAMPLES[type_], value), type_
        assert [recorded["sources"][0][field] for field in SOURCES] == [value] * len(SOURCES)
    assert texts.filled == texts.every()
    for path in LISTS:
        answer = await recorder.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
        assert answer.headers["x-content-type-options"] == "nosniff"
        answer.json()
    for path in (GENEVA, N, f"{N}/demands", "/v1/events?limit=500"):
        assert json.dumps(value, ensure_ascii=False)[1:-1] in (await recorder.get(path)).text
    async with connection(database) as own:
        await assert_whole(own)


@pytest.mark.parametrize("value", hostile.TAKEN)
async def test_record_any_value_that_a_text_may_be_is_read_as_it_is(recorder: httpx.AsyncClient, value: str) -> None:
    body = {"occurred": "2022-01-10", "sources": [{"publisher": value, "kind": "outlet", "published": "2022-01-11"}]}
    answer = await recorder.post("/v1/parties", json={**body, "party": "russia", "name": value, "kind": "state"})
    assert answer.status_code == 201, answer.text
    found = (await recorder.get("/v1/parties/russia")).json()
    assert found["name"]["values"][0]["value"] == value
    assert (await recorder.get("/v1/events/1")).json()["sources"][0]["publisher"] == value


@pytest.mark.parametrize("value", hostile.REFUSED)
async def test_record_a_value_that_no_text_may_hold_is_refused_by_name(client: httpx.AsyncClient, value: str) -> None:
    body = json.dumps({"party": "russia", "name": value}).encode()
    answer = await client.post("/v1/parties", content=body, headers=JSON)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/name")
    assert answer.text.isprintable()


@pytest.fixture(scope="module")
def operations(described: Described) -> list[tuple[str, list[str]]]:
    """Every address that is read, with the names of its parameters."""
    return [
        (path, [one["name"] for one in map(described.resolve, operation.get("parameters", ())) if one["in"] == "query"])
        for path, method, operation in described.operations()
        if method == "get" and path not in {"/v1/events/stream", "/docs", "/docs/style.css", "/schema/openapi.json"}
    ]


def _addresses(operations: list[tuple[str, list[str]]], value: str) -> Iterator[str]:
    quoted = urllib.parse.quote(value, safe="")
    samples = {
        "negotiation": "european-security",
        "round": "geneva",
        "party": "russia",
        "demand": "veto",
        "position": "1",
    }
    for path, parameters in operations:
        usual = path.format(**samples, problem="not-found")
        for name in {name for name in samples if f"{{{name}}}" in path}:
            yield path.format(**{**samples, name: quoted}, problem="not-found")
        for name in parameters:
            yield f"{usual}?{name}={quoted}"
        yield f"{usual}?{quoted}=1"
        yield f"/problems/{quoted}"


INSIDE = ("asyncpg", "Traceback", "syntax error", "relation ", "Undefined", ".py", " FROM ")
"""Words of what stands behind the service."""


async def test_ask_with_a_hostile_value_anywhere_in_the_address_is_refused_and_harms_nothing(
    recorder: httpx.AsyncClient, operations: list[tuple[str, list[str]]], database: str
) -> None:
    await record_shared(recorder)
    asked = 0
    for value in (
        *hostile.SQL,
        *hostile.HTML[:2],
        *hostile.PATHS[:1],
        "\0",
        "\r\nSet-Cookie: a=b",
        "\x1b[2J",
        "9" * 400,
    ):
        for address in _addresses(operations, value):
            answer = await recorder.get(address)
            if address.startswith("/v1/search") and "?q=" in address and answer.status_code == 200:
                assert "set-cookie" not in answer.headers  # any text can be looked for
                continue
            assert answer.status_code in {400, 404}, (address, answer.text)
            assert answer.headers["content-type"] == "application/problem+json"
            assert "set-cookie" not in answer.headers
            assert answer.text.isprintable()
            assert not any(word in answer.text for word in INSIDE)
            asked += 1
    assert asked > 500
    async with connection(database) as own:
        await assert_whole(own)


@pytest.mark.parametrize(
    "header", ["If-None-Match", "If-Match", "Idempotency-Key", "Last-Event-ID", "Authorization", "Accept"]
)
async def test_ask_with_a_hostile_header_is_answered_without_repeating_it(
    framed: httpx.AsyncClient, header: str
) -> None:
    for value in (*hostile.SQL, *hostile.HTML, *hostile.PATHS):
        for path in (GENEVA, "/docs", "/v1/nothing"):
            answer = await framed.get(path, headers={header: value})
            assert answer.status_code < 500
            assert value not in answer.text.replace("\\", "")


async def test_pages_show_nothing_of_what_is_recorded(recorder: httpx.AsyncClient, described: Described) -> None:
    """Pages are about the program; what others wrote is answered as JSON alone, and browsers are told not to guess."""
    before = (await recorder.get("/docs")).text
    await record_catalogue(recorder, hostile_bodies(Texts(described), hostile.HTML[0]))
    answer = await recorder.get("/docs")
    assert answer.text == before
    assert "script-src" not in answer.headers["content-security-policy"]
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert hostile.HTML[0] not in answer.text


async def test_answer_of_a_query_that_fails_tells_no_sql(recorder: httpx.AsyncClient, database: str) -> None:
    async with connection(database) as own:
        await own.execute("ALTER TABLE parties RENAME TO elsewhere")
    answer = await recorder.get("/v1/parties")
    assert answer.status_code == 500
    assert answer.json()["type"] == "/problems/internal-error"
    assert not any(word in answer.text for word in (*INSIDE, "SELECT", "elsewhere"))
