"""Events posted at a pace while something else is measured."""

import http.client
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

import msgspec

from bench.generator.desk import Filed
from bench.sides.services import Service
from bench.workers import WorkerFailed
from parley.http.response.addresses import address_of

WRITERS: Final = 8
"""So many post beside each other, each on a connection of its own."""
MINIMAL_ANSWER: Final = "return=minimal"
"""What Prefer says where the answer is not to wait for findings."""
_LOOK_EVERY_S: Final = 0.2


def head(service: Service) -> int:
    """The position at which the record ends."""
    with closing(_connected(service)) as connection:
        connection.request("GET", "/v1/log/head")
        found: int = msgspec.json.decode(connection.getresponse().read())["position"]
    return found


def settled(service: Service, within_s: float) -> None:
    """Wait until no read models are behind; raises WorkerFailed where that takes too long."""
    until = time.perf_counter() + within_s
    with closing(_connected(service)) as connection:
        while time.perf_counter() < until:
            connection.request("GET", "/v1/negotiations?limit=1")  # a list waits for all units
            answer = connection.getresponse()
            answer.read()
            if answer.status == HTTPStatus.OK:
                return
            time.sleep(_LOOK_EVERY_S)  # the service has no better way to say it
    raise WorkerFailed(f"read models are not up to date after {within_s:.0f} s")


def _connected(service: Service) -> http.client.HTTPConnection:
    split = urlsplit(service.address)
    assert split.hostname is not None
    return http.client.HTTPConnection(split.hostname, split.port, timeout=60)


def post_all(service: Service, filed: Sequence[Sequence[Filed]], rate: int) -> int:
    """Record what each writer has, in its order, so many a second of all together; give the last position."""
    if not any(filed):
        return 0
    began = time.perf_counter()

    def post(writer: int) -> int:
        last = 0
        with closing(_connected(service)) as connection:
            for number, one in enumerate(filed[writer]):
                due = began + (number * len(filed) + writer) / rate
                time.sleep(max(0.0, due - time.perf_counter()))  # a thread of its own keeps the pace
                last = _post(connection, one)
        return last

    with ThreadPoolExecutor(len(filed)) as threads:
        return max(threads.map(post, range(len(filed))))


def _post(connection: http.client.HTTPConnection, filed: Filed) -> int:
    body = msgspec.json.encode(filed.entry.submission)
    path = f"{address_of(filed.entry.stream)}/events"
    connection.request("POST", path, body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    told = answer.read()
    if answer.status != HTTPStatus.CREATED:
        raise WorkerFailed(told.decode("utf-8", "replace"))
    position: int = msgspec.json.decode(told)["events"][-1]["position"]
    return position
