"""The database that a command was told to work on: a demo's, by its data folder, or the one that the settings name."""

from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

from parley import settings
from parley.cli import database, folder
from parley.cli.failures import CALLED_WRONGLY, Failure, database_name, told
from parley.embedded.place import refuse_without_database
from parley.store.migrate import migrate


@asynccontextmanager
async def chosen(
    command: str, data: Path | None, environment: Mapping[str, str], *, makes: bool = False
) -> AsyncIterator[str]:
    """Give the address of the database; a demo's server runs as long as this, or was running already.

    What goes wrong inside is told as a Failure. ``command`` is what the folder's lock says is at work; ``makes``: it
    makes a database where there is none.
    """
    if data is not None:
        with told(f"in {data}"):
            if makes:
                folder.refuse_of_others(data)
            else:
                refuse_without_database(data)
            async with _embedded(command, data) as url:
                yield url
        return
    if not environment.get("PARLEY_DATABASE_URL") and not environment.get("PARLEY_DATABASE_URL_FILE"):
        raise Failure(
            "Which database? Name a demo's data folder (--data .parley), or set PARLEY_DATABASE_URL.",
            CALLED_WRONGLY,
        )
    with told("named by PARLEY_DATABASE_URL"):
        url = settings.read(environment).database_url
    with told(database_name(url)):
        yield url


@asynccontextmanager
async def _embedded(command: str, data: Path) -> AsyncIterator[str]:
    with ExitStack() as stack:
        try:
            stack.enter_context(folder.held(data)).say(command)
        except folder.FolderHeld:
            async with database.embedded(data) as server:
                yield server.dsn()
        else:
            async with database.embedded(data) as server:
                await migrate(server.dsn())
                yield server.dsn()
