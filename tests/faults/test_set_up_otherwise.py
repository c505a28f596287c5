"""A database whose owner set it up otherwise: the record does not depend on it."""

import asyncio

import asyncpg
import pytest

from parley.commands.request import Receipt
from tests.record.chain import assert_whole
from tests.record.desk import at_work
from tests.record.fold import assert_equals_fold
from tests.record.world import demanded, negotiation, parties, request, said


@pytest.mark.parametrize("isolation", ["repeatable read", "serializable"])
async def test_record_by_replicas_where_transactions_are_isolated_otherwise_waits_its_turn(
    database: str, psql: asyncpg.Connection, caplog: pytest.LogCaptureFixture, isolation: str
) -> None:
    """Who waited for the head sees what was committed meanwhile; no batch fails for it and has to be tried again."""
    name = await psql.fetchval("SELECT current_database()")
    await psql.execute(f"ALTER DATABASE {name} SET default_transaction_isolation = '{isolation}'")
    async with at_work(database) as one, at_work(database) as other:
        await one.record(parties())
        await one.record(negotiation())
        for number in range(10):
            receipts = await asyncio.gather(
                one.record(request(said(f"{number}"))), other.record(request(demanded(f"demand-{number}")))
            )
            assert all(isinstance(receipt, Receipt) for receipt in receipts)
    assert "did not commit" not in caplog.text
    assert await assert_whole(psql) == 28
    await assert_equals_fold(psql)
