"""One batch in one transaction: decided under the head's lock, on state caught up to it, and written whole."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, NamedTuple, TypeAlias

import asyncpg

from negotiation.state.history import Changes
from negotiation.streams import PARTIES
from parley.commands.batch import Answered, Batch, Stored, Verdict, negotiations_named, units_of
from parley.commands.observer import Observer
from parley.commands.request import FINGERPRINT_BYTES, Receipt, Request, Waiter
from parley.commands.units import Units, parties_flipped
from parley.projections.touched import Touched
from parley.store.ahead import Ahead
from parley.store.arrays import numbers, slices, texts, uuids
from parley.store.errors import RecordDamaged
from parley.store.log import SQL, Executes, Head, time_of, write

MOST_EVENTS_TO_CATCH_UP: Final = 10_000

ReadModels: TypeAlias = Callable[[Executes, Touched], Awaitable[None]]

logger = logging.getLogger(__name__)


class Done(NamedTuple):
    """What came of a batch: the answer to each who still waited when it was decided, and where the record ends now."""

    verdicts: list[tuple[Waiter, Verdict | Exception]]
    head: Head


class Transaction:
    """A transaction on the writer's connection. Whatever fails in it, the connection and ``units`` are given up."""

    def __init__(
        self,
        connection: asyncpg.Connection,
        units: Units,
        acknowledged: tuple[int, bytes],
        write_read_models: ReadModels,
        observer: Observer,
    ) -> None:
        """``acknowledged``: the last position that was told to be on record, and its hash."""
        self._connection = connection
        self._units = units
        self._acknowledged = acknowledged
        self._write_read_models = write_read_models
        self._observer = observer

    async def run(self, batch: Sequence[Waiter], *, touch: bool) -> Done:
        """Decide and commit. ``touch``: write, and so wait for a standby, also if there is nothing to be recorded.

        Raises RecordDamaged, asyncpg.PostgresError, asyncpg.InterfaceError and OSError.
        """
        # Nothing is rolled back: one that is dead answers no ROLLBACK.
        await self._connection.execute(SQL["begin"])
        decided, head = await self._take_stock(batch)
        await self._catch_up(head, units_of_all(batch))
        named = {name for waiter in batch for name in negotiations_named(waiter.request, self._units)}
        await self._units.look_up_opened(self._connection, named)
        if touch:
            await self._connection.execute(SQL["touch_head"])
        # The head's lock may have been long in coming: who has given up meanwhile is left out.
        waiting = [waiter for waiter in batch if not waiter.answer.done()]
        verdicts = [(waiter, _decide(decided, waiter.request)) for waiter in waiting]
        touched = await self._touched(decided) if decided.changes else None
        with self._observer.stage("write"):
            async with Ahead(self._connection) as ahead:
                head = await write(ahead, head, decided.written, decided.recorded_at)
                await _write_commands(ahead, decided)
                if touched is not None:
                    with self._observer.stage("read models"):
                        await self._write_read_models(ahead, touched)
        with self._observer.stage("commit"):
            await self._connection.execute("COMMIT")
        self._observer.committed(len(waiting), len(decided.written))
        return Done(verdicts, head)

    async def _take_stock(self, batch: Sequence[Waiter]) -> tuple[Batch, Head]:
        """Where the record ends, what time it is, and what was recorded before under the batch's ids and keys."""
        ids = [entry.submission.id for waiter in batch for entry in waiter.request.entries]
        keys = [(one.request.recorded_by, one.request.key) for one in batch if one.request.key is not None]
        asked = (texts([who for who, _ in keys]), texts([key for _, key in keys]))
        row = await self._connection.fetchrow(SQL["take_stock"], uuids(ids), *asked)
        assert row is not None, "the migration makes the head"
        head = Head(row["position"], row["hash"], row["recorded_at"])
        decided = Batch(self._units, head.position, time_of(head, row["clock"]))
        if row["ids"]:
            for found in await self._connection.fetch(SQL["events_by_id"], row["ids"]):
                stored = Stored(
                    found["originator_id"], found["originator_version"], found["state"], found["notification_id"]
                )
                decided.by_id[str(found["event_id"])] = stored
        if row["keys"]:
            for found in await self._connection.fetch(SQL["commands_by_key"], *asked):
                receipt = Receipt(
                    body=found["body"], first_position=found["first_position"], last_position=found["last_position"]
                )
                decided.by_key[found["recorded_by"], found["key"]] = Answered(found["fingerprint"], receipt)
        return decided, head

    async def _catch_up(self, head: Head, wanted: set[str]) -> None:
        """Take in what other replicas recorded, and make sure that what was acknowledged here is still there."""
        position, hash_ = self._acknowledged
        if head.position < position:
            raise RecordDamaged(reason=f"it ends at position {head.position}, and {position} was acknowledged")
        if head.position == position and head.hash != hash_ and position > 0:
            raise RecordDamaged(reason=f"position {position} has another hash than the one acknowledged")
        units = self._units
        if head.position == units.position:
            return
        since = max(units.position, 1)
        rows = await self._connection.fetch(SQL["events_from"], since, MOST_EVENTS_TO_CATCH_UP + 1)
        first = (rows[0]["notification_id"], rows[0]["hash"]) if rows else None
        if units.position > 0 and first != (units.position, units.hash):
            raise RecordDamaged(reason=f"position {units.position} is not what it was")
        if len(rows) > MOST_EVENTS_TO_CATCH_UP:
            units.forget()
            await units.load(self._connection, wanted)
        else:
            units.catch_up(rows)

    async def _touched(self, decided: Batch) -> Touched:
        """What read models have to know; negotiations that a change among the parties reaches are looked at again."""
        changes = dict(decided.changes)
        among_parties = changes.get(PARTIES, Changes.none())
        flipped = parties_flipped(among_parties)
        groups = {key[1] for key in among_parties.keys if key[0] == "membership"}
        if flipped or groups:
            # Who named them before stands in the table, who names them since this batch is among its changes.
            rows = await self._connection.fetch(SQL["negotiations_naming"], sorted(flipped | groups))
            reached = {row["negotiation"] for row in rows}
            await self._units.load(self._connection, reached)
            for unit in reached | (changes.keys() - {PARTIES}):
                changes.setdefault(unit, Changes.none()).join(self._units.parties_flipped(unit, flipped))
        dossiers = {unit: self._units.dossier(unit) for unit in changes}
        return Touched(
            changes=changes,
            dossiers=dossiers,
            parties=self._units.dossier(PARTIES),
            groups=frozenset(groups),
        )


