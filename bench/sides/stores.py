"""Event stores that one would take instead: the library `eventsourcing`, Emmett, message-db.

Each appends one event at a time, expecting the stream's version, to many streams, and does nothing else: no rules, no
Idempotency-Keys, no hashes, nothing to read but events. A stream has as many events as a usual round.
"""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import asyncpg

from bench import peers
from bench.run import Run
from bench.sides.pgbench import Pgbench
from bench.workers import Worker, module, worker

STATE_BYTES: Final = 640
"""What an event of the generated record has on average, as it is stored."""

EVENTS_A_STREAM: Final = 180

_MESSAGE_DB: Final = (
    "schema/message-store.sql",
    "tables/messages.sql",
    "types/message.sql",
    *(
        f"functions/{name}.sql"
        for name in (
            *("message-store-version", "hash-64", "acquire-lock", "category", "is-category", "id", "cardinal-id"),
            *("stream-version", "write-message"),
        )
    ),
    "indexes/messages-id.sql",
    "indexes/messages-stream.sql",
    "indexes/messages-category.sql",
)
"""What its install.sh runs for writing, but for roles and pgcrypto: PostgreSQL has gen_random_uuid() itself."""


class _Working:
    """A store in a process of its own, which is asked to append for some seconds."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._worker: Worker | None = None

    async def rate(self, seconds: int) -> float:
        """Events a second."""
        assert self._worker is not None
        done = await self._worker.ask("run", seconds=seconds)
        rate: float = done["recorded"] / done["seconds"]
        return rate


class Library(_Working):
    """The recorder of `eventsourcing` for PostgreSQL, as it comes."""

    name = "eventsourcing's recorder over psycopg, a thread for each writer"

    @asynccontextmanager
    async def ready(self) -> AsyncIterator[None]:
        """Have it make its table."""
        dsn = await self._run.server.database("library")
        arguments = (dsn, str(self._run.scale.writers), str(STATE_BYTES), str(EVENTS_A_STREAM))
        async with worker(*module("bench.sides.library", *arguments)) as self._worker:
            yield
        await self._run.server.drop("library")


class Emmett(_Working):
    """Emmett's event store, in one process."""

    name = "Emmett's PostgreSQL store"

    @asynccontextmanager
    async def ready(self) -> AsyncIterator[None]:
        """Install it, and have it make its tables; raises Missing."""
        folder = await peers.installed(self._run.folder / "peers")
        dsn = await self._run.server.database("emmett")
        arguments = (str(folder / "emmett.mjs"), dsn, str(self._run.scale.writers), str(STATE_BYTES))
        async with worker("node", *arguments) as self._worker:
            yield
        await self._run.server.drop("emmett")


class MessageDb:
    """message-db's `write_message`, called by pgbench."""

    name = "message-db's write_message, called by pgbench"

    def __init__(self, run: Run) -> None:
        self._run = run
        self._script = run.folder / "write_message.sql"
        self._runs = 0
        self._pgbench = Pgbench(run.server.dsn("message_db"), run.scale.writers, self._script)

    @asynccontextmanager
    async def ready(self) -> AsyncIterator[None]:
        """Install its functions; raises Missing."""
        folder = await peers.installed(self._run.folder / "peers") / "node_modules/@eventide/message-db/database"
        dsn = await self._run.server.database("message_db")
        await _run_files(dsn, (folder / name for name in _MESSAGE_DB))
        self._script.write_text(_write_message(), encoding="ascii")
        yield
        await self._run.server.drop("message_db")

    async def rate(self, seconds: int) -> float:
        """Messages a second."""
        self._runs += 1
        return await self._pgbench.rate(seconds, run=self._runs, sent=0)


async def _run_files(dsn: str, files: Iterable[Path]) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        for file in files:
            await connection.execute(file.read_text(encoding="utf-8"))
        await connection.execute("ALTER DATABASE message_db SET search_path = message_store, public")
    finally:
        await connection.close()


def _write_message() -> str:
    """A script for pgbench: the next message of the client's stream, and after so many another stream."""
    stream = "'negotiation-' || :run::text || '-' || :client_id::text || '-' || :stream::text"
    data = f'{{"text": "{"x" * STATE_BYTES}"}}'
    return (
        f"\\set stream :sent / {EVENTS_A_STREAM}\n"
        f"\\set expected :sent % {EVENTS_A_STREAM} - 1\n"
        "SELECT message_store.write_message(gen_random_uuid()::varchar, "
        f"({stream})::varchar, 'StatementMade'::varchar, '{data}'::jsonb, NULL::jsonb, :expected::bigint);\n"
        "\\set sent :sent + 1\n"
    )
