"""PostgreSQL's own programs for backups: which of them there are, and running one on a database."""

import asyncio
import os
import re
import shutil
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO, Final, NamedTuple

from parley.cli.failures import Failure
from parley.dsn import without_password
from parley.embedded.installation import installed_program

_END_WITHIN_S: Final = 10.0
_VERSION: Final = re.compile(r"\(PostgreSQL\) ([0-9]+)")


class Ended(NamedTuple):
    """How a program ended, and its last words."""

    status: int
    words: str


async def newest(name: str, server: int) -> Path:
    """The program of that name that can work with a server of this major version.

    The machine's own comes first, for it may know TLS and Kerberos; then that of the private PostgreSQL. Raises
    Failure.
    """
    own, packed = shutil.which(name), installed_program(name)
    versions: list[int] = []
    for place in (own, packed):
        if place is None:
            continue
        versions.append(await _version(place))
        if versions[-1] >= server:
            return Path(place)
    found = f"those found here are for {' and '.join(map(str, versions))}" if versions else "there is none here"
    raise Failure(
        f"The database is a PostgreSQL {server}, which needs a {name} of {server} or newer; {found}. "
        f"Install PostgreSQL's client programs {server}."
    )


async def _version(program: str | Path) -> int:
    process = await asyncio.create_subprocess_exec(
        program, "--version", stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    found = _VERSION.search(said.decode(errors="replace"))
    return int(found[1]) if found else 0


@asynccontextmanager
async def running(
    program: Path,
    arguments: Sequence[str],
    url: str,
    *,
    stdin: int | None = None,
    stdout: int | IO[bytes] | None = None,
) -> AsyncIterator[tuple[Process, "asyncio.Task[Ended]"]]:
    """A program at work on the database of a URL; however the block ends, the program has ended too.

    The password is handed over where other users of the machine cannot see it.
    """
    address, password = without_password(url)
    environment = {**os.environ, "PGAPPNAME": "parley backup", "LC_ALL": "C"}
    if password is not None:
        environment["PGPASSWORD"] = password
    process = await asyncio.create_subprocess_exec(
        program, "--dbname", address, "--no-password", *arguments, env=environment,
        stdin=asyncio.subprocess.DEVNULL if stdin is None else stdin, stdout=stdout, stderr=asyncio.subprocess.PIPE,
        start_new_session=True,  # a terminal's Ctrl-C is ours to pass on
    )  # fmt: skip
    ending = asyncio.create_task(_ended(process))
    try:
        yield process, ending
    finally:
        if process.returncode is None and not ending.done():
            process.terminate()
            await asyncio.wait({ending}, timeout=_END_WITHIN_S)
        if process.returncode is None:
            process.kill()
        await ending


async def _ended(process: Process) -> Ended:
    assert process.stderr is not None
    words = await process.stderr.read()
    return Ended(await process.wait(), words.decode(errors="replace").strip())
