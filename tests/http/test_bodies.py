"""Bodies: what is no JSON as it is taken here is refused with its place and the remedy."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from negotiation.admission import Malformed, check_form
from parley.http.request import bodies
from parley.http.response.errors import HttpError, InvalidField, MalformedBody

SOURCE = {"publisher": "The Example Gazette", "kind": "outlet", "published": "2022-01-11"}


def talks(**more: Any) -> dict[str, Any]:
    """A submission of talks, with some fields replaced."""
    return {"occurred": "2022-01-10", "sources": [SOURCE], "event": {"type": "TalksHeld", "session": "day-1"}, **more}


@pytest.mark.parametrize(
    ("raw", "pointer", "said"),
    [
        (b"", None, "is empty"),
        (b"  \n", None, "is empty"),
        (b'{"a":1', None, "line 1, column 7"),
        (b'{"a":1}x', None, "not JSON"),
        (b"{'a':1}", None, "not JSON"),
        (b'{"a":01}', None, "not JSON"),
        ('{"a":٣}'.encode(), None, "not JSON"),
        (b'{"a":+5}', None, "not JSON"),
        (b'{"a":"x\ny"}', None, "not JSON"),
        (b"[" * 10_000, None, "32 levels"),
        (b"[" * 10_000 + b"]" * 10_000, None, "32 levels"),
        (b'{"a":' * 33 + b"1" + b"}" * 33, None, "32 levels"),
        (b"\xef\xbb\xbf{}", None, "byte order mark"),
        ('{"a":1}'.encode("utf-16"), None, "byte order mark"),
        ('{"a":1}'.encode("utf-16-le"), None, "not JSON"),
        (b'{"a":"\xff"}', None, "not UTF-8 at byte 6"),
        (b'{"a":"\xed\xa0\x80"}', None, "not UTF-8"),
        (b'{"a":{"b":NaN}}', "/a/b", "NaN"),
        (b'{"a":[1,-Infinity]}', "/a/1", "-Infinity"),
        (b'{"a":{"b":"\\ud800"}}', "/a/b", "surrogate"),
        (b'{"a\\udfff":1}', "/a\\udfff", "surrogate"),
        (b'{"a":["x\\u0000y"]}', "/a/0", "\\u0000"),
        (b'{"a":"\\u001b[2J"}', "/a", "\\u001b"),
        (b'{"a":"x\\r\\n"}', "/a", "\\u000d"),
        ('{"a":"\u0085"}'.encode(), "/a", "\\u0085"),
        (b'{"a":{"b":1,"c":2,"b":3}}', "/a/b", "twice"),
        (b'{"x/y~":1,"x/y~":2}', "/x~1y~0", "twice"),
    ],
)
def test_parse_what_is_not_json_as_taken_names_place_and_remedy(raw: bytes, pointer: str | None, said: str) -> None:
    with pytest.raises(MalformedBody) as caught:
        bodies.parse(raw)
    assert caught.value.pointer == pointer
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("raw", "pointer"),
    [
        (b'{"a":1.5}', "/a"),
        (b'{"a":1e3}', "/a"),
        (b'{"a":[0,-0.0]}', "/a/1"),
        (b'{"a":9007199254740992}', "/a"),
        (b'{"a":-99999999999999999999}', "/a"),
        (b'{"a":' + b"9" * 100_000 + b"}", "/a"),
    ],
)
def test_parse_a_figure_that_may_be_rounded_asks_for_text(raw: bytes, pointer: str) -> None:
    with pytest.raises(InvalidField, match="as text") as caught:
        bodies.parse(raw)
    assert caught.value.pointer == pointer
    assert len(str(caught.value)) < 200


def test_parse_brackets_in_texts_are_not_depth() -> None:
    text = '[{"' * 1000
    assert bodies.parse(json.dumps({"a": [text, "\\"]}).encode()) == {"a": [text, "\\"]}


def test_parse_tabs_and_line_feeds_in_texts_are_kept() -> None:
    assert bodies.parse(b'{"a":"x\\n\\ty"}') == {"a": "x\n\ty"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-bodies.MAX_WHOLE, bodies.MAX_WHOLE) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=30,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is slow at everything
@given(JSON)
def test_parse_any_json_gives_it_back_or_tells_what_is_wrong(value: Any) -> None:
    try:
        assert bodies.parse(json.dumps(value, ensure_ascii=False).encode()) == value
    except HttpError as error:
        assert str(error)


@given(st.binary(max_size=200))
def test_parse_any_bytes_never_fails_otherwise(raw: bytes) -> None:
    try:
        bodies.submissions(bodies.parse(raw))
    except HttpError as error:
        assert str(error)


@pytest.mark.parametrize(
    ("value", "pointer", "said"),
    [
        (5, "", "an object"),
        ([], "", "1 to 500"),
        ([talks()] * 501, "", "1 to 500"),
        ({}, "/event", "missing"),
        (talks(happened="2022"), "/happened", "occurred"),
        (talks(occurred=None), "/occurred", "EDTF"),
        (talks(occurred="99999"), "/occurred", "0001 to 9999"),
        (talks(occurred="2022-02-30"), "/occurred", "2022-02-30"),
        (talks(id="a/b"), "/id", "UUID"),
        (talks(id="01926000-0000-7000-8000-00000000000A"), "/id", "small letters"),
        (talks(sources=[]), "/sources", "at least one"),
        (talks(sources=[SOURCE, {**SOURCE, "kind": "rumour"}]), "/sources/1/kind", "outlet"),
        (talks(sources=[{**SOURCE, "url": "ftp://x"}]), "/sources/0/url", "https"),
        (talks(event={"type": "TalksHelt"}), "/event/type", "TalksHeld?"),
        (talks(event={"session": "day-1"}), "/event/type", "missing"),
        (talks(event={"type": 5}), "/event/type", "text"),
        (talks(event={"type": "TalksHeld", "sesion": "a"}), "/event/sesion", "`session`?"),
        (talks(event={"type": "TalksHeld", "session": "a/b"}), "/event/session", "slug"),
        (talks(event={"type": "TalksHeld", "session": "A"}), "/event/session", "slug"),
        (talks(event={"type": "TalksHeld", "session": "a\n"}), "/event/session", "slug"),
        (talks(event={"type": "TalksHeld", "session": "a" * 65}), "/event/session", "64"),
        (talks(event={"type": "TalksHeld", "session": "a", "direct": "yes"}), "/event/direct", "true or false"),
        (talks(event={"type": "TalksHeld", "session": "a", "by": [{"as": "self"}]}), "/event/by/0/party", "party"),
        (
            talks(event={"type": "TalksHeld", "session": "a", "by": [{"party": "x"}, {"party": "Y"}]}),
            "/event/by/1/party",
            "slug",
        ),
        ([talks(), talks(event={"type": "TalksHeld"})], "/1/event/session", "session"),
        ([talks(), talks(), talks(occurred="x")], "/2/occurred", "x"),
    ],
)
def test_submission_that_is_not_well_formed_names_field_and_remedy(value: Any, pointer: str, said: str) -> None:
    """Shapes are refused where a body is decoded, the rest of the form before anything is queued."""
    with pytest.raises((InvalidField, Malformed)) as caught:
        checked(value)
    error = caught.value
    assert isinstance(error, InvalidField | Malformed)
    assert error.pointer == pointer
    assert said in str(error)


def checked(value: Any) -> None:
    """Decode a body and check the form of each entry, as recording does."""
    decoded, is_list = bodies.submissions(value)
    for entry, submission in enumerate(decoded):
        try:
            check_form(submission)
        except Malformed as error:
            raise Malformed(f"/{entry}{error.pointer}" if is_list else error.pointer, error.remedy) from error


def test_submissions_one_or_a_list_are_told_apart() -> None:
    one, is_list = bodies.submissions(talks())
    assert (len(one), is_list) == (1, False)
    several, is_list = bodies.submissions([talks(), talks()])
    assert (len(several), is_list) == (2, True)
