"""A record damaged behind the service's back: seen where it is read, told in one sentence, not written over."""

from collections.abc import AsyncIterator
from typing import Any, Final

import asyncpg
import httpx
import pytest

from parley.projections.rebuild import rebuild
from parley.recording import Recording
from parley.store.errors import RecordDamaged
from parley.store.exchange import export
from tests.feed.reader import following
from tests.feed.services import Service, served
from tests.record.desk import at_work, connection, until
from tests.record.world import BRUSSELS, GENEVA, TALKS, negotiation, parties, request, said

HOLE: Final = 10
"""Where the second of five statements in Geneva stands; behind it are three, and two in Brussels."""
LAST_IN_GENEVA: Final = 13
EVENTS: Final = 15

MISSING: Final = f"DELETE FROM parley_events WHERE notification_id = {HOLE}"
UNREADABLE: Final = f"UPDATE parley_events SET state = state || '}}' WHERE notification_id = {HOLE}"
NO_HEAD: Final = "DELETE FROM head"
HEAD_WITHOUT_EVENT: Final = f"DELETE FROM parley_events WHERE notification_id = {EVENTS}"


@pytest.fixture
async def psql(database: str) -> AsyncIterator[asyncpg.Connection]:
    async with connection(database) as own:
        yield own


@pytest.fixture
async def service(database: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Service]:
    """A service that has read nothing yet but that the record was whole when it started."""
    monkeypatch.setattr("parley.recording.INSPECT_REST_S", 3600)
    async with at_work(database) as recording:
        await recording.record(parties())
        await recording.record(negotiation())
        await recording.record(request(*(said(f"{number}") for number in range(5))))
        await recording.record(request(*(said(f"{number}", BRUSSELS) for number in range(2))))
        await recording.projecting.settle(20)
    async with served(database) as found, client_of(found) as client:
        assert (await client.get("/health/ready")).status_code == 200
        yield found


def client_of(service: Service) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=service.address, timeout=60)


def statement(text: str) -> dict[str, Any]:
    return {
        "event": {"type": "StatementMade", "text": text, "by": [{"party": "russia"}]},
        "occurred": "2022-01-10",
        "sources": [{"publisher": "The Gazette", "kind": "outlet", "published": "2022-01-12"}],
    }


async def assert_told(answer: httpx.Response, what: str) -> None:
    """One sentence about what is damaged, which points at `parley verify`."""
    assert answer.status_code == 503, answer.text
    assert what in answer.json()["detail"]
    assert "`parley verify`" in answer.json()["detail"]


async def assert_stopped(service: Service, what: str, own: asyncpg.Connection) -> None:
    """The service is not ready, and writes nothing, wherever."""
    before = await own.fetch("SELECT notification_id, hash FROM parley_events ORDER BY 1")
    async with client_of(service) as client:
        ready = await client.get("/health/ready")
        await assert_told(ready, what)
        for stream in ("talks", "talks/rounds/geneva", "other"):
            await assert_told(await client.post(f"/v1/negotiations/{stream}/events", json=statement("over it")), what)
    assert await own.fetch("SELECT notification_id, hash FROM parley_events ORDER BY 1") == before


READS_OF_GENEVA: Final = (
    f"/v1/events/{HOLE + 1}",
    "/v1/events?party=russia",
    "/v1/negotiations/talks/rounds/geneva?as_of=15",
    "/v1/negotiations/talks/demands?as_of=15",
)


@pytest.mark.parametrize(
    "path",
    [
        f"/v1/events/{HOLE}",
        "/v1/events",
        "/v1/events?after=8&limit=2",
        "/v1/events.csv",
        "/v1/negotiations/talks/rounds/geneva/events",
        "/v1/negotiations/talks/rounds/geneva/events?after=8",
        "/v1/events?negotiation=talks",
        *READS_OF_GENEVA,
    ],
)
async def test_event_that_is_missing_is_seen_where_it_is_read(
    service: Service, psql: asyncpg.Connection, path: str
) -> None:
    """By whichever read: events, a stream, a reading of the past. Then nothing is recorded any more."""
    await psql.execute(MISSING)
    async with client_of(service) as client:
        await assert_told(await client.get(path), "is missing")
    await assert_stopped(service, "is missing", psql)


