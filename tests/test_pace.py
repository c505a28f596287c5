"""The pace of work on the event loop: so much in one turn, the smallest first, and nobody waits for who went away."""

import asyncio
from collections import Counter

import pytest

from parley.pace import Pace


@pytest.fixture
def pace() -> Pace:
    return Pace(10)


class Turns:
    """Counts turns of the loop, and what was done in each."""

    def __init__(self) -> None:
        self.now = 0
        self.done = Counter[int]()
        self.order: list[str] = []

    async def count(self) -> None:
        while True:
            self.now += 1
            await asyncio.sleep(0)

    async def work(self, pace: Pace, name: str, *amounts: int) -> None:
        for amount in amounts:
            await pace.spend(amount)
            self.done[self.now] += amount
            self.order.append(name)


@pytest.fixture
async def turns() -> Turns:
    return Turns()


async def test_spend_by_many_at_once_is_bounded_in_every_turn_and_all_of_it_is_done(pace: Pace, turns: Turns) -> None:
    counting = asyncio.create_task(turns.count())
    await asyncio.gather(*(turns.work(pace, "", *[1 + number % 7] * 20) for number in range(50)))
    counting.cancel()
    assert sum(turns.done.values()) == sum(20 * (1 + number % 7) for number in range(50))
    assert max(turns.done.values()) <= 2 * pace.most


async def test_spend_what_there_is_room_for_does_not_wait(pace: Pace, turns: Turns) -> None:
    await turns.work(pace, "", *[1] * 10)
    assert turns.done == {0: 10}


async def test_spend_little_does_not_wait_for_much(pace: Pace, turns: Turns) -> None:
    long = [asyncio.create_task(turns.work(pace, "long", *[10] * 20)) for _ in range(20)]
    await asyncio.sleep(0)
    await turns.work(pace, "short", 1)
    assert turns.order.index("short") <= 3
    await asyncio.gather(*long)


async def test_spend_more_than_a_turn_has_is_done_by_itself(pace: Pace, turns: Turns) -> None:
    counting = asyncio.create_task(turns.count())
    await asyncio.gather(*(turns.work(pace, "", 25) for _ in range(3)))
    counting.cancel()
    assert sorted(turns.done.values()) == [25, 25, 25]


async def test_spend_by_who_goes_away_leaves_the_room_to_others(pace: Pace, turns: Turns) -> None:
    waiting = [asyncio.create_task(turns.work(pace, "gone", 10)) for _ in range(20)]
    await asyncio.sleep(0)
    for task in waiting[1:]:
        task.cancel()
    await turns.work(pace, "", 10, 10)
    assert turns.order == ["gone", "", ""]


def test_spend_on_another_loop_begins_again(pace: Pace, turns: Turns) -> None:
    """A loop that ended before the next turn leaves nothing behind."""
    for _ in range(2):
        asyncio.run(turns.work(pace, "", 10))
    assert turns.done == {0: 20}
