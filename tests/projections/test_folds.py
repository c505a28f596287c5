"""What readings of the past take: how much is folded, what is kept of it, and what is let go."""

import asyncio
import gc
from collections.abc import Iterator
from itertools import groupby
from typing import Any
from weakref import ref

import asyncpg
import pytest

from negotiation.clocks import NOW, Reading
from negotiation.dates import interval_of_date
from negotiation.state.history import History
from negotiation.streams import PARTIES
from parley.projections.units import Units
from parley.queries import folds as folds_module
from parley.queries.folds import Folds
from parley.queries.past import Clocks, Past
from parley.recording import Recording
from parley.store.errors import ReadingTooLarge, ReadsBusy
from tests.record.desk import PATIENCE_S, until
from tests.record.world import TALKS, negotiation, parties, request, said

SAID = 40


@pytest.fixture
async def long(recording: Recording) -> Recording:
    """A record with parties, and a negotiation in which much was said; nothing goes on in the background."""
    await recording.record(parties())
    await recording.record(negotiation())
    for number in range(SAID):
        await recording.record(request(said(f"{number}")))
    await recording.projecting.settle(PATIENCE_S)
    return recording


@pytest.fixture
def uncollected() -> Iterator[None]:
    """Nothing looks for garbage: what is freed is freed because nobody has it any more."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def as_of(position: int, day: str | None = None) -> Reading:
    return Reading(as_of=position, happened_by=None if day is None else interval_of_date(day))


async def read(recording: Recording, folds: Folds, reading: Reading, name: str = TALKS) -> int:
    """Read a unit; tell how many events it has."""
    async with folds.at(recording.pool, reading, name) as (dossier, _):
        return len(dossier.history.lives.events)


async def last(recording: Recording) -> int:
    return int(await recording.pool.fetchval("SELECT position FROM head"))


class Noted:
    """Passes queries on to a pool, and notes up to which positions units were read."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self.read: list[tuple[str, int]] = []

    async def fetch(self, query: str, *args: Any) -> list[asyncpg.Record]:
        unit, _, until, *_ = args
        self.read.append((unit, until))
        rows: list[asyncpg.Record] = await self._pool.fetch(query, *args)
        return rows

    async def fetchrow(self, query: str, *args: Any) -> asyncpg.Record | None:
        return await self._pool.fetchrow(query, *args)


# -- how much is folded


async def test_same_reading_asked_for_at_once_is_folded_once(long: Recording) -> None:
    folds, end = Folds(), await last(long)
    sizes = await asyncio.gather(*(read(long, folds, as_of(end)) for _ in range(8)))
    assert len(set(sizes)) == 1
    assert folds.use.events == end
    assert folds.use.begun == {"anew": 1, "earlier": 0, "same": 7}


async def test_reading_goes_on_from_the_nearest_earlier_one(long: Recording) -> None:
    """Of the same dates; it takes the earlier one's place, and what is later is left alone."""
    folds, end = Folds(), await last(long)
    sizes = [await read(long, folds, as_of(end - back)) for back in (30, 10, 20, 19, 0)]
    assert sizes == [sizes[-1] - back for back in (30, 10, 20, 19, 0)]
    #                       anew        30 to 10  anew        20 to 19  10 to 0
    assert folds.use.events == (end - 30) + 20 + (end - 20) + 1 + 10
    assert folds.use.begun == {"anew": 2, "earlier": 3, "same": 0}

    await read(long, folds, as_of(end, "2030"))
    assert folds.use.begun == {"anew": 3, "earlier": 3, "same": 0}


async def test_many_positions_asked_for_at_once_are_folded_once_from_first_to_last(long: Recording) -> None:
    folds, end = Folds(), await last(long)
    positions = [end - back for back in (3, 17, 0, 25, 9, 30, 1)]
    async with folds._short.turn("another", 0, 0):
        readings = [asyncio.create_task(read(long, folds, as_of(position))) for position in positions]
        await until(lambda: is_true(folds.use.waiting == len(positions)))
    sizes = await asyncio.gather(*readings)
    assert [size - max(sizes) for size in sizes] == [position - end for position in positions]
    assert folds.use.events == end
    assert folds.use.begun == {"anew": 1, "earlier": 6, "same": 0}


async def is_true(found: bool) -> bool:  # noqa: FBT001 - it is what is asked
    await asyncio.sleep(0)
    return found


