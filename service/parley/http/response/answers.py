"""Answers: bytes as they are stored, with the headers that go with them."""

from collections.abc import Callable
from typing import Any, Final, TypeAlias

import msgspec
from litestar.enums import HttpMethod, ScopeType
from litestar.types import Receive, Scope, Send
from msgspec.structs import replace

from negotiation.documents.plain import plain_document
from parley.http.operations import Call
from parley.http.request.conditions import etag, is_known
from parley.http.request.parameters import EVIDENCE, EVIDENCES
from parley.http.request.queries import Query
from parley.http.response.errors import MalformedRequest
from parley.http.response.paging import Listing, next_address, next_query, page_body
from parley.queries.folds import LEAST_OF_AN_EVENT
from parley.store.reading import Document, Page

JSON: Final = "application/json"

_NO_CACHE: Final = (b"cache-control", b"no-cache")
"""Keep it, and ask each time whether it is still so."""

_SETTLED: Final = (b"cache-control", b"private, max-age=31536000, immutable")
"""Keep it for good (a year is the longest that is understood everywhere): it is about a past that has ended."""

Plainly: TypeAlias = Callable[..., dict[str, Any]]
"""Makes the plain reading of a document, with references or (``refs``) without."""

NO_STORE: Final = (b"cache-control", b"no-store")

Headers = list[tuple[bytes, bytes]]


def content_type(media_type: str) -> tuple[bytes, bytes]:
    """The header that tells what a body is."""
    told = f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type
    return b"content-type", told.encode("ascii")


class Answer:
    """An ASGI application that sends one answer: to HEAD its headers only, with a 304 nothing about a body."""

    __slots__ = ("_body", "_headers", "_status")

    def __init__(self, status: int, headers: Headers, body: bytes | None, media_type: str = JSON) -> None:
        if body is not None:
            headers = [*headers, content_type(media_type), (b"content-length", str(len(body)).encode("ascii"))]
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
    headers = [(b"etag", tag.encode("ascii")), caching(settled=found.settled)]
    if is_known(call.request, tag):
        return Answer(304, headers, None)
    return Answer(200, headers, found.body, media_type)


async def reading(call: Call, found: Document, plainly: Plainly = plain_document) -> Answer:
    """A document with as much evidence as is asked for; ``plainly`` makes its plain reading."""
    wanted = call.query.get(EVIDENCE.name, EVIDENCES[0])
    if wanted not in EVIDENCES:
        raise MalformedRequest(name=EVIDENCE.name, remedy=f"write one of {', '.join(sorted(EVIDENCES))}")
    if wanted != "full" and wanted not in found.readings:

        def made() -> bytes:
            return msgspec.json.encode(plainly(msgspec.json.decode(found.body), refs=wanted != "none"))

        body = await call.recording.folds.aside.work(len(found.body) // LEAST_OF_AN_EVENT, made)
        found.readings[wanted] = replace(found, body=body)
    return document(call, found.readings.get(wanted, found))


class Listed:
    """A page of a list: an ASGI application that sends it as JSON, with the address of the next one."""

    __slots__ = ("_call", "_listing", "page")

    def __init__(self, call: Call, listing: Listing, found: Page) -> None:
        self._call, self._listing, self.page = call, listing, found

    @property
    def following(self) -> Query | None:
        """The query for the next page; None where this is the last."""
        return next_query(self._call.address, self._call.query, self._listing, self.page)

    @property
    def following_address(self) -> str | None:
        """The address of the next page; None where this is the last."""
        return next_address(self._call.address, self._call.query, self._listing, self.page)

    @property
    def headers(self) -> Headers:
        """What is told of the page, in whatever form it is sent."""
        link = [
            (b"link", f'<{address}>; rel="next"'.encode("ascii")) for address in (self.following_address,) if address
        ]
        return [caching(settled=self.page.settled), *link]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        answer = Answer(200, self.headers, page_body(self.page, self.following_address))
        await answer(scope, receive, send)


def caching(*, settled: bool) -> tuple[bytes, bytes]:
    """What a cache may do with an answer; ``settled``: nothing that is recorded later can change it."""
    return _SETTLED if settled else _NO_CACHE


def page(call: Call, listing: Listing, found: Page) -> Listed:
    """A page of a list, and where the next one is."""
    return Listed(call, listing, found)


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
