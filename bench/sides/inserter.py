"""The peer of one append: the driver itself, with one prepared insert a commit, one after the other, timed."""

import sys
import time
from typing import Any, Final

import asyncpg
import uvloop

from bench import workers

_INSERT: Final = "INSERT INTO inserted (state) VALUES ($1)"


async def main(dsn: str, state_bytes: int) -> None:
    """Be a worker."""
    connection = await asyncpg.connect(dsn)
    statement = await connection.prepare(_INSERT)
    state = "x" * state_bytes

    async def each(number: int) -> dict[str, Any]:
        """Insert so many rows; tell how many seconds each took."""
        took: list[float] = []
        for _ in range(number):
            began = time.perf_counter()
            await statement.fetch(state)
            took.append(time.perf_counter() - began)
        return {"seconds": took}

    try:
        await workers.answering({"each": each})
    finally:
        await connection.close()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], int(sys.argv[2])))