@pytest.mark.parametrize("path", READS_OF_GENEVA)
async def test_event_that_cannot_be_decoded_is_seen_where_it_is_read(
    service: Service, psql: asyncpg.Connection, path: str
) -> None:
    """It is no failure that nobody foresaw."""
    await psql.execute(UNREADABLE)
    what = f"position {HOLE} cannot be read"
    async with client_of(service) as client:
        await assert_told(await client.get(path), what)
    await assert_stopped(service, what, psql)


@pytest.mark.parametrize(
    "path",
    [
        "/v1/events",
        "/v1/events/3",
        "/v1/events/stream",
        "/v1/log/head",
        "/v1/negotiations",
        "/v1/negotiations/talks",
        "/v1/negotiations/talks/rounds/geneva?as_of=15",
        "/v1/negotiations/talks/rounds/geneva/events",
        "/v1/parties",
        "/health/ready",
    ],
)
async def test_record_without_its_head_is_seen_wherever_it_is_read(
    service: Service, psql: asyncpg.Connection, path: str
) -> None:
    """Nobody knows where such a record ends: not even an empty list is right."""
    await psql.execute(NO_HEAD)
    async with client_of(service) as client:
        await assert_told(await client.get(path), "`head` is missing")
        assert "parley_ready 0" in (await client.get("/metrics")).text
    await assert_stopped(service, "`head` is missing", psql)


@pytest.mark.parametrize("path", ["/v1/negotiations/talks", "/v1/parties", "/health/ready"])
async def test_record_without_its_last_event_is_seen_by_the_next_read(
    service: Service, psql: asyncpg.Connection, path: str
) -> None:
    await psql.execute(HEAD_WITHOUT_EVENT)
    async with client_of(service) as client:
        await assert_told(await client.get(path), f"position {EVENTS}")
    await assert_stopped(service, f"position {EVENTS}", psql)


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        (MISSING, "is missing"),
        (UNREADABLE, f"position {HOLE} cannot be read"),
        (NO_HEAD, "`head` is missing"),
        (HEAD_WITHOUT_EVENT, f"position {EVENTS}"),
    ],
)
async def test_recording_where_the_record_is_damaged_stops(
    service: Service, psql: asyncpg.Connection, damage: str, what: str
) -> None:
    """The writer sees it by itself, in what it reads to decide."""
    await psql.execute(damage)
    await assert_refused(service.recording, what)
    await assert_stopped(service, what, psql)


async def test_recording_behind_the_hole_at_the_end_of_a_stream_stops(
    service: Service, database: str, psql: asyncpg.Connection
) -> None:
    """What is left of the stream has no gap. A writer that starts looks at the whole record before it writes."""
    await psql.execute("DELETE FROM parley_events WHERE notification_id = $1", LAST_IN_GENEVA)
    async with at_work(database) as again:
        await assert_refused(again, f"position {LAST_IN_GENEVA} is missing")
    assert await psql.fetchval("SELECT max(notification_id) FROM parley_events") == EVENTS


async def test_hole_in_a_negotiation_that_was_not_in_memory_stops(service: Service, psql: asyncpg.Connection) -> None:
    """A writer that has recorded before sees it in what it loads to decide."""
    await service.recording.record(negotiation("other"))
    await psql.execute(MISSING)
    await assert_refused(service.recording, f"version 3 of {GENEVA} is missing")


async def test_hole_in_what_another_replica_recorded_stops(
    service: Service, database: str, psql: asyncpg.Connection
) -> None:
    """Also where it is in a negotiation that the request is not about."""
    await service.record(said("here"))
    async with at_work(database) as other:
        await other.record(negotiation("other"))
    await psql.execute("DELETE FROM parley_events WHERE notification_id = $1", EVENTS + 3)
    await assert_refused(service.recording, f"position {EVENTS + 3} is missing")


