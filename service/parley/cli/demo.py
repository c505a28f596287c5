"""`parley demo`: a record on this machine, with the seeds in it, served."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from socket import socket
from typing import Final

from rich.console import Console

from parley.cli import database, folder, opening, serving
from parley.cli.failures import CALLED_WRONGLY, Failure, told
from parley.cli.logs import log_to_stderr
from parley.cli.progress import shown, summary
from parley.loading import load, seeds_in
from parley.recording import Recording
from parley.store.migrate import migrate

SHUTDOWN_S: Final = 3
_ANOTHER_PORT: Final = "--port 8081, say (`make demo PORT=8081`)."


async def demo(console: Console, *, host: str, port: int, data: Path, seeds: Path, open_: bool = False) -> None:
    """Serve until cancelled. Raises Failure."""
    log_to_stderr("warning")
    with told(f"in {data}"), ExitStack() as stack:
        files = seeds_in(seeds)
        folder.refuse_of_others(data)
        hold = stack.enter_context(_held(data))
        hold.say("demo")
        listener: socket | None = None
        if open_ or opening.serves_here_alone(host, port):
            listener = stack.enter_context(serving.listen(host, port, _ANOTHER_PORT))
            hold.say("demo", serving.address_of(listener))
        console.print(_begun(data))
        async with database.embedded(data) as server:
            from parley.app import create_app, end_streams, is_keyless

            await migrate(server.dsn())
            if listener is None:
                await opening.check(host, server.dsn(), data)
                listener = stack.enter_context(serving.listen(host, port, _ANOTHER_PORT))
                hold.say("demo", serving.address_of(listener))
            address = serving.address_of(listener)
            await _load(console, server.dsn(), files, seeds)
            app = create_app(dsn=server.dsn(), open_=open_)

            def ready() -> None:
                console.print(*_welcome(address, data, keyless=is_keyless(app), open_=open_), sep="\n")

            await serving.serve(
                app,
                listener,
                stopping=lambda: end_streams(app),
                ready=ready,
                shutdown_s=SHUTDOWN_S,
                until=asyncio.create_task(database.end_of_server(data)),
            )
    console.print("", "Stopped.", sep="\n")


@contextmanager
def _held(data: Path) -> Iterator[folder.Hold]:
    try:
        with folder.held(data) as hold:
            yield hold
    except folder.FolderHeld as error:
        remedy = "use that one, stop it, or name another folder with --data"
        raise Failure(f"The data folder {data} is taken, {error}: {remedy}.", CALLED_WRONGLY) from error


def _begun(data: Path) -> str:
    if (data / "data").exists():
        return f"Starting the database in {data} ..."
    return f"Making a database in {data} ..."


async def _load(console: Console, dsn: str, files: list[Path], seeds: Path) -> None:
    recording = await Recording.open(dsn)
    try:
        with shown(console) as told_of:
            results = await load(recording, files, progress=told_of.progress)
    finally:
        await recording.close()
    console.print(summary(results, seeds))


def _welcome(address: str, data: Path, *, keyless: bool, open_: bool) -> list[str]:
    european_security = f"{address}/v1/negotiations/european-security"
    curl, who = "curl -s", opening.keyless(open_=open_, data=data)
    if not keyless:
        curl = 'curl -s -H "Authorization: Bearer $KEY"'
        who = f"Keys are set up, and asked for: `parley keys list --data {data}` tells which."
    return [
        "",
        f"Parley serves {address}",
        f"What can be asked and recorded: {address}/docs",
        "",
        "What happened in Geneva on 10 January 2022, and who says so:",
        f"  {curl} {european_security}/rounds/geneva | python3 -m json.tool",
        "What Russia demanded, who rejected it, and who says so:",
        f"  {curl} {european_security}/demands | python3 -m json.tool",
        "",
        who,
        f"The record is kept in {data}. Ctrl-C stops the service and its database.",
    ]
