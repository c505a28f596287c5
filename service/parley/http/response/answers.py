"""Answers: bytes as they are stored, with the headers that go with them."""

from typing import Final

import msgspec
from litestar.enums import HttpMethod, ScopeType
from litestar.types import Receive, Scope, Send

from parley.http.operations import Call
from parley.http.request.conditions import etag, is_known
from parley.http.response.paging import Listing, next_address, page_body
from parley.http.response.renditions import body
from parley.store.reading import Document, Page

JSON: Final = "application/json"

_NO_CACHE: Final = (b"cache-control", b"no-cache")
"""Keep it, and ask each time whether it is still so."""

_SETTLED: Final = (b"cache-control", b"private, max-age=31536000, immutable")
"""Keep it for good (a year is the longest that is understood everywhere): it is about a past that has ended."""

NO_STORE: Final = (b"cache-control", b"no-store")

Headers = list[tuple[bytes, bytes]]


class Answer:
    """An ASGI application that sends one answer: to HEAD its headers only, with a 304 nothing about a body."""

    __slots__ = ("_body", "_headers", "_status")

    def __init__(self, status: int, headers: Headers, body: bytes | None, media_type: str = JSON) -> None:
        if body is not None:
            content_type = f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type
            headers = [
                *headers,
                (b"content-type", content_type.encode("ascii")),
                (b"content-length", str(len(body)).encode("ascii")),
            ]
        self._status = status
        self._headers = headers
        self._body = body or b""

    async def __call__(self, scope: Scope, _: Receive, send: Send) -> None:
        """Send it."""
        body = b"" if scope["type"] == ScopeType.HTTP and scope["method"] == HttpMethod.HEAD else self._body
        await send({"type": "http.response.start", "status": self._status, "headers": self._headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})


def document(call: Call, found: Document, media_type: str = JSON) -> Answer:
    """One document with its ETag; 304 without a body where the client has it."""
    tag = etag(found)
    headers = [(b"etag", tag.encode("ascii")), _SETTLED if found.settled else _NO_CACHE]
    if is_known(call.request, tag):
        return Answer(304, headers, None)
    return Answer(200, headers, found.body, media_type)


def page(call: Call, listing: Listing, found: Page) -> Answer:
    """A page of a list, and where the next one is."""
    following = next_address(call.address, call.query, listing, found)
    headers = [_SETTLED if found.settled else _NO_CACHE]
    if following is not None:
        headers.append((b"link", f'<{following}>; rel="next"'.encode("ascii")))
    form = call.operation.form
    if form is not None:
        return Answer(200, headers, body(form, call.operation.items, found), form.media_type)
    return Answer(200, headers, page_body(found, following))


def plain(value: object) -> Answer:
    """Something small that changes all the time."""
    return Answer(200, [NO_STORE], msgspec.json.encode(value))


def created(body: bytes, location: str, *, replayed: bool, minimal: bool) -> Answer:
    """What was recorded, and where it is read; ``replayed``: it was recorded before; ``minimal``: as was preferred."""
    headers = [(b"location", location.encode("ascii")), NO_STORE]
    if minimal:
        headers.append((b"preference-applied", b"return=minimal"))
    if replayed:
        headers.append((b"parley-replayed", b"true"))
    return Answer(201, headers, body)
