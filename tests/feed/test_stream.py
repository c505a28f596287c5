"""What a stream is: which events it gives, in which form, from where."""

import asyncio
import json
from typing import Any

import httpx
import pytest

from parley.http.response import sse
from tests.feed.reader import STREAM, following
from tests.feed.services import Service, served
from tests.record.desk import until
from tests.record.world import answered, demanded, identified, opened, parties, said, scheduled


async def listed(service: Service, **query: str | int) -> list[dict[str, object]]:
    """The events of the list, of the same query."""
    async with httpx.AsyncClient(base_url=service.address) as client:
        found: list[dict[str, object]] = (await client.get("/v1/events", params=query)).json()["items"]
    return found


async def test_follow_without_a_position_starts_from_now(service: Service) -> None:
    """What was recorded before is not told, what is recorded then is."""
    async with following(service.address) as reader:
        assert reader.last_id == 8
        [recorded] = await service.record(said("one"))
        message = await reader.message()
    assert (message.event, message.id, message.envelope) == ("message", 9, recorded)


async def test_follow_gives_the_envelope_as_the_list_does(service: Service) -> None:
    """Byte for byte, on one line."""
    async with following(service.address, after=0) as reader:
        told = [message.data for message in await reader.messages(8)]
    async with httpx.AsyncClient(base_url=service.address) as client:
        page = (await client.get("/v1/events")).text
    assert page == f'{{"items":[{",".join(told)}],"next":null}}'


async def test_follow_after_a_position_gives_the_past_then_what_comes(service: Service) -> None:
    """The past and the present join without gap or repeat."""
    async with following(service.address, after=5) as reader:
        assert [message.id for message in await reader.messages(3)] == [6, 7, 8]
        await service.record(said("one"), said("two"))
        assert [message.id for message in await reader.messages(2)] == [9, 10]


async def test_follow_with_last_event_id_goes_on_there_whatever_after_says(service: Service) -> None:
    """An EventSource comes back to the address it was given first, with the id of the last event."""
    async with following(service.address, last_id=6, after=1) as reader:
        assert [message.id for message in await reader.messages(2)] == [7, 8]


async def test_follow_begins_with_where_it_is_so_that_nothing_is_lost_before_the_first_event(service: Service) -> None:
    """Who starts from now, is cut at once and comes back is told of what was recorded meanwhile."""
    async with following(service.address) as reader:
        begun_at = reader.last_id
    await service.record(said("meanwhile"))
    async with following(service.address, last_id=begun_at) as reader:
        assert (await reader.message()).id == 9


@pytest.mark.parametrize(
    "query",
    [
        {"type": "DemandTabled"},
        {"party": "sweden"},
        {"negotiation": "talks"},
        {"negotiation": "talks", "round": "geneva"},
        {"negotiation": "talks", "round": "geneva", "type": "StatementMade", "party": "ukraine"},
    ],
)
async def test_follow_with_a_filter_gives_what_the_list_gives_past_and_live(
    service: Service, query: dict[str, Any]
) -> None:
    """Half of these events are recorded before the stream begins and half after."""

    async def record(number: int) -> None:
        await service.record(
            demanded(f"demand-{number}", to=["sweden"]),
            demanded(f"other-{number}", "talks/brussels", by="ukraine"),
            answered(f"demand-{number}", by="sweden"),
            said("sweden"),
            said("no", by="ukraine"),
        )
        await service.record(identified(f"party-{number}"), opened(f"other-{number}"))
        await service.record(scheduled("geneva", f"other-{number}"))

    await record(1)
    async with following(service.address, after=0, **query) as reader:
        past = await reader.messages(len(await listed(service, **query)))
        await record(2)
        wanted = await listed(service, **query)
        live = await reader.messages(len(wanted) - len(past))
    assert [message.envelope for message in (*past, *live)] == wanted
    assert 0 < len(past) < len(wanted) < len(await listed(service))


