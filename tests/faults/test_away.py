"""A database that is full, crowded, stopped, slow or only for reading: told in time, nothing lost, nothing doubled."""

import asyncio
import threading
from collections.abc import Awaitable
from contextlib import AsyncExitStack, suppress
from itertools import count
from typing import Any

import asyncpg
import pytest

from parley import recording as recording_module
from parley.commands.request import Receipt, Request
from parley.embedded import EmbeddedPostgres
from parley.recording import Recording
from parley.store.errors import DatabaseUnavailable, RecordUnavailable
from tests.faults.proxy import Cut, Step, proxied
from tests.record.chain import assert_whole
from tests.record.desk import at_work, connection, cut_writers, head_held, until, writers_waiting
from tests.record.fold import assert_equals_fold
from tests.record.world import TALKS, demanded, events, id_of, negotiation, parties, request, said

PROMPTLY_S = 5.0
"""What is called prompt here, on a machine that does a lot besides."""


async def promptly(answer: Awaitable[Any]) -> Any:
    """The answer, if it comes soon."""
    async with asyncio.timeout(PROMPTLY_S):
        return await answer


async def refuse_hurried(recording: Recording) -> Request:
    """A request with little time is told that the record is unavailable, and so is whoever asks for readiness."""
    hurried = request(said("hurried"), timeout_s=0.2)
    with pytest.raises((DatabaseUnavailable, RecordUnavailable)):
        await promptly(recording.record(hurried))
    assert not recording.ready
    return hurried


async def assert_stored(own: asyncpg.Connection, *requests: Request) -> None:
    """Behind the first eight, these and no others are stored, each once; chain and read models are whole."""
    rows = await own.fetch("SELECT event_id::text FROM parley.parley_events WHERE notification_id > 8")
    wanted = [id_of(entry) for one in requests for entry in one.entries]
    assert sorted(row["event_id"] for row in rows) == sorted(wanted)
    await assert_whole(own)
    await assert_equals_fold(own)


@pytest.mark.parametrize("when", ["BEFORE INSERT ON parley.parley_events", "at commit"])
async def test_record_while_the_disk_is_full_is_unavailable_until_there_is_room(
    talks: Recording, psql: asyncpg.Connection, when: str
) -> None:
    """The server's own error (SQLSTATE 53100, raised here by a trigger) is no request's fault: it is tried again.

    A disk that is really full needs rights that a test has not.
    """
    trigger = (
        "CONSTRAINT TRIGGER full_ AFTER INSERT ON parley.parley_events DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"
        if when == "at commit"
        else f"TRIGGER full_ {when}"
    )
    await psql.execute(f"""
        CREATE SCHEMA disk;
        CREATE SEQUENCE disk.attempts;
        CREATE TABLE disk.state (is_full boolean);
        INSERT INTO disk.state VALUES (true);
        CREATE FUNCTION disk.write() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN
            IF (SELECT is_full FROM disk.state) THEN
                PERFORM nextval('disk.attempts');
                RAISE 'could not extend file: No space left on device' USING ERRCODE = '53100';
            END IF;
            RETURN NEW;
        END$$;
        CREATE {trigger} EXECUTE FUNCTION disk.write();
    """)
    await refuse_hurried(talks)
    assert await talks.live.round(TALKS, "geneva") is not None
    patient = [request(said("one"), key="one"), request(demanded("two"))]
    waiting = [asyncio.create_task(talks.record(one)) for one in patient]
    before = await psql.fetchval("SELECT last_value FROM disk.attempts")
    assert before >= 1

    async def tried_again() -> bool:
        return bool(await psql.fetchval("SELECT last_value FROM disk.attempts") > before)

    await until(tried_again)
    await psql.execute("UPDATE disk.state SET is_full = false")
    assert [receipt.replayed for receipt in await asyncio.gather(*waiting)] == [False, False]
    assert talks.ready
    await assert_stored(psql, *patient)


async def test_reconnect_while_connections_are_used_up_succeeds_once_there_is_one(own_database: str) -> None:
    """A writer that lost its connection among too many waits for a new one; the service says that it is not ready."""
    async with at_work(own_database) as recording, connection(own_database) as own, AsyncExitStack() as crowd:
        await recording.record(parties())
        await recording.record(negotiation())
        await use_up(crowd, own_database)
        assert await cut_writers(own) == 1
        await use_up(crowd, own_database)
        await refuse_hurried(recording)
        patient = request(said("patient"))
        waiting = asyncio.create_task(recording.record(patient))
        with pytest.raises(asyncpg.TooManyConnectionsError):
            await asyncpg.connect(own_database)
        assert not waiting.done()
        await crowd.aclose()
        assert not (await promptly(waiting)).replayed
        assert recording.ready
        await assert_stored(own, patient)


async def use_up(crowd: AsyncExitStack, dsn: str) -> None:
    """Open connections until there are no more to be had."""
    with suppress(asyncpg.TooManyConnectionsError):
        while True:
            await crowd.enter_async_context(connection(dsn))


