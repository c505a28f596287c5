"""The way into the record that the service exposes: the domain's rules, read models, versions dense from 1."""

import asyncio
from typing import Any, Self

import asyncpg

from parley.commands.observer import Observer
from parley.commands.request import Receipt, Request
from parley.commands.writer import Writer
from parley.projections.folds import Folds
from parley.projections.writing import write_read_models
from parley.queries.documents import KeptLive
from parley.store.errors import DATABASE_FAULTS
from parley.store.log import SCHEMA, SQL
from parley.store.migrate import check_version
from parley.store.primary import Servers

COMMAND_WITHIN_S = 60.0
"""How long the writer waits for the answer to one command before it takes the connection for dead."""

_READER_SETTINGS = {"search_path": SCHEMA, "jit": "off", "application_name": "parley reader"}
_WRITER_SETTINGS = {
    "search_path": SCHEMA,
    "jit": "off",
    "application_name": "parley writer",
    # Who waited for the head has to see what was committed meanwhile.
    "default_transaction_isolation": "read committed",
    # A role or a database may be set up to keep warnings to itself, and one of them says that a commit is uncertain.
    "client_min_messages": "warning",
    # Plans are made while tables are nearly empty and kept: a sequential scan would stay one.
    "enable_seqscan": "off",
    "plan_cache_mode": "force_generic_plan",
}


async def _keep(_: Any) -> None:
    """Reads leave nothing behind on a connection, so giving one back needs no round trip."""


class Recording:
    """The record, open. `record` writes, `live` is its state now, `folds` what it was; `pool` reads the events."""

    def __init__(self, servers: Servers, pool: asyncpg.Pool, writer: Writer, hinted: asyncio.Event) -> None:
        """``hinted`` is set when something was committed."""
        self.servers = servers
        self.pool = pool
        self.folds = Folds(pool)
        self.live = KeptLive(pool)
        self._writer = writer
        self._notifier: asyncio.Task[None] | None = None
        self._to_notify = hinted

    @classmethod
    async def open(
        cls,
        dsn: str,
        *,
        queue_limit: int = 4096,
        units_limit: int = 1024,
        connections: int = 8,
        observer: Observer | None = None,
    ) -> Self:
        """Open the record that a DSN names.

        ``queue_limit``: requests that may wait; ``units_limit``: negotiations kept in memory; ``connections``: for
        reads; ``observer`` is told of what is written. Raises MigrationError where the schema is not this program's,
        OSError or asyncpg.PostgresError where there is no database.
        """
        servers = Servers(dsn)
        connection = await servers.connect(server_settings=_READER_SETTINGS)
        try:
            await check_version(connection, SCHEMA)
        finally:
            await connection.close()
        pool = await asyncpg.create_pool(
            connect=servers.connect,
            min_size=0,
            max_size=connections,
            reset=_keep,
            server_settings=_READER_SETTINGS,
            command_timeout=30,
        )

        async def connect() -> asyncpg.Connection:
            return await servers.connect(server_settings=_WRITER_SETTINGS, command_timeout=COMMAND_WITHIN_S)

        hinted = asyncio.Event()
        writer = Writer(
            connect,
            write_read_models,
            queue_limit=queue_limit,
            units_limit=units_limit,
            committed=hinted.set,
            observer=observer,
        )
        recording = cls(servers, pool, writer, hinted)
        recording.start()
        return recording

    def start(self) -> None:
        """Start writing, and telling followers."""
        self.servers.start()
        self._writer.start()
        self._notifier = asyncio.create_task(self._notify(), name="parley-notifier")

    async def close(self) -> None:
        """Finish what is being written, then close every connection; if cancelled, close them at once."""
        notifier = self._notifier
        self.servers.stop()
        try:
            await self._writer.stop()
        finally:
            if notifier is not None:
                notifier.cancel()
            self.pool.terminate()
        if notifier is not None:
            await asyncio.gather(notifier, return_exceptions=True)

    async def record(self, request: Request) -> Receipt:
        """Record a request, all of it or nothing; raises Refusal, Malformed or RecordError."""
        return await self._writer.record(request)

    @property
    def ready(self) -> bool:
        """Whether requests can be recorded."""
        return not self.unready_reason

    @property
    def unready_reason(self) -> str:
        """Why nothing can be recorded; empty if it can."""
        if self._writer.damage is not None:
            return str(self._writer.damage)
        if not self._writer.running:
            return "writing has stopped"
        if self._writer.stuck:
            return "the database does not confirm what is being recorded"
        return f"the database is away ({self._writer.away})" if self._writer.away else ""

    @property
    def waiting(self) -> int:
        """How many requests wait to be recorded."""
        return self._writer.waiting

    @property
    def queue_limit(self) -> int:
        """How many may."""
        return self._writer.queue_limit

    async def check_schema(self) -> None:
        """Raise MigrationError unless the database still has the schema that this program needs."""
        await check_version(self.pool, SCHEMA)

    def hint(self) -> None:
        """Something was committed: tell those who follow the record, soon and once for many commits."""
        self._to_notify.set()

    async def _notify(self) -> None:
        """Send hints after commits, on a connection of the pool; one that fails is no loss, for readers poll too."""
        while True:
            await self._to_notify.wait()
            self._to_notify.clear()
            try:
                await self.pool.execute(SQL["notify"])
            except DATABASE_FAULTS:
                self._to_notify.set()
                await asyncio.sleep(1)
