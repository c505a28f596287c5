"""Events about what parties want and say: demands, documents, answers, statements, commitments, conduct.

Names are stored for ever: see `fact`.
"""

from typing import Annotated, ClassVar, Literal

from msgspec import field

from negotiation.dates import DurationError, parse_duration
from negotiation.events.fact import Fact
from negotiation.references import (
    Edtf,
    FieldError,
    Figures,
    Iso8601Duration,
    Part,
    Provision,
    Ref,
    Slug,
    Term,
    Text,
    Version,
    check_dates,
    check_figures,
    type_of_list,
)


class Demand(Fact, frozen=True, kw_only=True):
    """A unilateral claim with an identity that outlives the round it was tabled in."""

    demand: Slug
    text: Text
    items: Annotated[tuple[Slug, ...], type_of_list] = ()
    parts: Annotated[tuple[Part, ...], type_of_list] = ()
    indivisible: bool = False
    revises: Slug | None = None
    terms: Annotated[tuple[Term, ...], type_of_list] = ()

    def __post_init__(self) -> None:
        Fact.__post_init__(self)
        if not self.by:
            raise FieldError("by", "a demand is somebody's: say who makes it")


class DemandTabled(Demand, frozen=True, kw_only=True):
    """A party tabled a demand."""

    TOPIC: ClassVar[str] = "negotiation.DemandTabled"


class DemandCourse(Fact, frozen=True, kw_only=True):
    """What became of a demand after it was tabled. Where a later one says that it was put again, it is open again."""

    demand: Slug
    text: Text | None = None


class DemandPut(DemandCourse, frozen=True, kw_only=True):
    """A demand was put to parties: handed over, raised with them, or put to more of them than before."""

    TOPIC: ClassVar[str] = "negotiation.DemandPut"

    def __post_init__(self) -> None:
        Fact.__post_init__(self)
        if not self.to:
            raise FieldError("to", "a demand is put to somebody: name the parties")


class DemandSettled(DemandCourse, frozen=True, kw_only=True):
    """A demand was settled: between two dates (`[a..b]`), perhaps, and perhaps without anybody saying ``how``."""

    TOPIC: ClassVar[str] = "negotiation.DemandSettled"
    how: Literal["met", "partly", "dropped", "overtaken"] | None = None


class Document(Fact, frozen=True, kw_only=True):
    """A text, in one version, with numbered provisions that can be answered one by one."""

    document: Slug
    version: Version = "1"
    kind: Literal[
        "draft",
        "proposal",
        "counter-proposal",
        "non-paper",
        "reply",
        "side-letter",
        "statement",
        "communique",
        "agreement",
        "other",
    ]
    title: Text | None = None
    authors: Annotated[tuple[Slug, ...], type_of_list] = ()
    from_: Annotated[tuple[Slug, ...], type_of_list] = field(default=(), name="from")
    supersedes: Ref | None = None
    provisions: Annotated[tuple[Provision, ...], type_of_list] = ()
    figures: Figures = ()

    def __post_init__(self) -> None:
        Fact.__post_init__(self)
        if len({provision.id for provision in self.provisions}) < len(self.provisions):
            raise FieldError("provisions", "two provisions have the same `id`: give each its own")
        check_figures(self.figures)


class DocumentTabled(Document, frozen=True, kw_only=True):
    """A document was tabled, handed over or put on the table in this version."""

    TOPIC: ClassVar[str] = "negotiation.DocumentTabled"


class Answer(Fact, frozen=True, kw_only=True):
    """What a party says to a demand or a text. ``with`` names the counter-demand or the reservation's text.

    ``terms``: the figures that it accepts, offers or names.
    """

    on: Ref
    answer: Literal["accept", "reserve", "no-objection", "reject", "defer", "counter", "withdraw", "none"]
    with_: Ref | None = field(default=None, name="with")
    text: Text | None = None
    terms: Annotated[tuple[Term, ...], type_of_list] = ()

    def __post_init__(self) -> None:
        Fact.__post_init__(self)
        if not self.by:
            raise FieldError("by", 'an answer is somebody\'s: say who gave it, or `[{"as": "unnamed"}]`')
        if self.on.kind not in {"demand", "document"}:
            raise FieldError("on", f"an answer is given on a demand or a document, not on a {self.on.kind}")


class AnswerGiven(Answer, frozen=True, kw_only=True):
    """A party answered a demand or a text, or (``none``) is reported to have kept silent on it."""

    TOPIC: ClassVar[str] = "negotiation.AnswerGiven"


class Statement(Fact, frozen=True, kw_only=True):
    """Something said."""

    text: Text
    about: Annotated[tuple[Ref, ...], type_of_list] = ()


