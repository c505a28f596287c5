"""Read models follow the record: behind each commit, by whichever replica, and before anybody reads them."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress

import asyncpg
import pytest

from negotiation.streams import PARTIES
from parley.commands.request import Request
from parley.embedded import EmbeddedPostgres
from parley.projections import projector as projecting
from parley.projections import rounds
from parley.projections.projecting import Status, project
from parley.projections.projector import Projector
from parley.projections.tables import Update
from parley.projections.touched import Touched
from parley.projections.units import Units
from parley.recording import Recording
from parley.store.errors import ReadModelBroken, ReadModelsBehind
from parley.store.log import SCHEMA
from tests import databases
from tests.record import world
from tests.record.conftest import Replica
from tests.record.desk import at_work, claimed, connection, sessions_waiting, until
from tests.record.fold import (
    assert_documents_equal_fold,
    assert_equals_fold,
    assert_rows_equal_fold,
    bring_up_to_date,
    lagging,
)
from tests.record.world import (
    TALKS,
    answered,
    demanded,
    identified,
    joined,
    left,
    negotiation,
    request,
    retracted,
    said,
)

WITHIN_S = 20.0
PROMPTLY_S = 10.0


async def record_alone(dsn: str, *requests: Request) -> None:
    """Record by a service that ends before anything of it is projected."""
    async with at_work(dsn) as recording:
        await recording.projecting.close()
        for one in requests:
            await recording.record(one, minimal=True)


async def settle(*replicas: Recording) -> None:
    for one in replicas:
        await one.projecting.settle(WITHIN_S)


async def text_of(recording: Recording, name: str = TALKS, round_: str = "geneva") -> str:
    """A round, as it is read."""
    document = await recording.live.round(name, round_)
    assert document is not None
    return document.body.decode()


async def position_of(psql: asyncpg.Connection, unit: str) -> int | None:
    """How far the read models of a unit have come."""
    found: int | None = await psql.fetchval("SELECT position FROM projections WHERE unit = $1", unit)
    return found


async def head_of(psql: asyncpg.Connection) -> int:
    found: int = await psql.fetchval("SELECT position FROM head")
    return found


# -- what was recorded is read


async def test_end_between_commit_and_projection_loses_nothing_to_readers_elsewhere(
    database: str, replica: Replica, psql: asyncpg.Connection
) -> None:
    """The next process projects what the last one left."""
    await record_alone(database, world.parties(), negotiation(), request(said("last words")))
    assert await psql.fetchval("SELECT count(*) FROM rounds") == 0

    assert "last words" in await text_of(await replica())
    await assert_equals_fold(psql)


async def test_settle_after_another_service_ended_before_projecting_leaves_nothing_behind(
    database: str, replica: Replica, psql: asyncpg.Connection
) -> None:
    """Nobody reads: the background task finds what was left, and all rows are right."""
    await record_alone(database, world.parties(), negotiation(), request(said("last words")))
    assert await lagging(psql) == [PARTIES, TALKS]

    await settle(await replica())

    assert await lagging(psql) == []
    await assert_rows_equal_fold(psql)


async def test_read_at_a_replica_that_has_not_seen_the_commit_shows_it(
    talks: Recording, database: str, replica: Replica
) -> None:
    """Whoever recorded it projects nothing, and the reader is told of nothing: it looks."""
    other = await replica()
    await settle(talks, other)
    await talks.projecting.close()
    for number in range(5):
        await talks.record(request(said(f"word {number}")), minimal=True)
        assert f"word {number}" in await text_of(other)


async def test_list_negotiations_at_a_replica_that_has_not_seen_the_commit_waits_for_it(
    talks: Recording, replica: Replica
) -> None:
    """A list over all units shows what was recorded a moment ago elsewhere, in units old and new."""
    other = await replica()
    await talks.projecting.close()
    for number in range(3):
        await talks.record(negotiation(f"new-{number}"), minimal=True)
        page = await other.live.negotiations(None, 10)
        assert len(page.items) == number + 2
        receipt = await talks.record(request(said("more")), minimal=True)
        page = await other.live.negotiations(None, 10)
        assert page.items == (await other.live.negotiations(None, 10)).items
        document = await other.live.negotiation(TALKS)
        assert document is not None
        assert document.version == receipt.last_position


async def test_list_negotiations_while_one_does_not_settle_says_that_they_are_behind(
    talks: Recording, database: str, psql: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It never shows old rows for new ones; once the unit is free, it shows all."""
    monkeypatch.setattr("parley.queries.now.LISTS_WITHIN_S", 0.3)
    await settle(talks)
    async with claimed(database, TALKS):
        await talks.record(request(said("more")))
        with pytest.raises(ReadModelsBehind):
            await talks.live.negotiations(None, 10)
    monkeypatch.setattr("parley.queries.now.LISTS_WITHIN_S", WITHIN_S)
    assert len((await talks.live.negotiations(None, 10)).items) == 1
    await assert_rows_equal_fold(psql)


