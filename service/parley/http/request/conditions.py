"""Conditional requests (RFC 9110, section 13) and Idempotency-Key (IETF draft): headers, read and written."""

import re
from hashlib import sha256
from typing import Any, Final

from litestar import Request

from parley.commands.request import ANY_VERSION, IfMatch
from parley.http.response.errors import MalformedRequest
from parley.store.reading import Document

REVISION: Final = 1
"""The revision of the JSON of documents: raised whenever their shape changes, so that no cache keeps the old one."""

NO_VERSION: Final = -2
"""No stream is ever at this version: what an ETag that is not ours, or is weak, asks for."""

_ETAG: Final = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
_OURS: Final = re.compile(rf"(\d{{1,18}})-{REVISION}-[0-9a-f]{{8}}")
_KEY_STRING: Final = re.compile(r'"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"')
_KEY_TOKEN: Final = re.compile(r"[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+")
MAX_KEY: Final = 255
"""Characters in an Idempotency-Key."""


def etag(document: Document) -> str:
    """The strong entity tag of a document: its version, the revision of its shape, and a checksum.

    A party's memberships, and findings that rest on a party, change with other streams: the checksum tells, where the
    version of its own stream does not.
    """
    return f'"{document.version}-{REVISION}-{document.checksum:08x}"'


def is_known(request: Request[Any, Any, Any], tag: str) -> bool:
    """Whether If-None-Match says that the client has this representation (weak comparison)."""
    sent = _joined(request, b"if-none-match")
    return sent is not None and (sent == "*" or tag[1:-1] in (value for _, value in _tags("If-None-Match", sent)))


def guard(request: Request[Any, Any, Any], stream: str) -> IfMatch | None:
    """What If-Match (one ETag, or ``*``: it exists) or ``If-None-Match: *`` (it does not) asks of a write.

    Only the version counts: the checksum is of what was read, the version of what is written to.
    """
    match, none_match = _joined(request, b"if-match"), _joined(request, b"if-none-match")
    if none_match is not None:
        if none_match != "*" or match is not None:
            raise MalformedRequest(
                name="If-None-Match",
                remedy="a write takes `If-None-Match: *` (only if there is nothing yet), and no other",
            )
        return IfMatch(stream, 0)
    if match is None:
        return None
    if match == "*":
        return IfMatch(stream, ANY_VERSION)
    tags = _tags("If-Match", match)
    if len(tags) > 1:
        raise MalformedRequest(name="If-Match", remedy="send one ETag, the one that you decided on")
    weak, value = tags[0]
    ours = None if weak else _OURS.fullmatch(value)
    return IfMatch(stream, int(ours[1]) if ours else NO_VERSION)


def idempotency_key(request: Request[Any, Any, Any]) -> str | None:
    """The key in Idempotency-Key: a string in quotes (RFC 8941) or a bare token, 1 to 255 characters."""
    values = _sent(request, b"idempotency-key")
    if not values:
        return None
    sent = values[0].strip(" \t")
    if quoted := _KEY_STRING.fullmatch(sent):
        key = re.sub(r"\\(.)", r"\1", quoted[1])
    else:
        key = sent if _KEY_TOKEN.fullmatch(sent) else ""
    if len(values) > 1 or not 1 <= len(key) <= MAX_KEY:
        raise MalformedRequest(
            name="Idempotency-Key",
            remedy=f'send one key in double quotes, 1 to {MAX_KEY} printable ASCII characters, such as "8e03978e-40d5"',
        )
    return key


def prefers_minimal(request: Request[Any, Any, Any]) -> bool:
    """Whether Prefer (RFC 7240) says ``return=minimal``; of several values of ``return`` the first counts."""
    for sent in _sent(request, b"prefer"):
        for preference in sent.split(","):
            name, _, value = preference.partition(";")[0].partition("=")
            if name.strip().lower() == "return":
                return value.strip().strip('"').lower() == "minimal"
    return False


def fingerprint(request: Request[Any, Any, Any], body: bytes) -> bytes:
    """SHA-256 of method, path and body: tells whether a later request under the same key is the same one."""
    digest = sha256(f"{request.method}\n{request.scope['path']}\n".encode("utf-8", "surrogateescape"))
    digest.update(body)
    return digest.digest()


def _sent(request: Request[Any, Any, Any], name: bytes) -> list[str]:
    """Every value of a header, in order."""
    return [value.decode("latin-1") for field, value in request.scope["headers"] if field == name]


def _joined(request: Request[Any, Any, Any], name: bytes) -> str | None:
    values = _sent(request, name)
    return ", ".join(values).strip(" \t") if values else None


def _tags(name: str, sent: str) -> list[tuple[bool, str]]:
    """Every entity tag of a header: whether it is weak, and what stands in the quotes."""
    tags: list[tuple[bool, str]] = []
    at = 0
    while found := _ETAG.match(sent, at):
        tags.append((found[1] is not None, found[2]))
        at = found.end()
        separator = re.compile(r"[ \t]*(,[ \t]*)+").match(sent, at)
        if separator is None:
            break
        at = separator.end()
    if not tags or at != len(sent):
        raise MalformedRequest(name=name, remedy="send an ETag as it was answered, in its double quotes, or *")
    return tags
