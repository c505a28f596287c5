"""What makes a record damaged, seen where it is read: rows that are missing, and rows that cannot be decoded.

`parley verify` proves the whole record. Here is what the service sees by itself, before it shows or records anything.
"""

from collections.abc import Iterable
from typing import Any

import asyncpg
import msgspec

from negotiation.envelope import Recorded
from negotiation.state.index import Entry
from parley.store.codec import decode_entry, decode_state
from parley.store.errors import EventUnreadable, RecordDamaged
from parley.store.log import SQL, head_of


def check_next(row: asyncpg.Record, version: int) -> None:
    """Raise RecordDamaged unless an event is the next one of its stream behind a version."""
    if row["originator_version"] != version + 1:
        raise RecordDamaged(reason=f"version {version + 1} of {row['originator_id']} is missing")


def check_streams(rows: Iterable[asyncpg.Record], after: int) -> None:
    """Raise RecordDamaged unless these are all events of some streams behind a position, up to the last of these."""
    versions: dict[str, int] = {}
    for row in rows:
        stream, version = row["originator_id"], row["originator_version"]
        check_next(row, versions.get(stream, version - 1 if after else 0))
        versions[stream] = version


def check_dense(rows: Iterable[asyncpg.Record], after: int) -> None:
    """Raise RecordDamaged unless events of the whole record come one behind the other."""
    for expected, row in enumerate(rows, after + 1):
        if row["notification_id"] != expected:
            raise RecordDamaged(reason=f"position {expected} is missing")


def event_at(position: int, state: bytes, stream: str, version: int) -> Recorded:
    """The event that was stored; raises EventUnreadable."""
    try:
        return decode_state(state, stream=stream, version=version, position=position)
    except msgspec.DecodeError as error:
        raise EventUnreadable(position=str(position), reason=str(error)) from error


def event_of(row: asyncpg.Record) -> Recorded:
    """The event of a row; raises EventUnreadable."""
    return event_at(row["notification_id"], row["state"], row["originator_id"], row["originator_version"])


def entry_of(row: asyncpg.Record) -> Entry:
    """The event of a row, as the rules see it; raises EventUnreadable."""
    position: int = row["notification_id"]
    try:
        return decode_entry(
            row["state"], stream=row["originator_id"], version=row["originator_version"], position=position
        )
    except msgspec.DecodeError as error:
        raise EventUnreadable(position=str(position), reason=str(error)) from error


def check_last(head: asyncpg.Record) -> None:
    """Raise RecordDamaged unless the event where the record ends has the head's hash."""
    position = head["position"]
    if position > 0 and head["last_hash"] != head["hash"]:
        raise RecordDamaged(reason=f"position {position}, where the record ends, is not the event that it was")


async def inspect(queries: Any, after: int, until: int) -> int:
    """Raise RecordDamaged unless the head is that of the last event, and no position up to ``until`` is missing.

    Return where the record ends. ``queries``: a connection or a pool.
    """
    row = head_of(await queries.fetchrow(SQL["inspect"], after, until))
    check_last(row)
    head: int = row["position"]
    if row["found"] < min(until, head) - after:
        missing = await queries.fetchval(SQL["first_missing"], after)
        raise RecordDamaged(reason=f"position {missing} is missing, and the record ends at {head}")
    return head