class PositionStated(Statement, frozen=True, kw_only=True):
    """A party stated its position."""

    TOPIC: ClassVar[str] = "negotiation.PositionStated"


class RedLineDeclared(Statement, frozen=True, kw_only=True):
    """A party declared what it will not accept."""

    TOPIC: ClassVar[str] = "negotiation.RedLineDeclared"


class ConditionStated(Statement, frozen=True, kw_only=True):
    """A party stated a condition for going on."""

    TOPIC: ClassVar[str] = "negotiation.ConditionStated"


class LinkageAsserted(Statement, frozen=True, kw_only=True):
    """A party tied one matter to another."""

    TOPIC: ClassVar[str] = "negotiation.LinkageAsserted"


class ConcessionMade(Statement, frozen=True, kw_only=True):
    """A party gave way on something."""

    TOPIC: ClassVar[str] = "negotiation.ConcessionMade"


class WarningIssued(Statement, frozen=True, kw_only=True):
    """A party warned another of consequences."""

    TOPIC: ClassVar[str] = "negotiation.WarningIssued"


class IntentDenied(Statement, frozen=True, kw_only=True):
    """A party denied an intention."""

    TOPIC: ClassVar[str] = "negotiation.IntentDenied"


class ClaimAsserted(Statement, frozen=True, kw_only=True):
    """A party asserted something as a fact."""

    TOPIC: ClassVar[str] = "negotiation.ClaimAsserted"


class WillingnessSignalled(Statement, frozen=True, kw_only=True):
    """A party signalled that it is willing to do something."""

    TOPIC: ClassVar[str] = "negotiation.WillingnessSignalled"


class StatementMade(Statement, frozen=True, kw_only=True):
    """A party said something that is none of the others."""

    TOPIC: ClassVar[str] = "negotiation.StatementMade"


class Commitment(Fact, frozen=True, kw_only=True):
    """What a party bound itself to (a ceasefire too). ``under`` names the document it was made under.

    ``every``: it recurs, first when it is ``due``; ``until``: it binds until then.
    """

    commitment: Slug
    text: Text
    due: Edtf | None = None
    under: Ref | None = None
    every: Iso8601Duration | None = None
    until: Edtf | None = None

    def __post_init__(self) -> None:
        Fact.__post_init__(self)
        check_dates(self, "due", "until")
        if self.every is not None:
            try:
                parse_duration(self.every)
            except DurationError as error:
                raise FieldError("every", str(error)) from error


class CommitmentMade(Commitment, frozen=True, kw_only=True):
    """A party committed itself."""

    TOPIC: ClassVar[str] = "negotiation.CommitmentMade"


class CommitmentCourse(Fact, frozen=True, kw_only=True):
    """What became of a commitment. ``until``: for how long; ``text``: why, or in whose words."""

    commitment: Slug
    text: Text | None = None
    until: Edtf | None = None

    def __post_init__(self) -> None:
        Fact.__post_init__(self)
        check_dates(self, "until")


class CommitmentSuspended(CommitmentCourse, frozen=True, kw_only=True):
    """A commitment was suspended: it binds again when that ends, or when it is resumed."""

    TOPIC: ClassVar[str] = "negotiation.CommitmentSuspended"


class CommitmentResumed(CommitmentCourse, frozen=True, kw_only=True):
    """A commitment was resumed or renewed, after it was suspended or had lapsed."""

    TOPIC: ClassVar[str] = "negotiation.CommitmentResumed"


class CommitmentLapsed(CommitmentCourse, frozen=True, kw_only=True):
    """A commitment lapsed: it binds no more."""

    TOPIC: ClassVar[str] = "negotiation.CommitmentLapsed"


class Disclosure(Fact, frozen=True, kw_only=True):
    """How something became public."""

    of: Ref
    manner: Literal["announced", "published", "leaked", "acknowledged"]
    authentic: Literal["confirmed", "disputed", "unconfirmed"] | None = None


class Disclosed(Disclosure, frozen=True, kw_only=True):
    """Something was announced, published, leaked or acknowledged."""

    TOPIC: ClassVar[str] = "negotiation.Disclosed"


class Conduct(Fact, frozen=True, kw_only=True):
    """What a party does away from the table, as far as the talks turn on it."""

    conduct: Slug
    kind: Literal[
        "strike",
        "lockout",
        "sanction",
        "build-up",
        "deployment",
        "exercise",
        "attack",
        "withdrawal",
        "release",
        "violation",
        "other",
    ]
    phase: Literal["threatened", "begun", "continuing", "ended"] | None = None
    text: Text | None = None
    linked_to: Annotated[tuple[Ref, ...], type_of_list] = ()


class ConductReported(Conduct, frozen=True, kw_only=True):
    """Conduct away from the table was reported."""

    TOPIC: ClassVar[str] = "negotiation.ConductReported"