async def test_hole_that_nobody_reads_is_found_all_the_same(
    database: str, psql: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service goes through the positions, some at a time, from its start on."""
    monkeypatch.setattr("parley.recording.INSPECT_REST_S", 0.01)
    monkeypatch.setattr("parley.recording.POSITIONS_TOGETHER", 3)
    async with at_work(database) as recording:
        await recording.record(parties())
        await recording.record(negotiation())
        assert recording.ready
        await psql.execute("DELETE FROM parley_events WHERE notification_id = 7")

        async def stopped() -> bool:
            await psql.execute("SELECT")
            return not recording.ready

        await until(stopped)
        assert "position 7 is missing, and the record ends at 8" in recording.unready_reason


async def test_damage_that_a_batch_meets_in_other_events_with_its_ids_stops(
    service: Service, psql: asyncpg.Connection
) -> None:
    """A request that was recorded before is compared with what is on record."""
    once = said("once")
    await service.record(once)
    await psql.execute("UPDATE parley_events SET state = '{}' WHERE notification_id = $1", EVENTS + 1)
    with pytest.raises(RecordDamaged, match="cannot be read"):
        await service.recording.record(request(once))
    # The hash does not cover what somebody wrote there; `parley verify` tells it.
    assert await psql.fetchval("SELECT position FROM head") == EVENTS + 1


async def test_follower_of_what_is_missing_is_ended(service: Service, psql: asyncpg.Connection) -> None:
    """No event behind a hole is told as if it came next."""
    await psql.execute(MISSING)
    async with following(service.address, after=0) as reader:
        told = await reader.rest()
    assert all(block.id < HOLE for block in told)
    await assert_stopped(service, "is missing", psql)


async def test_followers_of_the_tail_are_ended_where_an_event_is_missing(
    service: Service, psql: asyncpg.Connection
) -> None:
    async with following(service.address) as reader:
        async with psql.transaction():
            await psql.execute(
                "INSERT INTO parley_events "
                "(originator_id, originator_version, topic, state, notification_id, event_id, hash) "
                "SELECT originator_id, originator_version + 1, topic, state, $1 + 2, gen_random_uuid(), hash "
                "FROM parley_events WHERE notification_id = $1",
                EVENTS,
            )
            await psql.execute("UPDATE head SET position = position + 2")
        assert [block for block in await reader.rest() if block.event == "message"] == []
    assert f"position {EVENTS + 1} is missing" in service.recording.unready_reason


async def assert_refused(recording: Recording, what: str) -> None:
    for stream in (GENEVA, TALKS):
        with pytest.raises(RecordDamaged, match=what):
            await recording.record(request(said("over it", stream)))
    assert not recording.ready
    assert what in recording.unready_reason


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        (MISSING, f"position {HOLE} is missing"),
        (UNREADABLE, f"position {HOLE} cannot be read"),
        (NO_HEAD, "`head` is missing"),
        (HEAD_WITHOUT_EVENT, f"position {EVENTS}"),
        (f"UPDATE head SET position = {EVENTS - 1}", f"position {EVENTS - 1}"),
    ],
)
async def test_export_and_rebuild_refuse_a_damaged_record(
    service: Service, database: str, psql: asyncpg.Connection, damage: str, what: str
) -> None:
    """An export with a hole would look whole, and a rebuild would take what is left for all there was."""
    await psql.execute(damage)
    before = await psql.fetch("SELECT * FROM items ORDER BY place, kind, id")
    with pytest.raises(RecordDamaged, match=what):
        _ = [line async for line in export(psql)]
    with pytest.raises(RecordDamaged, match=what):
        await rebuild(database, lambda _: None, 0)
    assert await psql.fetch("SELECT * FROM items ORDER BY place, kind, id") == before
