"""Events about texts that are on the table already: how far they are agreed.

Names are stored for ever: see `fact`.
"""

from typing import Annotated, ClassVar

from msgspec import field

from negotiation.events.fact import Fact
from negotiation.references import FieldError, Slug, Version, type_of_list

Provisions = Annotated[tuple[Slug, ...], type_of_list]


class TextState(Fact, frozen=True, kw_only=True):
    """How far a text is agreed, as it is announced: many provisions at once. Without a version: the last one then.

    A provision keeps its announced state in later versions, until its text changes.
    """

    document: Slug
    version: Version | None = None
    agreed: Provisions = ()
    agreed_in_principle: Provisions = ()
    open_: Provisions = field(default=(), name="open")

    def __post_init__(self) -> None:
        Fact.__post_init__(self)
        every = [*self.agreed, *self.agreed_in_principle, *self.open_]
        if not every:
            raise FieldError("agreed", "name provisions in `agreed`, `agreed_in_principle` or `open`")
        if len(set(every)) < len(every):
            raise FieldError("agreed", "a provision is named twice: put it into one of the lists, once")


class TextStateAnnounced(TextState, frozen=True, kw_only=True):
    """It was announced which provisions of a text are agreed, agreed in principle or open."""

    TOPIC: ClassVar[str] = "negotiation.TextStateAnnounced"
