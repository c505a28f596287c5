"""Faults: connections cut, databases gone and tampered with. Exactly one effect, or none that was acknowledged."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from parley.commands.request import Receipt
from parley.embedded import EmbeddedPostgres
from parley.recording import Recording
from parley.store.errors import DatabaseUnavailable, RecordDamaged
from tests import databases
from tests.record.chain import assert_whole
from tests.record.conftest import Replica
from tests.record.desk import (
    at_work,
    connection,
    cut_writers,
    gate_commits,
    gate_shut,
    head_held,
    until,
    writers_waiting,
)
from tests.record.fold import assert_equals_fold
from tests.record.world import GENEVA, TALKS, demanded, events, failed, id_of, negotiation, parties, request, said


async def ids(own: asyncpg.Connection) -> list[str]:
    rows = await own.fetch("SELECT event_id::text FROM parley_events WHERE notification_id > 8 ORDER BY 1")
    return [row["event_id"] for row in rows]


async def test_cut_connection_while_idle_is_not_noticed_by_the_next_request(
    talks: Recording, psql: asyncpg.Connection
) -> None:
    """A connection that was lost between two requests is simply made anew."""
    for number in range(3):
        assert await cut_writers(psql) == 1
        receipt = await talks.record(request(said(f"{number}")))
        assert not receipt.replayed
    assert talks.ready
    assert await assert_whole(psql) == 11
    await assert_equals_fold(psql)


async def test_cut_connection_while_waiting_for_the_head_has_one_effect_with_the_same_ids(
    talks: Recording, database: str, psql: asyncpg.Connection
) -> None:
    """The batch is run again with the ids it had, however often it is cut."""
    one, two = said("one"), demanded("veto")
    async with head_held(database):
        tasks = [asyncio.create_task(talks.record(request(wanted))) for wanted in (one, two)]
        for _ in range(3):
            await writers_waiting(psql)
            assert await cut_writers(psql) == 1
        assert not talks.ready
        assert "away" in talks.unready_reason
    receipts = await asyncio.gather(*tasks)
    assert [events(receipt)[0]["id"] for receipt in receipts] == [id_of(one), id_of(two)]
    assert not talks.unready_reason
    assert await ids(psql) == sorted([id_of(one), id_of(two)])
    await assert_whole(psql)
    await assert_equals_fold(psql)


async def test_cut_connection_between_write_and_commit_has_one_effect_with_the_same_ids(
    talks: Recording, database: str, psql: asyncpg.Connection
) -> None:
    """Everything was written and COMMIT was sent: it is run again, and is there once."""
    await gate_commits(psql)
    wanted = request(said("one"), failed(), key="k1", body=b"one")
    async with gate_shut(database):
        task = asyncio.create_task(talks.record(wanted))
        await writers_waiting(psql)
        assert await cut_writers(psql) == 1
        await writers_waiting(psql)
    receipt = await task
    assert [one["id"] for one in events(receipt)] == [id_of(entry) for entry in wanted.entries]
    assert await assert_whole(psql) == 10
    assert (await talks.record(wanted)).body == receipt.body
    await assert_equals_fold(psql)


async def test_commit_that_may_not_be_replicated_is_no_success_until_it_was_repeated(
    talks: Recording, psql: asyncpg.Connection
) -> None:
    """The server's warning that the standby may lack the commit makes the batch run again: one effect, one answer."""
    await psql.execute("""
        CREATE SCHEMA standby;
        CREATE SEQUENCE standby.warnings;
        CREATE FUNCTION standby.lags() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN
            IF nextval('standby.warnings') = 1 THEN
                RAISE WARNING USING ERRCODE = '01000',
                    MESSAGE = 'canceling wait for synchronous replication due to user request',
                    DETAIL = 'The transaction has already committed locally, '
                        'but might not have been replicated to the standby.';
            END IF;
            RETURN NULL;
        END$$;
        CREATE CONSTRAINT TRIGGER lags AFTER UPDATE ON parley.head
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION standby.lags();
    """)
    receipt = await talks.record(request(said("one")))
    assert receipt.replayed
    # Once for the commit that was warned of, once for the repetition, which has to wait for the standby too.
    assert await psql.fetchval("SELECT last_value FROM standby.warnings") == 2
    assert await assert_whole(psql) == 9
    assert talks.ready


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE head SET position = position - 1",
        "DELETE FROM parley_events WHERE notification_id = (SELECT position FROM head)",
        "UPDATE head SET hash = decode(repeat('ab', 32), 'hex')",
        "TRUNCATE parley_events; UPDATE head SET position = 0, hash = decode(repeat('00', 32), 'hex')",
    ],
)
async def test_record_on_a_head_that_is_not_the_acknowledged_one_stops_the_writer(
    talks: Recording, psql: asyncpg.Connection, tampering: str
) -> None:
    """A head below what was acknowledged, or another hash there: the writer stops, and the service is not ready."""
    await talks.record(request(said("acknowledged")))
    await psql.execute(tampering)
    before = await psql.fetch("SELECT * FROM parley_events"), await psql.fetch("SELECT * FROM head")
    for _ in range(3):
        with pytest.raises(RecordDamaged) as damaged:
            await talks.record(request(said("refused")))
        assert "restore the right database" in str(damaged.value)
        assert not talks.ready
        assert talks.unready_reason == str(damaged.value)
    assert (await psql.fetch("SELECT * FROM parley_events"), await psql.fetch("SELECT * FROM head")) == before


