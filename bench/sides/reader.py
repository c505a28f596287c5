"""One client of the service: reads a round right after an event was posted to it, or an address again and again."""

import asyncio
import http.client
import sys
import time
from contextlib import closing
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import msgspec

from bench import workers
from bench.posting import MINIMAL_ANSWER
from negotiation.streams import stream
from parley.commands.request import Entry
from parley.http.response.addresses import address_of


class Client:
    """One connection."""

    def __init__(self, connection: http.client.HTTPConnection) -> None:
        self._connection = connection

    async def each(self, entries: list[Any]) -> dict[str, Any]:
        """Post these one by one; where one is a round's, tell after how many seconds the round was read.

        ``bytes``: how long the rounds were, all together.
        """
        took: list[float] = []
        size = 0
        for entry in msgspec.convert(entries, list[Entry]):
            here = address_of(entry.stream)
            headers = {"Content-Type": "application/json", "Prefer": MINIMAL_ANSWER}
            self._asked("POST", f"{here}/events", HTTPStatus.CREATED, msgspec.json.encode(entry.submission), headers)
            if stream(entry.stream).is_round:
                began = time.perf_counter()
                read = self._asked("GET", here, HTTPStatus.OK)
                took.append(time.perf_counter() - began)
                size += len(read)
        return {"seconds": took, "bytes": size}

    async def again(self, path: str, times: int) -> dict[str, Any]:
        """Read an address so many times; tell how many seconds each took, and how many bytes the last one had."""
        took: list[float] = []
        read = b""
        for _ in range(times):
            began = time.perf_counter()
            read = self._asked("GET", path, HTTPStatus.OK)
            took.append(time.perf_counter() - began)
        return {"seconds": took, "bytes": len(read)}

    def _asked(
        self, method: str, path: str, wanted: HTTPStatus, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> bytes:
        self._connection.request(method, path, body or None, headers or {})
        answer = self._connection.getresponse()
        told = answer.read()
        if answer.status != wanted:
            raise ValueError(f"{method} {path}: {answer.status} {told.decode('utf-8', 'replace')}")
        return told


async def main(address: str) -> None:
    """Be a worker."""
    split = urlsplit(address)
    with closing(http.client.HTTPConnection(split.hostname or "", split.port, timeout=60)) as connection:
        client = Client(connection)
        await workers.answering({"each": client.each, "again": client.again})


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
