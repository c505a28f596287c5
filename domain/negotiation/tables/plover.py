"""The facts of a negotiation as PLOVER event data, for those who compare it with POLECAT and the like."""

from collections.abc import Iterator
from typing import Annotated, Final

from msgspec import Meta, Struct

from negotiation.state.dossier import Dossier
from negotiation.tables.event_codes import actors_of, code_of, recipients_of
from negotiation.tables.party_names import Called
from negotiation.tables.table import Earliest, EventOf, Latest, Occurred, PositionOf, Sources, Table, cited


class PloverRow(Struct, frozen=True, kw_only=True, gc=False):
    """A fact as PLOVER codes it; facts that PLOVER has no code for are left out."""

    event_date: Annotated[
        str | None, Meta(description="The day (ISO 8601); null: it is not known to the day.", examples=["2022-01-10"])
    ]
    event_type: Annotated[str, Meta(description="PLOVER's event type.", examples=["CONSULT"])]
    event_mode: Annotated[str | None, Meta(description="PLOVER's mode; null: none fits.", examples=["third-party"])]
    actor: Annotated[
        tuple[str, ...], Meta(description="Who acted, by slug; of what is mutual all.", examples=[["russia"]])
    ]
    actor_name: Annotated[tuple[str, ...], Meta(description="The actors' names.", examples=[["Russia"]])]
    actor_country: Annotated[
        tuple[str, ...], Meta(description="The actors' ISO 3166-1 codes, where they have one.", examples=[["RUS"]])
    ]
    recipient: Annotated[tuple[str, ...], Meta(description="Who was acted on, by slug.", examples=[["nato"]])]
    recipient_name: Annotated[tuple[str, ...], Meta(description="The recipients' names.", examples=[["NATO"]])]
    recipient_country: Annotated[
        tuple[str, ...], Meta(description="The recipients' ISO 3166-1 codes, where they have one.", examples=[["USA"]])
    ]
    cameo: Annotated[str, Meta(description="The CAMEO code.", examples=["046"])]
    type: Annotated[str, Meta(description="The type of the event here.", examples=["TalksHeld"])]
    occurred: Occurred
    earliest: Earliest
    latest: Latest
    sources: Sources
    event: EventOf
    position: PositionOf


def rows(dossier: Dossier, parties: Dossier) -> Iterator[PloverRow]:
    """The coded facts by date."""
    called = Called(parties)
    knowns = [known for known, *_ in dossier.history.known.values()]
    for known in sorted(knowns, key=lambda known: (*known.start.by_date, known.id)):
        code = code_of(known.event)
        if code is None:
            continue
        actors, recipients, where = actors_of(known), recipients_of(dossier, known), cited(known)
        yield PloverRow(
            event_date=where.earliest if where.earliest == where.latest else None,
            event_type=code.plover,
            event_mode=code.mode or None,
            actor=actors,
            actor_name=tuple(map(called.name, actors)),
            actor_country=tuple(filter(None, map(called.country, actors))),
            recipient=recipients,
            recipient_name=tuple(map(called.name, recipients)),
            recipient_country=tuple(filter(None, map(called.country, recipients))),
            cameo=code.cameo,
            type=type(known.event).__name__,
            **where._asdict(),
        )


PLOVER: Final = Table("plover", "facts as PLOVER event data", PloverRow, rows)
