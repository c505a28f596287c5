"""ETags, If-Match, If-None-Match and Idempotency-Key as headers."""

from typing import Any

import pytest
from litestar import Request

from parley.commands.request import ANY_VERSION, IfMatch
from parley.http.request import conditions
from parley.http.response.errors import MalformedRequest
from parley.store.reading import Document

DOCUMENT = Document(body=b'{"round":"geneva"}', version=5)


def request(*headers: tuple[str, str], method: str = "POST", path: str = "/v1/x") -> Request[Any, Any, Any]:
    """A request with these headers."""
    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]
    scope: Any = {"type": "http", "method": method, "path": path, "headers": raw, "state": {}}
    return Request(scope)


def test_etag_changes_with_version_and_content_alike() -> None:
    tags = {
        conditions.etag(Document(body=body, version=version)) for body in (b"{}", b'{"a":1}') for version in (1, 2, 12)
    }
    assert len(tags) == 6
    assert conditions.etag(DOCUMENT).startswith(f'"5-{conditions.REVISION}-')


@pytest.mark.parametrize("shape", ["{}", "W/{}", '"a", {}', '{}, "b"', '"a",W/{} , "b"', "*"])
def test_if_none_match_that_names_the_tag_is_known(shape: str) -> None:
    tag = conditions.etag(DOCUMENT)
    assert conditions.is_known(request(("If-None-Match", shape.format(tag))), tag)


def test_if_none_match_in_several_headers_is_one_list() -> None:
    tag = conditions.etag(DOCUMENT)
    assert conditions.is_known(request(("If-None-Match", '"a"'), ("If-None-Match", tag)), tag)


@pytest.mark.parametrize("sent", ['"a"', 'W/"a", "b"', '""'])
def test_if_none_match_of_other_tags_is_not_known(sent: str) -> None:
    assert not conditions.is_known(request(("If-None-Match", sent)), conditions.etag(DOCUMENT))


@pytest.mark.parametrize("sent", ["", "a", '"a', '"a" "b"', "5-1", '"a",x', "w/"])
def test_if_none_match_that_is_no_tag_is_refused(sent: str) -> None:
    with pytest.raises(MalformedRequest, match="If-None-Match"):
        conditions.is_known(request(("If-None-Match", sent)), conditions.etag(DOCUMENT))


def test_if_match_of_our_tag_asks_for_its_version() -> None:
    sent = request(("If-Match", conditions.etag(DOCUMENT)))
    assert conditions.guard(sent, "n/geneva") == IfMatch("n/geneva", 5)


def test_if_match_star_asks_that_it_exists() -> None:
    assert conditions.guard(request(("If-Match", "*")), "n") == IfMatch("n", ANY_VERSION)


@pytest.mark.parametrize("sent", ['W/"5-1-00000000"', '"5"', '"5-0-00000000"', '"x"', '"-5-1-00000000"'])
def test_if_match_of_a_weak_or_foreign_tag_fits_no_version(sent: str) -> None:
    assert conditions.guard(request(("If-Match", sent)), "n") == IfMatch("n", conditions.NO_VERSION)


def test_if_none_match_star_asks_that_it_does_not_exist() -> None:
    assert conditions.guard(request(("If-None-Match", "*")), "n") == IfMatch("n", 0)


@pytest.mark.parametrize(
    "headers",
    [
        [("If-Match", "5")],
        [("If-Match", "")],
        [("If-Match", '"a", "b"')],
        [("If-None-Match", '"a"')],
        [("If-None-Match", "*"), ("If-Match", "*")],
    ],
)
def test_guard_that_cannot_be_kept_is_refused(headers: list[tuple[str, str]]) -> None:
    with pytest.raises(MalformedRequest, match="If-"):
        conditions.guard(request(*headers), "n")


def test_guard_that_is_not_sent_is_none() -> None:
    assert conditions.guard(request(), "n") is None


@pytest.mark.parametrize(
    ("sent", "key"),
    [
        ('"8e03978e-40d5"', "8e03978e-40d5"),
        ("8e03978e-40d5", "8e03978e-40d5"),
        (' "a b" ', "a b"),
        (r'"a\"b\\c"', r"a\"b\\c".replace("\\\\", "\\").replace('\\"', '"')),
        ('"' + "k" * 255 + '"', "k" * 255),
    ],
)
def test_idempotency_key_is_read_with_and_without_quotes(sent: str, key: str) -> None:
    assert conditions.idempotency_key(request(("Idempotency-Key", sent))) == key


@pytest.mark.parametrize("sent", ["", '""', '"a', 'a"b', "a b", "a, b", '"é"', '"\x7f"', "k" * 256, '"a\\x"', '"a";b'])
def test_idempotency_key_that_is_none_is_refused(sent: str) -> None:
    with pytest.raises(MalformedRequest, match="Idempotency-Key"):
        conditions.idempotency_key(request(("Idempotency-Key", sent)))


def test_idempotency_key_sent_twice_is_refused() -> None:
    with pytest.raises(MalformedRequest, match="one key"):
        conditions.idempotency_key(request(("Idempotency-Key", '"a"'), ("Idempotency-Key", '"a"')))


def test_fingerprint_tells_method_path_and_body_apart() -> None:
    requests = [request(method=method, path=path) for method in ("POST", "PUT") for path in ("/a", "/b")]
    prints = {conditions.fingerprint(one, body) for one in requests for body in (b"", b"x")}
    assert len(prints) == 8
    assert {len(one) for one in prints} == {32}
