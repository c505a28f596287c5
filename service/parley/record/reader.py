"""Reading events from the record, as they are answered: the stored bytes with their place put in front."""

from datetime import datetime
from typing import Any

import asyncpg

from parley.projections.reading import Page
from parley.record.deciding import envelope_json
from parley.record.log import Head

_COLUMNS = "notification_id, originator_id, originator_version, state"


async def event(pool: asyncpg.Pool, position: int) -> bytes | None:
    """The event at a position, None where the record does not reach that far."""
    query = f"SELECT {_COLUMNS} FROM parley_events WHERE notification_id = $1"  # noqa: S608 - columns of our own
    row = await pool.fetchrow(query, position)
    return None if row is None else _envelope(row)


async def page(
    pool: asyncpg.Pool,
    after: int,
    limit: int,
    *,
    stream: str | None = None,
    unit: str | None = None,
    type: str | None = None,  # noqa: A002 - the word of the API
    party: str | None = None,
) -> Page:
    """Events behind a position, in order; the page's cursor is the last position.

    Of a stream, of a unit (a negotiation, or ``parties``), of a type, or that name a party.
    """
    wanted: list[tuple[str, Any]] = [("notification_id > {}", after)]
    if stream is not None:
        wanted.append(("originator_id = {}", stream))
    if unit is not None:
        wanted.append(("unit = {}", unit))
    if type is not None:
        wanted.append(("topic = {}", f"negotiation.{type}"))
    if party is not None:
        wanted.append(("position(convert_to({}, 'UTF8') IN state) > 0", f'"{party}"'))
    conditions = " AND ".join(condition.format(f"${index}") for index, (condition, _) in enumerate(wanted, 1))
    query = (
        f"SELECT {_COLUMNS} FROM parley_events WHERE {conditions} "  # noqa: S608 - conditions of our own
        f"ORDER BY notification_id LIMIT ${len(wanted) + 1}"
    )
    rows = await pool.fetch(query, *(value for _, value in wanted), limit + 1)
    shown = rows[:limit]
    return Page(
        items=tuple(_envelope(row) for row in shown),
        next=(shown[-1]["notification_id"],) if len(rows) > limit else None,
    )


async def stream_exists(pool: asyncpg.Pool, stream: str) -> bool:
    """Whether anything was ever recorded in a stream."""
    query = "SELECT EXISTS (SELECT FROM parley_events WHERE originator_id = $1)"
    return bool(await pool.fetchval(query, stream))


async def head(pool: asyncpg.Pool) -> Head:
    """Where the record ends."""
    row = await pool.fetchrow("SELECT position, hash, recorded_at FROM head")
    assert row is not None, "the migration makes the head"
    recorded_at: datetime = row["recorded_at"]
    return Head(row["position"], row["hash"], recorded_at)


def _envelope(row: asyncpg.Record) -> bytes:
    return envelope_json(row["state"], row["originator_id"], row["originator_version"], row["notification_id"])
