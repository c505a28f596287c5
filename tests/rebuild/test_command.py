"""`parley rebuild` as an operator runs it."""

import asyncio
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import asyncpg

from parley.embedded import EmbeddedPostgres
from parley.projections.rebuild import REBUILD_LOCK
from tests import databases
from tests.cli.running import run, running
from tests.rebuild.histories import history, store
from tests.rebuild.runs import rows_of_units
from tests.record.desk import claimed, connection, sessions_waiting
from tests.record.fold import assert_equals_fold

ROOT = Path(__file__).parents[2]


async def test_rebuild_sound_record_says_so_in_plain_lines(recorded: str, psql: asyncpg.Connection) -> None:
    """Piped, it tells how much was folded, and that nothing differed; status 0."""
    events = await psql.fetchval("SELECT position FROM head")
    ended = run("rebuild", PARLEY_DATABASE_URL=recorded)
    assert (ended.status, ended.errors) == (0, "")
    first, second = ended.output.splitlines()
    assert re.fullmatch(rf"Projected {events} events from nothing in [0-9.]+ s \([0-9,]+ events/s\)\.", first)
    assert second == "0 differences: every read model is what the record says."


async def test_rebuild_record_with_faults_tells_what_was_wrong_and_that_it_is_right(
    recorded: str, psql: asyncpg.Connection
) -> None:
    """Each fault by table and key, how many there were, and status 0, for it is right now."""
    await psql.execute("UPDATE rounds SET header = '' WHERE negotiation = 'talks-1' AND round = 'geneva'")
    await psql.execute("DELETE FROM parties WHERE party = 'nato'")
    await psql.execute("INSERT INTO negotiation_parties VALUES ('atlantis', 'talks-0'), ('atlantis', 'talks-1')")
    ended = run("rebuild", PARLEY_DATABASE_URL=recorded)
    assert (ended.status, ended.errors) == (0, "")
    assert ended.output.splitlines()[1:] == [
        "4 differences were found and put right; every read model is what the record says now.",
        "  parties: 1 row missing",
        "  negotiation_parties: 2 rows extra",
        "  rounds: 1 row different",
        "They were, by table and key:",
        "  parties (nato): it was missing",
        "  negotiation_parties (atlantis, talks-0): it did not belong there",
        "  negotiation_parties (atlantis, talks-1): it did not belong there",
        "  rounds (talks-1, geneva): it said something else",
    ]
    await assert_equals_fold(psql)
    assert "0 differences" in run("rebuild", PARLEY_DATABASE_URL=recorded).output


async def test_rebuild_in_processes_tells_the_same(recorded: str) -> None:
    """However many are told to fold, what is told is what one tells; and nobody writes to the terminal besides."""
    ended = run("rebuild", "--processes", "2", PARLEY_DATABASE_URL=recorded)
    assert (ended.status, ended.errors) == (0, "")
    assert ended.output.splitlines()[1:] == ["0 differences: every read model is what the record says."]


async def test_rebuild_emptied_read_models_names_the_first_rows(recorded: str, psql: asyncpg.Connection) -> None:
    """Where very much is wrong, the first rows are named, and it says that there are more."""
    await psql.execute("DELETE FROM items")
    ended = run("rebuild", PARLEY_DATABASE_URL=recorded)
    assert ended.status == 0
    lines = ended.output.splitlines()
    assert "The first 20 were, by table and key:" in lines
    assert len(lines) == 24


async def test_interrupt_rebuild_ends_it_in_the_middle(recorded: str, psql: asyncpg.Connection) -> None:
    """Ctrl-C, here while it waits for a negotiation: status 130, no traceback; what it waited for is as it was."""
    await psql.execute("DELETE FROM items")
    before = (await rows_of_units(psql))["talks-1"]

    async with claimed(recorded, "talks-1"):
        with running("rebuild", PARLEY_DATABASE_URL=recorded) as command:
            await sessions_waiting(psql, "parley rebuild")
            command.signal(signal.SIGINT)
            ended = command.ended()
    assert (ended.status, ended.output) == (130, "")
    assert (await rows_of_units(psql))["talks-1"] == before


async def test_rebuild_twice_at_once_tells_the_second(recorded: str, psql: asyncpg.Connection) -> None:
    """A rebuild that is under way is named as the reason, with status 1."""
    await psql.execute("SELECT pg_advisory_lock($1)", REBUILD_LOCK)
    ended = run("rebuild", PARLEY_DATABASE_URL=recorded)
    assert (ended.status, ended.output) == (1, "")
    assert ended.errors.startswith("parley: Another `parley rebuild` is at work on this record.")


async def peak_mib(postgres: EmbeddedPostgres, negotiations: int) -> float:
    """The most memory that a rebuild of so many negotiations takes, each of about the same size."""
    async with databases.database(postgres) as dsn:
        async with connection(dsn) as own:
            await store(own, history(negotiations, 500 * negotiations))
        return await asyncio.to_thread(_peak_mib, dsn)


def _peak_mib(dsn: str) -> float:
    command = [sys.executable, "-m", "parley.cli", "rebuild"]
    environment = {**os.environ, "PARLEY_DATABASE_URL": dsn}
    with subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return used.ru_maxrss / (1 << 10 if sys.platform != "darwin" else 1 << 20)


async def test_rebuild_takes_no_more_memory_for_more_negotiations(template: EmbeddedPostgres) -> None:
    """Six times the record takes the same memory, but for what the parties take."""
    small, large = await peak_mib(template, 4), await peak_mib(template, 24)
    assert large < small * 1.25, (small, large)
