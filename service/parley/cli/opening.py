"""Serving beyond this machine: not without keys, unless told so in so many words."""

import socket
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from parley.access import store
from parley.cli.database import CONNECT_WAIT_S
from parley.cli.failures import CALLED_WRONGLY, Failure
from parley.store.log import SCHEMA
from parley.store.migrate import check_version
from parley.store.primary import connect

_HERE_ALONE: Final = "No keys are set up: this machine alone is served, and whoever works on it can read and record"
_TO_ALL: Final = (
    "No keys are set up, and it was told to be open: WHOEVER REACHES THIS ADDRESS can read and record everything"
)


def keyless(*, open_: bool, data: Path | None = None) -> str:
    """What it means to serve without keys, and how to make one."""
    return f"{_TO_ALL if open_ else _HERE_ALONE} ({_making(data)} makes one; then keys are asked for, at once)."


def serves_here_alone(host: str, port: int) -> bool:
    """Whether only this machine reaches what is served on the host; an address that is none does not count."""
    try:
        *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except (OSError, UnicodeError):
        return False
    return ip_address(str(address[0]).partition("%")[0]).is_loopback


async def check(host: str, url: str, data: Path | None = None) -> None:
    """Make sure that the database has keys, for the host is reached from elsewhere; raises Failure.

    ``data``: the folder of the database, where it is a demo's.
    """
    connection = await connect(url, timeout=CONNECT_WAIT_S, server_settings={"search_path": SCHEMA})
    try:
        await check_version(connection)
        if await store.any_made(connection):
            return
    finally:
        await connection.close()
    raise Failure(
        f"No keys are set up, so whoever reaches {host} could read and record everything. Make a key first "
        f"({_making(data)}), serve this machine alone (--host 127.0.0.1), or say --open if that is what you want.",
        CALLED_WRONGLY,
    )


def _making(data: Path | None) -> str:
    return "`parley keys create`" if data is None else f"`parley keys create --data {data}`"
