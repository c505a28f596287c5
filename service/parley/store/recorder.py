"""The log under the event-sourcing library's own recorder interface: a thin synchronous face.

It records without the domain's rules and without read models, in whatever schema it is given. The service never uses
it; it is there so that the library's own test cases, and programs written against the library, can run on the log.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from concurrent.futures import TimeoutError as FutureTimeoutError
from threading import Thread
from typing import Any, Final, Self, TypeVar
from uuid import UUID

import asyncpg
from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    IntegrityError,
    ListenNotifySubscription,
    Notification,
    OperationalError,
    StoredEvent,
)

from parley.store.log import SQL, Written, lock_head, write

CHANNEL: Final = "parley_events"
_TIMEOUT_S: Final = 60

_STREAM: Final = """
SELECT originator_id, originator_version, topic, state FROM parley_events WHERE originator_id = $1
AND originator_version > coalesce($2, -1) AND originator_version <= coalesce($3, 9223372036854775807)
ORDER BY originator_version LIMIT $4
"""
_STREAM_BACKWARDS: Final = _STREAM.replace("BY originator_version", "BY originator_version DESC")

_T = TypeVar("_T")


class Face:
    """Runs the log's coroutines on a loop of its own, for callers that have none. Close it when done."""

    def __init__(self, dsn: str, schema: str) -> None:
        """``schema`` has the record's tables; ``dsn`` names the database."""
        self._dsn = dsn
        self._settings = {"search_path": schema}
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="parley-recorder", daemon=True)
        self._thread.start()
        self.pool: asyncpg.Pool = self.run(self._open())

    async def _open(self) -> asyncpg.Pool:
        return await asyncpg.create_pool(self._dsn, min_size=0, max_size=8, server_settings=self._settings)

    def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Do the work on the loop and wait for it; raises the library's errors."""
        try:
            return asyncio.run_coroutine_threadsafe(work, self._loop).result(_TIMEOUT_S)
        except asyncpg.UniqueViolationError as error:
            raise IntegrityError(str(error)) from error
        except (asyncpg.PostgresConnectionError, OSError, FutureTimeoutError) as error:
            raise OperationalError(str(error)) from error

    async def insert(self, events: Sequence[StoredEvent]) -> list[int]:
        """Record events, all or none; give their positions."""
        rows = [Written(str(one.originator_id), one.originator_version, one.topic, one.state, None) for one in events]
        async with self.pool.acquire() as connection:
            async with connection.transaction():
                head, recorded_at = await lock_head(connection)
                await write(connection, head, rows, recorded_at)
            await connection.execute(SQL["notify"])
        return list(range(head.position + 1, head.position + 1 + len(rows)))

    async def listen(self, heard: Any) -> asyncpg.Connection:
        """Open a connection on which ``heard`` is called after commits."""
        connection = await asyncpg.connect(self._dsn, server_settings=self._settings)
        await connection.add_listener(CHANNEL, lambda *_: heard())
        return connection

    def close(self) -> None:
        """Close every connection and end the loop."""
        self.run(self.pool.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class LogAggregateRecorder(AggregateRecorder):
    """The log as an aggregate recorder."""

    def __init__(self, face: Face) -> None:
        self._face = face

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: Any) -> Sequence[int] | None:
        """Record events, all or none; raises IntegrityError where a version of a stream is taken."""
        if stored_events:
            self._face.run(self._face.insert(stored_events))
        return None

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> list[StoredEvent]:
        """The events of a stream by version."""
        query = _STREAM_BACKWARDS if desc else _STREAM
        rows = self._face.run(self._face.pool.fetch(query, str(originator_id), gt, lte, limit))
        return [StoredEvent(**row) for row in rows]


class LogApplicationRecorder(LogAggregateRecorder, ApplicationRecorder):
    """The log as an application recorder: positions are its notification ids."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: Any) -> Sequence[int] | None:
        """Record events, all or none, and give their positions."""
        return self._face.run(self._face.insert(stored_events)) if stored_events else []

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> list[Notification]:
        """Events by position, from ``start`` (or behind it) to ``stop``."""
        query = (
            "SELECT notification_id AS id, originator_id, originator_version, topic, state FROM parley_events "
            "WHERE notification_id >= $1 AND notification_id <= coalesce($2, 9223372036854775807) "
            "AND (cardinality($3::text[]) = 0 OR topic = ANY($3)) ORDER BY notification_id LIMIT $4"
        )
        first = 0 if start is None else start if inclusive_of_start else start + 1
        rows = self._face.run(self._face.pool.fetch(query, first, stop, list(topics), limit))
        return [Notification(**row) for row in rows]

    def max_notification_id(self) -> int | None:
        """The last position, None where nothing is recorded."""
        position = self._face.run(self._face.pool.fetchval("SELECT position FROM head"))
        return int(position) if position else None

    def subscribe(
        self, gt: int | None = None, topics: Sequence[str] = ()
    ) -> ListenNotifySubscription["LogApplicationRecorder"]:
        """Events behind a position, and then those that are recorded."""
        return LogSubscription(self, self._face, gt, topics)


class LogSubscription(ListenNotifySubscription[LogApplicationRecorder]):
    """Follows the log: told by NOTIFY, reading by position."""

    def __init__(self, recorder: LogApplicationRecorder, face: Face, gt: int | None, topics: Sequence[str]) -> None:
        self._face = face
        super().__init__(recorder=recorder, gt=gt, topics=topics)
        self._listener = face.run(face.listen(self._has_been_notified.set))
        self._has_been_notified.set()

    def __exit__(self, *args: object, **kwargs: Any) -> None:
        try:
            super().__exit__(*args, **kwargs)
        finally:
            self._face.run(self._listener.close())
