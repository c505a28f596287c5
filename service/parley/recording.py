"""The way into the record that the service exposes: the domain's rules, read models, versions dense from 1."""

import asyncio
import logging
from collections.abc import Iterable
from typing import Any, NamedTuple, Self

import asyncpg

from negotiation.envelope import Recorded
from negotiation.streams import stream
from parley.commands.observer import Observer
from parley.commands.request import Receipt, Request, Tried, minimal_receipt, receipt
from parley.commands.writer import Writer
from parley.projections.projecting import Projecting
from parley.projections.projector import Projector
from parley.projections.workers import Projectors
from parley.queries.folds import MOST_BYTES, Folds
from parley.queries.now import Now
from parley.queries.supposed import Told, suppose
from parley.queries.turns import WITHIN_S
from parley.store.damage import event_at, inspect
from parley.store.errors import DATABASE_FAULTS, ReadingTooLarge, ReadsBusy, RecordDamaged
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


NOTIFY_REST_S = 0.02
"""Followers elsewhere hear of the first commit at once, and of those within so long together."""
POSITIONS_TOGETHER = 10_000
INSPECT_REST_S = 1.0
"""So many positions are looked through for missing ones, with so long a rest: a million of them within two minutes."""
FINDINGS_WITHIN_S = 5.0
"""How long an answer waits for the findings on what was recorded."""

logger = logging.getLogger(__name__)


async def _keep(_: Any) -> None:
    """Reads leave nothing behind on a connection, so giving one back needs no round trip."""


class Rehearsal(NamedTuple):
    """What would come of a request; ``told``: of the events that would be recorded, None where it is not known."""

    tried: Tried
    told: Told | None


