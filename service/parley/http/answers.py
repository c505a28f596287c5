"""Answers: bytes as they are stored, with the headers that go with them."""

from typing import Final

import msgspec
from litestar.response.base import ASGIResponse
from litestar.status_codes import HTTP_304_NOT_MODIFIED

from parley.http.conditions import etag, is_known
from parley.http.operations import Call
from parley.http.paging import Listing, next_address, page_body
from parley.projections.reading import Document, Page

JSON: Final = "application/json"
NO_CACHE: Final = ("Cache-Control", "no-cache")
"""Keep it, and ask each time whether it is still so."""

_REVALIDATED: Final = [NO_CACHE]


def document(call: Call, found: Document, media_type: str = JSON) -> ASGIResponse:
    """One document with its ETag; 304 without a body where the client has it."""
    tag = etag(found)
    headers = [("ETag", tag), NO_CACHE]
    if is_known(call.request, tag):
        return ASGIResponse(status_code=HTTP_304_NOT_MODIFIED, headers=headers)
    return body(call, found.body, headers, media_type)


def page(call: Call, listing: Listing, found: Page) -> ASGIResponse:
    """A page of a list, and where the next one is."""
    following = next_address(call.request.scope["path"], call.query, listing, found)
    headers = _REVALIDATED if following is None else [NO_CACHE, ("Link", f'<{following}>; rel="next"')]
    return body(call, page_body(found, following), headers)


def plain(call: Call, value: object, status: int = 200) -> ASGIResponse:
    """Something small that changes all the time."""
    return body(call, msgspec.json.encode(value), [("Cache-Control", "no-store")], status=status)


def body(
    call: Call, content: bytes, headers: list[tuple[str, str]], media_type: str = JSON, status: int = 200
) -> ASGIResponse:
    """Bytes; to HEAD only the headers that GET would have."""
    if call.request.scope["method"] == "HEAD":
        content_type = f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type
        headers = [*headers, ("Content-Type", content_type), ("Content-Length", str(len(content)))]
        return ASGIResponse(headers=headers, is_head_response=True, status_code=status)
    return ASGIResponse(body=content, headers=headers, media_type=media_type, status_code=status)
