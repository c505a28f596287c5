"""How many requests a key may make in a minute, in this process, and how that is told.

The fields are those of the IETF draft "RateLimit header fields for HTTP" (draft-ietf-httpapi-ratelimit-headers-10):
`RateLimit-Policy: "key";q=6000;w=60` and `RateLimit: "key";r=5999;t=60`.
"""

import time
from collections.abc import Callable
from typing import Final

from parley.access.callers import Caller
from parley.access.errors import RateLimited

WINDOW_S: Final = 60
MOST_KEPT: Final = 4096
"""Keys that are counted at once; then those whose minute is over are forgotten."""


class _Count:
    __slots__ = ("ends", "left")

    def __init__(self, ends: float, left: int) -> None:
        self.ends, self.left = ends, left


class Quotas:
    """Counts requests by key: a minute begins with a key's first request, and the next with the first after it."""

    def __init__(self, limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        """``limit``: requests a minute for each key, 0: as many as they like; ``clock``: in seconds."""
        self.limit = limit
        self._clock = clock
        self._counts: dict[str, _Count] = {}
        self._policy = (b"ratelimit-policy", b'"key";q=%d;w=%d' % (limit, WINDOW_S))

    def count(self, caller: Caller) -> list[tuple[bytes, bytes]]:
        """Count a request; give the header fields that tell what is left. Raises RateLimited."""
        if not self.limit or caller.key is None:
            return []
        now = self._clock()
        count = self._counts.get(caller.key)
        if count is None or count.ends <= now:
            count = self._begun(caller.key, now)
        if count.left <= 0:
            raise RateLimited(key=caller.name, limit=f"{self.limit:,}", retry_after_s=self._seconds(count, now))
        count.left -= 1
        return self._fields(count, now)

    def fields(self, caller: Caller) -> list[tuple[bytes, bytes]]:
        """The header fields again, without counting: where the request was refused."""
        count = self._counts.get(caller.key or "")
        return [] if count is None else self._fields(count, self._clock())

    def _fields(self, count: _Count, now: float) -> list[tuple[bytes, bytes]]:
        return [self._policy, (b"ratelimit", b'"key";r=%d;t=%d' % (count.left, self._seconds(count, now)))]

    @staticmethod
    def _seconds(count: _Count, now: float) -> int:
        return max(1, int(count.ends - now + 0.999))

    def _begun(self, key: str, now: float) -> _Count:
        if len(self._counts) >= MOST_KEPT:
            self._counts = {known: count for known, count in self._counts.items() if count.ends > now}
        count = self._counts[key] = _Count(now + WINDOW_S, self.limit)
        return count
