"""The record at past clocks: what it said then, and what a fold of only those events says."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from random import Random
from typing import Any, TypeAlias

import msgspec
import pytest

from negotiation.clocks import NOW, Reading
from negotiation.dates import interval_of_date
from negotiation.events.fact import Fact
from negotiation.refusals import Refusal
from parley.commands.request import Entry
from parley.embedded import EmbeddedPostgres
from parley.queries.folds import Folds
from parley.queries.past import Clocks, Past
from parley.recording import Recording
from parley.store.reading import Cursor, Document, Page, View
from tests import databases
from tests.projections.test_seeds_shown import entries
from tests.record.desk import at_work
from tests.record.fold import Fold, fold
from tests.record.world import corrected, negotiation, parties, request, retracted, said

DAYS = ("2021-12", "2022-01-09", "2022-01-10", "2022-01-11", "2022-01-12", "2022-01-13", "2022-01-20", "2023")

Paged: TypeAlias = Callable[[Cursor | None], Awaitable[Page | None]]


def past(recording: Recording, folds: Folds, reading: Reading) -> Past:
    return Past(recording.pool, folds, Clocks(reading=reading))


async def everything(view: View, fold: Fold) -> dict[str, Any]:
    """Every document and list that a view gives, of all that the fold has events of."""
    found: dict[str, Any] = {"negotiations": await paged(lambda at: view.negotiations(at, 2))}
    found["parties"] = await paged(lambda at: view.parties(at, 3))
    for party in {event.stream.partition("/")[2] for event in fold.recorded if event.stream.startswith("parties/")}:
        found[f"parties/{party}"] = body(await view.party(party))
    for unit, dossier in fold.talks.items():
        found[unit] = body(await view.negotiation(unit))
        found[f"{unit} rounds"] = await paged(lambda at, unit=unit: view.rounds(unit, at, 2))  # type: ignore[misc]
        found[f"{unit} demands"] = await paged(lambda at, unit=unit: view.demands(unit, at, 2))  # type: ignore[misc]
        found[f"{unit} findings"] = await paged(lambda at, unit=unit: view.findings(unit, at, 2))  # type: ignore[misc]
        for name in dossier.history.versions:
            if "/" in name:
                found[name] = body(await view.round(unit, name.partition("/")[2]))
        for demand in {key[2] for key in dossier.history.keys("demand")}:
            found[f"{unit} {demand}"] = body(await view.demand(unit, demand))
    return found


async def paged(page: Paged) -> list[Any] | None:
    """Every item of a list, page by page."""
    items: list[Any] = []
    after: Cursor | None = None
    while True:
        found = await page(after)
        if found is None:
            return None
        items += map(msgspec.json.decode, found.items)
        if (after := found.next) is None:
            return items


def body(document: Document | None) -> Any:
    if document is None:
        return None
    found = msgspec.json.decode(document.body)
    found.pop("reading", None)
    return found


async def disorder(recording: Recording, seed: int) -> None:
    """Record the seeds, then withdraw, restore and correct some at random."""
    random = Random(seed)
    every = entries()
    await recording.record(request(*every))
    withdrawn: list[Entry] = []
    for turn in range(20):
        one = random.choice(every)
        if not isinstance(one.submission.event, Fact):
            continue
        if withdrawn and turn % 3 == 0:
            wanted = retracted(withdrawn.pop())
        elif turn % 3 == 1:
            wanted = retracted(one)
            withdrawn.append(wanted)
        else:
            wanted = corrected(one, msgspec.to_builtins(one.submission.event))
        try:
            await recording.record(request(wanted))
        except Refusal:
            if wanted in withdrawn:
                withdrawn.remove(wanted)


async def test_read_as_of_each_position_is_what_was_read_then(recording: Recording) -> None:
    """As of a position every document and list is, to the byte's meaning, what was answered when that was the end."""
    said: list[dict[str, Any]] = []
    for one in entries():
        await recording.record(request(one))
        said.append(await everything(recording.live, await fold(recording.pool)))
    folds = Folds()
    for position in range(1, len(said) + 1, 3):
        whole = await fold(recording.pool)
        found = await everything(past(recording, folds, Reading(as_of=position)), whole)
        known = said[position - 1]
        assert {name: value for name, value in found.items() if value} == {
            name: value for name, value in known.items() if value
        }


@pytest.mark.parametrize("seed", range(3))
async def test_read_at_random_clocks_is_a_fold_of_only_what_they_let_through(recording: Recording, seed: int) -> None:
    """At any clocks every answer is what the events recorded by then fold to, others never having been."""
    await disorder(recording, seed)
    random = Random(seed)
    whole = await fold(recording.pool)
    folds = Folds()
    for _ in range(8):
        happened, reported = (random.choice((None, *map(interval_of_date, DAYS))) for _ in range(2))
        as_of = random.choice((None, random.randrange(len(whole.recorded) + 1)))
        reading = Reading(happened_by=happened, reported_by=reported, as_of=as_of)
        fewer = [event for event in whole.recorded if as_of is None or event.position <= as_of]
        alone = Fold(fewer, Reading(happened_by=happened, reported_by=reported))
        found = await everything(past(recording, folds, reading), whole)
        assert {name: value for name, value in found.items() if value} == told(alone)