async def test_heartbeat_of_a_filtered_stream_says_how_far_was_looked(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of what is wanted came, and yet who comes back need not look through it all again."""
    monkeypatch.setattr("parley.feed.feed.BEAT_S", 0.05)
    async with served(database) as service:
        await service.recording.record(parties())
        async with following(service.address, after=0, type="VoteTaken") as reader:
            while (beat := await reader.heartbeat()).id < 5:
                pass
            assert json.loads(beat.data) == {"position": 5}
            await service.record(opened())
            while (beat := await reader.heartbeat()).id < 6:
                pass
            assert beat.id == 6


@pytest.mark.parametrize("value", ["-1", "+1", "1e3", "x", "", "٣", "9223372036854775808", "1.0", "0x1"])
@pytest.mark.parametrize("field", ["after", "Last-Event-ID"])
async def test_follow_from_what_is_no_position_is_refused_by_the_name_of_the_field(
    service: Service, field: str, value: str
) -> None:
    """Clients that send nonsense are told which field and what is accepted."""
    query = {"after": value} if field == "after" else {"after": "1"}
    headers = {} if field == "after" else {b"Last-Event-ID": value.encode()}
    async with httpx.AsyncClient(base_url=service.address) as client:
        answer = await client.get(STREAM, params=query, headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/malformed-request")
    assert answer.json()["detail"].startswith(f"{field}: write a position")


@pytest.mark.parametrize("field", ["after", "Last-Event-ID"])
async def test_follow_from_beyond_the_head_is_refused_and_told_where_the_record_ends(
    service: Service, field: str
) -> None:
    """A reader that knows more than the record has read another record, or one that was lost."""
    query, headers = ({"after": "9"}, {}) if field == "after" else ({}, {"Last-Event-ID": "9"})
    async with httpx.AsyncClient(base_url=service.address) as client:
        answer = await client.get(STREAM, params=query, headers=headers)
    assert answer.status_code == 400
    assert answer.json()["detail"] == f"{field}: nothing is recorded at position 9 yet, the record ends at 8."


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"type": "Nothing"}, "type"),
        ({"party": "Russia"}, "party"),
        ({"negotiation": "parties"}, "negotiation"),
        ({"round": "geneva"}, "round"),
        ({"as_of": "1"}, "as_of"),
        ({"limit": "1"}, "limit"),
    ],
)
async def test_follow_with_a_query_that_cannot_be_is_refused_by_name(
    service: Service, query: dict[str, str], named: str
) -> None:
    """As on the list; clocks and pages are not for what comes."""
    async with httpx.AsyncClient(base_url=service.address) as client:
        answer = await client.get(STREAM, params=query)
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith(f"{named}: ")


async def test_follow_answers_with_headers_that_nobody_stores_or_buffers_by(service: Service) -> None:
    """Caches keep nothing, proxies hold nothing back, nothing is compressed."""
    async with following(service.address) as reader:
        got = reader.answer.headers
    assert got["content-type"] == "text/event-stream"
    assert got["cache-control"] == "no-store"
    assert got["x-accel-buffering"] == "no"
    assert "content-encoding" not in got
    async with httpx.AsyncClient(base_url=service.address) as client:
        head = await client.head(STREAM)
        assert (head.status_code, head.content) == (200, b"")
        refused = await client.head(STREAM, params={"after": "x"})
    assert {name: head.headers[name] for name in ("content-type", "cache-control", "x-accel-buffering")} == {
        name: got[name] for name in ("content-type", "cache-control", "x-accel-buffering")
    }
    assert refused.status_code == 400


async def test_follow_when_as_many_follow_as_may_is_unavailable_until_one_goes(database: str) -> None:
    """One that goes away is noticed, although nothing is sent to it, and makes room."""
    async with served(database, streams=1) as service, httpx.AsyncClient(base_url=service.address) as client:
        async with following(service.address):
            refused = await client.get(STREAM)
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "2")
            assert refused.json()["type"] == "/problems/feed-busy"

        async def gone() -> bool:
            await asyncio.sleep(0)
            return not service.feed._followers

        await until(gone)
        async with following(service.address):
            assert len(service.feed._followers) == 1
        await until(gone)
        assert not service.feed._tail._groups


def test_message_of_an_envelope_with_line_ends_stays_one_line() -> None:
    """A line's end between two tokens of imported JSON would cut the data off."""
    assert sse.message(1, b'{"a":\r\n1}') == b'id: 1\ndata: {"a":1}\n\n'
