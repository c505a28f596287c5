"""The feed over HTTP: the events of the record as they are recorded, as Server-Sent Events."""

import asyncio
from typing import Final

from litestar.enums import HttpMethod, ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from parley.access.keyring import Watch
from parley.feed.followers import Follower
from parley.http.connections import abort_of
from parley.http.operations import Call, Operation, Parameter, reads
from parley.http.request.filters import filter_of
from parley.http.request.parameters import NEGOTIATION, PARTY, ROUND, TYPE
from parley.http.request.queries import MAX_POSITION, digits
from parley.http.response import sse
from parley.http.response.errors import MalformedRequest
from parley.store import reader
from parley.store.filters import Filter

_POSITION: Final = {"type": "integer", "minimum": 0, "maximum": MAX_POSITION}
_AFTER: Final = Parameter("after", "Only events after this position; 0: from the beginning.", _POSITION, "17")
_LAST_EVENT_ID: Final = Parameter(
    "Last-Event-ID", "The id of the last event that was seen: the stream goes on behind it, whatever `after` says.",
    _POSITION, "17",
)  # fmt: skip

_HEADERS: Final = [
    (b"content-type", sse.MEDIA_TYPE.encode("ascii")),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]


@reads(
    "/events/stream",
    Operation(
        id="followEvents",
        tag="Events",
        summary="Follow the record",
        description="Every event as it is recorded, by whichever replica, in the order of positions, as Server-Sent "
        "Events. A message's id is the event's position, its data the envelope as `GET /v1/events` gives it. Who comes "
        "back with the id of the last one, in `Last-Event-ID` as an EventSource does or in `after`, goes on behind it: "
        "nothing is lost and nothing comes twice. Without either the stream starts from now. Events of the name "
        "`heartbeat` are signs of life, about every 15 seconds; their ids are positions too, up to which everything "
        "that is wanted was sent. Who takes too long to read is cut off, and may come back.",
        query=(_AFTER, TYPE, NEGOTIATION, ROUND, PARTY),
        headers=(_LAST_EVENT_ID,),
        answers="Message",
        media_type=sse.MEDIA_TYPE,
        missing=False,
    ),
)
async def follow_events(call: Call) -> ASGIApp:
    """The events behind a position, and all that come."""
    wanted = filter_of(call.query, call.caller)
    asked = _asked(call)
    head = (await reader.head(call.recording.pool)).position
    name, position = asked or ("", head)
    if position > head:
        raise MalformedRequest(
            name=name, remedy=f"nothing is recorded at position {position} yet, the record ends at {head}"
        )
    return Stream(call, wanted, position, head)


def _asked(call: Call) -> tuple[str, int] | None:
    """Behind which position to go on, and which field says so; `Last-Event-ID` wins, being the later one."""
    found: tuple[str, int] | None = None
    if (after := call.query.get(_AFTER.name)) is not None:
        found = _AFTER.name, _position(_AFTER.name, after)
    if (last := call.request.headers.get(_LAST_EVENT_ID.name)) is not None:
        found = _LAST_EVENT_ID.name, _position(_LAST_EVENT_ID.name, last)
    return found


def _position(name: str, value: str) -> int:
    number = digits(value)
    if number is None or number > MAX_POSITION:
        raise MalformedRequest(
            name=name, remedy=f"write a position: a whole number from 0 to {MAX_POSITION} in plain digits"
        )
    return number


class Stream:
    """An ASGI application that follows the feed until the client goes away, is cut off or may not any more.

    It ends when the service stops, too.
    """

    def __init__(self, call: Call, wanted: Filter, position: int, head: int) -> None:
        self._feed, self._gate, self._caller = call.feed, call.gate, call.caller
        self._wanted, self._position, self._head = wanted, position, head

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it; raises FeedBusy or StreamsTaken before anything is sent."""
        if scope["type"] == ScopeType.HTTP and scope["method"] == HttpMethod.HEAD:
            await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            return
        async with self._feed.follow(self._wanted, self._position, self._head, abort_of(scope)) as follower:
            with self._gate.stream(self._caller, lambda: self._feed.end_one(follower)) as watch:
                await _follow(follower, watch, receive, send)


async def _follow(follower: Follower, watch: Watch, receive: Receive, send: Send) -> None:
    gone = asyncio.create_task(_end_when_gone(follower, receive))
    try:
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        await _send_all(follower, watch, send)
    finally:
        gone.cancel()


async def _send_all(follower: Follower, watch: Watch, send: Send) -> None:
    await send({"type": "http.response.body", "body": sse.turn(follower.position), "more_body": True})
    while (frames := await follower.next()) is not None:
        await watch.confirmed()
        if watch.ended:
            break  # these frames are not for them any more; nor is the position behind them told
        body = frames or sse.heartbeat(follower.position)
        await send({"type": "http.response.body", "body": body, "more_body": True})
    last = b"" if watch.ended else sse.turn(follower.position)
    await send({"type": "http.response.body", "body": last, "more_body": False})


async def _end_when_gone(follower: Follower, receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    follower.end()


HANDLERS: Final = (follow_events,)
