"""A clock that jumps: what is recorded later says a later time."""

from datetime import UTC, datetime, timedelta

import asyncpg

from parley.commands.request import Receipt
from parley.recording import Recording
from tests.record.chain import assert_whole
from tests.record.conftest import Replica
from tests.record.desk import cut_writers
from tests.record.fold import assert_equals_fold
from tests.record.world import events, request, said


def recorded_at(receipt: Receipt) -> datetime:
    return datetime.fromisoformat(events(receipt)[0]["recorded_at"])


async def test_record_after_the_clock_jumped_backwards_is_recorded_strictly_later(
    talks: Recording, replica: Replica, psql: asyncpg.Connection
) -> None:
    """An hour is set back: every replica goes on a microsecond after the last event, also on a new connection."""
    ahead = datetime.now(UTC) + timedelta(hours=1)
    await jump(psql, ahead)
    other = await replica()
    times = [ahead]
    for number, one in enumerate([talks, other, talks, other]):
        if number == 2:
            assert await cut_writers(psql) == 2
        times.append(recorded_at(await one.record(request(said(f"{number}"), said(f"{number} again")))))
    assert times == [ahead + timedelta(microseconds=number) for number in range(5)]
    assert await assert_whole(psql) == 16
    await assert_equals_fold(psql)


async def test_record_after_the_clock_caught_up_says_the_clocks_time(
    talks: Recording, psql: asyncpg.Connection
) -> None:
    """A jump ahead of a moment holds for that moment only."""
    await jump(psql, datetime.now(UTC))
    before = await psql.fetchval("SELECT clock_timestamp()")
    receipt = await talks.record(request(said("now")))
    assert before < recorded_at(receipt) < await psql.fetchval("SELECT clock_timestamp()")
    await assert_whole(psql)


async def jump(own: asyncpg.Connection, to: datetime) -> None:
    """Let the last event have been recorded at a moment that the clock has not reached."""
    await own.execute("UPDATE head SET recorded_at = $1", to)
