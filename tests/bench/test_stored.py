"""A generated record in a database: recorded, imported or copied, it is the same record, and it holds."""

from collections.abc import AsyncIterator
from datetime import datetime
from itertools import islice
from typing import Any

import asyncpg
import msgspec
import pytest

from bench.generator.copying import copy
from bench.generator.exporting import lines
from bench.generator.record import generate, record
from bench.generator.size import Size
from parley.commands.request import Request
from parley.embedded import EmbeddedPostgres
from parley.store.exchange import ImportRefused, export, import_
from parley.store.verify import verify
from tests import databases
from tests.bench.rules import TODAY
from tests.rebuild.runs import rebuilt
from tests.record.chain import assert_whole
from tests.record.desk import at_work, connection
from tests.record.fold import assert_equals_fold

SIZE = Size(events=600, negotiations=3)
EVENTS = "SELECT * FROM parley.parley_events ORDER BY notification_id"


@pytest.fixture
async def psql(database: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to an empty record."""
    async with connection(database) as own:
        yield own


async def copied(own: asyncpg.Connection, size: Size = SIZE, seed: int = 1) -> list[int]:
    """Copy a generated record; give what was told on the way."""
    return [position async for position in copy(own, record(size, seed))]


async def rows(own: asyncpg.Connection) -> list[tuple[Any, ...]]:
    """Every event and the head."""
    return [tuple(row) for statement in (EVENTS, "SELECT * FROM parley.head") for row in await own.fetch(statement)]


async def test_record_generated_submissions_one_by_one_stores_the_generated_record(
    database: str, psql: asyncpg.Connection
) -> None:
    """The service takes them all, and stores what was generated but for who recorded it, and when."""
    async with at_work(database) as recording:
        for filed in generate(SIZE, 1):
            await recording.record(Request(entries=(filed.entry,), recorded_by=filed.recorded_by))
    stored = await psql.fetch(EVENTS)
    for row, wanted in zip(stored, record(SIZE, 1), strict=True):
        state, generated = (msgspec.json.decode(each) for each in (row["state"], wanted.written.state))
        assert state == generated | {"recorded_at": state["recorded_at"]}
        assert (row["originator_id"], row["originator_version"], row["topic"]) == wanted.written[:3]
        assert (row["notification_id"], str(row["event_id"])) == (wanted.position, wanted.written.event_id)
    await assert_equals_fold(psql)


async def test_import_generated_export_holds_and_is_exported_the_same(psql: asyncpg.Connection) -> None:
    """It is byte for byte what the service would have exported; its chain is whole and its read models are right."""
    generated = list(lines(record(SIZE, 1)))
    async for _ in import_(psql, generated):
        pass
    assert [checked async for checked in verify(psql)][-1].position == SIZE.events
    assert b"".join([text async for text, _ in export(psql)]) == b"".join(generated)
    await assert_equals_fold(psql)


async def test_copy_generated_record_gives_every_row_that_importing_it_gives(
    psql: asyncpg.Connection, template: EmbeddedPostgres
) -> None:
    """Events, hashes and head are the same whichever way they came in."""
    assert (await copied(psql))[-1] == SIZE.events
    async with databases.database(template) as dsn, connection(dsn) as other:
        async for _ in import_(other, lines(record(SIZE, 1))):
            pass
        assert await rows(psql) == await rows(other)
    assert await assert_whole(psql) == SIZE.events


async def test_copy_generated_record_and_rebuild_gives_the_read_models_of_a_fold(
    database: str, psql: asyncpg.Connection
) -> None:
    """Copying leaves the read models empty, and rebuilding makes them."""
    await copied(psql)
    assert await psql.fetchval("SELECT count(*) FROM negotiations") == 0
    await rebuilt(database)
    assert await psql.fetchval("SELECT count(*) FROM negotiations") == 3
    await assert_equals_fold(psql)


async def test_copy_a_part_and_record_the_rest_gives_the_whole(database: str, psql: asyncpg.Connection) -> None:
    """Any first part of a record can be copied; the service takes the rest, and the chain goes on."""
    async for _ in copy(psql, islice(record(SIZE, 1), 500)):
        pass
    await rebuilt(database)
    async with at_work(database) as recording:
        for filed in islice(generate(SIZE, 1), 500, None):
            await recording.record(Request(entries=(filed.entry,), recorded_by=filed.recorded_by))
    assert await assert_whole(psql) == SIZE.events
    stored = await psql.fetch(EVENTS)
    assert [str(row["event_id"]) for row in stored] == [filed.entry.submission.id for filed in generate(SIZE, 1)]
    await assert_equals_fold(psql)


async def test_copy_into_record_with_events_is_refused_and_leaves_it_alone(psql: asyncpg.Connection) -> None:
    await copied(psql, Size(events=50))
    before = await rows(psql)
    with pytest.raises(ImportRefused):
        await copied(psql)
    assert await rows(psql) == before


async def test_copy_left_early_leaves_nothing(psql: asyncpg.Connection) -> None:
    """It is one transaction: whoever stops it in the middle has an empty record."""
    before = await rows(psql)
    copying = copy(psql, record(Size(events=12_000), 1))
    assert await anext(copying) == 5_000
    await copying.aclose()
    assert await rows(psql) == before


async def test_copy_head_is_when_the_last_event_was_recorded(psql: asyncpg.Connection) -> None:
    await copied(psql)
    head = await psql.fetchval("SELECT recorded_at FROM head")
    assert head == datetime.fromisoformat(list(record(SIZE, 1))[-1].recorded_at)
    assert head.timestamp() * 1_000_000 < TODAY
