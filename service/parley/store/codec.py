"""Stored events and domain events: `state` is JSON with its fields in a fixed order.

The order is: event, id, occurred, recorded_at, recorded_by, sources. There are no floats. The stored bytes are what
the hash chain covers, so they are never written anew.
"""

import msgspec
from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import Mapper, StoredEvent
from msgspec import Struct

from negotiation.envelope import AnyEvent, Recorded, Sources, Submission
from negotiation.state.index import Entry


class State(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The shape of `state`."""

    event: AnyEvent
    id: str
    occurred: str | None = None
    recorded_at: str
    recorded_by: str
    sources: Sources = ()


class _Said(Struct, frozen=True, gc=False):
    """What the rules ask of `state`; the rest is not decoded."""

    event: AnyEvent
    id: str


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(State)
_said = msgspec.json.Decoder(_Said)


UNDECODABLE = (UnicodeDecodeError, RecursionError)
"""What msgspec lets through of bytes that nobody encoded: a tag that is not UTF-8, brackets without end."""


def encode_submission(submission: Submission, *, recorded_at: str, recorded_by: str) -> bytes:
    """The bytes that are stored of an event that is being recorded; it has its id."""
    return _encoder.encode(
        State(
            event=submission.event,
            id=submission.id or "",
            occurred=submission.occurred,
            recorded_at=recorded_at,
            recorded_by=recorded_by,
            sources=submission.sources,
        )
    )


def encode_state(recorded: Recorded) -> bytes:
    """The bytes that are stored of an event."""
    return _encoder.encode(
        State(
            event=recorded.event,
            id=recorded.id,
            occurred=recorded.occurred,
            recorded_at=recorded.recorded_at,
            recorded_by=recorded.recorded_by,
            sources=recorded.sources,
        )
    )


def decode_state(state: bytes, *, stream: str, version: int, position: int = 0) -> Recorded:
    """The event that was stored; raises msgspec.DecodeError (or its child ValidationError) for anything else."""
    try:
        stored = _decoder.decode(state)
    except UNDECODABLE as error:
        raise msgspec.DecodeError(str(error)) from error
    return Recorded(
        event=stored.event,
        id=stored.id,
        occurred=stored.occurred,
        position=position,
        recorded_at=stored.recorded_at,
        recorded_by=stored.recorded_by,
        sources=stored.sources,
        stream=stream,
        version=version,
    )


def decode_entry(state: bytes, *, stream: str, version: int, position: int) -> Entry:
    """The event as the rules see it, without its date and sources; raises msgspec.DecodeError as `decode_state`."""
    try:
        said = _said.decode(state)
    except UNDECODABLE as error:
        raise msgspec.DecodeError(str(error)) from error
    return Entry(id=said.id, stream=stream, version=version, position=position, event=said.event)


def envelope_json(state: bytes, stream_name: str, version: int, position: int) -> bytes:
    """An event as it is answered: the stored bytes with stream, version and position put in front."""
    return b'{"position":%d,"stream":"%s","version":%d,%s' % (position, stream_name.encode(), version, state[1:])


class EventMapper(Mapper[str]):
    """The event-sourcing library's mapper for these events: its `Application` and recorders read and write them."""

    def to_stored_event(self, domain_event: DomainEventProtocol[str]) -> StoredEvent:
        """The stored form of a `Recorded`."""
        if not isinstance(domain_event, Recorded):
            message = f"only {Recorded.__name__} is stored here, not {type(domain_event).__name__}"
            raise TypeError(message)
        return StoredEvent(
            originator_id=domain_event.stream,
            originator_version=domain_event.version,
            topic=type(domain_event.event).TOPIC,
            state=encode_state(domain_event),
        )

    def to_domain_event(self, stored_event: StoredEvent) -> Recorded:
        """The `Recorded` that was stored; of a notification with its position."""
        return decode_state(
            stored_event.state,
            stream=str(stored_event.originator_id),
            version=stored_event.originator_version,
            position=int(getattr(stored_event, "id", 0)),
        )
