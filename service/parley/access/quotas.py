"""How much a key may ask for in a minute, in this process, and how that is told: requests, and events to be recorded.

The fields are those of the IETF draft "RateLimit header fields for HTTP" (draft-ietf-httpapi-ratelimit-headers-10):
`RateLimit-Policy: "key";q=6000;w=60, "events";q=120000;w=60` and `RateLimit: "key";r=5999;t=60, "events";r=...`.
"""

import time
from collections.abc import Callable
from typing import Final

from parley.access.callers import Caller
from parley.access.errors import RateLimited

WINDOW_S: Final = 60
MOST_KEPT: Final = 4096
"""Keys that are counted at once; then those whose minute is over are forgotten."""

_MORE_IN_ONE: Final = "several events can be sent in one list"
_MORE_AT_ALL: Final = "or ask the operator for a higher `PARLEY_EVENT_LIMIT`"


class _Count:
    __slots__ = ("ends", "events", "requests")

    def __init__(self, ends: float, requests: int, events: int) -> None:
        self.ends, self.requests, self.events = ends, requests, events


class Quotas:
    """Counts by key: a minute begins with a key's first request, and the next with the first after it."""

    def __init__(self, requests: int, events: int = 0, clock: Callable[[], float] = time.monotonic) -> None:
        """``requests``, ``events``: so many a minute for each key, 0: no limit; ``clock``: in seconds."""
        self.requests, self.events = requests, events
        self._clock = clock
        self._counts: dict[str, _Count] = {}
        policies = (b'"key";q=%d' % requests if requests else b"", b'"events";q=%d' % events if events else b"")
        self._policy = (b"ratelimit-policy", b", ".join(b"%s;w=%d" % (one, WINDOW_S) for one in policies if one))

    def count(self, caller: Caller) -> list[tuple[bytes, bytes]]:
        """Count a request; give the header fields that tell what is left. Raises RateLimited."""
        if caller.key is None or not (self.requests or self.events):
            return []
        now = self._clock()
        count = self._counts.get(caller.key)
        if count is None or count.ends <= now:
            count = self._begun(caller.key, now)
        if self.requests and count.requests <= 0:
            raise self._refused(caller, f"{self.requests:,} requests", _MORE_IN_ONE, count, now)
        count.requests -= 1
        return self._fields(count, now)

    def count_events(self, caller: Caller, weight: int) -> list[tuple[bytes, bytes]]:
        """Count what a request that was counted wants to record (`weight_of`); the same. Raises RateLimited.

        The last list of a minute may go beyond what is left.
        """
        count = self._counts.get(caller.key or "")
        if count is None:
            return []
        now = self._clock()
        if self.events and count.events <= 0:
            raise self._refused(caller, f"{self.events:,} events (or 2 KiB each)", _MORE_AT_ALL, count, now)
        count.events -= weight
        return self._fields(count, now)

    def fields(self, caller: Caller) -> list[tuple[bytes, bytes]]:
        """The header fields again, without counting: where the request was refused."""
        count = self._counts.get(caller.key or "")
        return [] if count is None else self._fields(count, self._clock())

    def _refused(self, caller: Caller, limit: str, remedy: str, count: _Count, now: float) -> RateLimited:
        return RateLimited(key=caller.name, limit=limit, remedy=remedy, retry_after_s=self._seconds(count, now))

    def _fields(self, count: _Count, now: float) -> list[tuple[bytes, bytes]]:
        seconds = self._seconds(count, now)
        left = [b'"key";r=%d;t=%d' % (count.requests, seconds)] if self.requests else []
        if self.events:
            left.append(b'"events";r=%d;t=%d' % (max(count.events, 0), seconds))
        return [self._policy, (b"ratelimit", b", ".join(left))]

    @staticmethod
    def _seconds(count: _Count, now: float) -> int:
        return max(1, int(count.ends - now + 0.999))

    def _begun(self, key: str, now: float) -> _Count:
        if len(self._counts) >= MOST_KEPT:
            self._counts = {known: count for known, count in self._counts.items() if count.ends > now}
        count = self._counts[key] = _Count(now + WINDOW_S, self.requests, self.events)
        return count
