"""What a rebuild finds: nothing where all is well; and whatever was done to a read model, by table and key."""

from pathlib import Path

import asyncpg
import msgspec
import pytest

from negotiation.envelope import Submission
from parley.commands.request import Entry
from parley.embedded import EmbeddedPostgres
from parley.projections import READ_MODELS
from parley.projections.writing import MOST_NAMED, Difference
from parley.seedfile import read
from parley.store.errors import EventUnreadable
from parley.store.migrate import migrate
from tests import databases
from tests.rebuild.histories import history, record, store
from tests.rebuild.runs import live_rows, rebuilt, rows_of_units
from tests.record.desk import at_work, connection
from tests.record.fold import TABLES, assert_equals_fold, bring_up_to_date
from tests.record.world import demanded, request

SEEDS = sorted((Path(__file__).parents[2] / "seeds").glob("*.yaml"))


async def test_rebuild_seeds_finds_no_difference(database: str, psql: asyncpg.Connection) -> None:
    """The live read models of real data are what the record says."""
    entries = [
        Entry(one.stream, msgspec.convert(one.submission, Submission)) for file in SEEDS for one in read(file).entries
    ]
    async with at_work(database) as recording:
        await record(recording, entries)
    await bring_up_to_date(psql)
    done = await rebuilt(database)
    assert (done.differences.total, done.events) == (0, len(entries))
    await assert_equals_fold(psql)


@pytest.mark.parametrize("seed", range(3))
async def test_rebuild_history_with_revisions_finds_no_difference_and_writes_no_row(
    database: str, psql: asyncpg.Connection, seed: int
) -> None:
    """Corrections, retractions and changes among parties fold to the same rows, and those stay as they are."""
    async with at_work(database) as recording:
        await record(recording, history(4, 150, seed))
    await bring_up_to_date(psql)
    before = await live_rows(psql)
    done = await rebuilt(database)
    assert (done.differences.total, done.differences.named) == (0, [])
    assert await live_rows(psql) == before
    await assert_equals_fold(psql)


async def test_rebuild_empty_record_finds_no_difference(database: str) -> None:
    """A record without events has read models without rows."""
    done = await rebuilt(database)
    assert (done.differences.total, done.events) == (0, 0)


KEYS = {
    "parties": ("party",),
    "negotiations": ("negotiation",),
    "negotiation_parties": ("party", "negotiation"),
    "rounds": ("negotiation", "round"),
    "items": ("place", "kind", "id"),
    "demands": ("negotiation", "demand"),
    "demand_answers": ("negotiation", "demand", "provision", "party", "through"),
    "findings": ("unit", "event_id", "ordinal"),
    "search_facts": ("unit", "event_id"),
}
FAULTS = [
    *((table, "missing", "DELETE FROM {table} WHERE ({key}) = ({first})") for table in KEYS),
    *(
        (table, "different", f"UPDATE {{table}} SET {column} = {value} WHERE ({{key}}) = ({{first}})")
        for table, column, value in (
            ("parties", "version", "version + 1"),
            ("negotiations", "parties", "parties || 'atlantis'::text"),
            ("rounds", "header", "header || ' '::bytea"),
            ("items", "begins", "begins - 1"),
            ("demands", "document", "''"),
            ("demand_answers", "document", "document || ' '::bytea"),
            ("findings", "stream", "'nowhere'"),
            ("search_facts", "words", "words || ' more'"),
        )
    ),
    *(
        (
            table,
            "extra",
            f"INSERT INTO {{table}} ({{every}}) SELECT {columns} FROM {{table}} WHERE ({{key}}) = ({{first}})",
        )
        for table, columns in (
            ("parties", "'atlantis', version, header, totals, summary"),
            ("negotiations", "'atlantis', position, parties, header, totals, summary"),
            ("negotiation_parties", "'atlantis', negotiation"),
            ("rounds", "negotiation, 'atlantis', begins, scheduled, version, header, totals, summary"),
            ("items", "place, kind, 'atlantis', begins, ends, document"),
            ("demands", "negotiation, 'atlantis', owners, put_to, document, life"),
            ("demand_answers", "negotiation, 'atlantis', provision, party, through, document"),
            ("findings", "unit, event_id, 99, stream, document"),
            ("search_facts", "unit, gen_random_uuid(), ends, begins, labels, words, found"),
        )
    ),
]


@pytest.mark.parametrize(("table", "how", "fault"), FAULTS, ids=[f"{table}-{how}" for table, how, _ in FAULTS])
async def test_rebuild_with_planted_fault_names_it_and_it_is_gone(
    recorded: str, psql: asyncpg.Connection, table: str, how: str, fault: str
) -> None:
    """A row that was changed, deleted or added is named by table and key, is right afterwards, and is found once."""
    key = ", ".join(KEYS[table])
    before = {tuple(map(str, row)) for row in await psql.fetch(f"SELECT {key} FROM {table}")}
    first = f"SELECT {key} FROM {table} ORDER BY {key} LIMIT 1"
    planted = tuple(map(str, (await psql.fetch(first))[0]))
    every = TABLES[table].replace("::text", "")
    await psql.execute(fault.format(table=table, key=key, first=first, every=every))
    if how == "extra":
        after = {tuple(map(str, row)) for row in await psql.fetch(f"SELECT {key} FROM {table}")}
        (planted,) = after - before

    differences = (await rebuilt(recorded)).differences

    assert differences.rows == {(table, how): 1}
    assert differences.named == [Difference(table, ", ".join(planted), how)]
    await assert_equals_fold(psql)
    assert (await rebuilt(recorded)).differences.total == 0