# -- several at once


async def test_project_a_unit_by_two_at_once_leaves_the_second_nothing_to_do(
    database: str, psql: asyncpg.Connection
) -> None:
    """One waits for the other, and then writes no row but how far it has come."""
    await record_alone(database, world.parties(), negotiation())
    await bring_up_to_date(psql)
    await record_alone(database, request(said("one"), demanded("veto", to=["nato"])))
    async with connection(database) as one, connection(database) as other:
        async with claimed(database, TALKS):
            both = [asyncio.create_task(project(each, Units(), [TALKS])) for each in (one, other)]
            await sessions_waiting(psql, "test", 2)
        assert [done.position for done in await asyncio.gather(*both)] == [10, 10]
    second = int(await psql.fetchval("SELECT xmin::text FROM projections WHERE unit = $1", TALKS))
    for table in ("rounds", "items", "negotiations", "demands"):
        newest = await psql.fetchval(f"SELECT max(xmin::text::bigint) FROM {table}")
        assert newest < second, table
    await assert_rows_equal_fold(psql)


async def test_findings_and_readers_with_one_connection_and_nothing_in_memory_do_not_wait_in_a_circle(
    talks: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has a unit has a connection, too."""
    projector = Projector(talks.servers)
    projector.units = Units(kept=0)
    monkeypatch.setattr(projecting, "CONNECTIONS", 1)
    await projector.open()
    try:
        async with asyncio.timeout(WITHIN_S):
            for number in range(5):
                receipt = await talks.record(request(said(f"{number}")), minimal=True)
                position = receipt.last_position
                asked = [projector.findings(TALKS, [position], []) for _ in range(5)]
                await asyncio.gather(*asked, projector.project(TALKS, position))
    finally:
        await projector.close()


async def test_read_by_two_replicas_at_once_meets_no_error(
    talks: Recording, replica: Replica, database: str, psql: asyncpg.Connection
) -> None:
    """Readers and background tasks of both want the unit: all get it, and its rows are right."""
    other = await replica()
    await settle(talks, other)
    async with claimed(database, TALKS):
        await talks.record(request(said("once")), minimal=True)
        reads = [asyncio.create_task(text_of(each)) for each in (talks, other, other, talks)]
        await sessions_waiting(psql, "parley projector", 2)
    assert all(text.count('"once"') == 1 for text in await asyncio.gather(*reads))
    await settle(talks, other)
    assert await lagging(psql) == []
    await assert_rows_equal_fold(psql)


async def test_project_a_unit_for_long_keeps_no_other_unit_from_being_recorded_read_and_projected(
    talks: Recording, database: str, psql: asyncpg.Connection
) -> None:
    """The unit itself is recorded in, too; who reads it waits, and gets all."""
    await talks.record(negotiation("other"))
    await settle(talks)
    async with claimed(database, TALKS):
        async with asyncio.timeout(PROMPTLY_S):
            await talks.record(request(said("here")))
            waits = asyncio.create_task(text_of(talks))
            await sessions_waiting(psql, "parley projector")
            await talks.record(request(said("there", "other/geneva")))
            assert "there" in await text_of(talks, "other")
            await talks.record(request(said("and on", "other/brussels")))
            await talks.record(negotiation("third"))
            head = await head_of(psql)

            async def projected() -> bool:
                return await position_of(psql, "third") == head

            await until(projected)  # by nobody but the background task
        assert not waits.done()
    assert "here" in await waits


# -- a unit that cannot be projected


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """A unit that cannot be projected is tried again at once."""
    monkeypatch.setattr(projecting, "RETRY_S", (0.05,))


@pytest.mark.usefixtures("hasty")
async def test_projector_that_throws_for_one_unit_keeps_only_that_unit_from_being_read_until_it_recovers(
    talks: Recording, psql: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Recording goes on, there too; the unit's reads say why, status names it, and nothing old is shown for new."""
    await talks.record(negotiation("other"))
    await settle(talks)
    right = rounds.updates

    def updates(touched: Touched) -> Iterator[Update]:
        if touched.unit == TALKS:
            raise ValueError("a round that nobody foresaw")
        return right(touched)

    with monkeypatch.context() as patched:
        patched.setattr(rounds, "updates", updates)
        await talks.record(request(said("here")))
        await talks.record(request(said("there", "other/geneva")))
        reason = "ValueError: a round that nobody foresaw"
        for _ in range(3):
            with pytest.raises(ReadModelBroken, match=reason) as broken:
                await text_of(talks)
            assert broken.value.facts["unit"] == TALKS
        with pytest.raises(ReadModelBroken):
            await talks.live.negotiation(TALKS)
        with pytest.raises(ReadModelBroken):
            await talks.live.negotiations(None, 10)
        assert (await talks.projecting.status()).broken == {TALKS: reason}
        assert (await talks.projecting.status()).lagging >= 1
        assert "there" in await text_of(talks, "other")
        await talks.record(request(said("here again")))
        assert talks.ready

    async def recovered() -> bool:
        with suppress(ReadModelBroken):
            return "here again" in await text_of(talks)
        return False

    await until(recovered)
    await settle(talks)
    assert await talks.projecting.status() == Status(0, {})
    assert await lagging(psql) == []
    await assert_rows_equal_fold(psql)
    await assert_documents_equal_fold(talks.pool)


@pytest.mark.usefixtures("hasty")
async def test_error_of_the_database_in_one_unit_does_not_stall_the_others(
    talks: Recording, replica: Replica, psql: asyncpg.Connection
) -> None:
    """An error that is no outage (here a constraint): others that lag with it are projected, and it when it can be."""
    for name in ("alpha", "omega"):
        await talks.record(negotiation(name))
    await settle(talks)
    await psql.execute("ALTER TABLE items ADD CONSTRAINT bad CHECK (place <> 'talks/geneva' OR kind <> 'statements')")
    for name in ("alpha", TALKS, "omega"):
        await talks.record(request(said("words", f"{name}/geneva")))

    async def projected() -> bool:
        return await lagging(psql) == [TALKS]

    await until(projected)
    with pytest.raises(ReadModelBroken, match="CheckViolationError"):
        await text_of(talks)
    assert list((await talks.projecting.status()).broken) == [TALKS]
    assert "words" in await text_of(await replica(), "alpha")

    await psql.execute("ALTER TABLE items DROP CONSTRAINT bad")

    async def recovered() -> bool:
        return await lagging(psql) == []

    await until(recovered)
    assert "words" in await text_of(talks)
    await assert_rows_equal_fold(psql)


# -- changes among the parties


async def test_settle_after_changes_among_parties_leaves_no_negotiation_behind(
    talks: Recording, replica: Replica, psql: asyncpg.Connection
) -> None:
    """A party that goes and comes, members that join and leave: negotiations that name them are projected again."""
    other = await replica()
    finland = identified("finland")
    await talks.record(request(finland))
    for name in ("alpha", "beta"):
        await talks.record(negotiation(name))
        stream = f"{name}/geneva"
        await talks.record(
            request(
                said("hello", stream, by="finland"),
                demanded("veto", stream, to=["nato"]),
                answered("veto", stream=stream, by="nato", as_="for-members"),
            )
        )
    for number, change in enumerate(
        (retracted(finland), identified("finland"), joined("nato", "sweden"), left("nato", "sweden", "2022-02-01"))
    ):
        desk, elsewhere = (talks, other) if number % 2 else (other, talks)
        await desk.record(request(change), minimal=True)
        await settle(elsewhere)
        assert await lagging(psql) == []
        await assert_rows_equal_fold(psql)
    assert "hello" in await text_of(other, "alpha")


async def test_party_changes_while_a_negotiation_that_names_it_first_is_projected_reaches_it(
    talks: Recording, replica: Replica, database: str, psql: asyncpg.Connection
) -> None:
    """Nobody can see yet that it names the party: it was folded before the change, and is written behind it."""
    other = await replica()
    finland = identified("finland")
    await talks.record(request(finland))
    await settle(talks, other)
    async with connection(database) as own:
        await own.execute("BEGIN")
        await own.execute("LOCK TABLE negotiation_parties IN SHARE ROW EXCLUSIVE MODE")
        receipt = await talks.record(request(said("hello", by="finland")), minimal=True)
        await sessions_waiting(psql, "parley projector")  # folded, and about to tell whom it names
        await other.record(request(retracted(finland)), minimal=True)
        head = await head_of(psql)

        async def parties_projected() -> bool:
            return await position_of(psql, PARTIES) == head

        await until(parties_projected)
        assert await position_of(psql, TALKS) != head
        await other.close()  # it left the negotiation to whoever projects it
        await own.execute("ROLLBACK")
    await settle(talks)
    assert receipt.last_position == head - 1
    assert await lagging(psql) == []
    await assert_rows_equal_fold(psql)
    assert "RestsOnWithdrawnFact" in await text_of(talks)


async def test_idle_service_has_nothing_left_to_project(
    talks: Recording, replica: Replica, psql: asyncpg.Connection
) -> None:
    """After all was projected, neither query that looks for work finds any, whatever was recorded."""
    finland = identified("finland")
    await talks.record(request(finland, joined("nato", "finland")))
    await talks.record(request(said("hello", by="finland"), demanded("veto", to=["nato", "finland"])))
    await talks.record(request(retracted(finland)))
    await settle(talks)
    assert await lagging(psql) == []
    before = await psql.fetch("SELECT unit, position, xmin::text FROM projections ORDER BY unit")
    await settle(await replica(), talks)
    assert await psql.fetch("SELECT unit, position, xmin::text FROM projections ORDER BY unit") == before
    assert await talks.projecting.status() == Status(0, {})


# -- a process that starts


async def test_project_by_a_fresh_process_writes_only_what_is_new(database: str, psql: asyncpg.Connection) -> None:
    """It folds all, and leaves alone, right or wrong, the rows that what was recorded since does not touch."""
    finland = identified("finland")
    await record_alone(
        database,
        world.parties(),
        request(finland),
        negotiation(),
        request(*(said(f"{number}", by="finland") for number in range(5)), demanded("veto")),
    )
    await bring_up_to_date(psql)
    harmed = await psql.fetchrow("SELECT * FROM items WHERE place = 'talks/geneva' LIMIT 1")
    assert harmed is not None
    harm = "UPDATE items SET document = $4 WHERE (place, kind, id) = ($1, $2, $3)"
    await psql.execute(harm, *harmed[:3], b"{}")
    items = "SELECT place, kind, id, xmin::text FROM items ORDER BY 1, 2, 3"
    before = {tuple(row) for row in await psql.fetch(items)}
    await record_alone(database, request(said("new", "talks/brussels")))

    await bring_up_to_date(psql)

    after = {tuple(row) for row in await psql.fetch(items)}
    assert before < after
    assert len(after - before) == 1
    await psql.execute(harm, *harmed[:3], harmed["document"])
    await assert_rows_equal_fold(psql)

    await record_alone(database, request(retracted(finland)))
    await bring_up_to_date(psql)
    await assert_rows_equal_fold(psql)
    assert await psql.fetchval("SELECT count(*) FROM findings WHERE unit = 'talks'") == 5


@pytest.mark.parametrize("reset", ["UPDATE projections SET position = 0", "DELETE FROM projections"])
@pytest.mark.parametrize("warm", [False, True])
async def test_project_units_whose_position_was_reset_composes_everything_again(
    talks: Recording, database: str, psql: asyncpg.Connection, reset: str, *, warm: bool
) -> None:
    """Whatever the rows were, they are right afterwards; by a process that knew them, too."""
    await talks.record(request(said("here"), demanded("veto", to=["nato"]), identified("finland")))
    await settle(talks)
    if not warm:
        await talks.close()
    await psql.execute("UPDATE items SET document = '{}'; DELETE FROM demands; UPDATE rounds SET header = '{}'")
    await psql.execute("INSERT INTO findings SELECT 'talks', $1, 0, 'talks/geneva', '{}'", world.id_of(said("x")))
    await psql.execute(reset)
    assert await lagging(psql) == [PARTIES, TALKS]
    if warm:
        assert "here" in await text_of(talks)
        await talks.live.party("nato")
    else:
        await bring_up_to_date(psql)
    assert await lagging(psql) == []
    await assert_rows_equal_fold(psql)


async def test_open_projector_on_a_record_of_many_units_projects_them_all(
    database: str, psql: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than are projected together, each once."""
    monkeypatch.setattr(projecting, "UNITS_TOGETHER", 4)
    await record_alone(database, world.parties(), *(negotiation(f"talks-{number}") for number in range(11)))
    async with at_work(database) as recording:
        assert isinstance(recording.projecting, Projector)
        await settle(recording)
    assert await lagging(psql) == []
    assert await psql.fetchval(f"SELECT count(*) FROM {SCHEMA}.negotiations") == 11
    await assert_rows_equal_fold(psql)


# -- after a failover


async def test_fold_never_joins_the_events_of_two_records(postgres: EmbeddedPostgres, database: str) -> None:
    """What a server has that is behind, or went another way, is not folded into what was seen at the present one."""
    await record_alone(database, world.parties(), negotiation(), request(said("in both")))
    async with connection(database) as own:
        name = await own.fetchval("SELECT current_database()")
    async with databases.database(postgres, template=name) as present:
        await record_alone(present, request(said("at the present primary")))
        units = Units()
        async with connection(database) as old, connection(present) as new:
            stock = await units.take_stock(new, [TALKS])
            with pytest.raises(ConnectionAbortedError):
                async with units.held(old, TALKS, stock):
                    pytest.fail("the old primary lacks what was recorded since")
            assert not units.holds(TALKS)

            stock = await units.take_stock(new, [TALKS])
            await units.take_stock(old, [TALKS])  # another task still asks the old primary
            with pytest.raises(ConnectionAbortedError):
                async with units.held(new, TALKS, stock):
                    pytest.fail("another record was seen meanwhile")

            recorded = await new.fetchval("SELECT count(*) FROM parley_events WHERE unit = $1", TALKS)
            async with units.held(new, TALKS, await units.take_stock(new, [TALKS])) as unit:
                assert unit.size == recorded
