"""The record as it was at a moment, from a base backup and the archive. Last of all, for what came later is lost."""

from collections.abc import Iterator

import httpx
import pytest

from tests.compose.operations import Operations
from tests.compose.stack import ARCHIVED, ROOT, Stack, answered, until
from tests.compose.verdict import assert_holds, stored
from tests.survival.load import NEGOTIATION, SOURCE, Load

LOST = {
    "occurred": "2026-02-01",
    "sources": [SOURCE],
    "event": {"type": "StatementMade", "text": "After the moment.", "by": [{"party": "union"}]},
}

FORGET = """
cd "$PGDATA/pg_wal/archive_status"
noted=$(ls | grep -E '^[0-9A-F]{24}[.]done$' | tail -n 1)
mv "$noted" "${noted%.done}.ready"
echo "${noted%.done}"
"""
"""What a server knows that was killed after the log was archived and before it noted that."""
SWITCH = "SELECT pg_switch_wal() FROM (SELECT pg_create_restore_point('here')) AS something_to_archive"
LAST = "SELECT failed_count || ' ' || last_archived_wal FROM pg_stat_archiver"


@pytest.fixture
def archived(stack: Stack, operations: Operations) -> Iterator[Stack]:
    """The stack, with an archive."""
    more = Stack(ARCHIVED)
    operations.run(more, "docker compose up -d --wait")
    yield more
    (ROOT / "base.tar.gz").unlink(missing_ok=True)


async def test_log_whose_archiving_was_not_noted_is_asked_for_again_and_archiving_goes_on(archived: Stack) -> None:
    archived.psql("SELECT pg_stat_reset_shared('archiver')")
    segment = archived.psql("SELECT pg_walfile_name(pg_current_wal_insert_lsn())")
    archived.psql(SWITCH)
    await until(lambda: archived.psql(LAST) == f"0 {segment}")
    assert archived.compose("exec", "-T", "-u", "postgres", "database", "bash", "-c", FORGET).strip() == segment
    after = archived.psql("SELECT pg_walfile_name(pg_current_wal_insert_lsn())")
    archived.psql(SWITCH)
    await until(lambda: archived.psql(LAST) == f"0 {after}")


async def test_recovery_to_a_moment_as_documented_gives_the_record_as_it_was_then(
    archived: Stack, load: Load, operations: Operations
) -> None:
    operations.run(
        archived,
        "docker compose exec -T -u postgres database pg_basebackup -D - -F tar -X none -c fast --gzip > base.tar.gz",
    )
    async with load.under_load():
        await load.acknowledgements(50)
    before = await stored()
    moment = archived.psql("SELECT clock_timestamp()")
    for _ in range(3):
        answer = answered(f"/v1/negotiations/{NEGOTIATION}/rounds/spring/events", "POST", json=LOST)
        assert answer.status_code == httpx.codes.CREATED
    assert len(await stored()) == len(before) + 3

    operations.run(archived, "docker compose exec -T -u postgres database psql -c 'SELECT pg_switch_wal()'")
    operations.run(archived, "docker compose stop api database")
    operations.run(
        archived,
        'docker compose run --rm -T --no-deps --entrypoint bash database /deploy/recover.sh "$MOMENT" < base.tar.gz',
        MOMENT=moment,
    )
    operations.run(archived, "docker compose up -d --wait")
    assert f"The record holds: {len(before)} events." in operations.run(
        archived, "docker compose exec -T api parley verify"
    )
    operations.run(archived, """docker compose exec -T -u postgres database bash -c 'rm -r "$PGDATA"/replaced.*'""")
    assert await stored() == before
    async with load.under_load():
        await load.acknowledgements(20)
    await assert_holds(archived, load)


def test_key_made_as_documented_is_asked_of_everybody_until_it_is_revoked(stack: Stack, operations: Operations) -> None:
    """From then on the record is never open again, so nothing can come after this."""
    stack.up("--remove-orphans")
    create = "(umask 077; docker compose run --rm -T api keys create first-admin --role admin > admin.key)"
    try:
        assert "first-admin" in operations.run(stack, create)
        asked = """curl -s 127.0.0.1:8080/v1/negotiations -H "Authorization: Bearer $(cat admin.key)\""""
        assert f'"negotiation":"{NEGOTIATION}"' in operations.run(stack, asked)
        assert answered("/v1/negotiations").status_code == httpx.codes.UNAUTHORIZED
        assert answered("/health/ready").status_code == httpx.codes.OK
        assert "first-admin" in operations.run(stack, "docker compose exec -T api parley keys list")
        operations.run(stack, "docker compose exec -T api parley keys revoke first-admin")
        assert "was revoked" in operations.run(stack, asked)
    finally:
        (ROOT / "admin.key").unlink(missing_ok=True)


def test_every_command_of_the_page_was_run(stack: Stack, operations: Operations) -> None:
    for line in ("docker compose ps", "docker compose logs --tail 20 api", "docker compose build"):
        operations.run(stack, line)
    assert operations.lines - operations.tried == set()
