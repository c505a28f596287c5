"""Migrations: once, forward only, however many start together."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from parley.embedded import EmbeddedPostgres
from parley.store.log import Written
from parley.store.migrate import DatabaseTooNew, DatabaseTooOld, check_version, known_version, migrate, migrations
from parley.store.verify import ChainBroken, verify
from tests import databases
from tests.record import world
from tests.record.chain import assert_whole
from tests.record.desk import at_work, connection, write_events
from tests.record.fold import assert_documents_equal_fold, assert_equals_fold

SCHEMA = """
    SELECT table_name, column_name, data_type, is_nullable, column_default, collation_name, generation_expression, null
    FROM information_schema.columns WHERE table_schema = 'parley'
    UNION ALL SELECT tablename, indexname, indexdef, null, null, null, null, null
    FROM pg_indexes WHERE schemaname = 'parley'
    UNION ALL SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), null, null, null, null, null
    FROM pg_constraint WHERE connamespace = 'parley'::regnamespace
    ORDER BY 1, 2, 3
"""


@pytest.fixture
async def empty(postgres: EmbeddedPostgres) -> AsyncIterator[str]:
    """The DSN of a database with nothing in it."""
    async with databases.database(postgres, template="template0") as dsn:
        yield dsn


async def schema(dsn: str) -> list[asyncpg.Record]:
    async with connection(dsn) as own:
        return await own.fetch(SCHEMA)


async def test_migrate_fresh_database_applies_everything_once(empty: str) -> None:
    """The first run applies every migration, the second none."""
    assert await migrate(empty) == list(migrations())
    before = await schema(empty)
    assert await migrate(empty) == []
    assert await schema(empty) == before
    async with connection(empty) as own:
        await check_version(own)


async def test_migrate_several_at_once_applies_each_migration_once(empty: str) -> None:
    """Replicas that start together share the work: one does it, the others find it done."""
    applied = await asyncio.gather(*(migrate(empty) for _ in range(8)))
    assert sorted(applied) == [[]] * 7 + [list(migrations())]


async def test_migrate_step_by_step_gives_the_schema_of_the_template(empty: str, database: str) -> None:
    """The schema is the sum of its migrations, one at a time or all at once."""
    for version in migrations():
        assert await migrate(empty, up_to=version) == [version]
    assert await schema(empty) == await schema(database)


async def test_migrate_failing_migration_leaves_nothing(empty: str) -> None:
    """A migration that fails takes the others of its run with it."""
    async with connection(empty) as own:
        await own.execute("CREATE SCHEMA parley; CREATE TABLE parley.demands ()")
    with pytest.raises(asyncpg.DuplicateTableError):
        await migrate(empty)
    async with connection(empty) as own:
        assert await own.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'parley'") == 1


async def test_open_database_of_a_newer_program_is_refused_with_the_remedy(database: str) -> None:
    """Neither migrating nor opening touches a database that a newer program has migrated."""
    newer = known_version() + 1
    async with connection(database) as own:
        await own.execute("INSERT INTO migrations (version) VALUES ($1)", newer)
    for attempt in (migrate(database), at_work(database).__aenter__()):
        with pytest.raises(DatabaseTooNew) as refused:
            await attempt
        assert f"schema version {newer}" in str(refused.value)
        assert "Run the newer Parley" in str(refused.value)


async def test_open_database_that_lacks_migrations_is_refused_with_the_remedy(empty: str) -> None:
    """A database that is not migrated yet, or not far enough, is not opened."""
    for up_to in (None, 1):
        if up_to is not None:
            await migrate(empty, up_to=up_to)
        with pytest.raises(DatabaseTooOld) as refused:
            await at_work(empty).__aenter__()
        assert f"schema version {up_to or 0}" in str(refused.value)
        assert "Run `parley migrate` first" in str(refused.value)


async def test_migrate_database_with_events_keeps_them_and_goes_on_from_them(empty: str) -> None:
    """Later migrations leave events, hashes and head alone; read models that come later begin empty."""
    await migrate(empty, up_to=1)
    async with connection(empty) as own:
        await write_events(own, [Written("elsewhere", 1, "any", b"any bytes", None)])
        head_then = "SELECT singleton, position, hash, recorded_at FROM head"
        before = await own.fetch("SELECT * FROM parley_events"), await own.fetch(head_then)

        assert await migrate(empty) == [version for version in migrations() if version > 1]

        assert (await own.fetch("SELECT * FROM parley_events"), await own.fetch(head_then)) == before
        assert await own.fetchval("SELECT count(*) FROM negotiations") == 0
        await own.execute("DELETE FROM parley_events")
        await own.execute("UPDATE head SET position = 0, hash = $1", bytes(32))
        async with at_work(empty) as recording:
            await recording.record(world.parties())
            await recording.record(world.negotiation())
        assert await assert_whole(own) == 8


async def test_migrate_record_from_before_searches_makes_all_of_it_searchable(empty: str) -> None:
    """Version 11 has every unit projected again: what was on record before is found, and typing errors are forgiven."""
    await migrate(empty)
    async with at_work(empty) as recording:
        await recording.record(world.parties())
        await recording.record(world.negotiation())
        await recording.projecting.settle(20)
    async with connection(empty) as own:
        # As version 10 left it: everything is projected, and there are no searches.
        await own.execute("DROP TABLE search_facts, search_words; DROP FUNCTION search_words_written")
        assert await own.fetchval("SELECT count(*) FROM projections") == 2
        await own.execute(migrations()[11])
    async with at_work(empty) as recording:
        await recording.projecting.settle(20)
        await assert_equals_fold(recording.pool)
        assert await recording.pool.fetchval("SELECT count(*) FROM search_facts") == 8
        assert await recording.pool.fetchval("SELECT count(*) FROM search_words") > 5


async def test_migrate_record_with_a_row_before_the_first_position_keeps_it_and_takes_no_other(empty: str) -> None:
    """Version 7 says that positions begin at 1. Old rows stay, recording goes on, and verifying names them."""
    await migrate(empty, up_to=6)
    async with connection(empty) as own:
        await write_events(own, [Written("elsewhere", 1, "any", b"any bytes", None)])
        slipped_in = (
            "INSERT INTO parley_events "
            "(originator_id, originator_version, topic, state, notification_id, event_id, hash) "
            "SELECT 'x', $1, topic, state, $2, gen_random_uuid(), hash FROM parley_events WHERE notification_id = 1"
        )
        await own.execute(slipped_in, 1, 0)
        before = await own.fetch("SELECT * FROM parley_events ORDER BY notification_id")

        assert await migrate(empty, up_to=7) == [7]

        assert await own.fetch("SELECT * FROM parley_events ORDER BY notification_id") == before
        for position in (0, -1):
            with pytest.raises(asyncpg.CheckViolationError):
                await own.execute(slipped_in, 2, position)
        await write_events(own, [Written("elsewhere", 2, "any", b"more bytes", None)])
        await migrate(empty)
        with pytest.raises(ChainBroken, match="Position 0 does not hold: it lies before the first position"):
            _ = [checked async for checked in verify(own)]
        await own.execute("DELETE FROM parley_events WHERE notification_id = 0")
        assert [checked async for checked in verify(own)][-1].position == 2


def test_migrations_have_a_number_each(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Of two with one number only one would ever be applied, and nobody would notice."""
    folder = tmp_path / "migrations"
    folder.mkdir()
    for name in ("0001_record.sql", "0001_search.sql"):
        (folder / name).write_text("SELECT 1")
    monkeypatch.setattr("parley.store.migrate.files", lambda _: tmp_path)

    with pytest.raises(RuntimeError, match="Two migrations have the number 1"):
        migrations()


@pytest.mark.parametrize("version", [9, 10, 13, 14, 15])
async def test_migrate_record_whose_read_models_were_made_by_an_older_program_has_them_put_right(
    empty: str, version: int
) -> None:
    """These versions have all projected again: what an older program read otherwise reads as it is read now."""
    await migrate(empty)
    async with at_work(empty) as recording:
        await recording.record(world.parties())
        await recording.record(world.negotiation())
        await recording.record(world.request(world.demanded("veto")))
        document = await recording.live.demand(world.TALKS, "veto")
    async with connection(empty) as own:
        await own.execute("UPDATE demands SET document = '{}'")
        await own.execute("DELETE FROM items WHERE kind = 'demands_tabled'")
        await own.execute(
            "INSERT INTO items SELECT place, 'delegations', 'russia', begins, ends, document FROM items LIMIT 1"
        )
        await own.execute(migrations()[version])

    async with at_work(empty) as recording:
        assert await recording.live.demand(world.TALKS, "veto") == document
        await assert_documents_equal_fold(recording.pool)
