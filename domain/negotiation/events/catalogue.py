"""The catalogue: every fact that can be recorded, as one union, and the record events that speak about facts."""

from typing import Annotated, Any, ClassVar, Literal, TypeAlias, get_args

from msgspec import Meta

from negotiation.events.agreements import (
    AgreedInPrinciple,
    AgreementAcceded,
    AgreementExpired,
    AgreementExtended,
    AgreementLapsed,
    AgreementRatified,
    AgreementSigned,
    AgreementSuperseded,
    AgreementSuspended,
    AgreementTerminated,
    BreakthroughReached,
    DeadlockDeclared,
    EnteredIntoForce,
    InstrumentDeposited,
    NoBreakthrough,
    PartyWithdrew,
    PerformanceAssessed,
    ProgressReported,
    ProvisionallyApplied,
    TextAdopted,
    TextInitialled,
    VoteTaken,
)
from negotiation.events.fact import Event
from negotiation.events.parties import (
    DelegationNamed,
    MemberJoined,
    MemberLeft,
    OfficeLeft,
    OfficeTaken,
    PartyAdmitted,
    PartyExpelled,
    PartyIdentified,
    PartyInvited,
    PartyLeft,
    PartyReclassified,
    PartyRenamed,
    PartyReturned,
    PartySplit,
    PartySucceeded,
    PartySuspended,
    PartyWalkedOut,
)
from negotiation.events.positions import (
    AnswerGiven,
    ClaimAsserted,
    CommitmentLapsed,
    CommitmentMade,
    CommitmentResumed,
    CommitmentSuspended,
    ConcessionMade,
    ConditionStated,
    ConductReported,
    DemandPut,
    DemandSettled,
    DemandTabled,
    Disclosed,
    DocumentTabled,
    IntentDenied,
    LinkageAsserted,
    PositionStated,
    RedLineDeclared,
    StatementMade,
    WarningIssued,
    WillingnessSignalled,
)
from negotiation.events.procedure import (
    AgendaItemSet,
    BodyEstablished,
    DeadlineSet,
    NegotiationConcluded,
    NegotiationOpened,
    RoundCancelled,
    RoundConcluded,
    RoundScheduled,
    TalksAdjourned,
    TalksBrokenOff,
    TalksHeld,
    TalksResumed,
    TalksSuspended,
)
from negotiation.events.texts import (
    AgreementIdentified,
    EntryConditionsSet,
    TextCorrected,
    TextEndorsed,
    TextStateAnnounced,
)
from negotiation.references import EventId, FieldError, Text

AnyFact: TypeAlias = (
    PartyIdentified
    | PartyRenamed
    | PartyReclassified
    | PartySplit
    | PartySucceeded
    | MemberJoined
    | MemberLeft
    | PartyInvited
    | PartyAdmitted
    | PartySuspended
    | PartyExpelled
    | PartyWalkedOut
    | PartyReturned
    | PartyLeft
    | DelegationNamed
    | OfficeTaken
    | OfficeLeft
    | NegotiationOpened
    | BodyEstablished
    | AgendaItemSet
    | RoundScheduled
    | TalksAdjourned
    | TalksSuspended
    | TalksResumed
    | TalksBrokenOff
    | RoundConcluded
    | RoundCancelled
    | NegotiationConcluded
    | TalksHeld
    | DeadlineSet
    | DemandTabled
    | DemandPut
    | DemandSettled
    | DocumentTabled
    | AnswerGiven
    | PositionStated
    | RedLineDeclared
    | ConditionStated
    | LinkageAsserted
    | ConcessionMade
    | WarningIssued
    | IntentDenied
    | ClaimAsserted
    | WillingnessSignalled
    | StatementMade
    | CommitmentMade
    | CommitmentSuspended
    | CommitmentResumed
    | CommitmentLapsed
    | Disclosed
    | ConductReported
    | VoteTaken
    | AgreedInPrinciple
    | TextInitialled
    | TextAdopted
    | AgreementSigned
    | AgreementRatified
    | AgreementAcceded
    | InstrumentDeposited
    | EnteredIntoForce
    | ProvisionallyApplied
    | AgreementSuspended
    | AgreementExtended
    | PartyWithdrew
    | AgreementTerminated
    | AgreementSuperseded
    | BreakthroughReached
    | ProgressReported
    | NoBreakthrough
    | DeadlockDeclared
    | PerformanceAssessed
    | TextStateAnnounced
    | TextCorrected
    | TextEndorsed
    | AgreementIdentified
    | EntryConditionsSet
    | AgreementExpired
    | AgreementLapsed
)


class EventCorrected(Event, frozen=True, kw_only=True):
    """A fact's content was corrected: dates, sources and payload are replaced, its id and stream stay.

    ``target`` is the head that it corrects: the fact, or its last correction. The dates and sources beside this event
    are the fact's new ones, ``replacement`` is its new payload.
    """

    TOPIC: ClassVar[str] = "negotiation.EventCorrected"
    target: EventId
    reason: Text
    replacement: AnyFact


class EventRetracted(Event, frozen=True, kw_only=True):
    """A fact, an account or a retraction was withdrawn from the record. It is kept, and counts no more."""

    TOPIC: ClassVar[str] = "negotiation.EventRetracted"
    target: EventId
    reason: Text


class AccountAdded(Event, frozen=True, kw_only=True):
    """Another source was put beside a fact: it agrees, differs in the values named in ``differs``, or denies it.

    ``target`` is the fact (its first event). ``differs`` maps field names of the fact's payload, or ``occurred``, to
    the values this account gives; null leaves the field out.
    """

    TOPIC: ClassVar[str] = "negotiation.AccountAdded"
    target: EventId
    stance: Literal["agrees", "differs", "denies"] = "agrees"
    differs: Annotated[dict[str, Any], Meta(max_length=30)] = {}
    note: Text | None = None

    def __post_init__(self) -> None:
        if (self.stance == "differs") != bool(self.differs):
            raise FieldError("differs", "name the values that differ with `stance: differs`, and only then")


RecordEvent: TypeAlias = EventCorrected | EventRetracted | AccountAdded
AnyEvent: TypeAlias = AnyFact | RecordEvent

EVENT_TYPES: dict[str, type[Event]] = {cls.__name__: cls for cls in get_args(AnyEvent)}
"""Wire name to class."""

TOPICS: dict[str, type[Event]] = {cls.TOPIC: cls for cls in EVENT_TYPES.values()}
"""Stored name to class."""
