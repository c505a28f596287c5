"""Many writers in two processes, and somebody who reads along."""

import asyncio
import os
import sys
from pathlib import Path

import asyncpg
import msgspec

from parley.recording import Recording
from tests.record.chain import assert_whole
from tests.record.desk import connection
from tests.record.fold import assert_documents_equal_fold, assert_equals_fold
from tests.record.world import negotiation
from tests.record.writers import NEGOTIATIONS

WRITERS = 32
TURNS = 1


class Told(msgspec.Struct):
    """What a process was told."""

    acknowledged: dict[str, int]
    replayed: dict[str, int]
    refused: int


async def start(dsn: str, name: str) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.record.writers",
        dsn,
        name,
        str(WRITERS),
        str(TURNS),
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=1 << 24,
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    return process


async def told(process: asyncio.subprocess.Process) -> Told:
    output, _ = await process.communicate(b"go\n")
    assert process.returncode == 0
    return msgspec.json.decode(output, type=Told)


async def read_along(dsn: str, done: asyncio.Event) -> list[tuple[int, str]]:
    """Read by position, as long as anybody writes and once more; whatever is seen follows what was seen before."""
    seen: list[tuple[int, str]] = []
    query = "SELECT notification_id, event_id::text FROM parley_events WHERE notification_id > $1 ORDER BY 1 LIMIT 500"
    async with connection(dsn) as own:
        last = False
        while not last:
            last = done.is_set()
            while rows := await own.fetch(query, len(seen)):
                assert [row[0] for row in rows] == list(range(len(seen) + 1, len(seen) + 1 + len(rows)))
                seen += [(row[0], row[1]) for row in rows]
    return seen


async def test_record_by_64_writers_in_two_processes_loses_doubles_and_reorders_nothing(
    talks: Recording, database: str, psql: asyncpg.Connection
) -> None:
    """Dense, ordered, nothing acknowledged is missing or doubled, the chain is whole, every read model is right."""
    for name in NEGOTIATIONS:
        await talks.record(negotiation(name))
    done = asyncio.Event()
    async with asyncio.timeout(120):
        processes = await asyncio.gather(start(database, "a"), start(database, "b"))
        async with asyncio.TaskGroup() as group:
            reader = group.create_task(read_along(database, done))
            reports = await asyncio.gather(*map(told, processes))
            done.set()
        seen = reader.result()

    stored = await psql.fetch("SELECT notification_id, event_id::text FROM parley_events ORDER BY 1")
    assert seen == [(row[0], row[1]) for row in stored]
    positions = {event_id: position for position, event_id in seen}
    assert len(positions) == len(seen)
    acknowledged = [item for report in reports for item in report.acknowledged.items()]
    assert len(dict(acknowledged)) == len(acknowledged)
    assert {event_id: positions.get(event_id) for event_id, _ in acknowledged} == dict(acknowledged)
    assert len(seen) == 8 + 9 + len(acknowledged)
    assert [report.refused for report in reports] == [WRITERS * TURNS] * 2
    assert [len(report.replayed) for report in reports] == [2 * WRITERS * TURNS] * 2
    assert len(acknowledged) == 2 * WRITERS * TURNS * 9

    assert await assert_whole(psql) == len(seen)
    await assert_equals_fold(psql)
    await assert_documents_equal_fold(talks.pool)
