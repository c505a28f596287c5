"""Consents: who consented to which version of which document, and by what act."""

from collections.abc import Iterator
from typing import Annotated, Any, Final

from msgspec import Meta, Struct

from negotiation.state.dossier import Dossier
from negotiation.state.facts import Known
from negotiation.state.register_keys import party_of, reference
from negotiation.tables.table import (
    Contested,
    Earliest,
    EventOf,
    Latest,
    Occurred,
    PartySlug,
    PositionOf,
    Sources,
    Table,
    cited,
    values,
)
from negotiation.texts import as_counted


class ConsentRow(Struct, frozen=True, kw_only=True, gc=False):
    """The last consent of a party to a document; where sources differ over it, a row for each value."""

    document: Annotated[str, Meta(description="The document, by its slug.", examples=["treaty"])]
    version: Annotated[str, Meta(description="The version that it consents to.", examples=["1"])]
    party: PartySlug
    type: Annotated[str, Meta(description="By what act: the type of the event.", examples=["AgreementSigned"])]
    effective: Annotated[
        str | None, Meta(description="From when on, where that is told (EDTF).", examples=["2022-06-01"])
    ]
    attached: Annotated[tuple[str, ...], Meta(description="What it declared with it.", examples=[["A reservation."]])]
    parts: Annotated[
        tuple[str, ...],
        Meta(description="What it brings to the shares that entry into force takes.", examples=[["emissions 17.89"]]),
    ]
    contested: Contested
    occurred: Occurred
    earliest: Earliest
    latest: Latest
    sources: Sources
    event: EventOf
    position: PositionOf


def rows(dossier: Dossier, _: Dossier) -> Iterator[ConsentRow]:
    """The consents by document, then by party."""
    history = dossier.history
    for about in sorted(history.abouts("consent"), key=as_counted):
        for key in sorted(history.keys("consent", about), key=lambda key: as_counted(party_of(key))):
            found = values(history, key)
            for knowns in found:
                yield _row(reference(about)[1], party_of(key), knowns[-1], contested=len(found) > 1)


def _row(document: str, party: str, known: Known, *, contested: bool) -> ConsentRow:
    event: Any = known.event
    return ConsentRow(
        document=document,
        version=event.version,
        party=party,
        type=type(event).__name__,
        effective=event.effective,
        attached=event.attached,
        parts=tuple([f"{one.threshold} {one.part}" for one in event.parts if one.party in {None, party}]),
        contested=contested,
        **cited(known)._asdict(),
    )


CONSENTS: Final = Table("consents", "consents", ConsentRow, rows)
