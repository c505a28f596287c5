"""Events: what is recorded, by position, of the whole record or of one stream."""

from typing import Final

import asyncpg
from litestar.types import ASGIApp

from negotiation.clocks import NOW
from negotiation.documents.event import life_document
from negotiation.documents.plain import plain_event
from negotiation.streams import party_stream
from parley.http.operations import Call, Operation, Parameter, Tag, missing, reads
from parley.http.request.filters import filter_of, type_of, with_rounds
from parley.http.request.parameters import AFTER, EVIDENCE, NEGOTIATION, PAGING, PARTY, ROUND, TYPE
from parley.http.request.queries import MAX_POSITION, limit, whole_number
from parley.http.response import answers, paging
from parley.http.response.errors import MalformedRequest
from parley.store import reader
from parley.store.filters import Filter
from parley.store.reading import Document


def of_stream(kind: str, tag: Tag, what: str, *more: Parameter, hint: str = "") -> Operation:
    """The description of a route that lists the events of one stream; ``more`` parameters, ``hint`` on them."""
    return Operation(
        id=f"list{kind}Events",
        tag=tag,
        summary=f"List the events of {what}",
        description=f"In the order of recording.{hint}",
        query=(*PAGING, AFTER, TYPE, *more),
        items="ListedEvent",
    )


def into_stream(kind: str, tag: Tag, what: str) -> Operation:
    """The description of a route that records events in one stream."""
    return Operation(
        id=f"record{kind}Events",
        tag=tag,
        summary=f"Record what happened: events of {what}",
        description="One event, or a list of 1 to 500 for this stream: all are recorded or none, each decided after "
        "the one before. `Location` is the address of the first.",
        takes="Submissions",
        answers="Receipt",
    )


@reads(
    "/events",
    Operation(
        id="listEvents",
        tag="Events",
        summary="List events of the whole record",
        description="In the order of recording, which is the order of positions: who has read up to one never later "
        "finds a new event below it. A key that is limited to some negotiations is shown theirs, and those of the "
        "parties.",
        query=(*PAGING, AFTER, TYPE, NEGOTIATION, ROUND, PARTY),
        items="ListedEvent",
    ),
)
async def list_events(call: Call) -> ASGIApp:
    """The record, by position."""
    after, most, wanted = _after(call), limit(call.query), filter_of(call.query, call.caller)
    pool = call.recording.pool
    found = await reader.page(pool, after, most, **wanted._asdict())
    if not found.items:
        await check_names(call, wanted)
        await _check_after(pool, after)
    return answers.page(call, paging.EVENTS, found)


@reads(
    "/events/{position:str}",
    Operation(
        id="getEvent",
        tag="Events",
        summary="Read an event, and the life of the fact it belongs to",
        description="By its position, or by its id. The envelope is as it was recorded, which never changes: "
        "corrections and retractions are events of their own. Beside it, in `life`, how the fact reads now, what was "
        "recorded about it since (corrections, retractions, accounts), and what rests on it.",
        query=(EVIDENCE,),
        answers="RecordedLife",
        conditional=True,
    ),
)
async def get_event(call: Call) -> ASGIApp:
    """The event at a position, or with an id."""
    asked, pool = call.path["position"], call.recording.pool
    by_id = paging.is_event_id(asked)
    found = await (reader.event_of_id(pool, asked) if by_id else reader.event(pool, int(asked)))
    if found is None:
        raise missing("event" if by_id else "event at position", asked)
    call.caller.check_reading(found.unit)
    async with call.recording.folds.at(call.recording.pool, NOW, found.unit) as (dossier, _):
        life = life_document(dossier, found.event_id)
    whole = Document(body=found.envelope[:-1] + b',"life":' + life + b"}", version=found.position)
    return await answers.reading(call, whole, plain_event)


async def page_of_stream(call: Call, stream: str, kind: str, name: str) -> ASGIApp:
    """Answer with the events of one stream; raises NotFound where nothing was ever recorded in it."""
    after, most, type_ = _after(call), limit(call.query), type_of(call.query)
    pool = call.recording.pool
    if with_rounds(call.query):
        found = await reader.page(pool, after, most, unit=stream, type=type_)
    else:
        found = await reader.page(pool, after, most, stream=stream, type=type_)
    if not found.items:
        if not await reader.stream_exists(pool, stream):
            raise missing(kind, name)
        await _check_after(pool, after)
    return answers.page(call, paging.EVENTS, found)


async def check_names(call: Call, wanted: Filter) -> None:
    """Raise NotFound where the filters name what is not on record, which an empty list would not say."""
    streams = {
        "negotiation": call.query.get("negotiation"),
        "round": wanted.stream,
        "party": None if wanted.party is None else party_stream(wanted.party),
    }
    for kind, stream in streams.items():
        if stream is not None and not await reader.stream_exists(call.recording.pool, stream):
            raise missing(kind, call.query[kind])


async def _check_after(pool: asyncpg.Pool, after: int) -> None:
    """Raise MalformedRequest for a position behind the record's end, which nobody can have read up to."""
    last = (await reader.head(pool)).position
    if after > last:
        raise MalformedRequest(name="after", remedy=f"the record ends at position {last}: give that or an earlier one")


def _after(call: Call) -> int:
    query = call.query
    if "after" in query and "cursor" in query:
        raise MalformedRequest(name="after", remedy="give `after` or `cursor`, not both")
    cursor = paging.read_cursor(paging.EVENTS, call.address, query)
    return whole_number(query, "after", 0, MAX_POSITION, 0) if cursor is None else int(cursor[0])


HANDLERS: Final = (list_events, get_event)
