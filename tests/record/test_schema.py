"""`schema.sql`, which people read, is what the migrations make."""

from importlib.resources import files
from typing import Any

import asyncpg

from parley.embedded import EmbeddedPostgres
from parley.store.migrate import migrate
from tests import databases

COLUMNS = """
SELECT table_name, column_name, data_type, udt_name, collation_name, is_nullable, column_default, generation_expression
FROM information_schema.columns WHERE table_schema = 'parley' AND table_name <> 'migrations' ORDER BY 1, 2
"""
INDEXES = (
    "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'parley' AND tablename <> 'migrations' ORDER BY 1, 2"
)
CONSTRAINTS = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE connamespace = 'parley'::regnamespace AND conrelid <> 'parley.migrations'::regclass ORDER BY 1, 2
"""
FUNCTIONS = (
    "SELECT proname, pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'parley'::regnamespace ORDER BY 1"
)
TRIGGERS = "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1"
OPTIONS = """
SELECT relname, reloptions::text FROM pg_class
WHERE relnamespace = 'parley'::regnamespace AND relkind = 'r' AND relname <> 'migrations' ORDER BY 1
"""


async def described(dsn: str) -> dict[str, Any]:
    """What stands in the schema, table by table."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("SET search_path TO parley")
        every = (COLUMNS, INDEXES, CONSTRAINTS, FUNCTIONS, TRIGGERS, OPTIONS)
        return {query: [tuple(row) for row in await connection.fetch(query)] for query in every}
    finally:
        await connection.close()


async def test_schema_file_makes_what_the_migrations_make(postgres: EmbeddedPostgres) -> None:
    async with (
        databases.database(postgres, template="template0") as migrated,
        databases.database(postgres, template="template0") as written,
    ):
        await migrate(migrated)
        connection = await asyncpg.connect(written)
        try:
            await connection.execute("CREATE SCHEMA parley; CREATE TABLE parley.migrations (version integer)")
            await connection.execute("SET search_path TO parley")
            await connection.execute(files("parley.store").joinpath("schema.sql").read_text("utf-8"))
        finally:
            await connection.close()
        expected, found = await described(migrated), await described(written)
        assert expected[COLUMNS]
        for query in expected:
            assert found[query] == expected[query]