async def test_reading_is_folded_to_its_end_before_the_next(long: Recording) -> None:
    """Those that take more than a page: each would hold a part while it waits for the others."""
    folds, end = Folds(page=5), await last(long)
    noted = Noted(long.pool)

    async def one(number: int) -> None:
        async with folds.at(noted, as_of(end - number, f"20{10 + number}"), TALKS):
            pass

    await asyncio.gather(*map(one, range(5)))
    pages = [until for unit, until in noted.read if unit == TALKS]
    assert len(pages) > 5 * 5
    assert len(list(groupby(pages))) == 5


async def test_short_reading_does_not_wait_for_a_long_one(long: Recording) -> None:
    folds, end = Folds(page=5), await last(long)
    await read(long, folds, as_of(end))
    async with folds._long.turn("another", 0, 1_000_000):
        assert await read(long, folds, as_of(end)) > 0
        with pytest.raises(ReadsBusy):
            await read(long, folds, as_of(end, "2030"))
    assert folds.use.refused == 1


async def test_reading_whose_beginning_was_taken_by_another_is_not_short_any_more(long: Recording) -> None:
    folds, end = Folds(page=5), await last(long)
    await read(long, folds, as_of(end - 4))
    async with folds._long.turn("another", 0, 1_000_000):
        async with folds._short.turn("another", 0, 0):
            waiting = asyncio.create_task(read(long, folds, as_of(end)))
            await until(lambda: is_true(folds.use.waiting == 1))
            assert folds._kept.take((TALKS, NOW), end) is not None
        with pytest.raises(ReadsBusy):
            await waiting
    assert (folds._short.refused, folds._long.refused) == (0, 1)


async def test_present_unit_that_is_longer_than_all_that_is_kept_is_used_again(long: Recording) -> None:
    units = Units(kept=1)
    found = []
    for _ in range(2):
        async with units.held(long.pool, TALKS, await units.take_stock(long.pool, [TALKS])) as unit:
            found.append(unit)
    assert found[0] is found[1]
    async with units.held(long.pool, PARTIES, await units.take_stock(long.pool, [PARTIES])):
        assert not units.holds(TALKS)


# -- how much is held


async def test_folds_hold_no_more_than_they_may(long: Recording) -> None:
    """Kept or in use: what was used longest ago goes, and the last is used again."""
    end = await last(long)
    one = Folds()
    await read(long, one, as_of(end))
    most = one.use.bytes_kept * 5 // 2
    folds = Folds(most_bytes=most)
    days = [f"20{number}" for number in range(10, 20)]
    for day in days:
        async with folds.at(long.pool, as_of(end, day), TALKS):
            assert folds.use.bytes_in_use > 0
            assert folds.use.bytes_kept + folds.use.bytes_in_use <= most
        assert 0 < folds.use.bytes_kept <= most
        assert folds.use.bytes_in_use == 0
    await read(long, folds, as_of(end, days[-1]))
    assert folds.use.begun == {"anew": 10, "earlier": 0, "same": 1}
    await read(long, folds, as_of(end, days[0]))
    assert folds.use.begun["anew"] == 11


async def test_of_one_course_only_some_folds_are_kept(long: Recording) -> None:
    """From the last to the first, so that none begins with another."""
    folds, end = Folds(), await last(long)
    held = []
    for back in range(10):
        await read(long, folds, as_of(end - back))
        held.append(folds.use.bytes_kept)
    most = held[folds_module.KEPT_OF_A_COURSE - 1]
    assert held[0] < most
    assert all(size <= most for size in held)


