"""A rebuild that ends itself with SIGKILL, unit by unit: `python -m tests.rebuild.killed DSN MOMENT PROCESSES`."""

import asyncio
import os
import signal
import sys

from parley.projections import rebuild
from tests.rebuild.runs import rebuilt


def main(dsn: str, moment: int, processes: int) -> None:
    """Rebuild, and die at a moment."""
    rebuild.EVENTS_TOGETHER = 1  # type: ignore[misc]

    def at(now: int) -> None:
        if now == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    asyncio.run(rebuilt(dsn, at, processes))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
