"""HTTP on a connection, within bounds of size and time that the server itself leaves open.

uvicorn waits for ever for the rest of a request, and for a client to take an answer, and takes heads of any size.
"""

import asyncio
import socket
import struct
from secrets import token_hex
from typing import Final, Literal, TypeAlias

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from parley.http.connections import abortable
from parley.http.response import problems
from parley.http.response.errors import HeadTooLarge, HttpError, NotHttp, NoTunnel, RequestTooSlow

HEAD_WITHIN_S: Final = 10.0
"""How long the head of a request may take: from the connection, or from its first byte, to its end."""

BODY_WITHIN_S: Final = 30.0
"""How long the body of a request may take, from the end of the head to its own."""

TAKEN_WITHIN_S: Final = 60.0
"""How long a client may leave an answer lying that does not fit into the connection."""

MOST_HEAD: Final = 64 << 10
"""Bytes in the head of a request: its address and its header fields."""

_DROP_WHAT_WAITS: Final = struct.pack("ii", 1, 0)
"""A struct linger: what the system holds of a connection goes with it."""

_Part: TypeAlias = Literal["head", "body"]


class Protocol(HttpToolsProtocol):
    """uvicorn's HTTP, in bounds, and with a way for the application to break off a connection.

    A request that comes in one piece, as nearly all do, starts no timer.
    """

    _expected: _Part | None = "head"
    _begun = False
    """Whether anything of the head is there."""
    _head_bytes = 0
    _requests = 0
    _timer: asyncio.TimerHandle | None = None
    _timed: tuple[int, _Part] | None = None
    _taking: asyncio.TimerHandle | None = None
    _refusal: HttpError | None = None

    # uvicorn narrows the type of the transport, too.
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for a request, not for ever."""
        super().connection_made(transport)
        self._mind_time()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing more."""
        self._expected = None
        self._mind_time()
        if self._taking is not None:
            self._taking.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came; refuse a head that is too large, and mind how long the rest takes."""
        if self._expected == "head":
            self._head_bytes += len(data)
        super().data_received(data)
        if self._expected == "head" and self._head_bytes > MOST_HEAD:
            self._refuse(HeadTooLarge())
        self._mind_time()

    def on_message_begin(self) -> None:
        """Begin a request; what came before it does not count."""
        super().on_message_begin()
        self._expected, self._begun = "head", True
        self._requests += 1
        self.scope["extensions"] = abortable(self._abort)

    def on_headers_complete(self) -> None:
        """Begin to answer; a large head may have come in one piece."""
        if self._head_bytes > MOST_HEAD and self._size_of_head() > MOST_HEAD:
            self._refusal = HeadTooLarge()
            raise self._refusal
        if self.parser.get_method() == b"CONNECT":  # it names a host, and no address here
            self._refusal = NoTunnel()
            raise self._refusal
        self._head_bytes = 0
        self._expected, self._begun = "body", False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is whole."""
        self._expected = None
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """The next request may be here already, and is waited for from now on."""
        super().on_response_complete()
        self._mind_time()

    def pause_writing(self) -> None:
        """The client does not take what it is sent: not for ever."""
        super().pause_writing()
        self._taking = self.loop.call_later(TAKEN_WITHIN_S, self._abort)

    def resume_writing(self) -> None:
        """It does again."""
        super().resume_writing()
        if self._taking is not None:
            self._taking.cancel()
            self._taking = None

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's own words are for nobody
        """Refuse what is no HTTP, or what was refused while it was read."""
        self._refuse(self._refusal or NotHttp())

    def _size_of_head(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    def _is_behind(self) -> bool:
        """Whether what arrives is a request behind one that is still being answered: it waits, and is not heard."""
        if self._expected == "body":
            return bool(self.pipeline)
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and not cycle.response_complete

    def _mind_time(self) -> None:
        """See that there is a timer for what is expected, and none where nothing is."""
        timed = None if self._expected is None or self._is_behind() else (self._requests, self._expected)
        if self._timed == timed:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._timed = timed
        if timed is not None:
            within_s = HEAD_WITHIN_S if self._expected == "head" else BODY_WITHIN_S
            self._timer = self.loop.call_later(within_s, self._too_slow, within_s)

    def _too_slow(self, within_s: float) -> None:
        if self._begun or self._expected == "body":
            self._refuse(RequestTooSlow(seconds=f"{within_s:g}"))
        else:  # nothing was asked
            self.transport.close()

    def _refuse(self, error: HttpError) -> None:
        """Answer for the application, if that has not begun to, and close the connection."""
        if self.transport.is_closing():
            return
        cycle: RequestResponseCycle | None = self.cycle
        if self._is_behind():  # whatever is written now would be taken for a part of the answer before it
            for waiting, _ in self.pipeline:
                waiting.disconnected = True
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        elif cycle is None or cycle.response_complete:
            if self._expected == "head":  # else it is a body that nobody waited for, of a request that was answered
                self.transport.write(_answer(error))
        else:
            if not cycle.response_started:
                self.transport.write(_answer(error))
            cycle.disconnected = True
            cycle.message_event.set()
        self.transport.close()

    def _abort(self) -> None:
        connection: socket.socket | None = self.transport.get_extra_info("socket")
        if connection is not None and not self.transport.is_closing():
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _DROP_WHAT_WAITS)
        self.transport.abort()


def _answer(error: HttpError) -> bytes:
    id_ = token_hex(8)
    status, body = problems.encoded(error, id_)
    head = [
        STATUS_LINE[status].rstrip(b"\r\n"),
        b"content-type: " + problems.MEDIA_TYPE.encode("ascii"),
        b"content-length: %d" % len(body),
        b"cache-control: no-store",
        b"x-content-type-options: nosniff",
        b"x-request-id: " + id_.encode("ascii"),
        b"connection: close",
        b"",
        body,
    ]
    return b"\r\n".join(head)