async def test_reading_larger_than_the_memory_is_refused_and_the_next_time_before_it_is_folded(long: Recording) -> None:
    end = await last(long)
    one = Folds()
    await read(long, one, as_of(end))
    folds = Folds(most_bytes=one.use.bytes_kept * 3 // 4, page=5)
    with pytest.raises(ReadingTooLarge, match=r"reading of talks needs more memory"):
        await read(long, folds, as_of(end))
    tried = folds.use.events
    assert 0 < tried < end
    assert folds.use.bytes_in_use == 0
    with pytest.raises(ReadingTooLarge):
        await read(long, folds, as_of(end))
    assert folds.use.events == tried
    assert folds.use.refused == 2

    assert await read(long, folds, as_of(end - SAID + 5)) > 5
    with pytest.raises(ReadingTooLarge):
        await read(long, Folds(most_bytes=folds_module.LEAST_OF_AN_EVENT), as_of(end))


async def test_list_that_meets_a_busy_service_is_short_and_can_be_gone_on_from(long: Recording) -> None:
    await long.record(negotiation("other"))
    folds, end = Folds(page=20), await last(long)
    past = Past(long.pool, folds, Clocks(reading=as_of(end)))
    async with folds._long.turn("another", 0, 1_000_000):
        page = await past.negotiations(None, 10)
        assert (len(page.items), page.next) == (1, ("other",))
        with pytest.raises(ReadsBusy):
            await past.negotiations(page.next, 10)
    page = await past.negotiations(page.next, 10)
    assert (len(page.items), page.next) == (1, None)


# -- what is let go


def histories() -> int:
    """How many folds there are in memory, whoever has them."""
    return sum(isinstance(one, History) for one in gc.get_objects())


@pytest.mark.usefixtures("uncollected")
async def test_fold_that_is_not_kept_any_more_is_freed_at_once(long: Recording) -> None:
    end = await last(long)
    one = Folds()
    await read(long, one, as_of(end))
    folds = Folds(most_bytes=one.use.bytes_kept * 3 // 2)
    async with folds.at(long.pool, as_of(end), TALKS) as folded:
        freed: list[ref[Any]] = [ref(folded.dossier), ref(folded.dossier.history), ref(folded.parties)]
    del folded
    assert await Past(long.pool, folds, Clocks(reading=as_of(end))).round(TALKS, "geneva") is not None
    assert all(one() is not None for one in freed)

    await read(long, folds, as_of(end, "2030"))

    assert [one() for one in freed] == [None, None, None]


@pytest.mark.usefixtures("uncollected")
async def test_reading_that_is_cancelled_or_fails_leaves_nothing_behind(
    long: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At whichever turn of the event loop it is cancelled, on a thread or not."""
    monkeypatch.setattr("parley.projections.aside.AT_ONCE", 3)
    end, before, every = await last(long), histories(), list[Folds]()
    for turns in range(60):
        every.append(folds := Folds(page=7))
        reading = asyncio.create_task(read(long, folds, as_of(end)))
        for _ in range(turns):
            await asyncio.sleep(0)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        assert folds.use.bytes_in_use == 0
        assert {position for _, position in folds._kept._folds} <= {end}
        if turns % 10 == 0:
            assert await read(long, folds, as_of(end)) == end - (await parties_alone(long))
    del reading  # type: ignore[possibly-undefined]
    # A connection that is given back may hold what was raised for a moment longer.
    await until(lambda: is_true(histories() - before == sum(len(folds._kept._folds) for folds in every)))

    folds, before = Folds(page=7), histories()
    for failing in (Cut(long.pool, after=2), Cut(long.pool, after=4)):
        with pytest.raises(ConnectionResetError):
            async with folds.at(failing, as_of(end), TALKS):
                pytest.fail("the connection was cut")
    assert folds.use.bytes_in_use == 0
    assert list(folds._kept._folds) == [((PARTIES, NOW), end)]
    await until(lambda: is_true(histories() - before == 1))


async def parties_alone(recording: Recording) -> int:
    return int(await recording.pool.fetchval("SELECT count(*) FROM parley_events WHERE unit = 'parties'"))


class Cut(Noted):
    """Loses its connection after some pages."""

    def __init__(self, pool: asyncpg.Pool, after: int) -> None:
        super().__init__(pool)
        self._left = after

    async def fetch(self, query: str, *args: Any) -> list[asyncpg.Record]:
        self._left -= 1
        if self._left < 0:
            raise ConnectionResetError
        return await super().fetch(query, *args)


async def test_two_readings_compared_are_both_there_and_both_let_go(long: Recording) -> None:
    folds, end = Folds(), await last(long)
    for first, second in ((as_of(end - 5), as_of(end)), (as_of(end), as_of(end - 5)), (NOW, NOW)):
        async with folds.between(long.pool, first, second, TALKS) as pair:
            sizes = [len(folded.dossier.history.lives.events) for folded in pair]
            assert sizes[0] - sizes[1] == (first.as_of or end) - (second.as_of or end)
    assert folds.use.begun == {"anew": 2, "earlier": 0, "same": 3}
    assert folds.use.bytes_in_use == 0


def test_folds_tell_what_they_are_at() -> None:
    use = Folds(most_bytes=123).use
    assert (use.bytes_kept, use.bytes_in_use, use.bytes_limit, use.waiting, use.refused) == (0, 0, 123, 0, 0)
