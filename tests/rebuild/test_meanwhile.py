"""Recording and reading go on while read models are rebuilt, and what is recorded meanwhile is in them."""

import asyncio
from itertools import count

import asyncpg
import pytest

from negotiation.streams import PARTIES
from parley.queries.now import Now
from parley.recording import Recording
from tests.rebuild.runs import rebuilt, record_apart
from tests.record.desk import at_work, claimed, sessions_waiting
from tests.record.fold import assert_documents_equal_fold, assert_equals_fold
from tests.record.world import (
    answered,
    corrected,
    demanded,
    entry,
    identified,
    joined,
    negotiation,
    request,
    retracted,
    said,
)

FAULTS = "DELETE FROM items; UPDATE negotiations SET header = ''; INSERT INTO parties SELECT 'x', 1, '', '', ''"
HARM = "DELETE FROM items; DELETE FROM findings; UPDATE demands SET document = '{}'"
MORE_HARM = "UPDATE negotiations SET summary = '{}'; UPDATE rounds SET totals = '{}'"


@pytest.mark.usefixtures("unit_by_unit")
@pytest.mark.parametrize("moment", [0, 2])
async def test_record_in_between_is_in_the_read_models(recorded: str, psql: asyncpg.Connection, moment: int) -> None:
    """What is recorded in negotiations done and not done, old and new, is there, and is not taken for a difference."""
    meanwhile = [
        request(said("meanwhile", "talks-0/geneva"), demanded("late", "talks-0/brussels", to=["nato"])),
        request(said("meanwhile", "talks-3/geneva"), demanded("late", "talks-3/brussels", to=["nato"])),
        negotiation("new-talks"),
        request(said("at once", "new-talks/geneva")),
    ]

    def at(now: int) -> None:
        if now == moment:
            record_apart(recorded, *meanwhile)

    await psql.execute(FAULTS)
    done = await rebuilt(recorded, at)
    assert {table for table, _ in done.differences.rows} == {"items", "negotiations", "parties"}
    await assert_equals_fold(psql)
    assert (await rebuilt(recorded)).differences.total == 0


@pytest.mark.usefixtures("unit_by_unit")
@pytest.mark.parametrize("moment", [0, 1, 3])
async def test_record_change_among_parties_in_between_reaches_every_negotiation(
    recorded: str, psql: asyncpg.Connection, moment: int
) -> None:
    """A party that goes, one that comes again and a membership change what negotiations say, done before or after."""
    iceland = identified("iceland")
    record_apart(recorded, request(iceland, joined("nato", "ukraine", "2001-01-01")))
    record_apart(recorded, request(*(said("we too", f"talks-{number}/geneva", by="iceland") for number in range(4))))
    await assert_equals_fold(psql)
    before = await psql.fetchval("SELECT count(*) FROM findings WHERE unit = 'talks-1'")

    def at(now: int) -> None:
        if now == moment:
            record_apart(recorded, request(retracted(iceland), joined("nato", "united-states")))

    await psql.execute("DELETE FROM findings")
    await rebuilt(recorded, at)
    await assert_equals_fold(psql)
    assert await psql.fetchval("SELECT count(*) FROM findings WHERE unit = 'talks-1'") > before
    assert (await rebuilt(recorded)).differences.total == 0


@pytest.mark.usefixtures("unit_by_unit")
async def test_record_and_read_while_a_rebuild_is_in_the_middle_of_a_negotiation_is_not_held_up(
    recorded: str, psql: asyncpg.Connection
) -> None:
    """Recording, there too, does not wait for it; reading waits for what is being projected, and for nothing else."""
    await psql.execute(FAULTS)
    async with at_work(recorded) as recording:
        async with claimed(recorded, "talks-1"):
            rebuild = asyncio.create_task(rebuilt(recorded))
            await sessions_waiting(psql, "parley rebuild")
            async with asyncio.timeout(10):
                for number in range(4):
                    await recording.record(request(said("meanwhile", f"talks-{number}/geneva")))
                for number in (0, 2, 3):
                    document = await recording.live.round(f"talks-{number}", "geneva")
                    assert document is not None
                    assert b"meanwhile" in document.body
            assert not rebuild.done()
        assert (await rebuild).differences.total > 0
        await assert_equals_fold(psql)
        await assert_documents_equal_fold(recording.pool)


async def write_on(recording: Recording, desk: int, done: asyncio.Event) -> int:
    """Record whatever a desk may record, until told to stop; give how many events."""
    recorded = 0
    for turn in count():
        stream = f"talks-{(desk + turn) % 4}/{('geneva', 'brussels')[turn % 2]}"
        party, name = identified(f"party-{desk}-{turn}"), f"demand-{desk}-{turn}"
        statement = said("hello", stream, by=f"party-{desk}-{turn}")
        for wanted in (
            request(party),
            request(statement, demanded(name, stream, to=["nato"])),
            request(
                answered(name, stream=stream, by="nato", as_="for-members"), joined("nato", f"party-{desk}-{turn}")
            ),
            request(corrected(statement, {"type": "StatementMade", "text": "Well.", "by": [{"party": "russia"}]})),
            request(retracted(party)),
            request(entry(stream, {"type": "TalksHeld", "session": f"day-{turn}", "rooms": [["russia", "nato"]]})),
        ):
            await recording.record(wanted)
            recorded += len(wanted.entries)
        if done.is_set():
            break
    return recorded


async def read_on(view: Now, done: asyncio.Event) -> int:
    """Read every kind of document and list, until told to stop; give how often."""
    times = 0
    while not done.is_set():
        for name in ("talks-0", "talks-3"):
            assert await view.negotiation(name) is not None
            assert await view.round(name, "geneva") is not None
            for page in (view.rounds, view.demands, view.findings):
                assert await page(name, None, 50) is not None
            demands = await view.demands(name, None, 1)
            assert demands is not None
            assert demands.items
        assert await view.party("russia") is not None
        assert (await view.parties(None, 5)).items
        assert (await view.negotiations(None, 5)).items
        times += 1
    return times


async def test_record_and_read_during_rebuilds_loses_nothing_and_meets_no_error(
    recorded: str, psql: asyncpg.Connection
) -> None:
    """Through several rebuilds, each with faults to mend, all is answered, and all that was acknowledged is there."""
    before = await psql.fetchval("SELECT position FROM head")
    done = asyncio.Event()
    async with at_work(recorded) as one, at_work(recorded, negotiations_limit=1) as other:
        writers = [asyncio.create_task(write_on(desk, number, done)) for number, desk in enumerate((one, other, one))]
        readers = [asyncio.create_task(read_on(desk.live, done)) for desk in (one, other)]
        for number in range(4):
            # Of what the readers look for, nothing is away; of what nobody looks for, everything.
            async with claimed(recorded, PARTIES, *(f"talks-{talks}" for talks in range(4))):
                await psql.execute(f"{HARM}; {MORE_HARM}" if number == 2 else HARM)
            rebuild = await rebuilt(recorded)
            assert rebuild.differences.total > 0
            assert not any(task.done() for task in [*writers, *readers])
        done.set()
        written = sum(await asyncio.gather(*writers))
        assert all(await asyncio.gather(*readers))
        assert await psql.fetchval("SELECT count(*) FROM parley_events") == before + written
        await assert_equals_fold(psql)
        assert (await rebuilt(recorded)).differences.total == 0
        await assert_documents_equal_fold(one.pool)
