"""Words for the types of the catalogue whose families have several: what is done, and what then stands."""

from typing import Final, NamedTuple

from negotiation.events import agreements, parties, positions, procedure
from negotiation.events.fact import Fact


class Words(NamedTuple):
    """``deed``: the verb of a sentence. ``state``: what stands after it, in a register."""

    deed: str
    state: str


WORDS: Final[dict[type[Fact], Words]] = {
    parties.PartySplit: Words("split into", "split"),
    parties.PartySucceeded: Words("was succeeded by", "succeeded"),
    parties.MemberJoined: Words("joined", "member"),
    parties.MemberLeft: Words("left", "member no more"),
    parties.PartyInvited: Words("was invited to", "invited"),
    parties.PartyAdmitted: Words("takes part in", "takes part"),
    parties.PartySuspended: Words("was suspended from", "suspended"),
    parties.PartyExpelled: Words("was expelled from", "expelled"),
    parties.PartyWalkedOut: Words("walked out of", "walked out"),
    parties.PartyReturned: Words("returned to", "returned"),
    parties.PartyLeft: Words("left", "left"),
    parties.OfficeTaken: Words("took", "in office"),
    parties.OfficeLeft: Words("left", "left"),
    procedure.TalksAdjourned: Words("adjourned", "adjourned"),
    procedure.TalksSuspended: Words("suspended", "suspended"),
    procedure.TalksResumed: Words("resumed", "resumed"),
    procedure.TalksBrokenOff: Words("broken off", "broken off"),
    procedure.RoundConcluded: Words("concluded", "concluded"),
    procedure.RoundCancelled: Words("cancelled", "cancelled"),
    procedure.NegotiationConcluded: Words("concluded", "concluded"),
    positions.DemandPut: Words("put", "put"),
    positions.DemandSettled: Words("was settled", "settled"),
    positions.CommitmentSuspended: Words("was suspended", "suspended"),
    positions.CommitmentResumed: Words("was resumed", "resumed"),
    positions.CommitmentLapsed: Words("lapsed", "lapsed"),
    positions.PositionStated: Words("stated its position", "position"),
    positions.RedLineDeclared: Words("declared a red line", "red line"),
    positions.ConditionStated: Words("put a condition", "condition"),
    positions.LinkageAsserted: Words("asserted a link", "linkage"),
    positions.ConcessionMade: Words("made a concession", "concession"),
    positions.WarningIssued: Words("issued a warning", "warning"),
    positions.IntentDenied: Words("denied an intention", "denial"),
    positions.ClaimAsserted: Words("asserted a claim", "claim"),
    positions.WillingnessSignalled: Words("signalled willingness", "willingness"),
    positions.StatementMade: Words("made a statement", "statement"),
    agreements.AgreedInPrinciple: Words("agreed in principle on", "agreed in principle"),
    agreements.TextInitialled: Words("initialled", "initialled"),
    agreements.TextAdopted: Words("adopted", "adopted"),
    agreements.AgreementSigned: Words("signed", "signed"),
    agreements.AgreementRatified: Words("ratified", "ratified"),
    agreements.AgreementAcceded: Words("acceded to", "acceded"),
    agreements.InstrumentDeposited: Words("deposited an instrument for", "instrument deposited"),
    agreements.EnteredIntoForce: Words("entered into force", "in force"),
    agreements.ProvisionallyApplied: Words("is applied provisionally", "applied provisionally"),
    agreements.AgreementSuspended: Words("was suspended", "suspended"),
    agreements.AgreementExtended: Words("was extended", "extended"),
    agreements.PartyWithdrew: Words("withdrew from", "withdrawn from"),
    agreements.AgreementTerminated: Words("was terminated", "terminated"),
    agreements.AgreementSuperseded: Words("was superseded", "superseded"),
    agreements.AgreementExpired: Words("expired", "expired"),
    agreements.AgreementLapsed: Words("lapsed", "lapsed"),
    agreements.BreakthroughReached: Words("saw a breakthrough", "breakthrough"),
    agreements.ProgressReported: Words("saw progress", "progress"),
    agreements.NoBreakthrough: Words("saw no breakthrough", "no breakthrough"),
    agreements.DeadlockDeclared: Words("saw a deadlock", "deadlock"),
}

STATES: Final = {kind.__name__: words.state for kind, words in WORDS.items()}
"""Wire name to what stands after it."""

RESULTS: Final = {"adopted": "carried", "rejected": "not carried", "no-quorum": "no quorum"}
"""A vote's wire result to what became of its motion, whatever that was for."""

ANSWERS: Final = {
    "accept": "accepted",
    "reserve": "accepted with a reservation",
    "no-objection": "raised no objection to",
    "reject": "rejected",
    "defer": "put off its answer to",
    "counter": "countered",
    "withdraw": "withdrew",
    "none": "kept silent on",
}
"""An answer's wire name to the verb of its sentence."""

ANSWERED: Final = ANSWERS | {"no-objection": "not objected to", "defer": "put off", "none": "met with silence"}
"""An answer's wire name to what became of the demand: ``rejected by ...``."""
