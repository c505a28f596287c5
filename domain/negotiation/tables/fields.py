"""What the facts of a negotiation say, field by field: a long table, which holds every type of event."""

from collections.abc import Iterator
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from negotiation.state.dossier import Dossier
from negotiation.tables.sources import by_date
from negotiation.tables.table import EventOf, PositionOf, Table


class FieldRow(Struct, frozen=True, kw_only=True, gc=False):
    """A value of a field of a fact. A field with several values has a row for each."""

    event: EventOf
    position: PositionOf
    type: Annotated[str, Meta(description="The type of the event.", examples=["TalksHeld"])]
    field: Annotated[
        str,
        Meta(
            description="The field, with dots before what stands within and numbers, from 1, for those of several.",
            examples=["rooms.1.2"],
        ),
    ]
    value: Annotated[str, Meta(description="Its value, as text; `true` and `false` as such.", examples=["russia"])]


def rows(dossier: Dossier, _: Dossier) -> Iterator[FieldRow]:
    """The fields of the facts, by date."""
    for known in by_date(dossier):
        event: dict[str, Any] = msgspec.to_builtins(known.event)
        for name, value in event.items():
            if name != "type":
                for field, told in _flat(name, value):
                    yield FieldRow(
                        event=known.id,
                        position=known.position,
                        type=type(known.event).__name__,
                        field=field,
                        value=told,
                    )


def _flat(name: str, value: Any) -> Iterator[tuple[str, str]]:
    match value:
        case None:
            return
        case dict():
            for within, one in value.items():
                yield from _flat(f"{name}.{within}", one)
        case list() | tuple():
            for number, one in enumerate(value, 1):
                yield from _flat(f"{name}.{number}", one)
        case bool():
            yield name, "true" if value else "false"
        case _:
            yield name, str(value)


FIELDS: Final = Table("fields", "fields of facts", FieldRow, rows)
