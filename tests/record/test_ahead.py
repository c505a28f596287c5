"""Statements sent ahead are done in order, all of them, or the first that fails is told."""

import asyncpg
import pytest

from parley.store.ahead import Ahead


async def send(psql: asyncpg.Connection, *statements: str, then: type[Exception] | None = None) -> None:
    async with Ahead(psql) as ahead:
        for statement in statements:
            await ahead.execute(statement)
        if then is not None:
            raise then


async def test_execute_ahead_does_all_in_order(psql: asyncpg.Connection) -> None:
    await psql.execute("CREATE TEMPORARY TABLE told (number integer)")

    async with Ahead(psql) as ahead:
        for number in range(5):
            await ahead.execute("INSERT INTO told SELECT $1 + count(*) * 10 FROM told", number)

    assert [row["number"] for row in await psql.fetch("SELECT number FROM told")] == [0, 11, 22, 33, 44]


@pytest.mark.parametrize("others", [0, 1, 3])
async def test_execute_ahead_one_that_fails_is_told_wherever_it_stands(psql: asyncpg.Connection, others: int) -> None:
    with pytest.raises(asyncpg.DivisionByZeroError):
        await send(psql, "SELECT 1 / 0", *["SELECT 1"] * others)


async def test_execute_ahead_failure_of_the_caller_is_told_and_nothing_is_left_running(
    psql: asyncpg.Connection,
) -> None:
    with pytest.raises(LookupError):
        await send(psql, "SELECT pg_sleep(3600)", then=LookupError)