@pytest.mark.parametrize("memory", ["kept", "lost"])
async def test_record_on_a_database_that_went_another_way_after_reconnecting_stops_the_writer(
    talks: Recording, replica: Replica, psql: asyncpg.Connection, memory: str
) -> None:
    """A head that is higher hides nothing: the acknowledged event itself is looked for on every new connection."""
    await talks.record(request(said("acknowledged")))
    if memory == "lost":
        await psql.execute("ALTER TABLE commands ADD CHECK (key <> 'bad')")
        with pytest.raises(asyncpg.CheckViolationError):
            await talks.record(request(said("lost"), key="bad"))
    else:
        assert await cut_writers(psql) == 1
    await psql.execute("DELETE FROM parley_events WHERE notification_id = 9")
    await psql.execute("""
        UPDATE head SET position = 8, hash = (SELECT hash FROM parley_events WHERE notification_id = 8)
    """)
    other = await replica()
    await other.record(request(said("another"), said("and another")))
    with pytest.raises(RecordDamaged):
        await talks.record(request(said("refused")))
    assert not talks.ready
    assert other.ready


async def test_record_among_events_that_were_rewritten_stops_the_writer(
    talks: Recording, replica: Replica, psql: asyncpg.Connection
) -> None:
    """Catching up begins with the last known event, so that another one in its place is noticed."""
    other = await replica()
    await other.record(request(said("known")))
    await talks.record(request(said("later")))
    await psql.execute("UPDATE parley_events SET hash = decode(repeat('ab', 32), 'hex') WHERE notification_id = 9")
    with pytest.raises(RecordDamaged):
        await other.record(request(said("refused")))
    assert talks.ready


async def test_damage_settles_everybody_who_waits(talks: Recording, database: str, psql: asyncpg.Connection) -> None:
    """Nobody is left hanging: those of the batch and those behind it are all told."""
    await talks.record(request(said("acknowledged")))
    async with head_held(database) as own:
        first = asyncio.create_task(talks.record(request(said("first"))))
        await writers_waiting(psql)
        rest = [asyncio.create_task(talks.record(request(said(f"{number}")))) for number in range(5)]
        await asyncio.sleep(0)
        await own.execute("UPDATE head SET position = 3")
        await own.execute("COMMIT")
    results = await asyncio.gather(first, *rest, return_exceptions=True)
    assert [type(result) for result in results] == [RecordDamaged] * 6


# -- the database away


@pytest.fixture(scope="module")
async def server() -> AsyncIterator[EmbeddedPostgres]:
    """A server that these tests stop and start, with a migrated database."""
    with databases.server() as postgres:
        await databases.make_template(postgres)
        yield postgres


