"""The keys as a service knows them: all in memory, so that asking costs nothing, and never older than they may be.

The number in the table `keyring` is looked at every POLL_S, and at once when a NOTIFY hints that it changed. While it
cannot be looked at for more than STALE_S, nobody is let in: what is in memory is never believed for longer than that.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from typing import Any, Final

import asyncpg
from msgspec import Struct

from parley.access import store
from parley.access.callers import NOBODY_ELSE, Caller, caller_of
from parley.access.errors import KeyMissing, KeyRefused, KeysUnknown
from parley.access.keys import Key, digest_of, taken_apart
from parley.store.errors import DATABASE_FAULTS
from parley.store.log import SCHEMA
from parley.store.migrate import check_version
from parley.store.primary import Servers

CHANNEL: Final = "parley_keys"
POLL_S: Final = 1.0
LEAST_S: Final = 0.05
"""How long to wait at least before looking again, however many hints there are."""
STALE_S: Final = 5.0
"""How long what is in memory is believed while the database cannot be asked."""
ANSWER_WITHIN_S: Final = 2.0
"""How long the database may take before its connection is taken for dead."""
RETRY_S: Final = 0.5
RETRY_AFTER_S: Final = 2

_SETTINGS: Final = {"search_path": SCHEMA, "jit": "off", "application_name": "parley keys"}
_BEARER: Final = b"bearer "
_UNKNOWN: Final = Key(
    id="", name="", role="reader", negotiations=None, digest=digest_of(b""), created_at=datetime.fromtimestamp(0, UTC)
)
"""What a secret is compared with where nobody has the id, so that this takes as long."""

logger = logging.getLogger(__name__)


class _Held(Struct, frozen=True):
    """A key in use: who asks with it, and until when (seconds since the epoch)."""

    key: Key
    caller: Caller
    expires: float


class Watch:
    """One who goes on after being let in, until they may not any more: then it is ``ended``."""

    def __init__(self, keyring: "Keyring", caller: Caller, ended: Callable[[], None]) -> None:
        self.ended = False
        self.caller = caller
        self._keyring, self._tell = keyring, ended

    def end(self) -> None:
        """Tell, once, that they may not any more."""
        if not self.ended:
            self.ended = True
            self._tell()

    async def confirmed(self) -> None:
        """Return at once while the keys are known; else when they are again, or the watch is ended."""
        while not self.ended and not self._keyring.is_known:
            await self._keyring.next_look()


class Keyring:
    """The keys, followed as they change. ``keyless``: none was ever made, and whoever reaches the service may all."""

    def __init__(self) -> None:
        """A keyring without keys, which is never stale: it follows nothing until `open` is called."""
        self.keyless = True
        self._keys: dict[str, _Held] = {}
        self._gone: dict[str, Key] = {}
        self._version = -1
        self._known_at = float("inf")
        self._looked = asyncio.Event()
        self._hinted = asyncio.Event()
        self._watches: dict[str | None, set[Watch]] = {}
        self._task: asyncio.Task[None] | None = None

    async def open(self, servers: Servers) -> None:
        """Read the keys, and follow them from now on; raises what connecting raises."""
        async with self._listening(servers) as connection:
            await check_version(connection, SCHEMA)
            await self._look(connection)
        self._task = asyncio.create_task(self._run(servers), name="parley-keys")

    async def close(self) -> None:
        """Follow no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    # -- who asks

    def caller(self, authorization: bytes | None, *, as_last_known: bool = False) -> Caller:
        """Who asks with this Authorization header; raises KeyMissing, KeyRefused or KeysUnknown.

        ``as_last_known``: believe what is in memory, however old.
        """
        if not (self.is_known or as_last_known):
            raise KeysUnknown(retry_after_s=RETRY_AFTER_S)
        if self.keyless:
            if authorization is not None and authorization[: len(_BEARER)].lower() == _BEARER:
                raise KeyRefused(reason="this service has none; send no Authorization, or see where the key is from")
            return NOBODY_ELSE
        if authorization is None:
            raise KeyMissing
        if authorization[: len(_BEARER)].lower() != _BEARER:
            raise KeyRefused(reason="it has to be sent as `Authorization: Bearer parley_...`")
        parts = taken_apart(authorization[len(_BEARER) :].strip())
        if parts is None:
            raise KeyRefused(reason="it is not written like one; send it as it was shown, all 61 characters of it")
        return self._caller(*parts)

    def _caller(self, id_: str, secret: bytes) -> Caller:
        held = self._keys.get(id_)
        if held is not None and held.key.fits(secret):
            if held.expires > time.time():
                return held.caller
            raise KeyRefused(reason=f"{_named(held.key)} expired; ask who runs the service for another")
        gone = self._gone.get(id_, _UNKNOWN) if held is None else _UNKNOWN
        if gone.fits(secret):
            raise KeyRefused(reason=f"{_named(gone)} was revoked; ask who runs the service for another")
        raise KeyRefused(reason="no key of this service is like that; see that it is whole, and from this service")

    @property
    def is_known(self) -> bool:
        """Whether what is in memory may be believed."""
        return time.monotonic() - self._known_at <= STALE_S

    async def look_again(self) -> None:
        """Ask the database now, and return when it answered, or does not in a while."""
        began = time.monotonic()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ANSWER_WITHIN_S):
                while self._known_at < began:  # one that is under way may have asked before
                    self._hinted.set()
                    await self.next_look()

    async def next_look(self) -> None:
        """Return when the database was asked again."""
        self._looked.clear()
        await self._looked.wait()

    # -- who goes on

    @contextmanager
    def watching(self, caller: Caller, ended: Callable[[], None]) -> Iterator[Watch]:
        """While this lasts, call ``ended`` as soon as the caller's key is not what it was, or one is needed now."""
        watch = Watch(self, caller, ended)
        self._watches.setdefault(caller.key, set()).add(watch)
        try:
            yield watch
        finally:
            together = self._watches[caller.key]
            together.discard(watch)
            if not together:
                del self._watches[caller.key]

    def watches(self, caller: Caller) -> int:
        """How many are watched with the caller's key."""
        return len(self._watches.get(caller.key, ()))

    def _end_who_may_not(self) -> None:
        now = time.time()
        for id_, together in self._watches.items():
            held = None if id_ is None else self._keys.get(id_)
            now_may = held.caller if held is not None and held.expires > now else None
            for watch in together:
                if not (self.keyless if id_ is None else watch.caller == now_may):
                    watch.end()

    # -- following

    async def _run(self, servers: Servers) -> None:
        while True:
            try:
                async with self._listening(servers) as connection:
                    self._version = -1  # it may be another server now, with other keys under the same number
                    while True:
                        self._hinted.clear()
                        await self._look(connection)
                        await asyncio.sleep(LEAST_S)
                        with contextlib.suppress(TimeoutError):
                            async with asyncio.timeout(POLL_S):
                                await self._hinted.wait()
            except DATABASE_FAULTS as error:
                logger.warning("the keys cannot be read (%s: %s); it is tried again", type(error).__name__, error)
            except Exception:  # nobody may be let in by what nobody reads any more: it goes stale, and is tried again
                logger.exception("following the keys failed; it is tried again")
            await asyncio.sleep(RETRY_S)

    @asynccontextmanager
    async def _listening(self, servers: Servers) -> AsyncIterator[asyncpg.Connection]:
        def hint(*_: Any) -> None:
            self._hinted.set()

        connection = await servers.connect(
            server_settings=_SETTINGS, timeout=ANSWER_WITHIN_S, command_timeout=ANSWER_WITHIN_S
        )
        try:
            connection.add_termination_listener(hint)
            await connection.add_listener(CHANNEL, hint)
            yield connection
        finally:
            connection.terminate()

    async def _look(self, connection: asyncpg.Connection) -> None:
        """Read the keys if they changed; whoever may not go on is ended."""
        asked_at = time.monotonic()
        version = await store.version(connection)
        if version != self._version:
            # What is read now is at least as new as the number; if it is newer, it is read again next time.
            self._take(await store.load(connection), made=await store.any_made(connection))
            self._version = version
        self._known_at = asked_at
        self._looked.set()
        self._end_who_may_not()

    def _take(self, keys: list[Key], *, made: bool) -> None:
        # Once keys were asked for they always are, also where a database comes back that does not know of any.
        self.keyless = self.keyless and not made
        self._gone = {key.id: key for key in keys if key.revoked_at is not None}
        self._keys = {
            key.id: _Held(key, caller_of(key), key.expires_at.timestamp() if key.expires_at else float("inf"))
            for key in keys
            if key.revoked_at is None
        }


def _named(key: Key) -> str:
    return f"the key {key.id} of {key.name}"
