"""Reading events from the record, as they are answered: the stored bytes with their place put in front."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import asyncpg

from negotiation.dates import Instant, instant
from parley.store.codec import envelope_json
from parley.store.damage import event_of
from parley.store.errors import RecordDamaged
from parley.store.filters import LAST, Event, Filter, rows
from parley.store.log import GENESIS, Head, head_of, read_head
from parley.store.reading import Page
from parley.store.revisions import revised

SCANNED_AT_ONCE: Final = 1_000
MOST_SCANNED: Final = 10_000
"""How many events one request looks through for those that name a party; then the page ends and can be gone on from."""

_COLUMNS = "notification_id, originator_id, originator_version, state"


class Found(NamedTuple):
    """An event: its id, its position, the unit it belongs to, its envelope as JSON."""

    event_id: str
    position: int
    unit: str
    envelope: bytes


async def event(pool: asyncpg.Pool, position: int) -> Found | None:
    """The event at a position, None where the record does not reach that far."""
    row = await _row_at(pool, position)
    return None if row is None else _found(row)


def _found(row: asyncpg.Record) -> Found:
    return Found(row["event_id"], row["notification_id"], row["unit"], _envelope(row))


async def event_of_id(pool: asyncpg.Pool, event_id: str) -> Found | None:
    """The event of an id, None where the record has none."""
    query = f"""
        SELECT {_COLUMNS}, event_id::text, unit
        FROM parley_events WHERE event_id = $1 AND notification_id <= (SELECT position FROM head)
    """  # noqa: S608 - columns of our own
    row = await pool.fetchrow(query, event_id)
    return None if row is None else _found(row)


async def _row_at(pool: asyncpg.Pool, position: int) -> asyncpg.Record | None:
    query = f"""
        SELECT head.position AS head, {_COLUMNS}, event_id::text, unit
        FROM head LEFT JOIN parley_events ON notification_id = $1 AND notification_id <= head.position
    """  # noqa: S608 - columns of our own
    row = head_of(await pool.fetchrow(query, position))
    if row["notification_id"] is not None:
        return row
    if 0 < position <= row["head"]:
        raise RecordDamaged(reason=f"position {position} is missing")
    return None


async def page(
    pool: asyncpg.Pool,
    after: int,
    limit: int,
    *,
    stream: str | None = None,
    unit: str | None = None,
    type: str | None = None,  # noqa: A002 - the word of the API
    party: str | None = None,
    units: frozenset[str] | None = None,
) -> Page:
    """Events behind a position, in order; the page's cursor is the last position.

    Of a stream, of a unit (a negotiation, or ``parties``), of a type, or that name a party; of these units alone.
    """
    wanted = Filter(stream=stream, unit=unit, type=type, party=party, units=units)
    if party is not None:
        return await _page_naming(pool, after, limit, wanted)
    found = await rows(pool, wanted, after, LAST, limit + 1)
    shown = found[:limit]
    following = (shown[-1]["notification_id"],) if len(found) > limit else None
    return Page(items=await _items(pool, shown), next=following)


async def _page_naming(pool: asyncpg.Pool, after: int, limit: int, wanted: Filter) -> Page:
    """A page of events that name a party: few may be found among many, so a page may be short and still go on."""
    shown: list[asyncpg.Record] = []
    scanned = 0
    while scanned < MOST_SCANNED:
        found = await rows(pool, wanted, after, LAST, SCANNED_AT_ONCE)
        for row in found:
            if len(shown) == limit:
                return Page(items=await _items(pool, shown), next=(after,))
            if Event(row).is_wanted(wanted):
                shown.append(row)
            after = row["notification_id"]
        scanned += len(found)
        if len(found) < SCANNED_AT_ONCE:
            return Page(items=await _items(pool, shown), next=None)
    return Page(items=await _items(pool, shown), next=(after,))


async def stream_exists(pool: asyncpg.Pool, stream: str) -> bool:
    """Whether anything was ever recorded in a stream."""
    query = "SELECT EXISTS (SELECT FROM parley_events WHERE originator_id = $1)"
    return bool(await pool.fetchval(query, stream))


async def head(pool: asyncpg.Pool | asyncpg.Connection) -> Head:
    """Where the record ends; raises RecordDamaged where the row that says so is missing."""
    return await read_head(pool)


async def hash_at(pool: asyncpg.Pool, position: int) -> bytes:
    """The hash of the chain at a position up to the head; raises RecordDamaged where that is missing."""
    if position == 0:
        return GENESIS
    found: bytes | None = await pool.fetchval("SELECT hash FROM parley_events WHERE notification_id = $1", position)
    if found is None:
        raise RecordDamaged(reason=f"position {position} is missing")
    return found


async def last_recorded_before(pool: asyncpg.Pool, until: Instant, last: int) -> int:
    """The last position that was recorded before an instant, 0 where there is none; ``last``: how far to look.

    Recording times never run backwards along positions, so a few events tell.
    """
    first = 0
    while first < last:
        middle = (first + last + 1) // 2
        row = await _row_at(pool, middle)
        if row is not None and instant(event_of(row).recorded_at) < until:
            first = middle
        else:
            last = middle - 1
    return first


async def _items(pool: asyncpg.Pool, shown: Sequence[asyncpg.Record]) -> tuple[bytes, ...]:
    """The envelopes of events, each with what became of it since."""
    ids = [str(row["event_id"]) for row in shown]
    revisions = await revised(pool, ids)
    return tuple([_with(_envelope(row), revisions.get(event_id)) for row, event_id in zip(shown, ids, strict=True)])


def _with(envelope: bytes, became: bytes | None) -> bytes:
    return envelope if became is None else envelope[:-1] + b',"revised":' + became + b"}"


def _envelope(row: asyncpg.Record) -> bytes:
    return envelope_json(row["state"], row["originator_id"], row["originator_version"], row["notification_id"])
