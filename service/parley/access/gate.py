"""The gate: every request comes this way before anything else is done for it, and gets to be somebody's, or refused."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from enum import Enum
from functools import lru_cache
from ipaddress import ip_address
from typing import Any, Final, NamedTuple

from parley.access.attempts import Attempts
from parley.access.callers import NOBODY_ELSE, THE_PARTIES, Caller
from parley.access.errors import KeyRefused, MisdirectedRequest, RateLimited, RoleLacking, StreamsTaken
from parley.access.keyring import RETRY_AFTER_S, Keyring, Watch
from parley.access.keys import RANK, ROLES, Role
from parley.access.quotas import Quotas

TOLD: Final = "parley.told"
"""Under this name the header fields stand in a request's scope that its answer gets, whatever it is."""

_AUTHORIZATION: Final = b"authorization"
_HOST: Final = b"host"
_VARY: Final = (b"vary", b"authorization")


class Limited(Enum):
    """What a key that is limited to some negotiations may ask of a route."""

    PATH = "the negotiations in the address that it covers"
    BODY = "what is sent for the negotiations that it covers"
    SHOWN = "everything, and is shown what it covers"
    SHARED = "everything: it concerns no negotiation"
    PARTIES = "nothing: it changes the parties, which all negotiations share"
    NOTHING = "nothing: it concerns all negotiations"


class Permission(NamedTuple):
    """Who may call a route: the least role, None: anybody without a key; and what a limited key may ask of it.

    ``as_last_known``: keys are believed while the database cannot be asked, too. For what tells nothing of the record.
    """

    role: Role | None
    limited: Limited = Limited.SHARED
    as_last_known: bool = False


class Gate:
    """Decides on requests by keys and their limits."""

    def __init__(
        self,
        keyring: Keyring,
        *,
        rate_limit: int = 0,
        event_limit: int = 0,
        streams_per_key: int = 100,
        open_: bool = False,
        attempts: Attempts | None = None,
    ) -> None:
        """``rate_limit``, ``event_limit``: requests, and events to be recorded, a minute for each key, 0: no limit.

        ``open_``: without keys, serve everybody.
        """
        self.keyring = keyring
        self._quotas = Quotas(rate_limit, event_limit)
        self._streams = streams_per_key
        self._open = open_
        self._attempts = attempts or Attempts()

    async def admit(self, scope: MutableMapping[str, Any], path: Mapping[str, str], permission: Permission) -> Caller:
        """Who asks, if they may; raises AccessError. ``scope``: that of ASGI; ``path``: the parameters in it."""
        if permission.role is None:
            return NOBODY_ELSE
        authorization = _field(scope["headers"], _AUTHORIZATION)
        try:
            caller = self.keyring.caller(authorization, as_last_known=permission.as_last_known)
        except KeyRefused:
            caller = await self._once_more(authorization, (scope.get("client") or ("",))[0])
        if caller.key is None:
            if not self._open:
                _check_host(scope["headers"])
            return caller
        self._count(scope, caller)
        if caller.rank < RANK[permission.role]:
            needed = " or ".join(ROLES[RANK[permission.role] :])
            raise RoleLacking(key=caller.name, role=ROLES[caller.rank], needed=needed)
        if caller.negotiations is not None:
            match permission.limited:
                case Limited.PATH:
                    caller.check_negotiation(path["negotiation"])
                case Limited.PARTIES:
                    caller.check_unlimited(THE_PARTIES)
                case Limited.NOTHING:
                    caller.check_unlimited("what concerns all negotiations")
                case _:
                    pass
        return caller

    async def _once_more(self, authorization: bytes | None, address: str) -> Caller:
        """Ask again who it is: the key may have been made a moment ago."""
        await self.keyring.look_again()
        try:
            return self.keyring.caller(authorization)
        except KeyRefused as error:
            await self._attempts.refused(address, error)
            raise

    def _count(self, scope: MutableMapping[str, Any], caller: Caller) -> None:
        told: list[tuple[bytes, bytes]] = [_VARY]
        scope[TOLD] = told
        try:
            told += self._quotas.count(caller)
        except RateLimited:
            told += self._quotas.fields(caller)
            raise

    def count_events(self, scope: MutableMapping[str, Any], caller: Caller, weight: int) -> None:
        """Count what a caller who was admitted wants to record, as `weight_of` weighs it; raises RateLimited."""
        try:
            left = self._quotas.count_events(caller, weight)
        except RateLimited:
            left = self._quotas.fields(caller)
            raise
        finally:
            if caller.key is not None:
                scope[TOLD] = [_VARY, *left]

    @contextmanager
    def stream(self, caller: Caller, ended: Callable[[], None]) -> Iterator[Watch]:
        """Let a caller be told things for as long as this lasts and they may; raises StreamsTaken."""
        if caller.key is not None and self.keyring.watches(caller) >= self._streams:
            raise StreamsTaken(key=caller.name, limit=str(self._streams), retry_after_s=RETRY_AFTER_S)
        with self.keyring.watching(caller, ended) as watch:
            yield watch


def _field(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> bytes | None:
    """The value of a header field, None where there is none; given twice it is none that is accepted."""
    found = [value for field, value in headers if field == name]
    if len(found) > 1:
        return b", ".join(found)
    return found[0] if found else None


def _check_host(headers: Iterable[tuple[bytes, bytes]]) -> None:
    """Raise MisdirectedRequest unless the service is called by a name of this machine alone.

    A page of another site that has its own name point to 127.0.0.1 (DNS rebinding) makes the browser call it by that
    name, and would get at a record that takes no key.
    """
    host = (_field(headers, _HOST) or b"localhost").decode("latin-1").lower()  # HTTP/1.0 has none
    parts = _HOST_AND_PORT.fullmatch(host)
    name = "" if parts is None else parts["address"] or parts["name"]
    if name != "localhost" and not _is_loopback(name):
        raise MisdirectedRequest


_HOST_AND_PORT: Final = re.compile(r"(\[(?P<address>[^\[\]]*)\]|(?P<name>[^\[\]:]*))(:[0-9]*)?")
"""RFC 9110, section 7.2: a host, and a port or none; nothing behind it."""


@lru_cache(maxsize=64)
def _is_loopback(name: str) -> bool:
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
