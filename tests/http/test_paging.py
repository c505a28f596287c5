"""Cursors and limits: what was handed out is taken back, anything else is refused by name."""

import json
from base64 import urlsafe_b64encode
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.http.request import queries
from parley.http.response import paging
from parley.http.response.errors import HttpError, MalformedRequest
from parley.store.reading import Page

PATH = "/v1/negotiations/talks/rounds"
LIST = paging._list(PATH, {})


def _encoded(value: Any) -> str:
    return urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode()).rstrip(b"=").decode()


@given(st.integers(-(2**63) + 1, 2**63 - 1), st.from_regex(r"\A[a-z0-9]{1,20}(-[a-z0-9]{1,20}){0,2}\Z"))
def test_cursor_that_was_handed_out_is_read_back(begins: int, slug: str) -> None:
    written = paging.write_cursor(paging.ROUNDS, PATH, {}, (begins, slug))
    assert paging.read_cursor(paging.ROUNDS, PATH, {"cursor": written}) == (begins, slug)


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "é",
        "!!!!",
        "A" * 401,
        _encoded(5),
        _encoded([]),
        _encoded(["parties", "russia"]),
        _encoded(["rounds"]),
        _encoded(["rounds", LIST]),
        _encoded(["rounds", 1, "geneva"]),
        _encoded(["rounds", "00000000", 1, "geneva"]),
        _encoded(["rounds", LIST, "1", "geneva"]),
        _encoded(["rounds", LIST, 1, "Geneva"]),
        _encoded(["rounds", LIST, 1, "x\x00y"]),
        _encoded(["rounds", LIST, 1, "geneva", 2]),
        _encoded(["rounds", LIST, 2**63, "geneva"]),
        _encoded(["rounds", LIST, 1.5, "geneva"]),
        _encoded(["rounds", LIST, True, "geneva"]),
        _encoded(["rounds", LIST, 1, "geneva"]) + "=",
        _encoded(["rounds", LIST, 1, "geneva"]) + " ",
        urlsafe_b64encode(f'["rounds", "{LIST}", 1, "geneva"]'.encode()).decode().rstrip("="),
    ],
)
def test_cursor_that_was_not_handed_out_is_refused(cursor: str) -> None:
    with pytest.raises(MalformedRequest, match="cursor"):
        paging.read_cursor(paging.ROUNDS, PATH, {"cursor": cursor})


@given(st.text(max_size=60))
def test_cursor_of_any_text_is_read_or_refused(cursor: str) -> None:
    try:
        paging.read_cursor(paging.EVENTS, PATH, {"cursor": cursor})
    except MalformedRequest as error:
        assert "cursor" in str(error)


def test_next_address_keeps_filters_and_replaces_the_place() -> None:
    page = Page(items=(), next=(17,))
    address = paging.next_address("/v1/events", {"type": "TalksHeld", "after": "5", "limit": "2"}, paging.EVENTS, page)
    assert address is not None
    query = httpx.URL(address).params
    assert set(query) == {"type", "limit", "cursor"}
    assert paging.read_cursor(paging.EVENTS, "/v1/events", dict(query)) == (17,)


@pytest.mark.parametrize(
    ("path", "filters"),
    [
        ("/v1/events", {}),
        ("/v1/events", {"type": "NoBreakthrough"}),
        ("/v1/events", {"type": "TalksHeld", "party": "nato"}),
        ("/v1/negotiations/talks/events", {"type": "TalksHeld"}),
    ],
)
def test_cursor_of_another_list_or_with_other_filters_is_refused(path: str, filters: dict[str, str]) -> None:
    """It would go on somewhere, and leave out or repeat items without a word."""
    cursor = paging.write_cursor(paging.EVENTS, "/v1/events", {"type": "TalksHeld", "limit": "5"}, (17,))
    assert paging.read_cursor(paging.EVENTS, "/v1/events", {"type": "TalksHeld", "cursor": cursor}) == (17,)
    with pytest.raises(MalformedRequest, match="another list, or with other filters"):
        paging.read_cursor(paging.EVENTS, path, {**filters, "cursor": cursor})


def test_page_body_keeps_the_bytes_of_its_items() -> None:
    page = Page(items=(b'{"b":1,"a":"\\u00e9"}', b"{}"), next=None)
    assert paging.page_body(page, None) == b'{"items":[{"b":1,"a":"\\u00e9"},{}],"next":null}'


@pytest.mark.parametrize("sent", ["0", "501", "-1", "+5", "1e3", "٣", "5.0", "", " 5", "9" * 30, "0x5"])
def test_limit_that_is_no_number_within_bounds_is_refused(sent: str) -> None:
    with pytest.raises(MalformedRequest, match="limit: write a whole number from 1 to 500"):
        queries.limit({"limit": sent})


def test_limit_within_bounds_is_taken() -> None:
    assert (queries.limit({}), queries.limit({"limit": "1"}), queries.limit({"limit": "500"})) == (100, 1, 500)


KNOWN = frozenset({"limit", "cursor"})


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"happend_by=2022", "happend_by"),
        (b"limt=5", "did you mean limit?"),
        (b"limit=5&limit=6", "given twice"),
        (b"limit", "name=value"),
        (b"limit=%ff", "percent-encoded UTF-8"),
        (b"limit=1&;=2", ";"),
        (b"&".join([b"limit=1"] * 51), "at most 50"),
        (b"a%00b=1", r"a\\x00b"),
    ],
)
def test_query_that_is_not_known_is_refused_by_name(raw: bytes, said: str) -> None:
    with pytest.raises(HttpError, match=said):
        queries.read_query(raw, KNOWN)


def test_query_of_a_route_without_parameters_says_so() -> None:
    with pytest.raises(MalformedRequest, match="takes none"):
        queries.read_query(b"limit=5", frozenset())


@given(st.binary(max_size=80))
def test_query_of_any_bytes_is_read_or_refused(raw: bytes) -> None:
    try:
        assert set(queries.read_query(raw, KNOWN)) <= KNOWN
    except HttpError as error:
        assert str(error)
