"""Large bodies: refused at a bound, read in linear time, and decoded beside the event loop."""

import asyncio
import threading
from collections import Counter
from typing import Any

import httpx
import pytest

from parley.http.request import bodies
from parley.http.response.errors import MalformedBody
from tests.http.test_routing import problem
from tests.http.world import N, record_frame


@pytest.mark.parametrize(
    "raw",
    [
        b"[" + b",".join([b"1.5"] * 250_000) + b"]",
        b"{" + b",".join([b'"same":1'] * 115_000) + b"}",
        b"{" + b",".join(b'"n%d":1' % one for one in range(85_000)) + b"}",
    ],
    ids=["fractions", "one name", "unknown names"],
)
def test_parse_more_values_than_a_body_may_have_is_refused_before_it_is_parsed(
    raw: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("json.loads")
    with pytest.raises(MalformedBody, match="more than 100,000 values"):
        bodies.parse(raw)


def test_parse_as_many_values_as_a_body_may_have_is_done_commas_in_texts_not_counted() -> None:
    assert len(bodies.parse(b"[" + b",".join([b"1"] * 100_000) + b"]")) == 100_000
    assert bodies.parse(b'["' + b":," * 200_000 + b'"]')


class Name(str):
    """A name that counts how often it is looked up."""

    __slots__ = ()
    asked = 0

    def __hash__(self) -> int:
        Name.asked += 1
        return super().__hash__()


def test_find_the_name_that_stands_twice_looks_at_each_name_a_few_times() -> None:
    pairs: list[tuple[str, Any]] = [(Name(one), 1) for one in range(10_000)]
    Name.asked = 0
    bodies._object([*pairs, (Name(9_999), 2)])
    assert Name.asked <= 4 * len(pairs)


async def test_decode_a_large_body_is_done_on_a_thread_and_a_small_one_at_once() -> None:
    def decode(_: bytes) -> str:
        return threading.current_thread().name

    assert await bodies.decoded(b" " * bodies.LARGE, decode) == "parley-decoder_0"
    assert await bodies.decoded(b" " * 100, decode) == threading.current_thread().name


async def test_decode_many_small_bodies_at_once_is_spread_over_turns_of_the_event_loop() -> None:
    """64 connections with lists that are just not large: in one turn of the loop there is work of few milliseconds."""
    turn, at_turn = 0, Counter[int]()

    async def count_turns() -> None:
        nonlocal turn
        while True:
            turn += 1
            await asyncio.sleep(0)

    def decode(raw: bytes) -> None:
        at_turn[turn] += len(raw)

    counting = asyncio.create_task(count_turns())
    body = b" " * (bodies.LARGE - 1)
    await asyncio.gather(*(bodies.decoded(body, decode) for _ in range(64)))
    counting.cancel()
    assert sum(at_turn.values()) == 64 * len(body)
    assert max(at_turn.values()) <= 2 * bodies.BYTES_A_TURN <= 128 * 1024


async def test_post_a_large_body_with_a_fault_names_its_place(recorder: httpx.AsyncClient) -> None:
    """What the thread finds is answered as what is found without it."""
    await record_frame(recorder)
    raw = b'[{"text":"' + b"x" * bodies.LARGE + b'","text":1}]'
    answer = await recorder.post(f"{N}/events", content=raw, headers={"Content-Type": "application/json"})
    problem(answer, 400, "malformed-body")
    assert answer.json()["errors"][0]["pointer"] == "/0/text"