@pytest.fixture
async def dsn(server: EmbeddedPostgres) -> AsyncIterator[str]:
    """An empty database on that server."""
    async with databases.database(server) as dsn:
        yield dsn


async def test_record_while_the_database_restarts_is_recorded_once_it_is_back(
    server: EmbeddedPostgres, dsn: str
) -> None:
    """Writers wait within their deadlines, the service says that it is not ready and is again, and reads go on."""
    async with at_work(dsn) as recording:
        await recording.record(parties())
        await recording.record(negotiation())
        assert await recording.live.round(TALKS, "geneva") is not None
        server.stop()
        with pytest.raises(DatabaseUnavailable):
            await recording.record(request(said("too hurried"), timeout_s=0.1))
        assert not recording.ready
        waits = asyncio.create_task(recording.record(request(said("patient"))))
        await asyncio.sleep(0)
        server.start()
        assert events(await waits)[0]["stream"] == GENEVA
        assert not recording.unready_reason
        assert await recording.live.round(TALKS, "geneva") is not None
        async with connection(dsn) as own:
            assert await assert_whole(own) == 9
            await assert_equals_fold(own)


async def test_database_back_without_a_request_makes_the_service_ready_again(
    server: EmbeddedPostgres, dsn: str
) -> None:
    """A service that gets no requests while it is not ready notices by itself that the database is back."""
    async with at_work(dsn) as recording:
        await recording.record(parties())
        server.stop()
        with pytest.raises(DatabaseUnavailable):
            await recording.record(request(said("too hurried"), timeout_s=0.1))
        assert not recording.ready
        server.start()
        async with connection(dsn) as own:

            async def ready() -> bool:
                await own.execute("SELECT")
                return recording.ready

            await until(ready)


async def test_close_while_the_database_is_away_ends_soon_and_settles_everybody(
    server: EmbeddedPostgres, dsn: str
) -> None:
    """A stop does not wait for deadlines: who waits is told that nothing can be recorded."""
    async with asyncio.timeout(20):
        async with at_work(dsn) as recording:
            await recording.record(parties())
            server.stop()
            tasks = [
                asyncio.create_task(recording.record(request(said(f"{number}"), timeout_s=3600))) for number in range(5)
            ]
            await asyncio.sleep(0)
        results = await asyncio.gather(*tasks, return_exceptions=True)
    server.start()
    assert [type(result) for result in results] == [DatabaseUnavailable] * 5


async def test_close_while_a_batch_commits_lets_it_finish(
    talks: Recording, database: str, psql: asyncpg.Connection
) -> None:
    """What is being committed is answered; what is still in the queue is told to come back."""
    await gate_commits(psql)
    async with gate_shut(database) as own:
        committing = asyncio.create_task(talks.record(request(said("committing"))))
        await writers_waiting(psql)
        queued = asyncio.create_task(talks.record(request(said("queued"))))
        await asyncio.sleep(0)
        closing = asyncio.create_task(talks.close())
        await asyncio.sleep(0)
        with pytest.raises(DatabaseUnavailable):
            await talks.record(request(said("too late")))
        await own.execute("SELECT pg_advisory_unlock_all()")
        await closing
    assert isinstance(await committing, Receipt)
    with pytest.raises(DatabaseUnavailable):
        await queued
    assert not talks.ready
    assert await assert_whole(psql) == 9


async def test_close_while_a_batch_never_comes_to_its_end_cuts_it_off(
    talks: Recording, database: str, psql: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lock that somebody else holds for ever does not keep the service from stopping."""
    monkeypatch.setattr("parley.commands.writer.STOP_WITHIN_S", 0.1)
    async with head_held(database):
        tasks = [asyncio.create_task(talks.record(request(said(f"{number}"), timeout_s=3600))) for number in range(3)]
        await writers_waiting(psql)
        async with asyncio.timeout(10):
            await talks.close()
        results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(result) for result in results] == [DatabaseUnavailable] * 3
    assert await assert_whole(psql) == 8
