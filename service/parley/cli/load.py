"""`parley load`: seed files into a database of one's own, or into a demo's."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

from rich.console import Console

from parley import settings
from parley.cli import database, folder
from parley.cli.failures import CALLED_WRONGLY, Failure, database_name, told
from parley.cli.logs import log_to_stderr
from parley.cli.progress import shown
from parley.loading import load as load_files
from parley.record.migrate import migrate
from parley.record.recording import Recording


async def load(console: Console, files: Sequence[Path], data: Path | None, environment: Mapping[str, str]) -> None:
    """Record the files and tell what came of each. Raises Failure."""
    log_to_stderr("error")
    if data is None:
        if not environment.get("PARLEY_DATABASE_URL") and not environment.get("PARLEY_DATABASE_URL_FILE"):
            raise Failure(
                "Load into which database? Name a demo's data folder (--data .parley), or set PARLEY_DATABASE_URL.",
                CALLED_WRONGLY,
            )
        with told("named by PARLEY_DATABASE_URL"):
            url = settings.read(environment).database_url
        with told(database_name(url)):
            await _record(console, url, files)
    else:
        with told(f"in {data}"):
            async with _embedded(data) as url:
                await _record(console, url, files)


@asynccontextmanager
async def _embedded(data: Path) -> AsyncIterator[str]:
    """Give the address of the folder's database: of the one that runs, else of one that runs as long as this."""
    with ExitStack() as stack:
        try:
            stack.enter_context(folder.held(data)).say("load")
        except folder.FolderHeld:
            async with database.embedded(data) as server:
                yield server.dsn()
        else:
            async with database.embedded(data) as server:
                await migrate(server.dsn())
                yield server.dsn()


async def _record(console: Console, url: str, files: Sequence[Path]) -> None:
    recording = await Recording.open(url)
    try:
        with shown(console) as told_of:
            await load_files(recording, files, progress=told_of.progress, loaded=told_of.loaded)
    finally:
        await recording.close()
