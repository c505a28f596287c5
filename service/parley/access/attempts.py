"""Attempts with keys that are not accepted: logged without the secret, and answered slowly.

A key is 256 random bits, so nobody guesses one; what has to be kept in bounds is the work and the log lines that trying
costs. Only the answer to a refused key waits. A key that is accepted is never slowed down by what others send, not from
the same address either: behind a proxy everybody has the same one.
"""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from typing import Final

from parley.access.errors import AttemptsSlowed, KeyRefused

FREE: Final = 3
"""Attempts from one address in a minute that are answered at once."""
SLOW_S: Final = 1.0
"""How long the answer to each further one waits."""
MOST_WAITING: Final = 200
"""Answers that wait at once; beyond them it is 429 at once."""
MOST_ADDRESSES: Final = 4096
MOST_LOGGED: Final = 60
"""Lines in a minute; then they are only counted."""
MINUTE_S: Final = 60.0

logger = logging.getLogger(__name__)


class Attempts:
    """Looks after refused attempts, in bounded memory: of the addresses, the latest count."""

    def __init__(self, *, slow_s: float = SLOW_S, clock: Callable[[], float] = time.monotonic) -> None:
        self._slow_s, self._clock = slow_s, clock
        self._by_address: OrderedDict[str, tuple[float, int]] = OrderedDict()
        self._waiting = 0
        self._logged = self._silent = 0
        self._minute_ends = 0.0

    async def refused(self, address: str, error: KeyRefused) -> None:
        """A key was refused: log it, and return when it may be answered; raises AttemptsSlowed."""
        self._log(address, error)
        if self._count(address) <= FREE:
            return
        if self._waiting >= MOST_WAITING:
            raise AttemptsSlowed(retry_after_s=int(MINUTE_S)) from error
        self._waiting += 1
        try:
            await asyncio.sleep(self._slow_s)
        finally:
            self._waiting -= 1

    def _count(self, address: str) -> int:
        """How many from the address there were within a minute of its first."""
        where, now = _network(address), self._clock()
        began, count = self._by_address.pop(where, (now, 0))
        if now - began >= MINUTE_S:
            began, count = now, 0
        self._by_address[where] = began, count + 1
        if len(self._by_address) > MOST_ADDRESSES:
            self._by_address.popitem(last=False)
        return count + 1

    def _log(self, address: str, error: KeyRefused) -> None:
        now = self._clock()
        if now >= self._minute_ends:
            if self._silent:
                logger.warning("%d more keys were refused", self._silent)
            self._logged = self._silent = 0
            self._minute_ends = now + MINUTE_S
        if self._logged < MOST_LOGGED:
            self._logged += 1
            logger.warning("refused a key from %s: %s", address, error.facts["reason"])
        else:
            self._silent += 1


def _network(address: str) -> str:
    """What counts as one place: an IPv4 address, or the 64 bits of an IPv6 address that one place is given."""
    try:
        found = ip_address(address)
    except ValueError:
        return ""
    return str(IPv6Address(int(found) >> 64 << 64)) if isinstance(found, IPv6Address) else address
