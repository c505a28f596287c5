"""What stands around an event: when it happened, who says so, when and by whom it was recorded.

`Recorded` satisfies the event-sourcing library's domain-event protocol, so its `Application`, `Repository` and
recorders work on these events unchanged.
"""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from negotiation.events.catalogue import AnyEvent, AnyFact, RecordEvent
from negotiation.references import Edtf, EventId
from negotiation.sources import Source

Sources = Annotated[tuple[Source, ...], Meta(max_length=50)]


class Submission(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """An event as it is handed in: ``id`` (a UUID) may be chosen by the recorder, so that trying again is safe."""

    event: AnyEvent
    id: EventId | None = None
    occurred: Edtf | None = None
    sources: Sources = ()


class Recorded(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """An event as it stands in the record.

    ``position`` is its place in the whole record (from 1; 0 where it is not stored yet), ``version`` its place in its
    stream (from 1), ``recorded_at`` RFC 3339 UTC with microseconds.
    """

    event: AnyEvent
    id: str
    occurred: str | None = None
    position: int = 0
    recorded_at: str
    recorded_by: str
    sources: Sources = ()
    stream: str
    version: int

    @property
    def originator_id(self) -> str:
        """The stream, under the library's name."""
        return self.stream

    @property
    def originator_version(self) -> int:
        """The version, under the library's name."""
        return self.version

    @property
    def timestamp(self) -> datetime:
        """When it was recorded."""
        return datetime.fromisoformat(self.recorded_at)


__all__ = ["AnyEvent", "AnyFact", "RecordEvent", "Recorded", "Source", "Sources", "Submission"]
