"""All that a database holds is taken out into a file and brought back, from the command line."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from parley.cli.failures import Failure
from parley.cli.programs import newest
from parley.embedded import EmbeddedPostgres
from tests import databases
from tests.access.desk import make_key
from tests.cli.running import run
from tests.record import world
from tests.record.desk import at_work, connection, until
from tests.survival.verdict import READ_MODELS

TABLES = ("parley_events", "head", "commands", *READ_MODELS)


@pytest.fixture
async def recorded(template: EmbeddedPostgres) -> AsyncIterator[str]:
    """A database with a small record, some of it under an Idempotency-Key."""
    async with databases.database(template) as dsn:
        async with at_work(dsn) as recording:
            for request in (world.parties(), world.negotiation(), world.request(world.said("one"), key="key")):
                await recording.record(request)
        yield dsn


@pytest.fixture
async def elsewhere(template: EmbeddedPostgres) -> AsyncIterator[str]:
    """A database with nothing in it."""
    async with databases.database(template, template="template0") as dsn:
        yield dsn


@pytest.fixture
def file(recorded: str, tmp_path: Path) -> Path:
    """A backup of that record."""
    made = tmp_path / "record.backup"
    ended = run("backup", made, PARLEY_DATABASE_URL=recorded)
    assert ended.status == 0, ended
    assert ended.output.splitlines()[0] == f"{made}: 9 events, and all that is kept with them."
    return made


async def content(dsn: str) -> dict[str, list[object]]:
    async with connection(dsn) as own:
        return {table: sorted(map(tuple, await own.fetch(f"SELECT * FROM {table}")), key=repr) for table in TABLES}


async def schemas(dsn: str) -> int:
    async with connection(dsn) as own:
        return int(await own.fetchval("SELECT count(*) FROM pg_namespace WHERE nspname = 'parley'"))


async def test_restore_into_an_empty_database_gives_all_that_was_there(
    recorded: str, elsewhere: str, file: Path
) -> None:
    """Answers under their keys too, which an export does not have; and it can be gone on with."""
    ended = run("restore", file, PARLEY_DATABASE_URL=elsewhere)
    assert ended.status == 0, ended
    assert ended.output == f"{file}: 9 events restored, and all that was kept with them. The record holds.\n"
    assert await content(elsewhere) == await content(recorded)
    async with at_work(elsewhere) as recording:
        again = await recording.record(world.request(world.said("two")))
        assert again.first_position == 10


async def test_backup_while_the_record_grows_holds_one_moment_of_it(
    recorded: str, elsewhere: str, tmp_path: Path
) -> None:
    """The head that is told is that of what is in the file, whatever was recorded before the program came to it."""
    file = tmp_path / "moment"
    async with connection(recorded) as own, connection(recorded) as other, at_work(recorded) as recording:
        await own.execute("CREATE TABLE parley.obstacle ()")
        async with own.transaction():
            await own.execute("LOCK TABLE parley.obstacle")
            ending = asyncio.create_task(asyncio.to_thread(run, "backup", file, PARLEY_DATABASE_URL=recorded))
            await until(lambda: other.fetchval("SELECT count(*) > 0 FROM pg_locks WHERE NOT granted"))
            assert (await recording.record(world.request(world.said("meanwhile")))).first_position == 10
        ended = await ending
    assert ended.output.startswith(f"{file}: 9 events"), ended
    head = ended.output.splitlines()[-1].removeprefix("--head ")
    restored = run("restore", file, "--head", head, PARLEY_DATABASE_URL=elsewhere)
    assert restored.status == 0, restored


async def test_restore_into_a_database_with_a_record_is_refused_and_leaves_it(recorded: str, file: Path) -> None:
    before = await content(recorded)
    ended = run("restore", file, PARLEY_DATABASE_URL=recorded)
    assert ended.status == 1
    assert ended.errors == ("parley: The database holds a record of 9 events. Restore into an empty database.\n")
    assert await content(recorded) == before


async def test_restore_into_a_database_with_keys_alone_is_refused_and_leaves_them(database: str, file: Path) -> None:
    await make_key(database, "first-admin", "admin")
    ended = run("restore", file, PARLEY_DATABASE_URL=database)
    assert ended.status == 1
    assert ended.errors.startswith(
        "parley: The database holds no record, but keys (1), which the backup's would replace."
    )
    async with connection(database) as own:
        assert await own.fetchval("SELECT name FROM keys") == "first-admin"


async def test_restore_beside_a_service_at_work_is_refused(database: str, file: Path) -> None:
    """It would go on with what it has in memory."""
    async with at_work(database) as recording:
        await recording.pool.fetchval("SELECT 1")
        ended = run("restore", file, PARLEY_DATABASE_URL=database)
    assert (ended.status, ended.errors) == (
        1,
        "parley: A service works on this database. Stop it, restore, and start it again.\n",
    )


@pytest.mark.parametrize("missing", [1, 2_000])
def test_restore_of_a_backup_that_was_cut_off_leaves_nothing(elsewhere: str, file: Path, missing: int) -> None:
    os.truncate(file, file.stat().st_size - missing)
    ended = run("restore", file, PARLEY_DATABASE_URL=elsewhere)
    assert ended.status == 1
    assert "Nothing was restored" in ended.errors
    assert "Traceback" not in ended.errors
    assert "schema version 0" in run("verify", PARLEY_DATABASE_URL=elsewhere).errors


@pytest.mark.parametrize("harm", ["UPDATE parley_events SET topic = 'x' WHERE notification_id = 3", "other head"])
async def test_restore_of_what_does_not_hold_is_told_by_position_and_not_kept(
    recorded: str, elsewhere: str, tmp_path: Path, harm: str
) -> None:
    head = ("--head", f"9:{'00' * 32}") if harm == "other head" else ()
    if not head:
        async with connection(recorded) as own:
            await own.execute(harm)
    file = tmp_path / "harmed"
    assert run("backup", file, PARLEY_DATABASE_URL=recorded).status == 0
    ended = run("restore", file, *head, PARLEY_DATABASE_URL=elsewhere)
    assert ended.status == 1
    assert f"Position {9 if head else 3} does not hold" in ended.errors
    assert await schemas(elsewhere) == 0


def test_restore_of_what_is_no_backup_names_the_command_that_takes_it(elsewhere: str, tmp_path: Path) -> None:
    for text, remedy in (('{"specversion": "1.0"}\n', "`parley import` takes an export"), ("x", "`parley backup`")):
        file = tmp_path / "other"
        file.write_text(text)
        ended = run("restore", file, PARLEY_DATABASE_URL=elsewhere)
        assert ended.status == 2
        assert remedy in ended.errors


def test_backup_through_standard_streams_shows_no_password(recorded: str, elsewhere: str) -> None:
    """Into and out of a container there is often nothing but these."""
    with_password = recorded.replace("postgresql://parley@", "postgresql://parley:secret@")
    assert with_password != recorded
    command = [sys.executable, "-m", "parley.cli"]
    environment = {**os.environ, "PARLEY_DATABASE_URL": with_password}
    made = subprocess.run([*command, "backup", "-"], env=environment, capture_output=True, check=True, timeout=60)
    assert b"9 events" in made.stderr
    assert b"secret" not in made.stdout + made.stderr
    environment["PARLEY_DATABASE_URL"] = elsewhere
    restored = subprocess.run(
        [*command, "restore", "-"], env=environment, input=made.stdout, capture_output=True, check=True, timeout=60
    )
    assert b"9 events restored" in restored.stdout


def test_backup_into_a_demo_and_out_of_it_needs_no_server_of_ones_own(
    folder: Path, new_folder: Path, tmp_path: Path
) -> None:
    file = tmp_path / "seeds"
    assert run("backup", "--data", folder, file).status == 0
    ended = run("restore", "--data", new_folder, file)
    assert "79 events restored" in ended.output, ended
    assert "0 differences" in run("rebuild", "--data", new_folder).output


@pytest.mark.parametrize(("version", "status"), [("9.6.24", 0), ("98.1 (Distribution 98.1-2)", 1)])
def test_backup_is_made_by_the_machines_own_program_unless_it_is_older_than_the_server(
    recorded: str, tmp_path: Path, version: str, status: int
) -> None:
    """The machine's own may know TLS; one that is too old refuses to work, and is not asked."""
    program = tmp_path / "pg_dump"
    program.write_text(
        f"#!/bin/sh\ntest $# = 1 && echo 'pg_dump (PostgreSQL) {version}' && exit\necho mine >&2; exit 9\n"
    )
    program.chmod(0o755)
    ended = run("backup", tmp_path / "file", PARLEY_DATABASE_URL=recorded, PATH=f"{tmp_path}:/usr/bin:/bin")
    assert ended.status == status, ended
    assert ("The backup was not made: mine" in ended.errors) == bool(status)
    assert (tmp_path / "file").exists() == (not status)


async def test_backup_of_a_server_newer_than_every_program_names_what_to_install() -> None:
    with pytest.raises(Failure) as refused:
        await newest("pg_dump", 99)
    assert "Install PostgreSQL's client programs 99." in str(refused.value)


@pytest.fixture(autouse=True)
def _no_leftovers(tmp_path: Path) -> Iterator[None]:
    """Nothing half written stays beside a backup, whatever becomes of it."""
    yield
    assert not [each.name for each in tmp_path.iterdir() if each.name.startswith(".")]


async def test_backup_of_a_database_that_is_not_there_says_so_and_makes_no_file(recorded: str, tmp_path: Path) -> None:
    file = tmp_path / "none"
    ended = run("backup", file, PARLEY_DATABASE_URL=recorded.replace("/test_", "/nobody_"))
    assert ended.status == 1
    assert "does not exist" in ended.errors
    assert not file.exists()
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await asyncpg.connect(recorded.replace("/test_", "/nobody_"))
