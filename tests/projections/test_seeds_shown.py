"""Real data, event by event: what was just recorded is what the next read shows."""

from pathlib import Path
from random import Random

import asyncpg
import msgspec
import pytest

from negotiation.envelope import Submission
from negotiation.events.fact import Fact
from negotiation.refusals import Refusal
from parley.commands.request import Entry
from parley.recording import Recording
from parley.seedfile import read
from tests.record.chain import assert_whole
from tests.record.conftest import Replica
from tests.record.fold import assert_documents_equal_fold, assert_equals_fold
from tests.record.world import corrected, entry, id_of, request, retracted

SEEDS = sorted((Path(__file__).parents[2] / "seeds").glob("*.yaml"))


def entries() -> list[Entry]:
    """Every event of the seeds, in their order."""
    return [
        Entry(one.stream, msgspec.convert(one.submission, Submission)) for file in SEEDS for one in read(file).entries
    ]


async def test_record_seeds_one_by_one_shows_after_each_what_a_fold_from_zero_gives(
    recording: Recording, psql: asyncpg.Connection
) -> None:
    """After each event every row is what the whole record folds to."""
    for one in entries():
        await recording.record(request(one))
        await assert_equals_fold(psql)
    await assert_documents_equal_fold(recording.pool)
    assert await assert_whole(psql) == len(entries())


@pytest.mark.parametrize("seed", range(3))
async def test_withdraw_restore_and_correct_seeds_at_random_shows_what_a_fold_from_zero_gives(
    recording: Recording, replica: Replica, psql: asyncpg.Connection, seed: int
) -> None:
    """Grounds go and come back in any order, at a replica with memory and at one without: every row stays right."""
    random = Random(seed)
    every = entries()
    await recording.record(request(*every))
    desks = [recording, await replica(negotiations_limit=1)]
    withdrawn: list[Entry] = []
    for turn in range(30):
        one = random.choice(every)
        event = one.submission.event
        choice = random.random() if isinstance(event, Fact) else 0.5
        if withdrawn and choice < 0.35:
            wanted = retracted(withdrawn.pop(random.randrange(len(withdrawn))))
        elif choice < 0.8:
            wanted = retracted(one)
            withdrawn.append(wanted)
        elif choice < 0.9:
            wanted = corrected(one, msgspec.to_builtins(event))
        else:
            other = {
                "type": "AccountAdded",
                "target": id_of(one),
                "stance": "differs",
                "differs": {"occurred": random.choice(["2021-11", "2022-01-09", "../2022-01-12", "XXXX"])},
            }
            wanted = entry(one.stream, other, occurred=None)
        try:
            await desks[turn % 2].record(request(wanted))
        except Refusal:
            if wanted in withdrawn:
                withdrawn.remove(wanted)
            continue
        await assert_equals_fold(psql)
    await assert_documents_equal_fold(recording.pool)
