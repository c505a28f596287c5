"""Events about texts that are there already: how far they are agreed, corrections, endorsements, entry into force.

Names are stored for ever: see `fact`.
"""

from typing import Annotated, ClassVar, Literal

from msgspec import field

from negotiation.events.fact import Fact
from negotiation.events.positions import Document
from negotiation.references import (
    FieldError,
    Figures,
    Iso8601Duration,
    Name,
    Slug,
    Text,
    Threshold,
    Version,
    check_duration,
    check_figures,
    type_of_list,
)

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


class ExistingAgreement(Document, frozen=True, kw_only=True):
    """An agreement that is there before the talks, such as the contract or treaty that they are about: not tabled."""

    kind: Literal["agreement", "side-letter", "statement", "communique", "other"] = "agreement"


class AgreementIdentified(ExistingAgreement, frozen=True, kw_only=True):
    """An agreement that the talks are about was named: what it is, and which provisions it has."""

    TOPIC: ClassVar[str] = "negotiation.AgreementIdentified"


class EntryConditions(Fact, frozen=True, kw_only=True):
    """On what an agreement enters into force: every threshold has to be reached, each of these bodies has to approve.

    ``approvals``: the electorates of the votes by which they do. ``delay``: how long after that it is in force.
    """

    document: Slug
    version: Version | None = None
    thresholds: Annotated[tuple[Threshold, ...], type_of_list] = ()
    approvals: Annotated[tuple[Name, ...], type_of_list] = ()
    delay: Iso8601Duration | None = None

    def __post_init__(self) -> None:
        Fact.__post_init__(self)
        if not self.thresholds and not self.approvals:
            raise FieldError("thresholds", "say what has to be reached in `thresholds`, or who has to approve")
        if len({one.threshold for one in self.thresholds}) < len(self.thresholds):
            raise FieldError("thresholds", "two thresholds have the same name: give each its own")
        if self.delay is not None:
            check_duration(self, "delay")


class EntryConditionsSet(EntryConditions, frozen=True, kw_only=True):
    """It was laid down on which conditions an agreement enters into force."""

    TOPIC: ClassVar[str] = "negotiation.EntryConditionsSet"
