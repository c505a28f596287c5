"""Generated records in databases: made once for each size, kept between runs, and copied for each use."""

from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Final

import asyncpg

from bench.command import parley
from bench.generator.copying import copy
from bench.generator.record import record
from bench.generator.size import Size
from bench.run import Run
from parley.store.log import SCHEMA
from parley.store.migrate import migrate

SEED: Final = 1
_ROOT: Final = Path(__file__).parents[1]
_MADE_OF: Final = ("bench/generator", "service/parley/store/migrations")
_LOOKED_AT: Final = 2_000
"""So many events tell whether the events themselves are written otherwise than when the record was made."""
_OFTEN: Final = 100_000


def size_of(events: int) -> Size:
    """The size of a record of so many events."""
    return Size(events=events, related=0)


async def generated(run: Run, events: int) -> str:
    """The name of a database that holds a record of so many events, and no read models yet: to be copied."""
    name = f"record_{events}_{_digest(events)}"
    if name not in (kept := await run.server.databases(f"record_{events}_")):
        for outdated in kept:
            await run.server.drop(outdated)
        run.say(f"making a record of {events:,} events, which is kept for the next run")
        making = f"{name}_making"
        dsn = await run.server.database(making)
        await migrate(dsn)
        connection = await asyncpg.connect(dsn, server_settings={"search_path": SCHEMA})
        try:
            async for done in copy(connection, record(size_of(events), SEED)):
                if done % _OFTEN == 0 and done < events:
                    run.say(f"making a record of {events:,} events: {done:,}")
            await connection.execute("VACUUM (ANALYZE) parley_events")
        finally:
            await connection.close()
        await run.server.execute(f"ALTER DATABASE {making} RENAME TO {name}")
    return name


async def exported(run: Run, events: int) -> Path:
    """The file that `parley export` writes of a record of so many events; kept between runs, too."""
    name = await generated(run, events)
    file = run.folder / f"{name}.jsonl"
    if not file.exists():
        for outdated in run.folder.glob(f"record_{events}_*.jsonl"):
            outdated.unlink()
        run.say(f"exporting {events:,} events into a file, which is kept for the next run")
        await parley(["export", str(file)], run.server.dsn(name), {})
    return file


def _digest(events: int) -> str:
    """Changes with whatever makes the record another one."""
    files = sorted(
        file for folder in _MADE_OF for file in (_ROOT / folder).rglob("*") if file.suffix in {".py", ".sql"}
    )
    digest = sha256(b"".join(file.read_bytes() for file in files))
    for stored in islice(record(size_of(events), SEED), _LOOKED_AT):
        digest.update(stored.hash)
    return digest.hexdigest()[:8]
