"""The three clocks of a request: at which reading of the record it is answered."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from msgspec.structs import replace

from negotiation.clocks import NOW, Reading
from negotiation.dates import DateError, Interval, interval_of_date, parse_clock
from parley.http.operations import Call, missing
from parley.http.request.queries import Query, digits
from parley.http.response.errors import MalformedRequest, NotYetAtThisReading
from parley.queries.past import Clocks, Past
from parley.store import reader
from parley.store.reading import View

CLOCKS: Final = ("happened_by", "reported_by", "as_of")

_Found = TypeVar("_Found")


async def view(call: Call) -> View:
    """The record as the request asks to see it: as it stands, or at past clocks; raises MalformedRequest."""
    clocks = await read_clocks(call)
    recording = call.recording
    return recording.live if clocks is None else Past(recording.pool, recording.folds, clocks)


async def find(call: Call, read: Callable[[View], Awaitable[_Found | None]], kind: str, name: str) -> _Found:
    """What the request asks for; raises NotFound, or NotYetAtThisReading where only the clocks hide it."""
    at = await view(call)
    found = await read(at)
    if found is not None:
        return found
    if isinstance(at, Past) and await read(call.recording.live) is not None:
        raise NotYetAtThisReading(kind=kind, name=name)
    raise missing(kind, name)


async def pinned_clocks(call: Call, prefix: str = "") -> Clocks:
    """The clocks that a request names, with a position: where it names none, that at which the record ends now."""
    clocks = await read_clocks(call, prefix) or Clocks(reading=NOW)
    if clocks.reading.as_of is not None:
        return clocks
    head = await reader.head(call.recording.pool)
    return replace(clocks, reading=replace(clocks.reading, as_of=head.position))


async def read_clocks(call: Call, prefix: str = "") -> Clocks | None:
    """The clocks that a request names, None where it names none; raises MalformedRequest.

    ``prefix`` stands before the parameters' names.
    """
    query = {name: call.query[prefix + name] for name in CLOCKS if prefix + name in call.query}
    if not query:
        return None
    happened_by = _date(query, "happened_by", prefix)
    reported_by = _date(query, "reported_by", prefix)
    as_of, settled = await _as_of(call, query, prefix)
    return Clocks(
        reading=Reading(happened_by=happened_by, reported_by=reported_by, as_of=as_of),
        happened_by=query.get("happened_by"),
        reported_by=query.get("reported_by"),
        settled=settled,
    )


def _date(query: Query, name: str, prefix: str) -> Interval | None:
    text = query.get(name)
    if text is None:
        return None
    try:
        return interval_of_date(text)
    except DateError as error:
        raise MalformedRequest(name=prefix + name, remedy=str(error)) from error


async def _as_of(call: Call, query: Query, prefix: str) -> tuple[int | None, bool]:
    """The last position that counts, and whether what is recorded later always lies behind it."""
    text = query.get("as_of")
    if text is None:
        return None, False
    head = await reader.head(call.recording.pool)
    if text.isascii() and text.isdigit():
        position = digits(text)
        if position is None or position > head.position:
            raise MalformedRequest(
                name=f"{prefix}as_of",
                remedy=f"the record ends at position {head.position}; write that or a lower one (digits alone are a "
                "position; a year is written by its last day, as 2022-12-31)",
            )
        return position, True
    try:
        until = parse_clock(text)
    except DateError as error:
        fault = str(error).replace("write YYYY, ", "write ")  # four digits are a position
        remedy = f"{fault}; or a position, a whole number from 0 to {head.position}"
        raise MalformedRequest(name=f"{prefix}as_of", remedy=remedy) from error
    found = await reader.last_recorded_before(call.recording.pool, until, head.position)
    return found, found < head.position