async def test_rebuild_with_faults_in_every_table_counts_all_and_names_the_first(
    recorded: str, psql: asyncpg.Connection
) -> None:
    """However many rows are wrong, they are counted by table, and a bounded number of them is named."""
    wrong = {}
    for table in TABLES:
        wrong[table] = int((await psql.execute(f"DELETE FROM {table}")).split()[-1])
    differences = (await rebuilt(recorded)).differences
    assert differences.rows == {(table, "missing"): rows for table, rows in wrong.items()}
    assert (differences.total, len(differences.named)) == (sum(wrong.values()), MOST_NAMED)
    await assert_equals_fold(psql)


async def test_rebuild_after_migrating_a_record_with_events_makes_its_read_models(template: EmbeddedPostgres) -> None:
    """A record that is older than the read models has them after a rebuild, and goes on from there."""
    async with databases.database(template, template="template0") as dsn:
        await migrate(dsn, up_to=1)
        async with connection(dsn) as own:
            events = await store(own, history(3, 60))
            await migrate(dsn)
            done = await rebuilt(dsn)
            assert (done.events, done.differences.total) == (events, 0)
            await assert_equals_fold(own)
            async with at_work(dsn) as recording:
                await recording.record(request(demanded("veto", "talks-0/geneva", to=["nato"])))
            await assert_equals_fold(own)


async def test_rebuild_leaves_privileges_options_and_views_of_the_tables_as_they_are(
    recorded: str, psql: asyncpg.Connection
) -> None:
    """A reader's role and a view made upon a read model find its mended rows, and nothing of theirs has changed."""
    described = """
        SELECT c.oid, c.relname, c.relacl::text, c.relowner, c.reloptions FROM pg_class AS c
        WHERE c.relnamespace = 'parley'::regnamespace ORDER BY c.relname
    """
    await psql.execute("GRANT SELECT ON items TO pg_monitor; ALTER TABLE items SET (fillfactor = 90)")
    await psql.execute("CREATE VIEW parley.sessions AS SELECT * FROM items WHERE kind = 'sessions'")
    before = await psql.fetch(described)
    sessions = await psql.fetchval("SELECT count(*) FROM sessions")
    await psql.execute("DELETE FROM items")
    await rebuilt(recorded)
    assert await psql.fetch(described) == before
    assert await psql.fetchval("SELECT count(*) FROM sessions") == sessions > 0
    assert await psql.fetchval("SELECT has_table_privilege('pg_monitor', 'parley.items', 'SELECT')")


async def test_rebuild_record_with_unreadable_event_names_its_position_and_leaves_its_unit_alone(
    recorded: str, psql: asyncpg.Connection
) -> None:
    """An event that this program cannot read ends the rebuild with where it stands; mended, all is made right."""
    event = await psql.fetchrow("SELECT * FROM parley_events WHERE unit = 'talks-2' ORDER BY notification_id LIMIT 1")
    assert event is not None
    position = event["notification_id"]
    await psql.execute("UPDATE parley_events SET state = '{}' WHERE notification_id = $1", position)
    await psql.execute("DELETE FROM items")
    before = (await rows_of_units(psql))["talks-2"]
    with pytest.raises(EventUnreadable, match=f"position {position} cannot be read") as caught:
        await rebuilt(recorded)
    assert "parley verify" in str(caught.value)
    assert (await rows_of_units(psql))["talks-2"] == before

    await psql.execute("UPDATE parley_events SET state = $1 WHERE notification_id = $2", event["state"], position)
    assert (await rebuilt(recorded)).differences.total > 0
    await assert_equals_fold(psql)


async def test_tables_of_read_models_are_all_but_the_records_own(database: str, psql: asyncpg.Connection) -> None:
    """A read model whose tables are not declared would be left out of a rebuild. Words are kept by a trigger."""
    declared = {table.name for read_model in READ_MODELS for table in read_model.tables}
    found = {row[0] for row in await psql.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'parley'")}
    assert (
        found - {"parley_events", "head", "commands", "keys", "keyring", "migrations", "projections", "search_words"}
        == declared
        == set(TABLES)
    )


async def test_rebuild_finds_what_is_left_of_units_that_the_record_does_not_have(
    recorded: str, psql: asyncpg.Connection
) -> None:
    """As after a restored backup of the events alone: in every table, and such units are not taken for projected."""
    before = await live_rows(psql)
    for table, columns in (
        ("negotiations", "'atlantis', position, parties, header, totals, summary"),
        ("negotiation_parties", "party, 'atlantis'"),
        ("rounds", "'atlantis', round, begins, scheduled, version, header, totals, summary"),
        ("items", "'atlantis/' || id, kind, id, begins, ends, document"),
        ("demands", "'atlantis', demand, owners, put_to, document, life"),
        ("demand_answers", "'atlantis', demand, provision, party, through, document"),
        ("findings", "'atlantis', event_id, ordinal, stream, document"),
        ("search_facts", "'atlantis', event_id, ends, begins, labels, words, found"),
    ):
        names = f"({TABLES[table].replace('::text', '')})"
        await psql.execute(f"INSERT INTO {table} {names} SELECT {columns} FROM {table} LIMIT 1")
    await psql.execute("INSERT INTO projections VALUES ('atlantis', 1000)")
    differences = (await rebuilt(recorded)).differences
    assert differences.rows == {(table, "extra"): 1 for table in TABLES if table != "parties"}
    assert all("atlantis" in one.key for one in differences.named)
    assert await live_rows(psql) == before
    assert not await psql.fetch("SELECT FROM projections WHERE unit = 'atlantis'")
