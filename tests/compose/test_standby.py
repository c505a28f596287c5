"""A primary and its standby: lost, succeeded, fenced, made the standby, and back again, as an operator does it."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.compose.operations import Operations
from tests.compose.stack import AVAILABLE, Stack, run, until
from tests.compose.verdict import assert_holds
from tests.survival.load import Load

RECOVERED_WITHIN_S = 30
IN_STEP = "SELECT application_name FROM pg_stat_replication WHERE state = 'streaming' AND sync_state = 'sync'"
UP = "docker compose up -d --wait"
PREPARE = (
    "docker compose up -d --wait --no-deps database",
    "docker compose exec -T -u postgres database bash /docker-entrypoint-initdb.d/20-replication.sh",
    "docker compose restart database",
)
PROMOTE_STANDBY = "docker compose exec -T standby bash /deploy/node.sh promote"
REJOIN = (
    "docker compose stop database",
    "docker compose run --rm -T --no-deps database rejoin",
    "docker compose up -d --wait --no-deps database",
    "docker compose exec -T standby bash /deploy/node.sh attach",
)
BACK = ("docker compose stop standby", "docker compose exec -T database bash /deploy/node.sh promote")
ALONE = (
    "docker compose exec -T -u postgres database "
    """psql -c "ALTER SYSTEM SET synchronous_standby_names = ''" -c 'SELECT pg_reload_conf()'"""
)


@pytest.fixture
async def pair(stack: Stack, operations: Operations) -> AsyncIterator[Stack]:
    """The stack, given a standby; without it afterwards."""
    two = Stack(AVAILABLE)
    two.compose("build", "--quiet", "proxy")
    for line in (*PREPARE, UP):
        operations.run(two, line)
    yield two
    # Where the test ended early, too: a server that waits for a standby that is not there commits nothing.
    stack.up("--no-deps", "database")
    stack.psql("ALTER SYSTEM SET synchronous_standby_names = ''")
    stack.psql("SELECT pg_reload_conf()")
    stack.up("--remove-orphans")


COPIED = "the primary database was copied"
UNFINISHED = """
cd "$PGDATA"
find . -mindepth 1 -delete
mkdir -p copying/base global
echo 17 >copying/PG_VERSION
touch copying/half global/half
"""
"""What is there when a copy was killed."""


def services(two: Stack) -> list[str]:
    """The containers of the service, and since when each runs."""
    return run(
        "docker", "inspect", "--format", "{{.Id}} {{.State.StartedAt}}", *two.containers("api")
    ).output.splitlines()


async def recovered(load: Load) -> None:
    async with asyncio.timeout(RECOVERED_WITHIN_S):
        await load.acknowledgements(100)


async def test_copy_that_was_killed_is_made_anew_and_commits_wait_for_it(pair: Stack, load: Load) -> None:
    copied = pair.compose("logs", "standby").count(COPIED)
    pair.compose("stop", "standby")
    pair.compose("run", "--rm", "--no-TTY", "--no-deps", "--entrypoint", "bash", "standby", "-c", UNFINISHED)
    pair.up()
    assert pair.compose("logs", "standby").count(COPIED) == copied + 1
    left = pair.compose("exec", "--no-TTY", "standby", "bash", "-c", 'find "$PGDATA" -name half -o -name copying')
    assert left == ""
    assert pair.psql(IN_STEP) == "standby"
    async with load.under_load():
        await load.acknowledgements(20)
    await assert_holds(pair, load)


async def test_primary_lost_is_succeeded_fenced_and_made_the_standby_without_losing_anything(
    pair: Stack, load: Load, operations: Operations
) -> None:
    """The services are never started again, and nothing is acknowledged that is not there in the end."""

    async def do(*lines: str) -> None:
        for line in lines:
            await asyncio.to_thread(operations.run, pair, line)

    assert pair.psql(IN_STEP) == "standby"
    before = services(pair)
    async with load.under_load():
        await load.acknowledgements(50)
        await asyncio.to_thread(pair.compose, "kill", "database")
        await do(PROMOTE_STANDBY)
        await recovered(load)

        # Back as it was, it does not come up beside its successor.
        await asyncio.to_thread(pair.compose, "start", "database")
        await until(lambda: "it does not come up" in pair.compose("logs", "database"))
        await recovered(load)

        await do(*REJOIN)
        assert await asyncio.to_thread(pair.psql, IN_STEP, service="standby") == "database"
        await recovered(load)

        await do(*BACK)
        await recovered(load)
        await do(ALONE)
    assert services(pair) == before
    await assert_holds(pair, load)
