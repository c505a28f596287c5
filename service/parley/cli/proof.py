"""`parley verify`, `parley export` and `parley import`: the whole record proved, taken out and brought back."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
from rich.console import Console

from parley.cli import files
from parley.cli.chosen import chosen
from parley.cli.failures import Failure
from parley.cli.progress import events_bar
from parley.projections.rebuild import rebuild
from parley.store.exchange import ImportRefused, LineDamaged, export, import_
from parley.store.migrate import check_version
from parley.store.primary import connect
from parley.store.verify import KnownHead, RecordBroken, verify


async def verify_record(
    console: Console,
    data: Path | None,
    known: KnownHead | None,
    environment: Mapping[str, str],
    *,
    checkpoints: Sequence[KnownHead] = (),
) -> None:
    """Check the whole chain and tell to where it holds. Raises Failure with the first position that does not.

    ``known``: a head written down earlier; ``checkpoints``: heads that were signed.
    """
    heads = [*checkpoints, *(() if known is None else (known,))]
    async with chosen("verify", data, environment) as url, _connected(url) as connection:
        with events_bar(console, "Verifying") as bar:
            try:
                async for checked in verify(connection, heads):
                    bar.update(bar.task_ids[0], completed=checked.position, total=checked.total)
            except RecordBroken as broken:
                raise Failure(f"{broken}.") from broken
        console.print(f"The record holds: {checked.position} events.")
        if checkpoints:
            last = max(one.position for one in checkpoints)
            console.print(f"So do its checkpoints: {len(checkpoints)}, the last of position {last}.")
        elif known is None:
            console.print("Write its head down, to prove later that nothing was cut off or written anew:")
            console.print(f"--head {checked.position}:{checked.hash.hex()}")


async def export_record(
    console: Console, data: Path | None, file: Path, environment: Mapping[str, str], *, replace: bool = False
) -> None:
    """Write the whole record into a file, which is there only when it is whole. Raises Failure."""
    files.refuse_terminal(file, "An export")
    files.refuse_taken(file, replace=replace)
    async with chosen("export", data, environment) as url, _connected(url) as connection:
        with files.told(file), events_bar(console, "Exporting") as bar, files.whole(file) as target:
            async for text, progress in export(connection):
                target.write(text)
                bar.update(bar.task_ids[0], completed=progress.done, total=progress.total)
        console.print(f"{files.name_of(file)}: {progress.done} events.")


async def import_record(
    console: Console, data: Path | None, file: Path, environment: Mapping[str, str], *, trust: bool = False
) -> None:
    """Import a file into an empty record, all of it or nothing; ``trust``: whatever its events say. Raises Failure."""
    with files.opened(file) as lines:
        async with chosen("import", data, environment, makes=True) as url, _connected(url) as connection:
            try:
                with events_bar(console, "Reading lines") as bar:
                    async for progress in import_(connection, lines, trust=trust):
                        bar.update(bar.task_ids[0], completed=progress.done)
            except LineDamaged as damaged:
                raise Failure(f"{files.name_of(file)}: {damaged}. Nothing was imported.") from damaged
            except ImportRefused as refused:
                raise Failure(str(refused)) from refused
            with events_bar(console, "Making read models") as bar:
                await rebuild(url, lambda at: bar.update(bar.task_ids[0], completed=at.done, total=at.total))
            console.print(f"{files.name_of(file)}: {progress.done} events imported.")


def known_head(text: str) -> KnownHead:
    """Read ``POSITION:HASH``; raises ValueError for anything else."""
    position, _, hash_ = text.partition(":")
    known = KnownHead(int(position), bytes.fromhex(hash_))
    if known.position < 0 or len(known.hash) != len(bytes(32)):
        message = f"{text} is no head"
        raise ValueError(message)
    return known


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await connect(url, server_settings={"search_path": "parley", "jit": "off"})
    try:
        await check_version(connection)
        yield connection
    finally:
        await connection.close()
