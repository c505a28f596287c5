"""Events that were nearly right: spoilt at random, in their structure and byte by byte.

What comes out is an event, or an error that is meant for whoever sent it; never another one. With
HYPOTHESIS_PROFILE=explore they are others each time, and many.
"""

import json
import os
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from negotiation.envelope import Recorded
from negotiation.events.examples import EXAMPLES
from parley.http.openapi.examples import submission
from parley.http.request import bodies
from parley.http.response.errors import HttpError
from parley.store.codec import decode_state, encode_state
from tests import hostile

EXPLORE = os.environ.get("HYPOTHESIS_PROFILE") == "explore"
SOMETIMES = settings(
    max_examples=20_000 if EXPLORE else 300,
    derandomize=not EXPLORE,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

SENT = [submission(name) for name in EXAMPLES]
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from([*hostile.TAKEN, *hostile.REFUSED, "2022-01-10", "[..2022-13]", "x" * 5000, "a/b"]),
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
)
NAMES = st.one_of(
    st.sampled_from(["type", "by", "occurred", "id", "sources", "if", "text", "version"]), st.text(max_size=5)
)


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container in a tree with each of its keys."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield value, key
            yield from places(item)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield value, index
            yield from places(item)


@st.composite
def spoilt_trees(draw: st.DrawFn) -> Any:
    """An example of an event with some of its values, names or items changed."""
    tree = json.loads(json.dumps(draw(st.sampled_from(SENT))))
    for _ in range(draw(st.integers(1, 4))):
        if not tree:
            return tree
        where, key = draw(st.sampled_from([*places(tree)]))
        match draw(st.sampled_from(["replace", "remove", "add", "wrap", "move"])):
            case "replace":
                where[key] = draw(VALUES)
            case "remove":
                del where[key]
            case "add" if isinstance(where, dict):
                where[draw(NAMES)] = draw(VALUES)
            case "wrap":
                for _ in range(draw(st.sampled_from([1, 3, 40]))):
                    where[key] = [where[key]]
            case _:
                other, elsewhere = draw(st.sampled_from([*places(tree)]))
                other[elsewhere] = json.loads(json.dumps(where[key]))
    return tree


@st.composite
def spoilt_bytes(draw: st.DrawFn, whole: bytes) -> bytes:
    """Bytes of which some were changed, left out, put in or cut off."""
    raw = bytearray(whole)
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.integers(0, max(len(raw) - 1, 0)))
        match draw(st.sampled_from(["change", "remove", "insert", "cut", "repeat"])):
            case "change" if raw:
                raw[at] = draw(st.integers(0, 255))
            case "remove":
                del raw[at : at + draw(st.integers(1, 8))]
            case "cut":
                del raw[at:]
            case "repeat":
                raw[at:at] = raw[at : at + 40]
            case _:
                raw[at:at] = draw(st.binary(min_size=1, max_size=4) | st.sampled_from([b"{", b'"', b"\\ud800", b"1e9"]))
    return bytes(raw)


def read(raw: bytes) -> None:
    """Decode a body; an error is one that is meant for whoever sent it, and names a place."""
    try:
        found, _ = bodies.submissions(bodies.parse(raw))
    except HttpError as error:
        assert str(error).isprintable()
        assert len(str(error)) < 3000
        assert error.pointer in {None, ""} or str(error.pointer).startswith("/")
    else:
        assert found


@SOMETIMES
@given(spoilt_trees())
def test_decode_an_event_that_was_spoilt_gives_an_event_or_says_what_is_wrong(tree: Any) -> None:
    read(json.dumps(tree).encode("utf-8", "surrogatepass"))


@SOMETIMES
@given(st.sampled_from(SENT).flatmap(lambda one: spoilt_bytes(json.dumps(one).encode())))
def test_decode_bytes_that_were_spoilt_gives_an_event_or_says_what_is_wrong(raw: bytes) -> None:
    read(raw)


STORED = [
    encode_state(
        msgspec.convert(
            {
                "event": event,
                "id": "0199f0a0-0000-7000-8000-000000000001",
                "recorded_at": "2026-11-22T10:00:00.000000Z",
                "recorded_by": "desk",
                "stream": "a/b",
                "version": 1,
                "occurred": "2022-01-10",
                "sources": [{"publisher": "The Example Gazette", "kind": "outlet", "published": "2022-01-11"}],
            },
            Recorded,
        )
    )
    for event in EXAMPLES.values()
]


@SOMETIMES
@given(st.sampled_from(STORED).flatmap(spoilt_bytes))
def test_decode_a_stored_event_that_was_spoilt_raises_nothing_else(state: bytes) -> None:
    try:
        decode_state(state, stream="a/b", version=1)
    except msgspec.DecodeError as error:
        assert str(error)


@pytest.mark.parametrize("deep", [b"[" * 100_000, b'{"a":' * 100_000, b"[" * 100_000 + b"]" * 100_000])
def test_decode_a_stored_event_that_is_nested_without_end_raises_nothing_else(deep: bytes) -> None:
    account = next(one for one in STORED if b'"differs":{' in one)
    state = account.replace(b'"differs":{', b'"differs":{"x":' + deep + b",", 1)
    with pytest.raises(msgspec.DecodeError):
        decode_state(state, stream="a/b", version=1)
