"""Recording and reading go on while read models are rebuilt, and what is recorded meanwhile is in them."""

import asyncio
from itertools import count

import asyncpg
import pytest

from negotiation.streams import PARTIES
from parley.projections import rebuild as rebuilding
from parley.projections import refolding as refolding_module
from parley.projections.refolding import PLANS, Refolding
from parley.queries.now import Live
from parley.recording import Recording
from tests.rebuild.runs import Moment, rebuilt, record_apart
from tests.record.desk import at_work
from tests.record.fold import TABLES, assert_documents_equal_fold, assert_equals_fold
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


@pytest.mark.parametrize("stage", ["fold", "compare"])
async def test_record_in_between_is_caught_up_with(recorded: str, psql: asyncpg.Connection, stage: str) -> None:
    """What is recorded after the fold began, in negotiations old and new, is in the read models at the end."""
    meanwhile = [
        request(said("meanwhile", "talks-1/geneva"), demanded("late", "talks-2/brussels", to=["nato"])),
        negotiation("new-talks"),
        request(said("at once", "new-talks/geneva")),
    ]

    def at(moment: Moment) -> None:
        if moment == (stage, 0):
            record_apart(recorded, *meanwhile)

    await psql.execute(FAULTS)
    done = await rebuilt(recorded, at)
    assert done.position == await psql.fetchval("SELECT position FROM head")
    assert {table for table, _ in done.differences.rows} == {"items", "negotiations", "parties"}
    await assert_equals_fold(psql)
    assert (await rebuilt(recorded)).differences.total == 0


@pytest.mark.parametrize("moment", [("fold", 1), ("compare", 0), ("catch up", 0)])
async def test_record_change_among_parties_in_between_reaches_negotiations_folded_before(
    recorded: str, psql: asyncpg.Connection, moment: Moment
) -> None:
    """A party that goes, one that comes again and a membership change what other negotiations say."""
    iceland = identified("iceland")
    record_apart(recorded, request(iceland, joined("nato", "ukraine", "2001-01-01")))
    record_apart(recorded, request(*(said("we too", f"talks-{number}/geneva", by="iceland") for number in range(4))))

    def at(now: Moment) -> None:
        if now == ("compare", 0):
            record_apart(recorded, request(said("something to catch up with", "talks-3/geneva")))
        if now == moment:
            record_apart(recorded, request(retracted(iceland), joined("nato", "united-states")))

    await psql.execute("DELETE FROM findings")
    before = await psql.fetchval("SELECT count(*) FROM findings")
    await rebuilt(recorded, at)
    assert await psql.fetchval("SELECT count(*) FROM findings WHERE unit = 'talks-1'") > before
    await assert_equals_fold(psql)
    assert (await rebuilt(recorded)).differences.total == 0


async def test_record_without_end_in_between_lets_the_rebuild_end(
    recorded: str, psql: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where too much is always left, the head is given back a bounded number of times, and then held."""
    monkeypatch.setattr(rebuilding, "LITTLE", 0)
    rounds = []
    numbers = count()

    def at(moment: Moment) -> None:
        if moment[0] == "compare" or moment[0] == "catch up":
            rounds.append(moment)
            record_apart(recorded, request(identified(f"party-{next(numbers)}")))

    await psql.execute(FAULTS)
    await rebuilt(recorded, at)
    assert len(rounds) == 1 + rebuilding.MOST_RELEASES + 1
    await assert_equals_fold(psql)


async def folding(own: asyncpg.Connection) -> Refolding:
    """The record, folded into tables emptied for it, on the test's own connection."""
    for setting, value in PLANS.items():
        await own.execute("SELECT set_config($1, $2, false)", setting, value)
    await own.execute(f"TRUNCATE {', '.join(TABLES)}")
    refolding = Refolding(own)
    async for _ in refolding.fold_all(await own.fetchval("SELECT position FROM head")):
        pass
    return refolding


async def test_catch_up_with_a_negotiation_in_memory_folds_what_is_new_alone(
    recorded: str, psql: asyncpg.Connection
) -> None:
    """What was caught up with stays in memory, so that little is left to do while the head is held."""
    refolding = await folding(psql)
    end = refolding.position
    whole = await psql.fetchval("SELECT count(*) FROM parley_events WHERE unit = 'talks-1'")
    left = []
    for number in range(2):
        record_apart(recorded, request(said(f"more {number}", "talks-1/geneva")))
        left.append(await refolding.left(end + number + 1))
        assert await refolding.catch_up(end + number + 1) == {"talks-1"}
    assert left == [whole + 1, 1]
    record_apart(recorded, request(identified("iceland")))
    assert await refolding.left(end + 3) == end + 3
    assert await refolding.catch_up(end + 3) == {PARTIES}
    await assert_equals_fold(psql)


async def test_catch_up_with_many_negotiations_keeps_the_latest_alone_in_memory(
    recorded: str, psql: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond a number of events negotiations are let go, the one that was folded last excepted."""
    monkeypatch.setattr(refolding_module, "EVENTS_KEPT", 1)
    refolding = await folding(psql)
    counted = "SELECT count(*) FROM parley_events WHERE unit = $1"
    for name in ("talks-1", "talks-2"):
        record_apart(recorded, request(said("more", f"{name}/geneva")))
        await refolding.catch_up(refolding.position + 1)
    record_apart(recorded, request(said("more", "talks-2/geneva")))
    assert await refolding.left(refolding.position + 1) == 1
    await refolding.catch_up(refolding.position + 1)
    record_apart(recorded, request(said("more", "talks-1/geneva")))
    assert await refolding.left(refolding.position + 1) == await psql.fetchval(counted, "talks-1")
    await refolding.catch_up(refolding.position + 1)
    await assert_equals_fold(psql)


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


async def read_on(view: Live, done: asyncio.Event) -> int:
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
        readers = [asyncio.create_task(read_on(Live(desk.pool), done)) for desk in (one, other)]
        for number in range(4):
            # Of what the readers look for, nothing is away; of what nobody looks for, everything.
            await psql.execute("DELETE FROM items; DELETE FROM findings; UPDATE demands SET document = '{}'")
            if number == 2:
                await psql.execute("UPDATE negotiations SET summary = '{}'; UPDATE rounds SET totals = '{}'")
            rebuild = await rebuilt(recorded)
            assert rebuild.differences.total > 0
            assert not any(task.done() for task in [*writers, *readers])
        done.set()
        written = sum(await asyncio.gather(*writers))
        assert all(await asyncio.gather(*readers))
        assert await psql.fetchval("SELECT count(*) FROM parley_events") == before + written
        assert (await rebuilt(recorded)).differences.total == 0
        await assert_equals_fold(psql)
        await assert_documents_equal_fold(one.pool)
