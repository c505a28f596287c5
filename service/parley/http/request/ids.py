"""The id of a request: the client's own where it sent a well-formed one, else one made here.

It stands in the answer's ``X-Request-ID``, in every problem and in every line that is logged for the request.
"""

import re
from collections.abc import Iterable
from contextvars import ContextVar
from itertools import count
from secrets import token_hex
from typing import Final

HEADER: Final = "X-Request-ID"

CURRENT: Final[ContextVar[str]] = ContextVar("parley_request_id", default="")
"""The id of the request that is being answered; empty outside of one."""

PATTERN: Final = r"[0-9A-Za-z][0-9A-Za-z._:+/=@-]{0,127}"
"""What a well-formed id looks like: it goes into headers, logs and JSON as it is."""

_WELL_FORMED: Final = re.compile(PATTERN.encode("ascii"))
# W3C Trace Context: version, trace id, parent id, flags; a trace id of zeros is none.
_TRACEPARENT: Final = re.compile(
    rb"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?"
)


class RequestIds:
    """Gives ids; those made here are unique among all processes: 64 random bits, then a number."""

    def __init__(self) -> None:
        self._process = token_hex(8)
        self._numbers = count(1)

    def of(self, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
        """Give the id of a request with these headers: ``X-Request-ID``, else the trace id of ``traceparent``."""
        traced = None
        for name, value in headers:
            if name == b"x-request-id":
                if _WELL_FORMED.fullmatch(value):
                    return value
            elif name == b"traceparent":
                traced = _TRACEPARENT.fullmatch(value)
        return traced[1] if traced else f"{self._process}-{next(self._numbers):08x}".encode("ascii")
