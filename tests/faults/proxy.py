"""A proxy before PostgreSQL's Unix socket that counts messages of the wire protocol and cuts connections at one.

It understands just enough: the first packet of a client has no type (a length, then the protocol and parameters), every
later message of either side is a type byte and a length.
"""

import asyncio
import shutil
import tempfile
from asyncio import StreamReader, StreamWriter
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final, Literal, NamedTuple, TypeAlias
from urllib.parse import parse_qs, quote, urlsplit

Side: TypeAlias = Literal["client", "server"]
"""Who sends a message."""

SIDES: Final[tuple[Side, Side]] = ("client", "server")
CANCEL_REQUEST: Final = (80877102).to_bytes(4, "big")
WRITER: Final = b"parley writer"
EVERYBODY: Final = b""


class Step(NamedTuple):
    """The n-th message of one side (from 1), since the proxy was last told what to do."""

    side: Side
    number: int


class Cut(NamedTuple):
    """Cut the connection when a message comes: before it is passed on, or (``passed``) after.

    ``silent``: nobody is told; it stays open, that side is heard no more, and requests to cancel get lost as well.
    """

    at: Step
    passed: bool
    silent: bool = False


class Proxy:
    """Passes on what client and server say, until it cuts the connection at a message of a watched client."""

    def __init__(self, folder: Path, dsn: str) -> None:
        """``dsn``: the database behind it, at a Unix socket; ``folder``: where its own socket is made."""
        address = urlsplit(dsn)
        options = parse_qs(address.query)
        self._behind = f"{options['host'][0]}/.s.PGSQL.{options['port'][0]}"
        self._front = folder / f".s.PGSQL.{options['port'][0]}"
        host = quote(str(folder), safe="")
        self.dsn = address._replace(query=f"host={host}&port={options['port'][0]}").geturl()
        self._links: dict[asyncio.Task[None] | None, tuple[StreamWriter, ...]] = {}
        self.watch()

    def watch(
        self,
        *cuts: Cut,
        whom: bytes = WRITER,
        on_step: Callable[[Step], None] = lambda _: None,
    ) -> None:
        """Count messages anew, of clients whose application's name is ``whom``, and cut at some, once each.

        ``on_step`` is told of every message before it is passed on.
        """
        self.counted: Counter[Side] = Counter()
        self.said: list[tuple[Side, bytes]] = []
        self.cuts_left = list(cuts)
        self._lost = False
        self._whom, self._on_step = whom, on_step

    async def start(self) -> None:
        """Listen."""
        self._server = await asyncio.start_unix_server(self._accept, self._front)

    async def stop(self) -> None:
        """Listen no more, and cut every connection."""
        self._server.close()
        for sinks in self._links.values():
            for sink in sinks:
                sink.transport.abort()
        links = [link for link in self._links if link is not None]
        await asyncio.gather(*links)

    async def _accept(self, client: StreamReader, to_client: StreamWriter) -> None:
        link = asyncio.current_task()
        self._links[link] = (to_client,)
        with suppress(OSError, asyncio.IncompleteReadError):
            server, to_server = await asyncio.open_unix_connection(self._behind)
            self._links[link] = to_client, to_server
            await self._link(client, to_client, server, to_server)
        for sink in self._links.pop(link):
            sink.close()

    async def _link(
        self, client: StreamReader, to_client: StreamWriter, server: StreamReader, to_server: StreamWriter
    ) -> None:
        length = await client.readexactly(4)
        first = length + await client.readexactly(int.from_bytes(length, "big") - 4)
        if self._lost and first[4:8] == CANCEL_REQUEST:
            await client.read()
            return
        to_server.write(first)
        pumps = {
            asyncio.create_task(self._pump("client", first, client, to_server)),
            asyncio.create_task(self._pump("server", first, server, to_client)),
        }
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)

    async def _pump(self, side: Side, first: bytes, source: StreamReader, sink: StreamWriter) -> None:
        """Pass messages on in one direction until one side ends, or the connection is cut."""
        with suppress(OSError, asyncio.IncompleteReadError):
            while True:
                head = await source.readexactly(5)
                message = head + await source.readexactly(int.from_bytes(head[1:], "big") - 4)
                cut = self._told_to_cut(side, message) if self._whom in first else None
                if cut is None or cut.passed:
                    sink.write(message)
                    await sink.drain()
                if cut is not None and cut.silent:
                    self._lost = True
                    await asyncio.Event().wait()
                if cut is not None:
                    return

    def _told_to_cut(self, side: Side, message: bytes) -> Cut | None:
        self.counted[side] += 1
        self.said.append((side, message))
        step = Step(side, self.counted[side])
        self._on_step(step)
        for cut in self.cuts_left:
            if cut.at == step:
                self.cuts_left.remove(cut)
                return cut
        return None


@asynccontextmanager
async def proxied(dsn: str) -> AsyncIterator[Proxy]:
    """A proxy before a database."""
    # Not pytest's folder: the path of a Unix socket has about 100 characters.
    folder = Path(tempfile.mkdtemp(prefix="proxy-"))
    proxy = Proxy(folder, dsn)
    await proxy.start()
    try:
        yield proxy
    finally:
        await proxy.stop()
        shutil.rmtree(folder, ignore_errors=True)
