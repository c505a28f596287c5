"""What Ctrl-C, SIGTERM and a closed terminal do: the first cancels what is being done, the others are one too many.

Before there is anything to cancel, the process simply ends. Once cancelled, work takes a bounded time to end, so
further signals are not needed, and would only keep it from ending well.
"""

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine
from types import FrameType
from typing import Any, Final, TypeVar

_ALWAYS: Final = (signal.SIGINT, signal.SIGTERM)

Result = TypeVar("Result")


class Stopped(BaseException):
    """The work was cancelled by a signal: like KeyboardInterrupt, nobody's error."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def mind() -> None:
    """Until there is work to cancel, let a signal end the process at once, without a traceback."""
    _handle(lambda number, _: os._exit(128 + number))


def run(work: Coroutine[Any, Any, Result], loop_factory: Callable[[], asyncio.AbstractEventLoop]) -> Result:
    """Run the work on a loop of its own, cancelled by the first signal; raises Stopped where that ended it.

    Signals are not heeded any more when it is done, for then the process ends.
    """
    received: list[int] = []

    async def supervised() -> Result:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None

        def cancel(number: int, _: FrameType | None) -> None:
            if not received:
                received.append(number)
                loop.call_soon_threadsafe(task.cancel)

        _handle(cancel)
        try:
            return await work
        finally:
            _handle(lambda *_: None)

    try:
        with asyncio.Runner(loop_factory=loop_factory) as runner:
            return runner.run(supervised())
    except asyncio.CancelledError:
        if received:
            raise Stopped(received[0]) from None
        raise


def _handle(handler: Callable[[int, FrameType | None], None]) -> None:
    for number in _ALWAYS:
        signal.signal(number, handler)
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nohup
        signal.signal(signal.SIGHUP, handler)
