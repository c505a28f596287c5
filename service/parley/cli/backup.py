"""`parley backup` and `parley restore`: the whole database in a file, and back, by PostgreSQL's own programs.

An export holds the events; a backup holds all there is: read models, answers by Idempotency-Key and whatever else the
schema has, as they were in one moment.
"""

import asyncio
import errno
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

import asyncpg
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from parley.cli import files, programs
from parley.cli.chosen import chosen
from parley.cli.failures import CALLED_WRONGLY, Failure
from parley.cli.output import OutputFailed
from parley.store.log import Head
from parley.store.migrate import check_version
from parley.store.primary import connect
from parley.store.verify import KnownHead, RecordBroken, verify

_MAGIC: Final = b"PGDMP"
_CHUNK: Final = 1 << 18
_LOOK_EVERY_S: Final = 0.2
_HEAD: Final = "SELECT position, hash, recorded_at FROM parley.head"
_SIZES: Final = """
SELECT oid, relname, pg_table_size(oid) AS bytes, greatest(reltuples, 0)::bigint AS rows
FROM pg_class WHERE relnamespace = 'parley'::regnamespace AND relkind = 'r'
"""
_COPIED: Final = """
SELECT p.relid, p.tuples_processed AS rows FROM pg_stat_progress_copy p JOIN pg_stat_activity a USING (pid)
WHERE a.application_name = 'parley backup' AND p.datname = current_database()
"""
_AT_WORK: Final = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND application_name LIKE 'parley %' AND pid <> pg_backend_pid()
"""


async def backup(
    console: Console, data: Path | None, file: Path, environment: Mapping[str, str], *, replace: bool = False
) -> None:
    """Write a backup into a file, which is there only when it is whole, or to standard output. Raises Failure."""
    files.refuse_terminal(file, "A backup")
    files.refuse_taken(file, replace=replace)
    async with chosen("backup", data, environment) as url, _connected(url) as connection:
        await check_version(connection)
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            head = Head(*(await connection.fetchrow(_HEAD) or ()))
            snapshot = await connection.fetchval("SELECT pg_export_snapshot()")
            with files.told(file), files.whole(file) as target:
                await _dump(console, url, snapshot, target)
    _tell_head(console, f"{files.name_of(file)}: {head.position} events, and all that is kept with them.", head)


async def _dump(console: Console, url: str, snapshot: str, target: BinaryIO) -> None:
    async with _connected(url) as looking:
        program = await programs.newest("pg_dump", looking.get_server_version().major)
        arguments = ["--format=custom", "--schema=parley", "--no-owner", "--no-privileges", f"--snapshot={snapshot}"]
        if target is not sys.stdout.buffer:
            arguments.append(f"--file={target.name}")  # it goes back to the beginning of a file, not of a pipe
        sizes = {row["oid"]: row for row in await looking.fetch(_SIZES)}
        with _bytes_bar(console, "Backing up") as bar:
            bar.update(bar.task_ids[0], total=sum(row["bytes"] for row in sizes.values()))
            async with programs.running(program, arguments, url, stdout=target) as (_, ending):
                copied: dict[int, int] = {}
                while not (await asyncio.wait({ending}, timeout=_LOOK_EVERY_S))[0]:
                    for row in await looking.fetch(_COPIED):
                        copied = {oid: sizes[oid]["bytes"] for oid in copied}  # those before it are done
                        size = sizes[row["relid"]]
                        share = min(row["rows"], size["rows"]) / max(size["rows"], 1)
                        copied[row["relid"]] = int(size["bytes"] * share)
                        bar.update(bar.task_ids[0], description=f"Backing up {size['relname']}")
                    bar.update(bar.task_ids[0], completed=sum(copied.values()))
                ended = await ending
    if ended.status == -signal.SIGPIPE:
        raise OutputFailed(OSError(errno.EPIPE, os.strerror(errno.EPIPE)))
    if ended.status != 0:
        raise Failure(f"The backup was not made: {ended.words or f'pg_dump ended with status {ended.status}'}")


async def restore(
    console: Console, data: Path | None, file: Path, known: KnownHead | None, environment: Mapping[str, str]
) -> None:
    """Bring a backup into a database with no record, all of it or nothing, and prove it. Raises Failure."""
    with files.opened(file) as source:
        begin = source.read(_CHUNK)
        if not begin.startswith(_MAGIC):
            other = "`parley import` takes an export" if begin.startswith(b"{") else "`parley backup` makes one"
            raise Failure(f"{files.name_of(file)} is no backup: {other}.", CALLED_WRONGLY)
        async with chosen("restore", data, environment, makes=True) as url, _connected(url) as connection:
            await _make_room(connection)
            with _bytes_bar(console, "Restoring") as bar:
                bar.update(bar.task_ids[0], total=files.size_of(source))
                program = await programs.newest("pg_restore", connection.get_server_version().major)
                await _load(bar, program, url, _chunks(begin, source))
            position = await _proved(console, connection, known)
            await connection.execute("ANALYZE")
            name = files.name_of(file)
            console.print(f"{name}: {position} events restored, and all that was kept with them. The record holds.")
            await check_version(connection)


async def _make_room(connection: asyncpg.Connection) -> None:
    """Take away an empty record's schema, the demo's first one for example."""
    if await connection.fetchval("SELECT to_regclass('parley.head')") is not None:
        head = Head(*(await connection.fetchrow(_HEAD) or ()))
        if head.position > 0:
            raise Failure(f"The database holds a record of {head.position} events. Restore into an empty database.")
    if await connection.fetchval("SELECT to_regclass('parley.keys')") is not None:
        keys = await connection.fetchval("SELECT count(*) FROM parley.keys")
        if keys:
            raise Failure(
                f"The database holds no record, but keys ({keys}), which the backup's would replace. Restore into an "
                "empty database, and make keys then."
            )
    if await connection.fetchval(_AT_WORK):
        raise Failure("A service works on this database. Stop it, restore, and start it again.")
    await connection.execute("DROP SCHEMA IF EXISTS parley CASCADE")


def _chunks(begin: bytes, source: BinaryIO) -> Iterator[bytes]:
    while begin:
        yield begin
        begin = source.read(_CHUNK)


async def _load(bar: Progress, program: Path, url: str, chunks: Iterator[bytes]) -> None:
    arguments = ["--format=custom", "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
    async with programs.running(program, arguments, url, stdin=asyncio.subprocess.PIPE) as (process, ending):
        assert process.stdin is not None
        with suppress(BrokenPipeError, ConnectionResetError):  # it says why itself
            while (chunk := await asyncio.to_thread(next, chunks, b"")) and not ending.done():
                process.stdin.write(chunk)
                await process.stdin.drain()
                bar.update(bar.task_ids[0], advance=len(chunk))
            process.stdin.close()
        bar.update(bar.task_ids[0], description="Making indexes", total=None)
        ended = await ending
    if ended.status != 0:
        raise Failure(f"Nothing was restored: {ended.words or f'pg_restore ended with status {ended.status}'}")


async def _proved(console: Console, connection: asyncpg.Connection, known: KnownHead | None) -> int:
    """Compute the chain of what was restored anew; what does not hold does not stay."""
    await connection.execute("SET search_path = parley")
    try:
        with _bytes_bar(console, "Verifying") as bar:
            async for checked in verify(connection, () if known is None else (known,)):
                bar.update(bar.task_ids[0], completed=checked.position, total=checked.total)
    except RecordBroken as broken:
        await connection.execute("DROP SCHEMA parley CASCADE")
        raise Failure(f"What the backup holds is not the whole record, and was not kept. {broken}.") from broken
    return checked.position


def _tell_head(console: Console, sentence: str, head: Head) -> None:
    console.print(sentence)
    console.print("Write its head down, to prove later that it was restored whole:")
    console.print(f"--head {head.position}:{head.hash.hex()}")


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await connect(url, server_settings={"application_name": "parley backup", "jit": "off"})
    try:
        yield connection
    finally:
        await connection.close()


@contextmanager
def _bytes_bar(console: Console, doing: str) -> Iterator[Progress]:
    """A bar with one task that counts bytes; gone at the end, and only on a terminal."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        bar.add_task(doing, total=None)
        yield bar
