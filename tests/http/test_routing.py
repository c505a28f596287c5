"""What is answered before the record is asked: addresses, methods, parameters, media types."""

import httpx
import pytest

from tests.http.openapi import Described

ROUND_EVENTS = "/v1/negotiations/european-security/rounds/geneva/events"
JSON = {"Content-Type": "application/json"}


def problem(answer: httpx.Response, status: int, name: str) -> dict[str, object]:
    """The problem that was answered, which must be of this type."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    found: dict[str, object] = answer.json()
    assert found["type"] == f"/problems/{name}"
    assert found["status"] == status
    assert found["title"]
    assert found["detail"]
    return found


@pytest.mark.parametrize(
    "path", ["/", "/v1", "/v2/parties", "/v1/negotiations/a%2Fb/c/d", "/v1/rounds", "/%00", "/%ff"]
)
async def test_get_no_address_of_ours_is_not_found(client: httpx.AsyncClient, path: str) -> None:
    found = problem(await client.get(path), 404, "not-found")
    assert "/docs" in str(found["detail"])


@pytest.mark.parametrize(
    "path",
    [
        "/v1/parties/Russia",
        "/v1/parties/" + "a" * 65,
        "/v1/parties/a--b",
        "/v1/parties/a_b",
        "/v1/parties/%00",
        "/v1/parties/россия",
        "/v1/parties/a%0A",
        "/v1/negotiations/European/rounds/geneva",
        "/v1/negotiations/european-security/rounds/Geneva",
        "/v1/negotiations/european-security/demands/-x",
    ],
)
async def test_get_a_name_that_is_no_slug_says_what_slugs_are(client: httpx.AsyncClient, path: str) -> None:
    found = problem(await client.get(path), 404, "not-found")
    assert "small letters and digits with single hyphens" in str(found["detail"])


@pytest.mark.parametrize("below", ["", "/rounds", "/rounds/russia", "/rounds/russia/events", "/events", "/demands"])
async def test_get_the_parties_as_if_they_were_a_negotiation_tells_where_they_are(
    client: httpx.AsyncClient, below: str
) -> None:
    found = problem(await client.get(f"/v1/negotiations/parties{below}"), 404, "not-found")
    assert "/v1/parties" in str(found["detail"])


@pytest.mark.parametrize("position", ["0", "-1", "+5", "1e3", "٣", "x", "9223372036854775808", "9" * 400, "1.0"])
async def test_get_a_position_that_cannot_be_is_not_found(client: httpx.AsyncClient, position: str) -> None:
    found = problem(await client.get(f"/v1/events/{position}"), 404, "not-found")
    assert "whole numbers from 1 to 9223372036854775807" in str(found["detail"])


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("DELETE", "/v1/parties", "GET, HEAD, OPTIONS, POST"),
        ("PUT", "/v1/parties/russia", "GET, HEAD, OPTIONS"),
        ("POST", "/v1/events", "GET, HEAD, OPTIONS"),
        ("PATCH", ROUND_EVENTS, "GET, HEAD, OPTIONS, POST"),
        ("TRACE", "/v1/events", "GET, HEAD, OPTIONS"),
        ("POST", "/docs", "GET, HEAD, OPTIONS"),
    ],
)
async def test_method_that_is_not_taken_is_told_which_are(
    client: httpx.AsyncClient, method: str, path: str, allow: str
) -> None:
    answer = await client.request(method, path)
    found = problem(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == allow
    assert allow in str(found["detail"])


async def test_options_tells_the_methods(client: httpx.AsyncClient) -> None:
    answer = await client.options("/v1/parties")
    assert answer.status_code == 204
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS, POST"


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/v1/parties?happend_by=2022", "happend_by"),
        ("/v1/parties/russia?limit=5", "limit"),
        ("/v1/events?stream=x", "stream"),
        ("/v1/parties?limit=0", "limit"),
        ("/v1/parties?limit=501", "limit"),
        ("/v1/parties?cursor=x", "cursor"),
        ("/v1/events?after=9223372036854775808", "after"),
        ("/v1/events?after=-1", "after"),
        ("/v1/events?after=%2B5", "after"),
        ("/v1/events?after=1e3", "after"),
        ("/v1/events?after=5&cursor=WyJldmVudHMiLDVd", "after"),
        ("/v1/events?type=TalksHelt", "type"),
        ("/v1/events?party=Russia", "party"),
        ("/v1/events?negotiation=parties", "negotiation"),
        ("/v1/events?round=geneva", "round"),
        ("/health/live?x=1", "x"),
        ("/docs?x=1", "x"),
    ],
)
async def test_get_with_a_wrong_parameter_names_it(client: httpx.AsyncClient, path: str, name: str) -> None:
    found = problem(await client.get(path), 400, "malformed-request")
    assert str(found["detail"]).startswith(f"{name}: ")


async def test_post_with_a_parameter_is_refused(client: httpx.AsyncClient) -> None:
    problem(await client.post(f"{ROUND_EVENTS}?dry_run=1", json={}), 400, "malformed-request")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/problem+json"},
        {"Content-Type": "application/json; charset=latin-1"},
        {**JSON, "Content-Encoding": "gzip"},
    ],
)
async def test_post_what_is_not_sent_as_json_is_refused(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    found = problem(await client.post(ROUND_EVENTS, content=b"{}", headers=headers), 415, "unsupported-media-type")
    assert "application/json" in str(found["detail"])


@pytest.mark.parametrize(
    "sent", ["application/json", "Application/JSON; charset=UTF-8", 'application/json;charset="utf-8"']
)
async def test_post_json_however_it_is_written_is_read(client: httpx.AsyncClient, sent: str) -> None:
    problem(await client.post(ROUND_EVENTS, content=b"{", headers={"Content-Type": sent}), 400, "malformed-body")


async def test_post_a_body_of_more_than_one_mebibyte_is_refused(client: httpx.AsyncClient) -> None:
    body = b'"' + b"a" * (1024 * 1024) + b'"'
    answer = await client.post(ROUND_EVENTS, content=body, headers=JSON)
    assert "1 MiB" in str(problem(answer, 413, "body-too-large")["detail"])
    assert answer.headers["connection"] == "close"


async def test_post_a_body_of_just_one_mebibyte_is_read(client: httpx.AsyncClient) -> None:
    body = b'"' + b"a" * (1024 * 1024 - 2) + b'"'
    problem(await client.post(ROUND_EVENTS, content=body, headers=JSON), 422, "invalid-field")


@pytest.mark.parametrize(
    ("path", "body", "status_and_name", "pointer"),
    [
        (ROUND_EVENTS, b"[" * 10_000, (400, "malformed-body"), None),
        (ROUND_EVENTS, b'{"event":{"text":NaN}}', (400, "malformed-body"), "/event/text"),
        (ROUND_EVENTS, b'[{},{"event":{"text":"\\ud800"}}]', (400, "malformed-body"), "/1/event/text"),
        (
            ROUND_EVENTS,
            b'{"id":"a/b","occurred":"2022","event":{"type":"TalksResumed"}}',
            (422, "invalid-field"),
            "/id",
        ),
        (ROUND_EVENTS, b'{"occurred":"2022","event":{"type":"TalksResumed"},"x":1}', (422, "invalid-field"), "/x"),
        ("/v1/parties", b"[]", (422, "invalid-field"), ""),
        ("/v1/parties", b"{}", (422, "invalid-field"), "/party"),
        ("/v1/parties", b'{"party":"a/b"}', (422, "invalid-field"), "/party"),
        ("/v1/parties", b'{"party":"a","type":"PartyIdentified"}', (422, "invalid-field"), "/type"),
        ("/v1/parties", b'{"party":"a","kind":"state"}', (422, "invalid-field"), "/name"),
        ("/v1/parties", b'{"party":"a","kind":"planet","name":"A"}', (422, "invalid-field"), "/kind"),
        ("/v1/parties", b'{"party":"a","kind":"state","name":"A","occurred":5}', (422, "invalid-field"), "/occurred"),
        ("/v1/parties", b'{"party":"a","kind":"state","name":"A","nam":"B"}', (422, "invalid-field"), "/nam"),
        ("/v1/negotiations", b'{"title":"T","occurred":"2022"}', (422, "invalid-field"), "/negotiation"),
        ("/v1/negotiations", b'{"negotiation":"n","occurred":"2022"}', (422, "invalid-field"), "/title"),
        ("/v1/negotiations/n/rounds", b'{"round":"R"}', (422, "invalid-field"), "/round"),
        ("/v1/negotiations/n/rounds", b'{"round":"r","starts":"99999"}', (422, "invalid-field"), "/starts"),
    ],
)
async def test_post_what_is_not_well_formed_points_to_it(
    client: httpx.AsyncClient, path: str, body: bytes, status_and_name: tuple[int, str], pointer: str | None
) -> None:
    found = problem(await client.post(path, content=body, headers=JSON), *status_and_name)
    errors = found.get("errors")
    assert isinstance(errors, list) or pointer is None
    if isinstance(errors, list):
        assert [one["pointer"] for one in errors] == [pointer]
        assert errors[0]["detail"] == found["detail"]


async def test_every_answer_has_the_security_headers(client: httpx.AsyncClient) -> None:
    for path in ("/health/live", "/docs", "/v1/nothing", "/v1/parties?x=1"):
        headers = (await client.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert headers["referrer-policy"] == "no-referrer"
        assert "server" not in headers


async def test_a_host_that_is_none_is_a_problem(client: httpx.AsyncClient) -> None:
    problem(await client.get("/health/live", headers={"Host": "a b"}), 400, "bad-request")


@pytest.mark.parametrize("path", ["/health/live", "/docs", "/schema/openapi.json", "/docs/style.css", "/v1/nothing"])
async def test_head_has_the_headers_of_get_and_no_body(client: httpx.AsyncClient, path: str) -> None:
    named = {"X-Request-ID": "one"}
    got, headed = await client.get(path, headers=named), await client.head(path, headers=named)
    assert headed.status_code == got.status_code
    assert headed.content == b""
    assert dict(headed.headers) == dict(got.headers)


async def test_problems_of_routing_fit_the_document(client: httpx.AsyncClient, described: Described) -> None:
    answer = await client.get("/v1/parties?x=1")
    described.check_answer("/v1/parties", "get", 400, answer.json())
    answer = await client.get("/v1/parties/X")
    described.check_answer("/v1/parties/{party}", "get", 404, answer.json())
    answer = await client.put("/v1/parties")
    described.check_answer("/v1/parties", "get", 405, answer.json())