@pytest.mark.parametrize("seed", range(2))
async def test_read_at_positions_in_any_order_is_a_fold_up_to_there(recording: Recording, seed: int) -> None:
    """Whichever folds a reading goes on from, and whatever became of the parties since, it says the same."""
    await disorder(recording, seed)
    random = Random(seed)
    whole = await fold(recording.pool)
    folds = Folds()
    for position in random.choices(range(1, len(whole.recorded) + 1), k=12):
        alone = Fold([event for event in whole.recorded if event.position <= position])
        found = await everything(past(recording, folds, Reading(as_of=position)), whole)
        assert {name: value for name, value in found.items() if value} == told(alone)
    assert folds.use.begun["earlier"] > 0


def told(alone: Fold) -> dict[str, Any]:
    """Everything that a fold has to say, by the names of `everything`."""
    found: dict[str, Any] = {}
    documents = alone.documents()
    for name, document in documents.items():
        found[name] = msgspec.json.decode(document)
    for name, items in alone.lists().items():
        if items:
            found[name] = [msgspec.json.decode(item) for item in items]
    return found


async def test_read_with_no_memory_at_all_says_the_same(recording: Recording) -> None:
    """What is kept in memory between reads changes no answer: not how much, nor that more was recorded meanwhile."""
    every = entries()
    half = len(every) // 2
    await recording.record(request(*every[:half]))
    warm = Folds()
    reading = Reading(reported_by=interval_of_date("2022-01-12"))
    await everything(past(recording, warm, reading), await fold(recording.pool))

    await recording.record(request(*every[half:]))

    await assert_alike(recording, warm, reading)


async def assert_alike(recording: Recording, warm: Folds, reading: Reading) -> None:
    """They say the same of everything as those that kept nothing, and read few events at once."""
    whole = await fold(recording.pool)
    one, other = [await everything(past(recording, each, reading), whole) for each in (warm, Folds(page=7))]
    assert one == other


async def test_read_at_clocks_after_a_party_went_and_came_back_says_what_rests_on_it(recording: Recording) -> None:
    """A negotiation that is in memory is looked at again when a party that it names is withdrawn, or is known again."""
    every = entries()
    await recording.record(request(*every))
    warm = Folds()
    reading = Reading(happened_by=interval_of_date("2022-01-12"))
    await assert_alike(recording, warm, reading)
    nato = next(one for one in every if one.stream == "parties/nato")

    withdrawal = retracted(nato)
    for wanted in (withdrawal, retracted(withdrawal)):
        await recording.record(request(wanted))
        await assert_alike(recording, warm, reading)


async def test_read_at_clocks_while_others_record_and_go_away_stays_right(recording: Recording) -> None:
    """Readers that are cancelled in the middle of a fold leave nothing half folded behind."""
    folds = Folds()
    view = past(recording, folds, NOW)
    for chunk in (entries()[at : at + 10] for at in range(0, len(entries()), 10)):
        await recording.record(request(*chunk))
        readers = [asyncio.create_task(view.negotiation("european-security")) for _ in range(4)]
        await asyncio.sleep(0)
        for reader in readers[:3]:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
    whole = await fold(recording.pool)
    assert await everything(view, whole) == await everything(recording.live, whole)


async def test_fold_after_a_failover_to_a_record_that_lacks_what_was_folded_is_of_that_record(
    template: EmbeddedPostgres,
) -> None:
    """It has passed the position that was folded in the other one before anybody asks again."""
    reading = Reading(reported_by=interval_of_date("2030"))
    async with AsyncExitStack() as stack:
        old, new = [await stack.enter_async_context(databases.database(template)) for _ in range(2)]
        first, second = [await stack.enter_async_context(at_work(dsn)) for dsn in (old, new)]
        for recording in (first, second):
            await recording.record(parties())
            await recording.record(negotiation())
        await first.record(request(said("Never replicated.")))
        folds = Folds()
        assert b"Never replicated." in (await shown(folds, first, reading)).body
        for number in range(3):
            await second.record(negotiation(f"other-{number}"))
        # The second's pool is what moving to another server comes to.
        assert b"Never replicated." not in (await shown(folds, second, reading)).body


async def shown(folds: Folds, recording: Recording, reading: Reading) -> Document:
    """The round, as it stands at a reading."""
    found = await past(recording, folds, reading).round("talks", "geneva")
    assert found is not None
    return found
