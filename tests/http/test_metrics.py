"""What Prometheus reads: counted and looked up, bounded in number, each explained to the operator."""

import asyncio
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import Litestar
from prometheus_client.parser import text_string_to_metric_families

from parley.access.gate import Gate
from parley.access.keyring import Keyring
from parley.app import assemble
from parley.commands import transaction
from parley.store.log import Head, write
from parley.telemetry import event_loop
from parley.telemetry.event_loop import EventLoopLag
from parley.telemetry.metrics import Metrics
from tests.http.conftest import client_of
from tests.http.world import GENEVA, OUTCOME, RETRACTION, TALKS, TALKS_ID, post, record, record_frame
from tests.record.desk import until

OPERATING = Path(__file__).resolve().parents[2] / "docs" / "operating.md"
EVENTS = "/v1/negotiations/{negotiation}/rounds/{round}/events"

Samples = Mapping[tuple[str, frozenset[tuple[str, str]]], float]


async def samples(client: httpx.AsyncClient) -> Samples:
    """Every number, by its name and labels."""
    answer = await client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def value(found: Samples, name: str, **labels: str) -> float:
    """One number."""
    return found[name, frozenset(labels.items())]


async def test_metrics_count_answers_by_method_route_and_status() -> None:
    async with client_of(assemble(Gate(Keyring()))) as client:
        for path in ("/health/live", "/health/live", "/v1/parties/X", "/v1/parties/Y", "/nowhere", "/elsewhere"):
            await client.get(path)
        found = await samples(client)

    def answered(route: str, status: str) -> float:
        return value(found, "parley_http_request_seconds_count", method="GET", route=route, status=status)

    assert answered("/health/live", "200") == 2
    assert answered("/v1/parties/{party}", "404") == 2
    assert answered("none", "404") == 2
    assert value(found, "parley_http_request_seconds_sum", method="GET", route="/health/live", status="200") > 0
    assert value(found, "parley_http_requests_under_way") == 1


async def test_metrics_of_requests_that_clients_make_up_stay_few(client: httpx.AsyncClient) -> None:
    """Neither addresses nor methods that do not exist have a number of their own."""
    before = await samples(client)
    for number in range(20):
        await client.request(f"MADE{number}", f"/nowhere/{number}?{number}")
        await client.request("OPTIONS", f"/v1/parties/made-{number}")
    new = {labels for name, labels in (await samples(client)).keys() - before if name.endswith("_seconds_count")}
    options = {"method": "OPTIONS", "route": "/v1/parties/{party}", "status": "204"}
    other = {"method": "other", "route": "none", "status": "405"}
    got = {"method": "GET", "route": "/metrics", "status": "200"}
    assert (
        {frozenset(options.items())}
        <= new
        <= {frozenset(one.items()) for one in (options, other, got)} | {frozenset({**other, "status": "404"}.items())}
    )


async def test_metrics_of_what_is_recorded_tell_batches_and_positions(recorder: httpx.AsyncClient) -> None:
    await record_frame(recorder)
    await post(recorder, f"{GENEVA}/events", [{**TALKS, "id": TALKS_ID}, RETRACTION, OUTCOME])
    refused = await post(recorder, f"{GENEVA}/events", {**RETRACTION})
    assert refused.status_code == 409
    found = await samples(recorder)
    assert value(found, "parley_batch_requests_sum") == 8
    assert value(found, "parley_batch_requests_count") == value(found, "parley_batch_seconds_count") == 8
    assert value(found, "parley_batch_events_sum") == value(found, "parley_record_position") == 9
    assert value(found, "parley_batch_events_bucket", le="2.0") == 7
    assert value(found, "parley_batch_stage_seconds_count", stage="write") == 8
    assert value(found, "parley_ready") == 1
    assert value(found, "parley_writer_queue") == 0
    assert value(found, "parley_writer_queue_limit") == 4096
    assert value(found, "parley_read_connections_limit") == 2
    assert 1 <= sum(value(found, "parley_read_connections", state=state) for state in ("idle", "used")) <= 2


async def test_metrics_of_a_batch_that_fails_tell_of_what(
    recorder: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection breaks under the first attempt; the second puts it on record."""
    await record_frame(recorder)
    attempts = 0

    async def broken_once(*written: Any) -> Head:
        nonlocal attempts
        attempts += 1
        if attempts == 1:
            raise ConnectionResetError
        return await write(*written)

    monkeypatch.setattr(transaction, "write", broken_once)
    await record(recorder, f"{GENEVA}/events", TALKS)
    found = await samples(recorder)
    assert value(found, "parley_batch_failures_total", error="ConnectionResetError") == 1
    assert value(found, "parley_batch_seconds_count") == 7


async def test_metrics_while_the_database_is_away_are_told_without_its_numbers(
    service: Litestar, recorder: httpx.AsyncClient
) -> None:
    await service.state["recording"].pool.close()
    found = await samples(recorder)
    assert value(found, "parley_ready") == 0
    assert not any(name == "parley_record_position" for name, _ in found)


async def test_metrics_of_two_applications_in_one_process_are_their_own(client: httpx.AsyncClient) -> None:
    await client.get("/nowhere")
    async with client_of(assemble(Gate(Keyring()))) as other:
        assert not any(dict(labels).get("status") == "404" for _, labels in await samples(other))


async def test_metrics_and_the_operators_page_name_the_same(recorder: httpx.AsyncClient) -> None:
    await record_frame(recorder)
    answer = await recorder.get("/metrics")
    told = {name for name in re.findall(r"^# TYPE (\w+) ", answer.text, re.MULTILINE) if name.startswith("parley_")}
    explained = set(re.findall(r"^\| `(parley_\w+)", OPERATING.read_text("utf-8"), re.MULTILINE))
    assert {name for name in told if not name.endswith("_created")} == explained


async def test_metrics_tell_how_late_the_event_loop_is() -> None:
    """What holds the loop is counted with the time that it held it."""
    lag = EventLoopLag()
    loop = asyncio.get_running_loop()
    lag._arrange(loop)
    due = loop.time() - 0.3
    lag.stop()
    lag._called(loop, due)
    lag.stop()
    assert 0.3 <= lag.longest < 5
    metrics = Metrics("1")
    metrics.event_loop = lag
    told = metrics.render(None).decode()
    assert 'parley_event_loop_lag_seconds_bucket{le="0.25"} 0.0' in told
    assert "parley_event_loop_lag_seconds_count 1.0" in told
    assert f"parley_event_loop_longest_lag_seconds {lag.longest}" in told


async def test_event_loop_is_asked_again_and_again_until_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_loop, "BEGIN_AFTER_S", 0)
    monkeypatch.setattr(event_loop, "EVERY_S", 0.001)
    lag = EventLoopLag()
    lag.start()

    async def asked_three_times() -> bool:
        await asyncio.sleep(0)
        return sum(lag.lags._counts) >= 3

    await until(asked_three_times)
    lag.stop()
    assert lag._next is not None
    assert lag._next.cancelled()
