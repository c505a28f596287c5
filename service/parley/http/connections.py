"""Breaking off connections: what ASGI leaves out, between the server that has the socket and what is sent into it."""

from collections.abc import Callable, Mapping
from typing import Any, Final

_ABORT: Final = "parley.abort"


def abortable(abort: Callable[[], None]) -> dict[str, Any]:
    """The extensions of an ASGI scope whose connection ``abort`` breaks off, with all that waits in it."""
    return {_ABORT: {"abort": abort}}


def abort_of(scope: Mapping[str, Any]) -> Callable[[], None]:
    """What breaks off the scope's connection; under a server that lets nobody do that, nothing."""
    extensions: Mapping[str, Any] = scope.get("extensions") or {}
    found: Callable[[], None] = extensions.get(_ABORT, {}).get("abort", _nothing)
    return found


def _nothing() -> None:
    """What is being sent has to be taken, or fail, by itself."""
