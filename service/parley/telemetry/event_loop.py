"""How late the event loop is: while one thing holds it, every other request waits."""

import asyncio
from typing import Final

from parley.telemetry.distribution import Distribution

EVERY_S: Final = 0.02
BEGIN_AFTER_S: Final = 2.0
"""A start holds the loop itself: it imports, and collects garbage once."""
_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5)


class EventLoopLag:
    """Asks the loop to call at a time, again and again, and notes how much later it calls (seconds)."""

    def __init__(self) -> None:
        self.lags = Distribution(_SECONDS)
        self.longest = 0.0
        self._next: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin soon, on the loop that runs."""
        loop = asyncio.get_running_loop()
        self._next = loop.call_later(BEGIN_AFTER_S, self._arrange, loop)

    def stop(self) -> None:
        """End it."""
        if self._next is not None:
            self._next.cancel()

    def _arrange(self, loop: asyncio.AbstractEventLoop) -> None:
        due = loop.time() + EVERY_S
        self._next = loop.call_at(due, self._called, loop, due)

    def _called(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        lag = max(loop.time() - due, 0.0)
        self.lags.add(lag)
        self.longest = max(self.longest, lag)
        self._arrange(loop)
