"""What is true of the record after all harm: everything acknowledged is there, once, in a whole chain."""

from itertools import pairwise
from typing import Any

import asyncpg
from msgspec import Struct

from parley.embedded import EmbeddedPostgres
from parley.store.exchange import export, import_
from parley.store.migrate import migrate
from parley.store.verify import verify
from tests.record.fold import bring_up_to_date

READ_MODELS = (
    "parties",
    "negotiations",
    "negotiation_parties",
    "rounds",
    "items",
    "demands",
    "demand_answers",
    "findings",
    "search_facts",
)


class Verdict(Struct, frozen=True, kw_only=True):
    """Figures of a run; all but the first three ought to be 0."""

    stored: int
    acknowledged: int
    answered_by_key: int
    lost: int
    doubled: int
    holes: int
    out_of_time: int
    differing_tables: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        faults = (self.lost, self.doubled, self.holes, self.out_of_time, len(self.differing_tables))
        return not any(faults) and self.stored == self.acknowledged == self.answered_by_key


async def judge(postgres: EmbeddedPostgres, acknowledged: dict[str, Any]) -> Verdict:
    """Look at the whole record. Raises ChainBroken where the chain is not whole."""
    record = await _connect(postgres.dsn())
    try:
        async for _ in verify(record):
            pass
        rows = await record.fetch(
            "SELECT notification_id, event_id::text AS id, convert_from(state, 'UTF8')::json ->> 'recorded_at' AS time "
            "FROM parley_events ORDER BY notification_id"
        )
        by_position = {row["notification_id"]: row["id"] for row in rows}
        events = [event for body in acknowledged.values() for event in body["events"]]
        times = [row["time"] for row in rows]
        return Verdict(
            stored=len(rows),
            acknowledged=len(acknowledged),
            answered_by_key=await record.fetchval("SELECT count(*) FROM commands"),
            lost=sum(by_position.get(event["position"]) != event["id"] for event in events),
            doubled=len(rows) - len({event["id"] for event in events}),
            holes=sum(position != row["notification_id"] for position, row in enumerate(rows, 1)),
            out_of_time=sum(earlier > later for earlier, later in pairwise(times)),
            differing_tables=await _differing(postgres, record),
        )
    finally:
        await record.close()


async def _connect(dsn: str) -> asyncpg.Connection:
    return await asyncpg.connect(dsn, server_settings={"search_path": "parley"})


async def _differing(postgres: EmbeddedPostgres, record: asyncpg.Connection) -> tuple[str, ...]:
    """The read models that, up to date, are not what a fold from zero, in another database, gives."""
    await record.execute("CREATE DATABASE from_zero")
    await migrate(postgres.dsn("from_zero"))
    other = await _connect(postgres.dsn("from_zero"))
    try:
        lines = b"".join([text async for text, _ in export(record)]).splitlines(keepends=True)
        async for _ in import_(other, lines):
            pass
        for connection in (record, other):
            await bring_up_to_date(connection)
        return tuple([table for table in READ_MODELS if await _rows(record, table) != await _rows(other, table)])
    finally:
        await other.close()
        await record.execute("DROP DATABASE from_zero WITH (FORCE)")


async def _rows(connection: asyncpg.Connection, table: str) -> list[tuple[object, ...]]:
    return sorted((tuple(row) for row in await connection.fetch(f"SELECT * FROM {table}")), key=repr)
