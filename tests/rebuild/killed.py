"""A rebuild that ends itself with SIGKILL: `python -m tests.rebuild.killed DSN DOING NUMBER PROCESSES`."""

import asyncio
import os
import signal
import sys

from tests.rebuild.runs import Moment, rebuilt


def main(dsn: str, doing: str, number: int, processes: int) -> None:
    """Rebuild, and die at a moment."""

    def at(moment: Moment) -> None:
        if moment == (doing, number):
            os.kill(os.getpid(), signal.SIGKILL)

    asyncio.run(rebuilt(dsn, at, processes))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
