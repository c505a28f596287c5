"""Serving the application: a port that is surely ours, a word when it really answers, and a stop within a bound."""

import asyncio
import contextlib
import errno
import logging
import resource
import socket
import sys
from collections.abc import Callable, Iterator
from typing import Any, Final

import uvicorn

from parley.cli.failures import CALLED_WRONGLY, Failure
from parley.cli.protocol import Protocol
from parley.garbage import collect_seldom
from parley.projections.aside import share_the_interpreter

SWITCH_S: Final = 0.001
"""How long another thread keeps the interpreter when the event loop wants it; Python's own is five times as long."""
CLOSING_WAIT_S: Final = 5.0
"""How long closing the record may take after the last request."""
_BACKLOG: Final = 2048
_OPEN_FILES: Final = 65_536
_WILDCARDS: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what somebody may serve on


def listen(host: str, port: int, remedy: str) -> socket.socket:
    """Take the port before anything else is begun; raises Failure with the ``remedy`` where that cannot be."""
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listener = socket.create_server(address[:2], family=family, backlog=_BACKLOG)
    except (socket.gaierror, UnicodeError) as error:
        why = getattr(error, "strerror", "it is no name of a host")
        raise Failure(f"No address {host} is known here ({why}): choose another.", CALLED_WRONGLY) from error
    except OSError as error:
        match error.errno:
            case errno.EADDRINUSE:
                why = f"Port {port} of {host} is taken by another program: stop that one, or choose another port"
            case errno.EACCES:
                why = f"Port {port} is for privileged programs only: choose one from 1024 on"
            case errno.EADDRNOTAVAIL:
                raise Failure(
                    f"This machine does not have the address {host}: choose another.", CALLED_WRONGLY
                ) from error
            case _:
                why = f"Port {port} of {host} cannot be used ({error.strerror}): choose another"
        raise Failure(f"{why}: {remedy}", CALLED_WRONGLY) from error
    # The sockets it accepts take this on; asyncio's own loop sets it only where it made the listener itself. Without it
    # an answer in two parts waits 40 ms for the client's acknowledgement of the first.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def address_of(listener: socket.socket) -> str:
    """Give the address at which this machine reaches the listener."""
    host, port = listener.getsockname()[:2]
    host = _WILDCARDS.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class _Server(uvicorn.Server):
    """uvicorn, which leaves the signals alone and says when it has started, and when it begins to stop."""

    def __init__(self, config: uvicorn.Config, stopping: Callable[[], None]) -> None:
        super().__init__(config)
        self.has_started = asyncio.Event()
        self._stopping = stopping

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.has_started.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._stopping()  # before it waits for the connections to close
        await super().shutdown(sockets)


async def serve(
    app: Any,
    listener: socket.socket,
    *,
    ready: Callable[[], None],
    shutdown_s: int,
    until: asyncio.Future[str] | None,
    stopping: Callable[[], None] = lambda: None,
) -> None:
    """Serve until the task is cancelled, which is how it is meant to end, and then return.

    ``ready`` is called once the service answers a request. Requests under way at the end get ``shutdown_s`` seconds.
    ``stopping`` is called when the end begins: nothing endless may go on after it. ``until``: when it is done the
    service stops too, and a Failure with that sentence is raised.
    """
    _allow_open_files()
    sys.setswitchinterval(SWITCH_S)
    config = uvicorn.Config(
        app, http=Protocol, ws="none", lifespan="on", log_config=None, access_log=False, server_header=False,
        proxy_headers=False, timeout_graceful_shutdown=shutdown_s,
    )  # fmt: skip
    server = _Server(config, stopping)
    serving = asyncio.create_task(_serving(server, listener), name="parley-http")
    up = asyncio.create_task(_up(server, listener), name="parley-up")
    try:
        await _first(serving, up, until)
        if up.done():
            collect_seldom()
            share_the_interpreter()
            ready()
        await _first(serving, until)
    except asyncio.CancelledError:
        pass
    finally:
        up.cancel()
        server.should_exit = True
        await asyncio.wait([serving], timeout=shutdown_s + CLOSING_WAIT_S)
        # What is left is broken off when the loop ends; that tells nobody anything.
        logging.getLogger("uvicorn.error").disabled = True
    if until is not None and until.done():
        raise Failure(until.result())


def _allow_open_files() -> None:
    """Every reader of the feed is an open file; of those a shell allows 1,024 where the system allows many more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, _OPEN_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(OSError, ValueError):  # macOS has a lower limit of its own and does not tell it
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


async def _serving(server: _Server, listener: socket.socket) -> None:
    try:
        await server.serve([listener])
    except SystemExit:  # uvicorn's way to say that the application did not come up; it has logged why
        raise Failure("The service could not start: its log tells why.") from None


async def _first(*tasks: "asyncio.Future[Any] | None") -> None:
    """Wait for the first that is done, and raise what it raised."""
    done, _ = await asyncio.wait([task for task in tasks if task is not None], return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        task.result()


async def _up(server: _Server, listener: socket.socket) -> None:
    """Return when the service answers a request."""
    await server.has_started.wait()
    host, port = listener.getsockname()[:2]
    reader, writer = await asyncio.open_connection(_WILDCARDS.get(host, host), port)
    writer.write(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    await reader.readline()
    writer.close()