async def test_restart_under_load_loses_and_doubles_nothing(own_server: EmbeddedPostgres, own_database: str) -> None:
    """Writers do not notice that the database was stopped and started, but for the time it took."""
    recorded: list[tuple[Request, Receipt]] = []
    progress = asyncio.Condition()
    stopping = threading.Event()

    async def write(recording: Recording, name: str) -> None:
        for number in count():
            if stopping.is_set():
                return
            wanted = request(said(f"{name}-{number}"), key=f"{name}-{number}" if number % 2 else None, timeout_s=60)
            receipt = await recording.record(wanted)
            async with progress:
                recorded.append((wanted, receipt))
                progress.notify_all()

    async def acknowledged(more: int) -> None:
        goal = len(recorded) + more
        async with progress:
            await progress.wait_for(lambda: len(recorded) >= goal)

    async with asyncio.timeout(60), at_work(own_database) as recording:
        await recording.record(parties())
        await recording.record(negotiation())
        async with asyncio.TaskGroup() as group:
            for writer in range(8):
                group.create_task(write(recording, f"{writer}"))
            for _ in range(3):
                await acknowledged(20)
                await asyncio.to_thread(own_server.stop)
                own_server.start()
            await acknowledged(20)
            stopping.set()
        async with connection(own_database) as own:
            await assert_stored(own, *(wanted for wanted, _ in recorded))
            stored = {
                row["event_id"]: row["notification_id"]
                for row in await own.fetch("SELECT event_id::text, notification_id FROM parley_events")
            }
    for wanted, receipt in recorded:
        assert stored[id_of(wanted.entries[0])] == receipt.first_position == events(receipt)[0]["position"]


async def test_record_beside_idle_transactions_is_not_stalled(
    talks: Recording, database: str, psql: asyncpg.Connection
) -> None:
    """One that holds an old snapshot of every table, and one that holds locks elsewhere: nobody waits for them."""
    wanted = [request(said(f"{number}"), demanded(f"demand-{number}")) for number in range(20)]
    async with connection(database) as old, connection(database) as locking:
        await old.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        tables = await old.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'parley'")
        for table in tables:
            await old.execute(f"SELECT * FROM {table['tablename']}")
        await locking.execute("CREATE TABLE elsewhere (n int)")
        await locking.execute("BEGIN")
        await locking.execute("LOCK TABLE elsewhere IN ACCESS EXCLUSIVE MODE")
        for one in wanted:
            assert not (await promptly(talks.record(one))).replayed
        document = await promptly(talks.live.round(TALKS, "geneva"))
        assert b"demand-19" in document.body
        assert await old.fetchval("SELECT count(*) FROM parley_events") == 8
        await assert_stored(psql, *wanted)


async def test_record_while_another_session_holds_the_head_is_unavailable_in_time(
    talks: Recording, database: str, psql: asyncpg.Connection
) -> None:
    """Who gave up is told in time and not recorded; who asks again or waits is recorded once when it lets go."""
    hurried = [request(said(f"{number}"), key=f"{number}", timeout_s=0.3) for number in range(20)]
    given_up = request(said("never again"), timeout_s=0.3)
    patient = [request(*one.entries, key=one.key) for one in hurried]
    async with head_held(database):
        asking = (talks.record(one) for one in (*hurried, given_up))
        told = await promptly(asyncio.gather(*asking, return_exceptions=True))
        assert [type(one) for one in told] == [DatabaseUnavailable] * 21
        waiting = [asyncio.create_task(talks.record(one)) for one in patient]
        await writers_waiting(psql)
        assert not any(task.done() for task in waiting)
    receipts = await promptly(asyncio.gather(*waiting))
    assert sorted(receipt.first_position for receipt in receipts) == list(range(9, 29))
    await assert_stored(psql, *patient)


async def test_record_on_a_server_that_only_reads_is_unavailable_until_it_writes_again(
    talks: Recording, database: str, psql: asyncpg.Connection
) -> None:
    """A server that takes no writes is as good as away, and reads go on."""
    name = await psql.fetchval("SELECT current_database()")
    await psql.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    await cut_writers(psql)
    await refuse_hurried(talks)
    assert await talks.live.round(TALKS, "geneva") is not None
    patient = request(said("patient"))
    waiting = asyncio.create_task(talks.record(patient))
    await writers_gone(psql)
    await psql.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
    assert not (await promptly(waiting)).replayed
    assert talks.ready
    await assert_stored(psql, patient)


async def writers_gone(own: asyncpg.Connection) -> None:
    """Wait until no writer is connected to this database, as between two attempts."""

    async def true() -> bool:
        return not await own.fetchval("""
            SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND application_name = 'parley writer'
        """)

    await until(true)


@pytest.mark.parametrize("before_the_end", range(4))
async def test_connection_that_falls_silent_is_given_up_in_time(
    database: str, monkeypatch: pytest.MonkeyPatch, before_the_end: int
) -> None:
    """A network that loses everything and says nothing, at COMMIT too, holds nobody up for longer than a command."""
    monkeypatch.setattr(recording_module, "COMMAND_WITHIN_S", 0.3)
    async with proxied(database) as proxy, at_work(proxy.dsn) as recording, connection(database) as own:
        await recording.record(parties())
        await recording.record(negotiation())
        warm = [request(said("one")), request(said("two"))]
        for one in warm:
            proxy.watch()
            await recording.record(one)
        proxy.watch(Cut(Step("server", proxy.counted["server"] - before_the_end), passed=False, silent=True))
        wanted = request(said("silence"), key="silence")
        receipt = await promptly(recording.record(wanted))
        assert not proxy.cuts_left
        assert receipt.first_position == 11
        assert recording.ready
        await assert_stored(own, *warm, wanted)
