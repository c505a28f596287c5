"""The writer: one task a replica. While a batch commits, requests queue; the next batch takes them all.

One transaction and one fsync serve everyone who waits. Deciding is done under the head's lock, on state caught up to
it, so that it is right with any number of replicas.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextvars import copy_context
from typing import Any, Final

import asyncpg
import msgspec

from negotiation.admission import Malformed, check_form
from parley.commands.aside import Aside
from parley.commands.batch import EVENTS_A_SLICE, units_of
from parley.commands.fair_queue import FairQueue
from parley.commands.identifiers import new_event_ids
from parley.commands.indexes import Indexes, IndexesForgotten
from parley.commands.observer import Observer
from parley.commands.request import Acknowledged, Entry, Request, Tried, Waiter
from parley.commands.transaction import CommitUncertain, Transaction, is_only_tried, units_of_all
from parley.pace import Pace
from parley.store.damage import inspect
from parley.store.errors import (
    DATABASE_AWAY,
    DATABASE_FAULTS,
    DatabaseUnavailable,
    RecordDamaged,
)
from parley.store.filters import LAST
from parley.store.log import GENESIS, SQL

MOST_IN_A_BATCH: Final = 500
"""The weight of its requests together; one request may weigh more."""
EVENTS_A_TURN: Final = 100
"""So many events are looked through in one turn of the event loop, of all requests that come."""
RETRY_AFTER_S: Final = (0.05, 0.1, 0.2, 0.5, 1.0)
"""How long to wait before the first, second ... and every later attempt to reach a database that is away."""

OTHERS_FOR_S: Final = 1.0
"""Where another service recorded something, the head is taken before each batch for so long."""
STUCK_AFTER_S: Final = 5.0
"""A batch that is under way for so long waits for something that does not come: a standby, or a server that is gone."""
STOP_WITHIN_S: Final = 5.0
"""How long a stop waits for the batch that is being written."""

logger = logging.getLogger(__name__)


class Writer:
    """Takes requests, commits them in batches, answers after the commit."""

    def __init__(
        self,
        connect: Callable[[], Awaitable[asyncpg.Connection]],
        *,
        queue_limit: int,
        negotiations_limit: int,
        committed: Callable[[set[str], int], None],
        observer: Observer | None = None,
    ) -> None:
        """``connect`` opens a connection that is the writer's own.

        ``committed`` is called after each commit, with the units in which something was recorded and the last position.
        """
        self.queue_limit = queue_limit
        self._observer = observer or Observer()
        self._connect = connect
        self._committed = committed
        self._queue = FairQueue(queue_limit)
        self._pace = Pace(EVENTS_A_TURN)
        self._work = asyncio.Event()
        self._indexes = Indexes(negotiations_limit)
        self._aside = Aside(connect, self._indexes, self._put_back)
        self._connection: asyncpg.Connection | None = None
        self._acknowledged: tuple[int, bytes] = (0, GENESIS)
        self._uncertain = False
        self._others_until = 0.0
        self._began: float | None = None
        self._stopping = self._cut_off = False
        self._task: asyncio.Task[None] | None = None
        self.damage: RecordDamaged | None = None
        self.away = ""

    # -- for everybody

    def start(self) -> None:
        """Start the task that writes."""
        self._task = asyncio.create_task(self._run(), name="parley-writer")

    @property
    def running(self) -> bool:
        """Whether there is anybody to take requests."""
        return self._task is not None and not self._task.done()

    @property
    def waiting(self) -> int:
        """How many requests wait."""
        return len(self._queue)

    @property
    def stuck(self) -> bool:
        """Whether the database has owed the answer to a batch for long."""
        return self._began is not None and asyncio.get_running_loop().time() - self._began > STUCK_AFTER_S

    def stop_at(self, damage: RecordDamaged) -> None:
        """Write nothing any more: the record is damaged, whoever found it."""
        if self.damage is None:
            self.damage = damage
            logger.critical("the record is damaged; writing has stopped: %s", damage)

    async def stop(self) -> None:
        """Finish the batch that is being written, answer 503 to who still waits, close the connection.

        A batch that takes longer than STOP_WITHIN_S, or than whoever stops has patience, is cut off: it is on record
        whole or not at all.
        """
        first, self._stopping = not self._stopping, True
        if self._task is not None and not self._task.done():
            if first:  # cancelled again, the batch itself would be torn from those who wait for it
                self._task.cancel()
            try:
                await asyncio.wait({self._task}, timeout=STOP_WITHIN_S)
            finally:
                self._cut_off = True
                self._disconnect()
                self._settle_waiting()
            await asyncio.wait({self._task})
        await self._aside.stop()
        self._settle_waiting()
        self._disconnect()

    async def record(self, request: Request) -> Acknowledged:
        """Record a request; return its events once they are committed.

        Raises Refusal, Malformed or RecordError. If the caller is cancelled while its batch is being written, the
        request is committed all the same.
        """
        verdict = await self._verdict(request)
        assert isinstance(verdict, Acknowledged), "it is to be recorded"
        return verdict

    async def rehearse(self, request: Request) -> Tried:
        """Tell what would come of a request that has a trial; it waits for its turn like any other.

        Raises RecordError where it cannot be decided now.
        """
        verdict = await self._verdict(request)
        assert isinstance(verdict, Tried), "it is only tried"
        return verdict

    async def _verdict(self, request: Request) -> Acknowledged | Tried:
        loop = asyncio.get_running_loop()
        waiter = Waiter(request, loop.create_future(), loop.time() + request.timeout_s, copy_context())
        try:
            async with asyncio.timeout_at(waiter.deadline):
                waiter.request = await self._accepted(request)
                self._check_open()
                self._queue.put(waiter, waiter.deadline - loop.time())
                self._work.set()
                return await waiter.answer
        except TimeoutError:
            raise waiter.too_late() from None
        finally:
            self._queue.remove(waiter)

    def _check_open(self) -> None:
        if self.damage is not None:
            raise self.damage.with_traceback(None)
        if self._stopping or not self.running:
            raise DatabaseUnavailable

    async def _accepted(self, request: Request) -> Request:
        """The request with an id for every event, given before the first attempt, so that trying again is safe.

        Raises Malformed where a submission is not well formed; one that is only tried was looked through before.
        """
        entries: list[Entry] = []
        for begin in range(0, len(request.entries), EVENTS_A_SLICE):
            some = request.entries[begin : begin + EVENTS_A_SLICE]
            await self._pace.spend(len(some))
            if request.trial is None:
                _check_form(some, begin)
            entries += _with_ids(some)
        return msgspec.structs.replace(request, entries=tuple(entries))

    # -- the task

    async def _run(self) -> None:
        while await self._has_work():
            if batch := self._queue.take(MOST_IN_A_BATCH):
                await _finish(self._serve(batch))
        self._disconnect()
        self._settle_waiting()

    async def _has_work(self) -> bool:
        """Wait for requests; False once the record is damaged. While the database is away, look whether it is back."""
        while self.damage is None:
            if self._queue:
                return True
            self._work.clear()
            try:
                async with asyncio.timeout(RETRY_AFTER_S[-1] if self.away else None):
                    await self._work.wait()
            except TimeoutError:
                await self._look_whether_back()
        return False

    def _put_back(self, waiters: Sequence[Waiter]) -> None:
        self._queue.put_back(waiters)
        self._work.set()

    async def _look_whether_back(self) -> None:
        try:
            await (await self._connected()).execute(SQL["touch_head"])
        except RecordDamaged as damage:
            self.stop_at(damage)
        except DATABASE_FAULTS:
            self._disconnect()
        else:
            self.away = ""

    def _settle_waiting(self) -> None:
        for waiter in self._queue.clear():
            waiter.settle(self.damage or waiter.too_late())

    async def _serve(self, batch: list[Waiter]) -> None:
        """Write a batch, however often the database has to be reached again, until the waiters' deadlines."""
        attempt = 0
        while batch := self._still_waiting(batch):
            if self.damage is not None:
                _settle_all(batch, self.damage)
                return
            self._began = asyncio.get_running_loop().time()
            try:
                batch = await self._in_memory(batch)
                if batch:
                    with self._observer.batch([waiter.asked_in for waiter in batch]):
                        await self._attempt(batch)
            except IndexesForgotten:
                continue
            except RecordDamaged as damage:
                self.stop_at(damage)
                _settle_all(batch, damage)
                return
            except Exception as error:  # noqa: BLE001 - a fault of one request must not fail its neighbours
                if not self._helps_to_try_again(error):
                    await self._serve_one_by_one(batch, error)
                    return
                await asyncio.sleep(0 if self._stopping else RETRY_AFTER_S[min(attempt, len(RETRY_AFTER_S) - 1)])
                attempt += 1
            else:
                return
            finally:
                self._began = None

    def _helps_to_try_again(self, error: Exception) -> bool:
        """Give up the connection after a failed attempt; whether the batch was committed is not known."""
        away = self._is_away(error)
        if away:
            self.away = type(error).__name__
        logger.warning("a batch did not commit (%s: %s); it will be tried again", type(error).__name__, error)
        self._uncertain = True
        self._disconnect()
        return away

    async def _serve_one_by_one(self, batch: list[Waiter], error: Exception) -> None:
        if len(batch) == 1:
            logger.error("a request failed for a reason nobody foresaw", exc_info=error)
            batch[0].settle(error)
            return
        for waiter in batch:
            await self._serve([waiter])

    def _is_away(self, error: Exception) -> bool:
        """Whether it was the database or the way to it, and not the requests, so that trying again can help."""
        if isinstance(error, (*DATABASE_AWAY, CommitUncertain)):
            return True
        gone = self._connection is None or self._connection.is_closed()
        return gone and isinstance(error, (asyncpg.PostgresError, asyncpg.InterfaceError))

    def _still_waiting(self, batch: list[Waiter]) -> list[Waiter]:
        now = asyncio.get_running_loop().time()
        for waiter in batch:
            if now >= waiter.deadline or (self._stopping and self.away):
                waiter.settle(waiter.too_late())
        return [waiter for waiter in batch if not waiter.answer.done()]

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()

    async def _connected(self) -> asyncpg.Connection:
        """The writer's connection; a new one is first asked for all of the record, or for what was acknowledged."""
        if self._connection is None or self._connection.is_closed():
            self._connection = await self._connect()
            self._connection.add_log_listener(self._listen)
            position, hash_ = self._acknowledged
            if position == 0:
                await inspect(self._connection, 0, LAST)
            elif await self._connection.fetchval(SQL["hash_at"], position) != hash_:
                raise RecordDamaged(reason=f"position {position} is not the event that was acknowledged")
        if self._cut_off:
            raise ConnectionAbortedError("the service stops")
        return self._connection

    async def _in_memory(self, batch: list[Waiter]) -> list[Waiter]:
        """Load what the batch is decided on; the requests for which that takes long are put aside."""
        long = await self._indexes.load(await self._connected(), units_of_all(batch))
        if not long:
            return batch
        stays: list[Waiter] = []
        for waiter in batch:
            if units := units_of(waiter.request) & long:
                self._aside.put(waiter, min(units))
            else:
                stays.append(waiter)
        return stays

    async def _attempt(self, batch: list[Waiter]) -> None:
        connection = await self._connected()
        only_tried = is_only_tried(batch)
        again = False
        if not only_tried:
            again, self._uncertain = self._uncertain, False
        transaction = Transaction(
            connection, self._indexes, self._acknowledged, lambda: not self._uncertain, self._observer
        )
        now = asyncio.get_running_loop().time()
        verdicts, head, units, alone = await transaction.run(batch, touch=again, alone=now >= self._others_until)
        if not alone:
            self._others_until = now + OTHERS_FOR_S
        self._indexes.keep(units, head.position, head.hash)
        self._acknowledged = (head.position, head.hash)
        self.away = ""
        for waiter, verdict in verdicts:
            waiter.settle(verdict)
        if only_tried:
            return
        self._committed(units, head.position)
        weight = sum(waiter.request.weight for waiter in batch)
        if weight >= MOST_IN_A_BATCH // 2:
            self._queue.measured(weight, asyncio.get_running_loop().time() - now)

    def _listen(self, _: object, message: asyncpg.PostgresLogMessage) -> None:
        """Hear the warning that a commit is done locally and may not have been replicated (SQLSTATE 01000).

        Its words are in the server's language, the name of the function that warns is not.
        """
        by_wait_for_standby = message.as_dict().get("server_source_function") == "SyncRepWaitForLSN"
        if message.sqlstate == "01000" and (by_wait_for_standby or "replicat" in str(message)):
            self._uncertain = True


def _check_form(entries: Sequence[Entry], first: int) -> None:
    """Raise Malformed where a submission is not well formed; ``first``: the number of the first of these entries."""
    for number, entry in enumerate(entries, first):
        try:
            check_form(entry.submission)
        except Malformed as error:
            error.entry = number
            raise


def _with_ids(entries: Sequence[Entry]) -> list[Entry]:
    """The entries with an id for every event."""
    new = iter(new_event_ids(sum(entry.submission.id is None for entry in entries)))
    return [
        entry
        if entry.submission.id is not None
        else Entry(entry.stream, msgspec.structs.replace(entry.submission, id=next(new)))
        for entry in entries
    ]


def _settle_all(batch: Sequence[Waiter], error: BaseException) -> None:
    for waiter in batch:
        waiter.settle(error)


async def _finish(work: Coroutine[Any, Any, None]) -> None:
    """Do the work to its end, also when the task is cancelled meanwhile."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise
