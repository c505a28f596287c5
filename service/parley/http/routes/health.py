"""Health: whether the process lives, and whether it can record and read."""

import asyncio
from collections.abc import Awaitable
from typing import Any, Final, TypeVar

from litestar.types import ASGIApp

from parley.http.operations import Call, Operation, reads
from parley.http.response import answers
from parley.http.response.errors import NotReady
from parley.recording import Recording
from parley.store.errors import DATABASE_FAULTS, RecordDamaged
from parley.store.migrate import MigrationError

PATIENCE_S: Final = 2.0
"""Seconds that the database has to answer."""

_given_up: Final[set["asyncio.Future[Any]"]] = set()


_T = TypeVar("_T")


async def in_time(asked: Awaitable[_T]) -> _T:
    """What the database answers; raises TimeoutError where it does not in time, whatever becomes of the question.

    One that hangs does not answer a request to cancel either, and that would be waited for.
    """
    asking = asyncio.ensure_future(asked)
    await asyncio.wait([asking], timeout=PATIENCE_S)
    if asking.done():
        return asking.result()
    asking.cancel()
    _given_up.add(asking)
    asking.add_done_callback(_forget)
    raise TimeoutError


def _forget(asked: "asyncio.Future[Any]") -> None:
    _given_up.discard(asked)
    if not asked.cancelled():
        asked.exception()  # nobody wants to know any more


@reads(
    "/health/live",
    Operation(
        id="getLiveness",
        tag="Service",
        summary="Whether the process lives",
        answers="Health",
        missing=False,
    ),
)
async def get_liveness(_: Call) -> ASGIApp:
    """Answers while the process does."""
    return answers.plain({"status": "live"})


@reads(
    "/health/ready",
    Operation(
        id="getReadiness",
        tag="Service",
        summary="Whether the service can record and read",
        answers="Health",
        missing=False,
        problems=("not-ready",),
    ),
)
async def get_readiness(call: Call) -> ASGIApp:
    """Asks the writer, the database and its schema; raises NotReady with the reason."""
    recording = call.recording
    if not recording.ready:
        raise NotReady(reason=recording.unready_reason)
    try:
        await in_time(recording.check())
    except MigrationError as error:
        raise NotReady(reason=str(error).rstrip(".")) from error
    except RecordDamaged as damage:
        recording.stop_at(damage)
    except DATABASE_FAULTS as error:
        raise NotReady(reason=f"the database does not answer ({type(error).__name__})") from error
    models = await read_models(recording)
    if not recording.ready:
        raise NotReady(reason=recording.unready_reason)
    return answers.plain({"status": "ready", "read_models": models})


async def read_models(recording: Recording) -> dict[str, Any]:
    """How far read models are behind: how many units lag, and which cannot be projected; null where that is unknown."""
    try:
        status = await in_time(recording.projecting.status())
    except DATABASE_FAULTS:
        return {"lagging": None, "broken": None}
    if status.damage:
        recording.stop_at(RecordDamaged(reason=status.damage))
    return {"lagging": status.lagging, "broken": sorted(status.broken)}


HANDLERS: Final = (get_liveness, get_readiness)
