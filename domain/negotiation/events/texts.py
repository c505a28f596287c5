"""Events about texts that are on the table already: how far they are agreed, corrections, endorsements.

Names are stored for ever: see `fact`.
"""

from typing import Annotated, ClassVar

from msgspec import field

from negotiation.events.fact import Fact
from negotiation.references import FieldError, Figures, Slug, Text, Version, check_figures, type_of_list

Provisions = Annotated[tuple[Slug, ...], type_of_list]


class TextState(Fact, frozen=True, kw_only=True):
    """How far a text is agreed, as it is announced: many provisions at once. Without a version: the last one then.

    ``figures``: what is counted in it, such as its brackets. A provision keeps its announced state in later versions,
    until its text changes.
    """

    document: Slug
    version: Version | None = None
    agreed: Provisions = ()
    agreed_in_principle: Provisions = ()
    open_: Provisions = field(default=(), name="open")
    figures: Figures = ()

    def __post_init__(self) -> None:
        Fact.__post_init__(self)
        every = [*self.agreed, *self.agreed_in_principle, *self.open_]
        if not every and not self.figures:
            raise FieldError("agreed", "name provisions in `agreed`, `agreed_in_principle` or `open`, or say `figures`")
        if len(set(every)) < len(every):
            raise FieldError("agreed", "a provision is named twice: put it into one of the lists, once")
        check_figures(self.figures)


class TextStateAnnounced(TextState, frozen=True, kw_only=True):
    """It was announced which provisions of a text are agreed or open, or how many brackets it has left."""

    TOPIC: ClassVar[str] = "negotiation.TextStateAnnounced"


class TextCorrection(Fact, frozen=True, kw_only=True):
    """An error in a text that was adopted is put right (a procès-verbal of rectification): these words for those.

    Without ``from`` words are added, without ``to`` they are struck.
    """

    document: Slug
    version: Version
    provision: Slug | None = None
    from_: Text | None = field(default=None, name="from")
    into: Text | None = None

    def __post_init__(self) -> None:
        Fact.__post_init__(self)
        if self.from_ is None and self.into is None:
            raise FieldError("from", "say which words are put right in `from`, and what they become in `into`")


class TextCorrected(TextCorrection, frozen=True, kw_only=True):
    """An adopted text was corrected."""

    TOPIC: ClassVar[str] = "negotiation.TextCorrected"


class Endorsement(Fact, frozen=True, kw_only=True):
    """A body stands behind a text without becoming a party to it: a ``body`` of the talks, or the parties in ``by``.

    ``text``: in which words, or by which resolution.
    """

    document: Slug
    version: Version | None = None
    body: Slug | None = None
    text: Text | None = None

    def __post_init__(self) -> None:
        Fact.__post_init__(self)
        if self.body is None and not any(actor.party for actor in self.by):
            raise FieldError("body", "say who endorses it: a body of the talks here, or a party in `by`")


class TextEndorsed(Endorsement, frozen=True, kw_only=True):
    """A body endorsed a text."""

    TOPIC: ClassVar[str] = "negotiation.TextEndorsed"
