"""How many requests a key may make in a minute, and how that is told (RateLimit fields)."""

from collections.abc import AsyncIterator

import pytest
from litestar import Litestar

from parley.access import quotas
from parley.access.callers import NOBODY_ELSE, Caller
from parley.access.errors import RateLimited
from parley.access.quotas import Quotas
from parley.app import create_app
from tests.access.desk import holder_of, make_key
from tests.access.test_attempts import Clock
from tests.http.conftest import client_of, running
from tests.http.test_routing import problem
from tests.http.world import N, fact, identified, opened

DESK = Caller(name="desk", rank=1, key="a" * 10)


@pytest.fixture
async def frugal(database: str) -> AsyncIterator[Litestar]:
    """A service that allows a key 1,000 requests a minute."""
    async with running(create_app(dsn=database, connections=2, rate_limit=1000, event_limit=0)) as app:
        yield app


def test_quota_is_counted_down_within_a_minute_and_then_refused_until_it_is_over() -> None:
    clock = Clock()
    kept = Quotas(3, clock=clock)
    assert kept.count(DESK) == [(b"ratelimit-policy", b'"key";q=3;w=60'), (b"ratelimit", b'"key";r=2;t=60')]
    clock.now += 20.5
    assert kept.count(DESK)[1] == (b"ratelimit", b'"key";r=1;t=40')
    kept.count(DESK)
    with pytest.raises(RateLimited, match="its 3 requests of this minute") as refused:
        kept.count(DESK)
    assert refused.value.retry_after_s == 40
    assert kept.fields(DESK)[1] == (b"ratelimit", b'"key";r=0;t=40')
    clock.now += 39.5
    assert kept.count(DESK)[1] == (b"ratelimit", b'"key";r=2;t=60')


def test_quota_of_one_key_is_not_another_s() -> None:
    kept = Quotas(1, clock=Clock())
    kept.count(DESK)
    assert kept.count(Caller(name="desk", rank=1, key="b" * 10))


def test_requests_without_a_key_and_without_a_limit_are_not_counted() -> None:
    assert Quotas(1, clock=Clock()).count(NOBODY_ELSE) == []
    assert Quotas(0, clock=Clock()).count(DESK) == []


def test_counts_are_kept_in_bounded_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quotas, "MOST_KEPT", 10)
    clock = Clock()
    kept = Quotas(5, clock=clock)
    for number in range(100):
        kept.count(Caller(name="x", rank=0, key=str(number)))
        clock.now += 10
    assert len(kept._counts) <= 10


async def test_answers_tell_what_is_left_and_the_refusal_when_to_go_on(frugal: Litestar, database: str) -> None:
    async with holder_of(frugal, await make_key(database, "desk", "reader")) as desk, client_of(frugal) as nobody:
        frugal.state["gate"]._quotas._counts.clear()
        for left, path in ((999, "/v1/parties"), (998, "/v1/parties/nobody"), (997, "/v1/parties?x=1")):
            answer = await desk.get(path)
            assert answer.headers["ratelimit-policy"] == '"key";q=1000;w=60'
            assert answer.headers["ratelimit"] == f'"key";r={left};t=60'
            assert answer.headers["vary"] == "authorization"
        (count,) = frugal.state["gate"]._quotas._counts.values()
        count.requests = 0
        answer = await desk.get("/v1/parties")
        problem(answer, 429, "rate-limited")
        assert int(answer.headers["retry-after"]) in range(50, 61)
        assert answer.headers["ratelimit"].startswith('"key";r=0;t=')
        assert (await desk.get("/health/live")).status_code == 200
        assert "ratelimit" not in (await nobody.get("/health/live")).headers


def test_events_are_counted_beside_requests_and_refused_once_they_are_used_up() -> None:
    clock = Clock()
    kept = Quotas(10, 600, clock)
    policy, left = kept.count(DESK)
    assert policy == (b"ratelimit-policy", b'"key";q=10;w=60, "events";q=600;w=60')
    assert left == (b"ratelimit", b'"key";r=9;t=60, "events";r=600;t=60')
    assert kept.count_events(DESK, 500)[1] == (b"ratelimit", b'"key";r=9;t=60, "events";r=100;t=60')
    assert kept.count_events(DESK, 500)[1] == (b"ratelimit", b'"key";r=9;t=60, "events";r=0;t=60')
    with pytest.raises(RateLimited, match="its 600 events"):
        kept.count_events(DESK, 1)
    clock.now += 60
    kept.count(DESK)
    assert kept.count_events(DESK, 1)[1] == (b"ratelimit", b'"key";r=9;t=60, "events";r=599;t=60')


def test_events_alone_can_be_limited() -> None:
    kept = Quotas(0, 5, Clock())
    assert kept.count(DESK) == [(b"ratelimit-policy", b'"events";q=5;w=60'), (b"ratelimit", b'"events";r=5;t=60')]
    assert Quotas(0, 5).count_events(NOBODY_ELSE, 1) == []


async def test_lists_count_with_all_their_events_and_nothing_of_a_refused_one_is_recorded(database: str) -> None:
    """A list of three is one request and three events; after the quota the next list is refused whole."""
    service = create_app(dsn=database, connections=2, rate_limit=100, event_limit=5)
    async with running(service) as app, holder_of(app, await make_key(database, "desk", "recorder")) as desk:
        await desk.post("/v1/parties", json=identified("russia"))
        first = await desk.post("/v1/negotiations", json=opened())
        assert first.headers["ratelimit"].split(", ")[1].startswith('"events";r=3;t=')
        noted = [fact("StatementMade", text=f"{one}", by=[{"party": "russia"}]) for one in range(3)]
        answer = await desk.post(f"{N}/events", json=noted)
        assert answer.status_code == 201, answer.text
        assert answer.headers["ratelimit"].split(", ")[1].startswith('"events";r=0;t=')
        refused = await desk.post(f"{N}/events", json=noted[:1])
        problem(refused, 429, "rate-limited")
        assert "5 events" in refused.json()["detail"]
        assert len((await desk.get(f"{N}/events")).json()["items"]) == 4


async def test_service_without_keys_limits_nobody(frugal: Litestar) -> None:
    async with client_of(frugal) as nobody:
        answer = await nobody.get("/v1/parties")
        assert answer.status_code == 200
        assert "ratelimit" not in answer.headers


async def test_dry_runs_count_as_what_they_try(database: str) -> None:
    async with (
        running(create_app(dsn=database, connections=2, event_limit=4)) as app,
        holder_of(app, await make_key(database, "desk", "recorder")) as desk,
    ):
        states = [fact("PartyIdentified", party="atlantis", name="A", kind="state")] * 2
        for left, body in ((2, states), (0, [{}, {}])):
            answer = await desk.post("/v1/parties/atlantis/events?dry_run=true", json=body)
            assert answer.status_code == 200, answer.text
            assert f'"events";r={left};' in answer.headers["ratelimit"]
        problem(await desk.post("/v1/parties/atlantis/events?dry_run=true", json=states), 429, "rate-limited")
