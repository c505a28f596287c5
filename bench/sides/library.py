"""The library `eventsourcing` as it comes: its PostgreSQL recorder over psycopg, many threads, an event an append."""

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import uvloop
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg.conninfo import conninfo_to_dict

from bench import workers

_TOPIC: Final = "StatementMade"


class Threads:
    """Threads that append, each to streams of its own."""

    def __init__(self, dsn: str, threads: int, state_bytes: int, events_a_stream: int) -> None:
        known = {name: str(value) for name, value in conninfo_to_dict(dsn).items()}
        datastore = PostgresDatastore(
            known["dbname"], known["host"], known["port"], known["user"], "",
            pool_size=threads, max_overflow=threads, originator_id_type="text",
        )  # fmt: skip
        self._recorder = PostgresApplicationRecorder(datastore)
        self._recorder.create_table()
        self._sent = [0] * threads
        self._state, self._events_a_stream = b"x" * state_bytes, events_a_stream

    async def run(self, seconds: float) -> dict[str, Any]:
        """Append for so long."""
        began = time.perf_counter()
        with ThreadPoolExecutor(len(self._sent)) as threads:
            recorded = sum(threads.map(lambda writer: self._write(writer, began + seconds), range(len(self._sent))))
        return {"recorded": recorded, "seconds": time.perf_counter() - began}

    def _write(self, writer: int, until: float) -> int:
        began = self._sent[writer]
        while time.perf_counter() < until:
            stream, version = divmod(self._sent[writer], self._events_a_stream)
            self._recorder.insert_events([StoredEvent(f"round-{writer}-{stream}", version + 1, _TOPIC, self._state)])
            self._sent[writer] += 1
        return self._sent[writer] - began


if __name__ == "__main__":
    _, address, *numbers = sys.argv
    uvloop.run(workers.answering({"run": Threads(address, *map(int, numbers)).run}))
