"""What machines do to a stack at work: nothing that was acknowledged is lost, and it heals by itself."""

import asyncio
import time

import httpx

from tests.compose.stack import Stack, answered, ready, until
from tests.compose.verdict import assert_holds
from tests.survival.load import NEGOTIATION, SOURCE, Load

ANSWER_WITHIN_S = 12.0
"""A request is tried for 10 s, and answered then."""
HEAL_WITHIN_S = 15.0
STATEMENT = {
    "occurred": "2026-02-01",
    "sources": [SOURCE],
    "event": {"type": "StatementMade", "text": "Hello?", "by": [{"party": "union"}]},
}


async def test_service_restarted_and_killed_under_load_loses_nothing(stack: Stack, load: Load) -> None:
    async with load.under_load():
        await load.acknowledgements(50)
        await asyncio.to_thread(stack.compose, "restart", "api")
        await load.acknowledgements(50)
        await asyncio.to_thread(stack.container("api").kill)
        await load.acknowledgements(50)
    await assert_holds(stack, load)


async def test_database_killed_in_mid_load_loses_nothing_and_comes_back_by_itself(stack: Stack, load: Load) -> None:
    service = stack.container("api").state["StartedAt"]
    async with load.under_load():
        await load.acknowledgements(100)
        await asyncio.to_thread(stack.container("database").kill)
        await load.acknowledgements(100)
    assert stack.container("api").state["StartedAt"] == service
    await assert_holds(stack, load)


async def test_database_container_replaced_under_load_keeps_the_record(stack: Stack, load: Load) -> None:
    before = stack.container("database").id
    async with load.under_load():
        await load.acknowledgements(50)
        await asyncio.to_thread(stack.compose, "rm", "--force", "--stop", "database")
        await asyncio.to_thread(stack.up)
        await load.acknowledgements(50)
    assert stack.container("database").id != before
    await assert_holds(stack, load)


async def test_database_away_answers_503_in_time_and_heals_by_itself(stack: Stack, load: Load) -> None:
    """Whoever writes or reads is told to come again, and nobody waits for ever."""
    service = stack.container("api").state["StartedAt"]
    stack.compose("stop", "database")
    async with load.under_load():  # so that there is always somebody who asks
        for method, path, body in (
            ("POST", f"/v1/negotiations/{NEGOTIATION}/rounds/spring/events", STATEMENT),
            ("GET", f"/v1/negotiations/{NEGOTIATION}/rounds/spring", None),
            ("GET", "/v1/events", None),
            ("GET", "/v1/log/head", None),
            ("GET", "/health/ready", None),
        ):
            began = time.monotonic()
            answer = await asyncio.to_thread(answered, path, method, json=body)
            assert time.monotonic() - began < ANSWER_WITHIN_S, path
            assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE, path
            assert int(answer.headers["retry-after"]) > 0
            assert answer.headers["content-type"] == "application/problem+json"
        assert (await asyncio.to_thread(answered, "/health/live")).status_code == httpx.codes.OK
        await asyncio.to_thread(stack.compose, "start", "database")
        await until(ready, HEAL_WITHIN_S)
        await load.acknowledgements(20)
    assert load.slowest_s < ANSWER_WITHIN_S
    assert stack.container("api").state["StartedAt"] == service
    await assert_holds(stack, load)
