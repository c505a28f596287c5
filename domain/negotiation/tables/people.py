"""Who speaks for whom, who takes part as what, who holds which office, and who met with whom."""

from collections.abc import Iterator
from typing import Annotated, Any, Final

from msgspec import Meta, Struct

from negotiation.documents import people
from negotiation.documents.seating import Manner, sittings
from negotiation.state.dossier import Dossier
from negotiation.tables.table import Contested, EventOf, Occurred, PartySlug, PositionOf, Sources, Table, told

Since = Annotated[str, Meta(description="Since when, as the source dates it (EDTF).", examples=["2022-01-10"])]
Until = Annotated[
    str | None, Meta(description="Until when, as far as the facts say; null: they do not.", examples=["2022-12"])
]
Events = Annotated[
    tuple[str, ...],
    Meta(description="The events that say it.", examples=[["00000000-0000-4000-8000-000000000017"]]),
]
Scope = Annotated[str, Meta(description="`negotiation`, `body` or `round`: where it counts.", examples=["round"])]
Where = Annotated[str | None, Meta(description="The round; null: it is not of one round.", examples=["geneva"])]
Body = Annotated[str | None, Meta(description="The body; null: it is not of one body.", examples=["working-group"])]


class DelegationRow(Struct, frozen=True, kw_only=True, gc=False):
    """A person who speaks for a party, in the whole negotiation, in a body of it, or in a round."""

    party: PartySlug
    person: Annotated[str, Meta(description="Who it is.", examples=["Wendy Sherman"])]
    capacity: Annotated[str, Meta(description="In which capacity: `head`, `deputy` ...", examples=["head"])]
    scope: Scope
    round: Where
    body: Body
    since: Since
    until: Until
    contested: Contested
    sources: Sources
    events: Events


class ParticipantRow(Struct, frozen=True, kw_only=True, gc=False):
    """A role of a party, in the whole negotiation or in a round, and what became of it last."""

    party: PartySlug
    role: Annotated[str, Meta(description="As what: `party`, `chair`, `mediator` ...", examples=["party"])]
    status: Annotated[str, Meta(description="`invited`, `admitted`, `suspended`, `left` ...", examples=["admitted"])]
    scope: Scope
    round: Where
    since: Since
    until: Until
    contested: Contested
    sources: Sources
    events: Events


class OfficeRow(Struct, frozen=True, kw_only=True, gc=False):
    """Somebody in an office of a body: a person, a party, or a person of a party."""

    body: Annotated[str, Meta(description="The body.", examples=["working-group"])]
    office: Annotated[str, Meta(description="The office: `chair`, `facilitator` ...", examples=["chair"])]
    person: Annotated[str | None, Meta(description="The person; null: none is named.", examples=["Thomas Greminger"])]
    party: Annotated[str | None, Meta(description="The party; null: none is named.", examples=["switzerland"])]
    since: Since
    until: Until
    contested: Contested
    sources: Sources
    events: Events


class MeetingRow(Struct, frozen=True, kw_only=True, gc=False):
    """Two parties that met in a session: directly, or through others."""

    round: Annotated[str, Meta(description="The round.", examples=["geneva"])]
    session: Annotated[str, Meta(description="The session.", examples=["day-1"])]
    first: Annotated[str, Meta(description="One party, the first by its slug.", examples=["russia"])]
    second: Annotated[str, Meta(description="The other party.", examples=["united-states"])]
    manner: Annotated[
        Manner, Meta(description="`direct`; `through` others; `indirect`: not directly, and nobody says through whom.")
    ]
    through: Annotated[tuple[str, ...], Meta(description="Who went between them.", examples=[["osce"]])]
    occurred: Occurred
    contested: Contested
    event: EventOf
    position: PositionOf


def _of(row: Any, *names: str) -> dict[str, Any]:
    """The fields of a row that it shares with its table, and what it rests on."""
    common = {name: getattr(row, name) for name in (*names, "since", "until", "contested", "events")}
    return {**common, "sources": tuple(dict.fromkeys(map(told, row.sources)))}


def _delegations(dossier: Dossier, _: Dossier) -> Iterator[DelegationRow]:
    for row in people.delegations(dossier):
        yield DelegationRow(**_of(row, "party", "person", "capacity", "scope", "round", "body"))


def _participants(dossier: Dossier, _: Dossier) -> Iterator[ParticipantRow]:
    for row in people.roles(dossier):
        yield ParticipantRow(**_of(row, "party", "role", "status", "scope", "round"))


def _offices(dossier: Dossier, _: Dossier) -> Iterator[OfficeRow]:
    for row in people.offices(dossier):
        yield OfficeRow(**_of(row, "body", "office", "person", "party"))


def _meetings(dossier: Dossier, _: Dossier) -> Iterator[MeetingRow]:
    for row in sittings(dossier):
        yield MeetingRow(
            round=row.round,
            session=row.session,
            first=row.first,
            second=row.second,
            manner=row.manner,
            through=tuple(one.person or one.party or "" for one in row.through),
            occurred=row.occurred,
            contested=row.contested,
            event=row.event,
            position=row.position,
        )


DELEGATIONS: Final = Table("delegations", "people who speak for parties", DelegationRow, _delegations, on_a_day=True)
PARTICIPANTS: Final = Table("participants", "roles of the parties", ParticipantRow, _participants, on_a_day=True)
OFFICES: Final = Table("offices", "offices in the bodies", OfficeRow, _offices, on_a_day=True)
MEETINGS: Final = Table("meetings", "pairs of parties that met", MeetingRow, _meetings)
