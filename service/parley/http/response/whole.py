"""Lists in other forms than JSON, each at an address of its own: the whole list, unless a page of it is asked for.

A whole list is read page by page and sent as it is read, so that it takes no more memory than a page. What is longer
than a page is read at one position of the record: whatever is recorded meanwhile is not in it. Three lists have no such
reading. Events never change and are read in the order of recording, up to where the record ends when the last page is
read; what became of an event since is told as of its page. Of the negotiations, and of what a search finds, each is
told as of its page.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator
from contextlib import aclosing
from os import SEEK_END
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, Final, TypeAlias

from litestar.enums import HttpMethod, ScopeType
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, Receive, Scope, Send
from msgspec.structs import replace

from parley.http.connections import abort_of
from parley.http.operations import HANDLE, OPERATION, Call, Handler, Operation, Parameter, read, reads
from parley.http.request.clocks import pinned_clocks
from parley.http.request.parameters import AS_OF, CURSOR, FIELDS, LIMIT
from parley.http.request.queries import DEFAULT_LIMIT, Query
from parley.http.response.answers import Headers, Listed, caching, content_type
from parley.http.response.columns import Table, table_of
from parley.http.response.errors import MalformedRequest
from parley.http.response.renditions import BOM, CSV, FORMS, NDJSON, XLSX, Form, head, lines, said
from parley.http.response.workbook import Workbook

_log: Final = logging.getLogger(__name__)

Items: TypeAlias = tuple[bytes, ...]
"""Items of a list, each as JSON."""

READ_AT_ONCE: Final = 1 << 16
"""Bytes of a workbook."""

BOM_WANTED: Final = Parameter(
    "bom",
    "`true`: begin with a byte order mark, by which Excel knows at a double-click that the text is UTF-8.",
    {"type": "string", "enum": ["true"]},
    "true",
)

_PAGE_OF_A_FORM: Final = replace(
    LIMIT,
    description="Only a page, of so many items at most.",
    schema={name: value for name, value in LIMIT.schema.items() if name != "default"},
)


def with_forms(handlers: Iterable[HTTPRouteHandler]) -> Iterator[HTTPRouteHandler]:
    """Add the other forms of every list."""
    for handler in handlers:
        yield handler
        operation: Operation = handler.opt[OPERATION]
        for form in FORMS if operation.items else ():
            (path,) = handler.paths
            yield reads(path + form.suffix, _operation(operation, form))(_in_form(form, handler.opt[HANDLE]))


def _operation(operation: Operation, form: Form) -> Operation:
    return replace(
        operation,
        id=operation.id + form.id,
        summary=f"{operation.summary}, as {form.suffix[1:].upper()}",
        description=said(form, operation.items),
        query=(
            *(_PAGE_OF_A_FORM if parameter is LIMIT else parameter for parameter in operation.query),
            *((FIELDS,) if form != NDJSON else ()),
            *((BOM_WANTED,) if form == CSV else ()),
        ),
        form=form,
    )


def _in_form(form: Form, handle: Handler) -> Handler:
    async def in_form(call: Call) -> ASGIApp:
        if call.query.keys() & {LIMIT.name, CURSOR.name}:
            found = await _listed(handle, call)
            return await _answer(form, call, found.headers, _only(found))
        call = call._replace(whole=True)
        first = found = await _listed(handle, call)
        if _may_change(call, first):
            clocks = await pinned_clocks(call)
            call = call._replace(query={**call.query, AS_OF.name: str(clocks.reading.as_of)})
            found = await _listed(handle, call)
        pages = _only(found) if found.following is None else _pages(handle, call, found)
        return await _answer(form, call, [caching(settled=first.page.settled)], pages)

    return in_form


async def _answer(form: Form, call: Call, headers: Headers, pages: AsyncIterator[Items]) -> "Streamed":
    table = table_of(call.operation.items, {} if form == NDJSON else call.query)
    if form == XLSX:
        if call.request.method == HttpMethod.HEAD:  # it is made for nobody
            return Streamed(headers, form.media_type, _parts(form, table, pages))
        file = await _workbook(call, table, pages)
        length = (b"content-length", b"%d" % file.seek(0, SEEK_END))
        return Streamed([*headers, length], form.media_type, _read(file))
    return Streamed(headers, form.media_type, _parts(form, table, pages, BOM if _with_bom(call.query) else b""))


def _with_bom(query: Query) -> bool:
    """Whether a text begins with a byte order mark; raises MalformedRequest."""
    if query.get(BOM_WANTED.name, "true") != "true":
        raise MalformedRequest(name=BOM_WANTED.name, remedy="write `true`, or leave it out")
    return BOM_WANTED.name in query


async def _listed(handle: Handler, call: Call, *, begun: bool = False) -> Listed:
    found = await (read(handle, call, begun=True) if begun else handle(call))
    assert isinstance(found, Listed), "an operation with items answers with a page of them"
    return found


def _may_change(call: Call, first: Listed) -> bool:
    """Whether there are more pages, of a reading that has no position yet and can have one."""
    following = first.following
    can_have_one = call.operation.one_reading and AS_OF in call.operation.query
    return following is not None and can_have_one and AS_OF.name not in following


async def _pages(handle: Handler, call: Call, found: Listed) -> AsyncIterator[Items]:
    """The items of every page, one page at a time."""
    while True:
        yield found.page.items
        following = found.following
        if following is None:
            return
        found = await _listed(handle, call._replace(query=following), begun=True)


async def _only(found: Listed) -> AsyncIterator[Items]:
    yield found.page.items


async def _parts(
    form: Form, table: Table, pages: AsyncIterator[Items], mark: bytes = b""
) -> AsyncGenerator[bytes, None]:
    """A list in a form, a few items at a time."""
    yield mark + head(form, table)
    async for some in _few(pages):
        yield lines(form, table, some)


async def _few(pages: AsyncIterator[Items]) -> AsyncIterator[Items]:
    """The items of pages, a few at a time, so that others have their turn however long a page is."""
    async for page in pages:
        for begins in range(0, len(page), DEFAULT_LIMIT):
            yield page[begins : begins + DEFAULT_LIMIT]
            await asyncio.sleep(0)


async def _workbook(call: Call, table: Table, pages: AsyncIterator[Items]) -> BinaryIO:
    """A list as a workbook, written on a thread; nothing of it stays on the disk."""
    title = call.address.rpartition("/")[2].removesuffix(XLSX.suffix)
    with (
        TemporaryDirectory(prefix="parley-", ignore_cleanup_errors=True) as folder,
        await asyncio.to_thread(Workbook, Path(folder), title, table) as book,
    ):
        async for some in _few(pages):
            await asyncio.to_thread(book.add, some)
        return await asyncio.to_thread(book.finish)


async def _read(file: BinaryIO) -> AsyncGenerator[bytes, None]:
    with file:
        file.seek(0)
        while part := file.read(READ_AT_ONCE):
            yield part


class Streamed:
    """An ASGI application that sends an answer in parts, as they are made; to HEAD its headers only.

    It ends when the client goes away. Where a part fails the connection is broken off: no client takes half a list
    for a whole one.
    """

    __slots__ = ("_headers", "_parts")

    def __init__(self, headers: Headers, media_type: str, parts: AsyncGenerator[bytes, None]) -> None:
        self._headers = [*headers, content_type(media_type)]
        self._parts = parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        await send({"type": "http.response.start", "status": 200, "headers": self._headers})
        if scope["type"] != ScopeType.HTTP or scope["method"] != HttpMethod.HEAD:
            gone = asyncio.create_task(_gone(receive))
            try:
                async with aclosing(self._parts) as parts:
                    async for part in parts:
                        if gone.done():
                            return
                        await send({"type": "http.response.body", "body": part, "more_body": True})
            except Exception as error:  # whatever it is, no client may take half a list for a whole one; raised again
                _log.warning("A list that was being sent could not be read on: %s", error)
                abort_of(scope)()
                raise
            finally:
                gone.cancel()
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
