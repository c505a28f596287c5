"""What tests of the record do by themselves: open it, look into its tables, hold its locks, cut its connections."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import asyncpg

from parley.commands.request import Receipt, Request
from parley.projections.projecting import _number as number_of_claim
from parley.recording import Recording
from parley.store.log import Written, chained, lock_head

PATIENCE_S: Final = 20.0

GATE: Final = 4711
"""The advisory lock at which commits wait that pass through `gate_commits`."""

CLAIM = "SELECT pg_advisory_xact_lock(number) FROM unnest($1::bigint[]) AS given (number)"


@asynccontextmanager
async def at_work(dsn: str, **options: Any) -> AsyncIterator[Recording]:
    """A record that is open."""
    recording = await Recording.open(dsn, **options)
    try:
        yield recording
    finally:
        await recording.close()


@asynccontextmanager
async def connection(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection of the test's own."""
    own = await asyncpg.connect(dsn, server_settings={"search_path": "parley", "application_name": "test"})
    try:
        yield own
    finally:
        own.terminate()


@asynccontextmanager
async def head_held(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    """The head's lock, held by the test: nothing is recorded meanwhile."""
    async with connection(dsn) as own:
        await own.execute("BEGIN")
        await own.execute("SELECT FROM head FOR UPDATE")
        yield own
        await own.execute("ROLLBACK")


async def gate_commits(own: asyncpg.Connection) -> None:
    """Let every later commit of events wait for the advisory lock `GATE`."""
    await own.execute(f"""
        CREATE SCHEMA gate;
        CREATE FUNCTION gate.pass() RETURNS trigger LANGUAGE plpgsql AS
            $$BEGIN PERFORM pg_advisory_xact_lock({GATE}); RETURN NULL; END$$;
        CREATE CONSTRAINT TRIGGER gate AFTER INSERT ON parley.parley_events
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION gate.pass();
    """)


@asynccontextmanager
async def gate_shut(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    """The gate, shut: commits that pass through it wait, until it is left or the lock is given back."""
    async with connection(dsn) as own:
        await own.execute("SELECT pg_advisory_lock($1)", GATE)
        yield own
        await own.execute("SELECT pg_advisory_unlock_all()")


async def write_events(own: asyncpg.Connection, events: Sequence[Written]) -> None:
    """Write events behind the head in a transaction of their own, also where the schema is an older program's."""
    async with own.transaction():
        head, recorded_at = await lock_head(own)
        rows = []
        position, hash_ = head.position, head.hash
        for event in events:
            position += 1
            hash_ = chained(hash_, position, event)
            rows.append((*event, position, hash_))
        await own.executemany(
            "INSERT INTO parley_events"
            " (originator_id, originator_version, topic, state, event_id, notification_id, hash)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7)",
            rows,
        )
        await own.execute("UPDATE head SET position = $1, hash = $2, recorded_at = $3", position, hash_, recorded_at)


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    """Ask again and again, for a bounded time; whoever asks has to wait for an answer from elsewhere."""
    async with asyncio.timeout(PATIENCE_S):
        while not await true():
            pass


@asynccontextmanager
async def claimed(dsn: str, *units: str) -> AsyncIterator[asyncpg.Connection]:
    """Units claimed by the test: nobody projects them, until it is left or the transaction ends."""
    async with connection(dsn) as own:
        await own.execute("BEGIN")
        await own.execute(CLAIM, sorted(number_of_claim(unit) for unit in units))
        yield own
        await own.execute("ROLLBACK")


async def sessions_waiting(own: asyncpg.Connection, program: str, number: int = 1) -> None:
    """Wait until so many sessions of a program wait for a lock in this database."""
    waiting = """
        SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = $1 AND wait_event_type = 'Lock'
    """

    async def true() -> bool:
        return bool(await own.fetchval(waiting, program) >= number)

    await until(true)


async def writers_waiting(own: asyncpg.Connection, number: int = 1) -> None:
    """Wait until so many writers wait for a lock in this database."""
    await sessions_waiting(own, "parley writer", number)


async def cut_writers(own: asyncpg.Connection) -> int:
    """Cut the connections of all writers to this database; tell how many there were."""
    cut = """
        SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'parley writer'
    """
    return int(await own.fetchval(cut))


async def in_one_batch(recording: Recording, dsn: str, *requests: Request) -> list[Receipt | BaseException]:
    """Record these together: they pile up while the test holds the head, and are decided in the order given."""
    async with head_held(dsn) as own:
        first = asyncio.create_task(recording.record(requests[0]))
        await writers_waiting(own)
        # The first is a batch of its own, decided when the head is free; the others are the next batch.
        rest = [asyncio.create_task(recording.record(one)) for one in requests[1:]]
        await until(lambda: _queued(recording, len(rest)))
    return list(await asyncio.gather(first, *rest, return_exceptions=True))


async def _queued(recording: Recording, number: int) -> bool:
    await asyncio.sleep(0)
    return recording._writer.waiting >= number
