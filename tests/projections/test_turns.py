"""Whose turn it is to fold: in which order, and who is refused instead of waiting."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from parley.queries import turns
from parley.queries.turns import Turns
from parley.store.errors import ReadsBusy


@asynccontextmanager
async def taken(queue: Turns, events: int = 0) -> AsyncIterator[None]:
    """Somebody has their turn as long as this is open."""
    async with queue.turn("taken", 0, events):
        yield


async def one(queue: Turns, done: list[tuple[str, int]], course: str, position: int, events: int = 0) -> None:
    async with queue.turn(course, position, events):
        done.append((course, position))
        await asyncio.sleep(0)


async def start(*waiting: asyncio.Task[None]) -> None:
    """Let tasks come as far as they can."""
    for _ in range(3 * len(waiting)):
        await asyncio.sleep(0)


async def test_readings_of_one_course_have_their_turns_by_position() -> None:
    """Each can go on from the one before; courses come in the order in which they were asked for."""
    queue, done = Turns(), list[tuple[str, int]]()
    async with taken(queue):
        asked = [("b", 9), ("a", 3), ("b", 1), ("a", 2), ("b", 5)]
        waiting = [asyncio.create_task(one(queue, done, *which)) for which in asked]
        await start(*waiting)
        assert queue.waiting == 5
    await asyncio.gather(*waiting)
    assert done == [("b", 1), ("b", 5), ("b", 9), ("a", 2), ("a", 3)]
    assert queue.waiting == 0


async def test_who_comes_during_a_round_is_in_the_next() -> None:
    """However early their position is: else those who read on could keep everybody waiting."""
    queue, done = Turns(), list[tuple[str, int]]()
    async with taken(queue):
        first = [asyncio.create_task(one(queue, done, "a", position)) for position in (5, 6)]
        await start(*first)
    late = asyncio.create_task(one(queue, done, "a", 1))
    await asyncio.gather(*first, late)
    assert done == [("a", 5), ("a", 6), ("a", 1)]


async def test_one_has_the_turn_at_a_time() -> None:
    queue, under_way = Turns(), 0

    async def reading(number: int) -> None:
        nonlocal under_way
        async with queue.turn(number, 0, 0):
            under_way += 1
            assert under_way == 1
            await asyncio.sleep(0)
            under_way -= 1

    await asyncio.gather(*map(reading, range(10)))


async def test_what_cannot_be_done_in_time_is_refused_at_once() -> None:
    queue = Turns()
    queue.speed = 1_000
    async with taken(queue, events=5_000):
        with pytest.raises(ReadsBusy) as refused:
            async with queue.turn("a", 1, 10):
                pytest.fail("it would wait for five seconds")
        assert queue.waiting == 0
    assert refused.value.retry_after_s in (5, 6)
    assert queue.refused == 1


async def test_what_takes_long_by_itself_may_wait_for_half_as_long_but_not_beyond_its_deadline() -> None:
    queue, done = Turns(within_s=20), list[tuple[str, int]]()
    queue.speed = 1_000
    async with taken(queue, events=5_000):
        patient = asyncio.create_task(one(queue, done, "a", 1, 11_000))
        await start(patient)
        assert queue.waiting == 1
        with pytest.raises(ReadsBusy):
            await one(queue, done, "b", 1, 40_000)  # after 16 seconds, and 40 more are too many
        with pytest.raises(ReadsBusy):
            await one(queue, done, "c", 1, 9_000)  # after 16 seconds, for which it may not wait
    await patient
    assert done == [("a", 1)]


async def test_readings_that_share_a_fold_are_counted_once() -> None:
    """A hundred readings of one course take one fold up to the last of them; of a hundred courses a hundred."""
    queue = Turns()
    queue.speed, queue.rest_s = 1_000, 0.001
    async with taken(queue):
        done: list[tuple[str, int]] = []
        shared = [asyncio.create_task(one(queue, done, "a", position, 500)) for position in range(100)]
        await start(*shared)
        assert queue.waiting == 100
        assert queue.ahead_s() == pytest.approx(0.5 + 0.1, abs=0.01)
        apart = [asyncio.create_task(one(queue, done, f"b{number}", 0, 500)) for number in range(100)]
        await start(*apart)
        assert queue.refused >= 98
    await asyncio.gather(*shared, *apart, return_exceptions=True)


async def test_who_is_alone_is_always_served() -> None:
    """However slow the service seems: else nothing would ever show that it is not."""
    queue, done = Turns(within_s=0.001), list[tuple[str, int]]()
    queue.speed = 0.001
    await one(queue, done, "a", 1, 1_000_000)
    assert done == [("a", 1)]


async def test_who_waits_longer_than_was_expected_is_refused_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "PATIENCE_S", 0.06)
    queue, done = Turns(), list[tuple[str, int]]()
    async with taken(queue):  # expected to take 0.05 seconds
        with pytest.raises(ReadsBusy):
            await one(queue, done, "a", 1)
        assert queue.waiting == 0
    assert queue.refused == 1
    await one(queue, done, "a", 2)
    assert done == [("a", 2)]


@pytest.mark.parametrize("given", [False, True])
async def test_who_goes_away_leaves_the_turn_to_the_next(*, given: bool) -> None:
    """While they wait, and in the moment in which they are given their turn."""
    queue, done = Turns(), list[tuple[str, int]]()
    async with taken(queue):
        gone, stays = [asyncio.create_task(one(queue, done, "a", position)) for position in (1, 2)]
        await start(gone, stays)
        if not given:
            gone.cancel()
    gone.cancel()
    await asyncio.gather(gone, stays, return_exceptions=True)
    assert done == [("a", 2)]
    await one(queue, done, "a", 3)
    assert queue.waiting == 0


async def test_speed_follows_what_is_measured() -> None:
    queue = Turns()
    for _ in range(20):
        async with queue.turn("a", 1, 1_000) as turn:
            turn.count(1_000, 0.01)
    assert queue.speed == pytest.approx(100_000, rel=0.01)
    async with queue.turn("a", 1, 1_000) as turn:
        turn.count(1, 10)  # too few to say anything
    assert queue.speed == pytest.approx(100_000, rel=0.01)