class Recording:
    """The record, open. `record` writes, `live` is its state now, `folds` what it was; `pool` reads the events."""

    def __init__(
        self,
        servers: Servers,
        pool: asyncpg.Pool,
        writer: Writer,
        projecting: Projecting,
        *,
        folds: Folds,
        hinted: asyncio.Event,
    ) -> None:
        """``hinted`` is set when something was committed."""
        self.servers = servers
        self.pool = pool
        self.folds = folds
        self.projecting = projecting
        self.live = Now(pool, projecting)
        self._writer = writer
        self._tasks: list[asyncio.Task[None]] = []
        self._to_notify = hinted

    @classmethod
    async def open(
        cls,
        dsn: str,
        *,
        queue_limit: int = 4096,
        negotiations_limit: int = 1024,
        connections: int = 8,
        projectors: int = 0,
        past_bytes: int = MOST_BYTES,
        read_s: float = WITHIN_S,
        observer: Observer | None = None,
    ) -> Self:
        """Open the record that a DSN names.

        ``queue_limit``: requests that may wait; ``negotiations_limit``: those whose index stays in memory;
        ``connections``: for reads; ``projectors``: processes that keep read models up to date, 0: this one does;
        ``past_bytes``: that readings of the past may take in memory; ``read_s``: seconds that a read may take;
        ``observer`` hears of what is written. Raises MigrationError where the schema is not this program's, OSError or
        asyncpg.PostgresError where there is no database.
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

        projector = Projector(servers)
        folds = Folds(projector.units.aside, most_bytes=past_bytes, within_s=read_s)
        projecting: Projecting = Projectors(dsn, projectors) if projectors else projector
        hinted = asyncio.Event()

        def committed(units: set[str], position: int) -> None:
            hinted.set()
            projecting.committed(units, position)

        writer = Writer(
            connect,
            queue_limit=queue_limit,
            negotiations_limit=negotiations_limit,
            committed=committed,
            observer=observer,
        )
        recording = cls(servers, pool, writer, projecting, folds=folds, hinted=hinted)
        await recording.start()
        return recording

    async def start(self) -> None:
        """Start writing, projecting, telling followers, and looking for what is missing."""
        self.servers.start()
        self._writer.start()
        self._tasks = [
            asyncio.create_task(self._notify(), name="parley-notifier"),
            asyncio.create_task(self._inspect(), name="parley-inspector"),
        ]
        await self.projecting.open()

    async def close(self) -> None:
        """Finish what is being written, then close every connection; if cancelled, close them at once."""
        self.servers.stop()
        try:
            await self._writer.stop()
        finally:
            for task in self._tasks:
                task.cancel()
            try:
                await self.projecting.close()
            finally:
                self.pool.terminate()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def record(self, request: Request, *, minimal: bool = False) -> Receipt:
        """Record a request, all of it or nothing; raises Refusal, Malformed or RecordError.

        ``minimal``: the receipt has ids and positions alone, and nothing is folded for it.
        """
        acknowledged = await self._writer.record(request)
        if minimal:
            return minimal_receipt(acknowledged)
        return receipt(
            acknowledged, await self.findings((one.stream, one.position, one.event_id) for one in acknowledged.events)
        )

    async def rehearse(self, request: Request) -> Rehearsal:
        """Tell what would come of a request that has a trial; nothing is recorded. Raises RecordError."""
        tried = await self._writer.rehearse(request)
        within_s = max(FINDINGS_WITHIN_S, request.timeout_s / 2)
        told = await self._told(tried, within_s) if tried.events else Told((), ())
        return Rehearsal(tried, told)

    async def _told(self, tried: Tried, within_s: float) -> Told | None:
        """What is told of events that would be recorded; None where that is not known in time."""

        def decoded() -> list[Recorded]:
            return [event_at(one.position, one.state, one.stream, one.version) for one in tried.events]

        try:
            async with asyncio.timeout(within_s):
                events = await self.folds.aside.work(len(tried.events), decoded)
                return await suppose(self.folds, self.pool, tried.position, events)
        except (ReadsBusy, ReadingTooLarge, TimeoutError, *DATABASE_FAULTS) as error:
            logger.warning("what would be told of a dry run is not known (%s: %s)", type(error).__name__, error)
            return None

    async def findings(
        self, events: Iterable[tuple[str, int, str]], within_s: float = FINDINGS_WITHIN_S
    ) -> list[bytes] | None:
        """What does not add up with events that are on record, as JSON each; None where that is not known in time.

        ``events``: stream, position and id of each.
        """
        units: dict[str, tuple[list[int], list[str]]] = {}
        for where, position, event_id in events:
            positions, ids = units.setdefault(stream(where).unit, ([], []))
            positions.append(position)
            ids.append(event_id)
        found: list[bytes] = []
        try:
            async with asyncio.timeout(within_s):
                for unit, (positions, ids) in units.items():
                    found += await self.projecting.findings(unit, positions, ids)
        except Exception as error:  # noqa: BLE001 - whatever it is, the events are on record, and the client has to know
            if isinstance(error, RecordDamaged):
                self.stop_at(error)
            logger.warning("findings on what was recorded are not known (%s: %s)", type(error).__name__, error)
            return None
        return found

    def stop_at(self, damage: RecordDamaged) -> None:
        """Record nothing any more: something found that the record is damaged."""
        self._writer.stop_at(damage)

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

    async def check(self) -> None:
        """Raise MigrationError unless the database still has the schema that this program needs.

        Raises RecordDamaged, too, unless the record ends with its last event.
        """
        await check_version(self.pool, SCHEMA)
        await inspect(self.pool, 0, 0)

    async def _inspect(self) -> None:
        """Go through the positions of the record, again and again, and stop where one is missing."""
        after = 0
        while True:
            try:
                head = await inspect(self.pool, after, after + POSITIONS_TOGETHER)
            except RecordDamaged as damage:
                self.stop_at(damage)
                return
            except DATABASE_FAULTS:
                head = 0
            after = after + POSITIONS_TOGETHER if after + POSITIONS_TOGETHER < head else 0
            await asyncio.sleep(INSPECT_REST_S)

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
                await asyncio.sleep(NOTIFY_REST_S)
            except DATABASE_FAULTS:
                self._to_notify.set()
                await asyncio.sleep(1)
