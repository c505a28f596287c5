"""Which events of a page were corrected or retracted since, for lists that show events as they were recorded."""

from collections.abc import Sequence
from typing import Final

import asyncpg
import msgspec
from msgspec import Struct

from parley.store.log import SQL

_RETRACTED: Final = "negotiation.EventRetracted"


class Revised(Struct, frozen=True):
    """What became of an event: ``standing`` is ``corrected`` or ``retracted``; ``by``: positions of what did it."""

    standing: str
    by: tuple[int, ...]


_encode = msgspec.json.Encoder().encode


async def revised(pool: asyncpg.Pool, event_ids: Sequence[str]) -> dict[str, bytes]:
    """What became of each of these events, as JSON; events that stand as they were recorded are left out."""
    rows = await pool.fetch(SQL["revisions"], list(event_ids)) if event_ids else []
    about: dict[str, list[asyncpg.Record]] = {}
    for row in rows:
        about.setdefault(row["target"], []).append(row)
    shown: dict[str, bytes] = {}
    for event_id in event_ids:
        # A retraction that was retracted itself changes nothing.
        standing = [row for row in about.get(event_id, ()) if not _is_retracted(row["event_id"], about)]
        if standing:
            retracted = [row["position"] for row in standing if row["topic"] == _RETRACTED]
            by = retracted or [row["position"] for row in standing]
            shown[event_id] = _encode(Revised("retracted" if retracted else "corrected", tuple(by)))
    return shown


def _is_retracted(event_id: str, about: dict[str, list[asyncpg.Record]]) -> bool:
    return any(row["topic"] == _RETRACTED for row in about.get(event_id, ()))
