"""The shape that every event shares.

The names of these classes and fields are stored for ever. Add fields with defaults; never rename or remove one.
"""

from typing import Annotated, ClassVar

from msgspec import Struct, field

from negotiation.references import (
    Actor,
    Carrier,
    Condition,
    Edtf,
    EventId,
    Slug,
    check_dates,
    type_of_list,
)


class Event(
    Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag=True,
):
    """Anything that is recorded. ``TOPIC`` is the name it is stored under."""

    TOPIC: ClassVar[str]


class Fact(Event, frozen=True, kw_only=True):
    """Something that happened in the world, as a source tells it.

    ``by``: who acted. ``to``: the parties addressed. ``via``: who carried it. ``session``: in which session of the
    round. ``after``: events of the same register that it followed, where the dates cannot tell. ``effective``: when it
    takes effect, where that is not when it was done. ``if``: what it depends on.
    """

    by: Annotated[tuple[Actor, ...], type_of_list] = ()
    to: Annotated[tuple[Slug, ...], type_of_list] = ()
    via: Carrier | None = None
    session: Slug | None = None
    after: Annotated[tuple[EventId, ...], type_of_list] = ()
    effective: Edtf | None = None
    conditions: Annotated[tuple[Condition, ...], type_of_list] = field(default=(), name="if")

    def __post_init__(self) -> None:
        if self.effective is not None:
            check_dates(self, "effective")
