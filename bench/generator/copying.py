"""A generated record straight into an empty database: events and head, by COPY. Read models are not its business."""

from collections.abc import AsyncGenerator, Iterable
from datetime import datetime
from itertools import islice
from typing import Final

import asyncpg

from bench.generator.record import Stored
from parley.store.exchange import ImportRefused
from parley.store.log import SQL, lock_head

_PAGE: Final = 5_000
_COLUMNS: Final = (
    "originator_id",
    "originator_version",
    "topic",
    "state",
    "event_id",
    "notification_id",
    "hash",
)


async def copy(connection: asyncpg.Connection, events: Iterable[Stored]) -> AsyncGenerator[int, None]:
    """Copy events into an empty record and move its head behind them, in one transaction; yields how many there are.

    The connection's search path is the record's schema. Raises ImportRefused where the record holds events. The
    transaction ends with the iteration: a caller that stops early rolls it back. Until they are made, the read models
    know nothing of what was copied.
    """
    async with connection.transaction():
        head, _ = await lock_head(connection)
        if head.position > 0:
            raise ImportRefused(head.position)
        more = iter(events)
        while page := list(islice(more, _PAGE)):
            rows = [(*stored.written, stored.position, stored.hash) for stored in page]
            await connection.copy_records_to_table("parley_events", records=rows, columns=_COLUMNS)
            last = page[-1]
            recorded_at = datetime.fromisoformat(last.recorded_at)
            await connection.execute(SQL["move_head"], last.position, last.hash, recorded_at)
            yield last.position