def units_of_all(batch: Sequence[Waiter]) -> set[str]:
    """Every unit that must be in memory to decide these."""
    return set().union(*(units_of(waiter.request) for waiter in batch))


def _decide(decided: Batch, request: Request) -> Verdict | Exception:
    """Decide one request; a fault in deciding it is its own, and leaves no trace in the batch."""
    try:
        return decided.decide(request)
    except Exception as fault:  # answered to whoever asked, logged, and no neighbour's matter
        logger.exception("a request could not be decided")
        return fault


async def _write_commands(ahead: Ahead, decided: Batch) -> None:
    if not decided.commands:
        return
    fingerprints = [request.fingerprint for request, _ in decided.commands]
    if any(len(fingerprint) != FINGERPRINT_BYTES for fingerprint in fingerprints):
        raise ValueError("a request under a key has a fingerprint of 32 bytes")
    bodies = slices([receipt.body for _, receipt in decided.commands])
    await ahead.execute(
        SQL["write_commands"],
        texts([request.recorded_by for request, _ in decided.commands]),
        texts([request.key or "" for request, _ in decided.commands]),
        b"".join(fingerprints),
        *bodies,
        numbers(receipt.first_position for _, receipt in decided.commands),
        numbers(receipt.last_position for _, receipt in decided.commands),
        decided.recorded_at,
    )
