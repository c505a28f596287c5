"""A primary and its standby: lost, succeeded, fenced, made the standby, and back again, as an operator does it."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.compose.stack import AVAILABLE, Stack, run, until
from tests.compose.verdict import assert_holds
from tests.survival.load import Load

RECOVERED_WITHIN_S = 30
REPLICATION = "/docker-entrypoint-initdb.d/20-replication.sh"
IN_STEP = "SELECT application_name FROM pg_stat_replication WHERE state = 'streaming' AND sync_state = 'sync'"


@pytest.fixture
async def pair(stack: Stack) -> AsyncIterator[Stack]:
    """The stack, given a standby; without it afterwards."""
    two = Stack(AVAILABLE)
    two.compose("build", "--quiet", "proxy")
    two.compose("up", "--detach", "--wait", "--no-deps", "database")
    two.compose("exec", "-T", "-u", "postgres", "database", "bash", REPLICATION)
    two.compose("restart", "database")
    two.up()
    yield two
    stack.up("--remove-orphans")


def node(two: Stack, service: str, *words: str) -> str:
    """Do something to one of the servers."""
    return two.compose("exec", "-T", service, "bash", "/deploy/node.sh", *words)


def services(two: Stack) -> list[tuple[str, str]]:
    """The containers of the service, and since when each runs."""
    described = run("docker", "inspect", "--format", "{{.Id}} {{.State.StartedAt}}", *two.containers("api"))
    return [tuple(line.split()) for line in described.output.splitlines()]  # type: ignore[misc] # two words a line


async def recovered(load: Load) -> None:
    async with asyncio.timeout(RECOVERED_WITHIN_S):
        await load.acknowledgements(100)


async def test_primary_lost_is_succeeded_fenced_and_made_the_standby_without_losing_anything(
    pair: Stack, load: Load
) -> None:
    """The services are never started again, and nothing is acknowledged that is not there in the end."""
    assert pair.psql(IN_STEP) == "standby"
    before = services(pair)
    async with load.under_load():
        await load.acknowledgements(50)
        await asyncio.to_thread(pair.compose, "kill", "database")
        await asyncio.to_thread(node, pair, "standby", "promote")
        await recovered(load)

        # Back as it was, it does not come up beside its successor.
        await asyncio.to_thread(pair.compose, "start", "database")
        await until(lambda: "it does not come up" in pair.compose("logs", "database"))
        await recovered(load)

        await asyncio.to_thread(pair.compose, "stop", "database")
        await asyncio.to_thread(pair.compose, "run", "--rm", "--no-deps", "-T", "database", "rejoin")
        await asyncio.to_thread(pair.compose, "up", "--detach", "--wait", "--no-deps", "database")
        await asyncio.to_thread(node, pair, "standby", "attach")
        assert pair.psql(IN_STEP, service="standby") == "database"
        await recovered(load)

        # And back: planned, with the primary shut down in good order.
        await asyncio.to_thread(pair.compose, "stop", "standby")
        await asyncio.to_thread(node, pair, "database", "promote")
        await recovered(load)
    assert services(pair) == before
    await assert_holds(pair, load)
