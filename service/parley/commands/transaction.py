"""One batch in one transaction: decided on indexes that are caught up to the head, and written whole behind it.

A service that records alone takes stock in one statement, and appends in another, which commits unless the head moved.
Where others record too, a transaction takes the head first.
"""

import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final, NamedTuple

import asyncpg

from parley.commands.batch import Answered, Batch, Verdict, negotiations_named, units_of
from parley.commands.indexes import Indexes, IndexesForgotten
from parley.commands.observer import Observer
from parley.commands.request import FINGERPRINT_BYTES, Request, Stored, Waiter
from parley.store.arrays import numbers, texts, uuids
from parley.store.damage import check_dense, check_last
from parley.store.errors import RecordDamaged
from parley.store.log import SQL, Answers, Head, HeadMoved, head_of, time_of, write

MOST_EVENTS_TO_CATCH_UP: Final = 10_000
_AND_LOOK: Final = SQL["take_stock"].format(lock="")
_AND_TAKE_HEAD: Final = SQL["take_stock"].format(lock="FOR UPDATE")
_BEGIN_TO_READ: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"
"""What is only tried is decided on one snapshot: it needs no head, and leaves it to those who record."""

logger = logging.getLogger(__name__)


class Done(NamedTuple):
    """What came of a batch: the verdict on each request that still waited when it was decided.

    ``head``: where the record ends now; ``units``: those in which something was recorded; ``alone``: nobody else
    recorded meanwhile, and the head was not taken.
    """

    verdicts: list[tuple[Waiter, Verdict | Exception]]
    head: Head
    units: set[str]
    alone: bool


class CommitUncertain(Exception):
    """The commit is done here and may not have reached the standby."""


class Transaction:
    """A transaction on the writer's connection. If anything in it fails, the connection is given up."""

    def __init__(
        self,
        connection: asyncpg.Connection,
        indexes: Indexes,
        acknowledged: tuple[int, bytes],
        is_certain: Callable[[], bool],
        observer: Observer,
    ) -> None:
        """``acknowledged``: the last position that was acknowledged, and its hash.

        ``is_certain``: asked after the commit; False where the server warned that the standby may lack it.
        """
        self._is_certain = is_certain
        self._connection = connection
        self._indexes = indexes
        self._acknowledged = acknowledged
        self._observer = observer
        self._sent = False

    async def run(self, batch: Sequence[Waiter], *, touch: bool, alone: bool) -> Done:
        """Decide and commit. ``touch``: write, and so wait for a standby, also if there is nothing to be recorded.

        ``alone``: nobody else is likely to record just now, so the head is not taken beforehand. Raises RecordDamaged,
        CommitUncertain, asyncpg.PostgresError, asyncpg.InterfaceError and OSError; then the indexes hold what they held
        before.
        """
        if alone and not touch and (done := await self._run_alone(batch)) is not None:
            return done
        only_tried = is_only_tried(batch)
        # Nothing is rolled back: a connection that is dead answers no ROLLBACK.
        await self._connection.execute(_BEGIN_TO_READ if only_tried else SQL["begin"])
        decided, head = await self._take_stock(batch, _AND_LOOK if only_tried else _AND_TAKE_HEAD)
        try:
            await self._catch_up(head)
        except IndexesForgotten:
            await self._connection.execute("ROLLBACK")
            raise
        async with self._deciding(decided, batch) as verdicts:
            with self._observer.stage("write"):
                if decided.written or decided.answers or touch:
                    head = await self._write(head, decided)
            with self._observer.stage("commit"):
                await self._connection.execute("COMMIT")
            if not only_tried:
                self._check_certain()
        return Done(verdicts, head, decided.units, alone=False)

    async def _run_alone(self, batch: Sequence[Waiter]) -> Done | None:
        """The same in two round trips; None where others record, and nothing was done."""
        decided, head = await self._take_stock(batch, _AND_LOOK)
        if (head.position, head.hash) != (self._indexes.position, self._indexes.hash):
            return None
        with suppress(HeadMoved):
            async with self._deciding(decided, batch) as verdicts:
                if not is_only_tried(batch):
                    with self._observer.stage("write"):  # and commit; also where nothing is new: to wait for a standby
                        head = await self._write(head, decided)
                    self._check_certain()
            return Done(verdicts, head, decided.units, alone=True)
        return None

    @asynccontextmanager
    async def _deciding(
        self, decided: Batch, batch: Sequence[Waiter]
    ) -> AsyncIterator[list[tuple[Waiter, Verdict | Exception]]]:
        """Decide; if what is done with it fails, the indexes hold what they held before."""
        requests = [waiter.request for waiter in batch]
        await self._indexes.look_up_opened(self._connection, set(negotiations_named(requests, self._indexes)))
        # The head's lock may have been long in coming: requests that were cancelled meanwhile are left out.
        waiting = [waiter for waiter in batch if not waiter.answer.done()]
        new = [waiter for waiter in waiting if not waiter.begun]
        try:
            yield [verdict async for verdict in _decide_all(decided, waiting)]
        except BaseException:  # also when cancelled: what was committed all the same is read back; raised again
            decided.take_back()
            if not self._sent:
                for waiter in new:
                    waiter.begun = False
            raise
        self._observer.committed(sum(waiter.request.trial is None for waiter in waiting), len(decided.written))

    async def _write(self, head: Head, decided: Batch) -> Head:
        answers = _answers(decided)
        self._sent = True
        try:
            return await write(self._connection, head, decided.written, decided.recorded_at, answers)
        except HeadMoved:
            self._sent = False
            raise

    def _check_certain(self) -> None:
        if not self._is_certain():
            raise CommitUncertain

    async def _take_stock(self, batch: Sequence[Waiter], sql: str) -> tuple[Batch, Head]:
        """Find where the record ends, the time, and what was recorded under the batch's ids and keys."""
        ids = uuids([entry.submission.id for waiter in batch for entry in waiter.request.entries])
        keys = [(one.request.recorded_by, one.request.key) for one in batch if one.request.key is not None]
        asked = (texts([who for who, _ in keys]), texts([key for _, key in keys]))
        row = head_of(await self._connection.fetchrow(sql, ids, *asked))
        if row["seen"] != row["held"]:
            # The head was waited for, and the statement does not see what was committed meanwhile. The next one does.
            row = head_of(await self._connection.fetchrow(sql, ids, *asked))
        head = Head(row["position"], row["hash"], row["recorded_at"])
        check_last(row)
        decided = Batch(self._indexes, head.position, time_of(head, row["clock"]))
        if row["ids"]:
            for found in await self._connection.fetch(SQL["events_by_id"], row["ids"]):
                decided.by_id[str(found["event_id"])] = _stored(found)
        if row["keys"]:
            await self._recall(decided, asked)
        return decided, head

    async def _recall(self, decided: Batch, asked: tuple[str, str]) -> None:
        """Find the events that were the answers under these keys."""
        commands = await self._connection.fetch(SQL["commands_by_key"], *asked)
        positions = {position for command in commands for position in command["positions"]}
        rows = await self._connection.fetch(SQL["events_at"], sorted(positions))
        stored = {row["notification_id"]: _stored(row) for row in rows}
        for command in commands:
            if any(position not in stored for position in command["positions"]):
                raise RecordDamaged(reason=f"the events answered under key {command['key']} are missing")
            events = tuple([stored[position] for position in command["positions"]])
            decided.by_key[command["recorded_by"], command["key"]] = Answered(command["fingerprint"], events)

    async def _catch_up(self, head: Head) -> None:
        """Take in what other replicas recorded, and make sure that what was acknowledged here is still there.

        Raises IndexesForgotten where that would take long, because other replicas wait for the head meanwhile.
        """
        position, hash_ = self._acknowledged
        if head.position < position:
            raise RecordDamaged(reason=f"it ends at position {head.position}, and {position} was acknowledged")
        if head.position == position and head.hash != hash_ and position > 0:
            raise RecordDamaged(reason=f"position {position} has another hash than the one acknowledged")
        indexes = self._indexes
        if (head.position, head.hash) == (indexes.position, indexes.hash):
            return
        since = max(indexes.position, 1)
        rows = await self._connection.fetch(SQL["events_from"], since, MOST_EVENTS_TO_CATCH_UP + 1)
        first = (rows[0]["notification_id"], rows[0]["hash"]) if rows else (0, indexes.hash)
        is_same = indexes.position == 0 or first == (indexes.position, indexes.hash)
        if not is_same and indexes.position == position:
            raise RecordDamaged(reason=f"position {position} is not the event that was acknowledged")
        if is_same:
            check_dense(rows, since - 1)
        if is_same and len(rows) <= MOST_EVENTS_TO_CATCH_UP:
            await indexes.catch_up(rows)
            return
        # Too much is new; or another server takes writes now, and lacks what a replica recorded on the one before.
        indexes.forget()
        raise IndexesForgotten


