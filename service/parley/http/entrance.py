"""The way into the application and out again: the id of each request, what every answer carries, what is counted."""

import asyncio
import logging
import re
from collections.abc import Sequence
from time import perf_counter
from typing import Final, cast
from urllib.parse import unquote

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from parley.access.gate import TOLD
from parley.http.request.ids import CURRENT, RequestIds
from parley.http.response import problems
from parley.http.response.errors import Stopping
from parley.telemetry.metrics import Metrics
from parley.telemetry.spans import Spans
from parley.telling.drawing import STYLE_HASH

_SECURITY_HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (
        b"content-security-policy",
        b"default-src 'none'; style-src 'self' '%s'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        % STYLE_HASH.encode("ascii"),
    ),
)

_ESCAPED_SLASH: Final = re.compile(b"%2f", re.IGNORECASE)

_access: Final = logging.getLogger("parley.access")


class Entrance:
    """An ASGI application around another. Every request passes here, so what is done here has to cost next to nothing.

    A request counts as answered when the head of its answer is sent: what follows is the client's pace, and a stream
    goes on for hours.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, spans: Spans | None, *, access_log: bool) -> None:
        """``spans``: None where nothing is traced; ``access_log``: log a line for every request."""
        self._app, self._metrics, self._spans = app, metrics, spans
        self._access_log = access_log
        self._ids = RequestIds()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        if b"%2" in scope["raw_path"]:
            scope["path"] = _path(scope["raw_path"])
        began = perf_counter()
        id_ = self._ids.of(scope["headers"])
        # Never reset: the server has a task for each request, and logs under this id what goes wrong at the very end.
        CURRENT.set(id_.decode("ascii"))
        answered = False

        async def answering(message: Message) -> None:
            nonlocal answered
            if message["type"] == "http.response.start":
                answered = True
                told = cast("Sequence[tuple[bytes, bytes]]", scope.get(TOLD, ()))
                message["headers"] = [*message["headers"], *told, *_SECURITY_HEADERS, (b"x-request-id", id_)]
                self._answered(scope, message["status"], perf_counter() - began)
            await send(message)

        self._metrics.under_way += 1
        try:
            if self._spans is None:
                await self._app(scope, receive, answering)
            else:
                with self._spans.request(scope["method"], scope["headers"], CURRENT.get()):
                    await self._app(scope, receive, answering)
        except asyncio.CancelledError:  # the server does this to what goes on at the end of its stop
            if answered:
                raise
            await _tell_stopping(answering)
        finally:
            self._metrics.under_way -= 1
            if not answered:
                self._answered(scope, 0, perf_counter() - began)

    def _answered(self, scope: HTTPScope, status: int, seconds: float) -> None:
        method, route = scope["method"], scope.get("path_template") or "none"
        self._metrics.answered(method, route, status, seconds)
        if self._spans is not None:
            self._spans.answered(method, route, status)
        if self._access_log:
            path = scope["raw_path"].decode("ascii", "backslashreplace")
            fields = {"method": method, "path": path, "status": status, "ms": round(seconds * 1000, 1)}
            _access.info("%s %s %d %.1f ms", *fields.values(), extra={"fields": fields})


def _path(raw: bytes) -> str:
    """A path with its escapes undone, but for those of slashes: these separate nothing."""
    return unquote(_ESCAPED_SLASH.sub(b"%252F", raw).decode("ascii"))


async def _tell_stopping(send: Send) -> None:
    """Answer a request that cannot be done any more, for whoever still listens."""
    status, body = problems.encoded(Stopping(), CURRENT.get())
    headers = [
        (b"content-type", problems.MEDIA_TYPE.encode("ascii")),
        (b"content-length", b"%d" % len(body)),
        (b"retry-after", b"%d" % problems.RETRY_AFTER_S),
        (b"cache-control", b"no-store"),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
