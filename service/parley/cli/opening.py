"""Serving beyond this machine: not without keys, unless told so in so many words."""

import socket
from ipaddress import ip_address
from typing import Final

from parley.access import store
from parley.cli.database import CONNECT_WAIT_S
from parley.cli.failures import CALLED_WRONGLY, Failure
from parley.record.migrate import check_version
from parley.record.recording import SCHEMA
from parley.record.servers import connect

KEYLESS: Final = (
    "No keys are set up: this machine alone is served, and whoever works on it can read and record "
    "(`parley keys create` makes one; then keys are asked for, at once)."
)
KEYLESS_AND_OPEN: Final = (
    "No keys are set up, and it was told to be open: WHOEVER REACHES THIS ADDRESS can read and record everything "
    "(`parley keys create` makes one; then keys are asked for, at once)."
)


def serves_here_alone(host: str, port: int) -> bool:
    """Whether only this machine reaches what is served on the host; an address that is none does not count."""
    try:
        *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except OSError:
        return False
    return ip_address(str(address[0]).partition("%")[0]).is_loopback


async def check(host: str, url: str) -> None:
    """Make sure that the database has keys, for the host is reached from elsewhere; raises Failure."""
    connection = await connect(url, timeout=CONNECT_WAIT_S, server_settings={"search_path": SCHEMA})
    try:
        await check_version(connection)
        if await store.any_made(connection):
            return
    finally:
        await connection.close()
    raise Failure(
        f"No keys are set up, so whoever reaches {host} could read and record everything. Make a key first "
        "(`parley keys create`), serve this machine alone (--host 127.0.0.1), or say --open if that is what you want.",
        CALLED_WRONGLY,
    )
