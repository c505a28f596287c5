"""Work that takes long, beside the event loop."""

import asyncio
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Final, TypeVar

AT_ONCE: Final = 100
"""What is larger than this, in events, is done on a thread: it takes longer than the event loop may stand still."""

_T = TypeVar("_T")


class Aside:
    """Does work on folded units: at once where it is little, else on a thread, one piece at a time."""

    def __init__(self) -> None:
        self._working = asyncio.Lock()

    async def work(self, size: int, work: Callable[[], _T], *, on_parties: bool = False) -> _T:
        """Do work of so many events. When this ends, the work has ended, also where this is cancelled.

        ``on_parties``: it changes the parties, which work on a thread may be reading.
        """
        if size <= AT_ONCE and not (on_parties and self._working.locked()):
            return work()
        async with self._working:
            return work() if size <= AT_ONCE else await _on_thread(work)


async def _on_thread(work: Callable[[], _T]) -> _T:
    working = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(working)
    except asyncio.CancelledError:
        while not working.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([working])
        raise


def share_the_interpreter() -> None:
    """Let the event loop have its turn soon while a thread works: the interpreter's own 5 ms add up in a request."""
    sys.setswitchinterval(0.001)
