"""A stack on a record of an older schema brings it up to date by itself, with everything in it."""

import httpx
import pytest

from parley.store.migrate import known_version
from tests.compose.operations import Operations
from tests.compose.stack import Stack, answered
from tests.compose.verdict import assert_holds, stored
from tests.survival.load import NEGOTIATION, Load

FIRST = 1
"""The schema of events, head and answers by key, before there were read models."""
COPY = """
set -euo pipefail
sql() { psql -qXAtU postgres -v ON_ERROR_STOP=1 "$@"; }
sql -d older -c 'DELETE FROM parley.head'
for table in parley_events head; do
    columns=$(sql -d older -c "SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute
        WHERE attrelid = 'parley.$table'::regclass AND attnum > 0 AND attgenerated = '' AND NOT attisdropped")
    sql -d parley -c "COPY (SELECT $columns FROM parley.$table) TO STDOUT" |
        sql -d older -c "COPY parley.$table ($columns) FROM STDIN"
done
sql -d parley -c "COPY (
        SELECT recorded_by, key, fingerprint, convert_to(jsonb_build_object('events', (
            SELECT jsonb_agg(jsonb_build_object('position', position) ORDER BY number)
            FROM unnest(positions) WITH ORDINALITY AS told (position, number)
        ))::text, 'UTF8'), positions[1], positions[cardinality(positions)], recorded_at FROM parley.commands
    ) TO STDOUT" |
    sql -d older -c "COPY parley.commands (
        recorded_by, key, fingerprint, body, first_position, last_position, recorded_at) FROM STDIN"
sql -d postgres -c 'ALTER DATABASE parley RENAME TO newer' -c 'ALTER DATABASE older RENAME TO parley'
"""
MIGRATE = """
import asyncio, os
from parley.store.migrate import migrate
from parley.settings import read
url = read(os.environ).database_url.removesuffix("parley") + "older"
print(asyncio.run(migrate(url, up_to={version})))
"""


@pytest.fixture
def older(stack: Stack) -> Stack:
    """The stack, stopped, on a database with the first schema and the events of the record."""
    stack.psql("CREATE DATABASE older OWNER parley", "postgres")
    python = ("exec", "-T", "api", "/opt/parley/bin/python", "-")
    assert stack.compose(*python, stdin=MIGRATE.format(version=FIRST)).strip() == f"[{FIRST}]"
    stack.compose("stop", "api")
    stack.compose("exec", "-T", "database", "bash", "-c", COPY)
    return stack


async def test_upgrade_of_an_older_schema_with_data_in_it_keeps_all_and_is_read_at_once(
    older: Stack, load: Load, operations: Operations
) -> None:
    older.up()
    migrations = ", ".join(str(version) for version in range(FIRST + 1, known_version() + 1))
    assert f"applied {migrations}; the schema is at version {known_version()}" in older.compose("logs", "migrate")
    assert len(await stored()) >= len(load.acknowledged) > 0

    # There were no read models: they are projected before they are read, and a rebuild finds nothing wrong.
    round_ = f"/v1/negotiations/{NEGOTIATION}/rounds/spring"
    assert answered(round_).status_code == httpx.codes.OK
    said = operations.run(older, "docker compose exec -T api parley rebuild")
    assert "every read model is what the record says" in said
    async with load.under_load():
        await load.acknowledgements(20)
    await assert_holds(older, load)
