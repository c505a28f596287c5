"""Events about decisions and their fate: votes, consents, status of agreements, outcomes, performance.

Names are stored for ever: see `fact`.
"""

from typing import Annotated, ClassVar, Literal

from msgspec import Meta, field

from negotiation.events.fact import Fact
from negotiation.references import (
    Assessor,
    Counts,
    Edtf,
    FieldError,
    Name,
    PartOfShare,
    Ref,
    Slug,
    Text,
    Version,
    check_dates,
    type_of_list,
)

PartyList = Annotated[tuple[Slug, ...], Meta(min_length=1, max_length=500)]


class Vote(Fact, frozen=True, kw_only=True):
    """A vote of an electorate (a council, a union's members): one motion, on one or several texts or other things.

    ``motion`` is the question in words, and ``yes_means`` what a yes does to what the vote is on. Without either, a yes
    to a text or a demand adopts it. ``also_on``: what else the same vote is on, where it decided several at once.
    """

    electorate: Name
    on: Ref
    also_on: Annotated[tuple[Ref, ...], type_of_list] = ()
    motion: Text | None = None
    yes_means: Literal["adopt", "reject", "amend", "postpone", "begin", "end", "other"] | None = None
    method: Literal["show-of-hands", "roll-call", "secret-ballot", "acclamation", "postal", "other"] | None = None
    rule: (
        Literal["simple-majority", "absolute-majority", "two-thirds", "three-quarters", "unanimity", "consensus"] | None
    ) = None
    counts: Counts | None = None
    result: Literal["adopted", "rejected", "no-quorum"]

    def __post_init__(self) -> None:
        Fact.__post_init__(self)
        if len({self.on, *self.also_on}) <= len(self.also_on):
            raise FieldError("also_on", "the vote is on the same thing twice: name each once, in `on` or in `also_on`")

    @property
    def every_on(self) -> tuple[Ref, ...]:
        """All that the vote is on."""
        return (self.on, *self.also_on)


class VoteTaken(Vote, frozen=True, kw_only=True):
    """A vote was taken."""

    TOPIC: ClassVar[str] = "negotiation.VoteTaken"


class Consent(Fact, frozen=True, kw_only=True):
    """Parties' consent to one version of a document. Parties agree only where they name the same version.

    ``parts``: what they bring to the shares that its entry into force takes (`EntryConditionsSet`).
    """

    document: Slug
    version: Version
    parties: PartyList
    attached: Annotated[tuple[Text, ...], type_of_list] = ()
    parts: Annotated[tuple[PartOfShare, ...], type_of_list] = ()

    def __post_init__(self) -> None:
        Fact.__post_init__(self)
        if any(one.party is not None and one.party not in self.parties for one in self.parts):
            raise FieldError("parts", "a part is brought by one of the `parties`: name it there, too")


class AgreedInPrinciple(Consent, frozen=True, kw_only=True):
    """Parties agreed in principle."""

    TOPIC: ClassVar[str] = "negotiation.AgreedInPrinciple"


class TextInitialled(Consent, frozen=True, kw_only=True):
    """Parties initialled a text."""

    TOPIC: ClassVar[str] = "negotiation.TextInitialled"


class TextAdopted(Consent, frozen=True, kw_only=True):
    """Parties adopted a text."""

    TOPIC: ClassVar[str] = "negotiation.TextAdopted"


class AgreementSigned(Consent, frozen=True, kw_only=True):
    """Parties signed an agreement."""

    TOPIC: ClassVar[str] = "negotiation.AgreementSigned"


class AgreementRatified(Consent, frozen=True, kw_only=True):
    """Parties ratified an agreement."""

    TOPIC: ClassVar[str] = "negotiation.AgreementRatified"


class AgreementAcceded(Consent, frozen=True, kw_only=True):
    """Parties acceded to an agreement."""

    TOPIC: ClassVar[str] = "negotiation.AgreementAcceded"


