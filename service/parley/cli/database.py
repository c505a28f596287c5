"""The database that a command works on: the embedded one of a data folder, or the one that the settings name."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from parley.cli.folder import server_pid
from parley.embedded import EmbeddedPostgres
from parley.loading import apart
from parley.store.migrate import check_version
from parley.store.primary import connect

CONNECT_WAIT_S: Final = 10.0
CANCELLED_START_WAIT_S: Final = 10.0
"""How long a cancelled start may take to come to where it can be stopped. It takes one or two; a recovery, minutes."""
_LOOK_EVERY_S: Final = 0.2


@asynccontextmanager
async def embedded(folder: Path) -> AsyncIterator[EmbeddedPostgres]:
    """Run the server of a data folder, or attach to it; however this ends, one that was started here is stopped."""
    server = EmbeddedPostgres(folder)
    starting = asyncio.ensure_future(apart(server.start))
    try:
        await asyncio.shield(starting)
    except asyncio.CancelledError:
        done, _ = await asyncio.wait([starting], timeout=CANCELLED_START_WAIT_S)
        if not done:
            # On Linux it ends with us; elsewhere the next start attaches to it.
            sys.stdout.flush()
            os._exit(1)
        if starting.exception() is None:
            server.stop()
        raise
    try:
        yield server
    finally:
        server.stop()


async def end_of_server(folder: Path) -> str:
    """Return when the folder's server is gone, and tell about it in one sentence."""
    pid = server_pid(folder)
    while pid is not None and _lives(pid):  # noqa: ASYNC110 - the end of a process that is not our child has no event
        await asyncio.sleep(_LOOK_EVERY_S)
    log = folder / "server.log"
    return (
        f"The database ended (process {pid}; its log is {log}). Start again: it recovers what was recorded by itself."
    )


async def check(url: str) -> None:
    """Make sure that the database answers and has the schema we need; raises what is wrong."""
    connection = await connect(url, timeout=CONNECT_WAIT_S)
    try:
        await check_version(connection)
    finally:
        await connection.close()


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