def is_only_tried(batch: Sequence[Waiter]) -> bool:
    """Whether nothing of all this is to be recorded, so that nothing is to be written."""
    return all(waiter.request.trial is not None for waiter in batch)


def units_of_all(batch: Sequence[Waiter]) -> set[str]:
    """Every unit that must be in memory to decide these."""
    return set().union(*(units_of(waiter.request) for waiter in batch))


async def _decide_all(decided: Batch, waiting: Sequence[Waiter]) -> AsyncIterator[tuple[Waiter, Verdict | Exception]]:
    """Decide requests in order."""
    for waiter in waiting:
        if waiter.answer.done():
            continue
        waiter.begun = waiter.request.trial is None
        yield waiter, await _decide(decided, waiter.request)


async def _decide(decided: Batch, request: Request) -> Verdict | Exception:
    """Decide one request; a fault in deciding it is its own, and leaves no trace in the batch."""
    try:
        trial = request.trial
        return await (decided.decide(request) if trial is None else decided.rehearse(request, trial))
    except Exception as fault:  # answered to its caller and logged; it does not fail its neighbours
        logger.exception("a request could not be decided")
        return fault


def _stored(row: asyncpg.Record) -> Stored:
    return Stored(
        str(row["event_id"]), row["originator_id"], row["originator_version"], row["notification_id"], row["state"]
    )


def _answers(decided: Batch) -> Answers:
    fingerprints = [request.fingerprint for request, _ in decided.answers]
    if any(len(fingerprint) != FINGERPRINT_BYTES for fingerprint in fingerprints):
        raise ValueError("a request under a key has a fingerprint of 32 bytes")
    return Answers(
        recorded_by=texts([request.recorded_by for request, _ in decided.answers]),
        keys=texts([request.key or "" for request, _ in decided.answers]),
        fingerprints=b"".join(fingerprints),
        positions=texts([numbers(positions) for _, positions in decided.answers]),
    )