class InstrumentDeposited(Consent, frozen=True, kw_only=True):
    """Parties deposited their instruments with the depositary."""

    TOPIC: ClassVar[str] = "negotiation.InstrumentDeposited"


class Status(Fact, frozen=True, kw_only=True):
    """The fate of a document, for everybody or for the parties named in ``for``."""

    document: Slug
    for_: Annotated[tuple[Slug, ...], type_of_list] = field(default=(), name="for")
    until: Edtf | None = None

    def __post_init__(self) -> None:
        Fact.__post_init__(self)
        check_dates(self, "until")


class EnteredIntoForce(Status, frozen=True, kw_only=True):
    """An agreement entered into force."""

    TOPIC: ClassVar[str] = "negotiation.EnteredIntoForce"


class ProvisionallyApplied(Status, frozen=True, kw_only=True):
    """An agreement is applied provisionally."""

    TOPIC: ClassVar[str] = "negotiation.ProvisionallyApplied"


class AgreementSuspended(Status, frozen=True, kw_only=True):
    """An agreement was suspended."""

    TOPIC: ClassVar[str] = "negotiation.AgreementSuspended"


class AgreementExtended(Status, frozen=True, kw_only=True):
    """An agreement was extended."""

    TOPIC: ClassVar[str] = "negotiation.AgreementExtended"


class PartyWithdrew(Status, frozen=True, kw_only=True):
    """Parties withdrew from an agreement."""

    TOPIC: ClassVar[str] = "negotiation.PartyWithdrew"


class AgreementTerminated(Status, frozen=True, kw_only=True):
    """An agreement was terminated."""

    TOPIC: ClassVar[str] = "negotiation.AgreementTerminated"


class AgreementSuperseded(Status, frozen=True, kw_only=True):
    """An agreement was superseded by another."""

    TOPIC: ClassVar[str] = "negotiation.AgreementSuperseded"


class AgreementExpired(Status, frozen=True, kw_only=True):
    """An agreement came to the end of its term."""

    TOPIC: ClassVar[str] = "negotiation.AgreementExpired"


class AgreementLapsed(Status, frozen=True, kw_only=True):
    """An agreement lapsed: nobody renewed it, or what it depended on did not come about."""

    TOPIC: ClassVar[str] = "negotiation.AgreementLapsed"


class Outcome(Fact, frozen=True, kw_only=True):
    """What came of something (``of``; by default the round or negotiation it is recorded in), as somebody sees it."""

    assessed_by: Assessor
    of: Ref | None = None
    text: Text | None = None


class BreakthroughReached(Outcome, frozen=True, kw_only=True):
    """Somebody assessed that there was a breakthrough."""

    TOPIC: ClassVar[str] = "negotiation.BreakthroughReached"


class ProgressReported(Outcome, frozen=True, kw_only=True):
    """Somebody assessed that there was progress."""

    TOPIC: ClassVar[str] = "negotiation.ProgressReported"


class NoBreakthrough(Outcome, frozen=True, kw_only=True):
    """Somebody assessed that there was no breakthrough."""

    TOPIC: ClassVar[str] = "negotiation.NoBreakthrough"


class DeadlockDeclared(Outcome, frozen=True, kw_only=True):
    """Somebody assessed that the talks are deadlocked."""

    TOPIC: ClassVar[str] = "negotiation.DeadlockDeclared"


class Performance(Fact, frozen=True, kw_only=True):
    """Whether a commitment, a condition, a provision or a deadline was met, as somebody sees it.

    ``occasion``: which time of what recurs (`2022-03`); each is assessed by itself.
    """

    of: Ref
    occasion: Edtf | None = None
    finding: Literal["met", "partly", "not-met", "violated"]
    assessed_by: Assessor
    text: Text | None = None

    def __post_init__(self) -> None:
        Fact.__post_init__(self)
        check_dates(self, "occasion")


class PerformanceAssessed(Performance, frozen=True, kw_only=True):
    """Somebody assessed whether something was met."""

    TOPIC: ClassVar[str] = "negotiation.PerformanceAssessed"
