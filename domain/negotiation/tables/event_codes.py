"""Facts in the codes of event data: PLOVER's types and modes, and CAMEO's codes, which GDELT uses.

Source: the PLOVER manual and its table from CAMEO to PLOVER (Open Event Data Alliance, draft 0.8, 2021).
`NO_CODE` names the types that these schemes have no code for, with the reason: a table leaves them out.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, TypeAlias

from negotiation.events.fact import Fact
from negotiation.events.positions import Answer
from negotiation.events.procedure import Talks
from negotiation.state import register_keys
from negotiation.state.dossier import Dossier
from negotiation.state.facts import Known


class Code(NamedTuple):
    """What PLOVER calls it (type, and mode where there is one), and its CAMEO code."""

    plover: str
    mode: str
    cameo: str


Choose: TypeAlias = Callable[[Any], Code | None]

_AGREE_TO_MEET: Final = Code("AGREE", "", "036")
_AGREE_TO_SETTLE: Final = Code("AGREE", "", "037")
_SIGN: Final = Code("SUPPORT", "", "057")
_HALT: Final = Code("SANCTION", "withdraw", "164")
_EXPEL: Final = Code("SANCTION", "expel", "166")
_REFUSE_TO_MEET: Final = Code("REJECT", "meet", "125")
_DEMAND: Final = Code("REQUEST", "change", "100")
_YIELD: Final = Code("CONCEDE", "", "080")


def _answer(event: Answer) -> Code | None:
    """`accept`, `reserve`, `no-objection`: CONCEDE 080, of a text AGREE 037. `reject`: REJECT yield 124, of a text 127.

    `counter`: REQUEST change 100. `withdraw`: CONCEDE 080. Others: none.
    """
    on_text = event.on.kind == "document"
    match event.answer:
        case "accept" | "reserve" | "no-objection":
            return _AGREE_TO_SETTLE if on_text else _YIELD
        case "reject":
            return Code("REJECT", "meet", "127") if on_text else Code("REJECT", "yield", "124")
        case "counter":
            return _DEMAND
        case "withdraw":
            return _YIELD
        case _:
            return None


def _talks(event: Talks) -> Code:
    """CONSULT 046; through a third party CONSULT third-party 045."""
    return Code("CONSULT", "third-party", "045") if any(event.go_between()) else Code("CONSULT", "", "046")


_CONDUCT: Final[Mapping[tuple[str, bool], Code]] = {
    ("strike", False): Code("PROTEST", "boycott", "143"),
    ("lockout", False): Code("COERCE", "restrict", "172"),
    ("sanction", False): Code("SANCTION", "discontinue", "163"),
    ("build-up", False): Code("MOBILIZE", "troops", "154"),
    ("deployment", False): Code("MOBILIZE", "troops", "154"),
    ("exercise", False): Code("MOBILIZE", "troops", "150"),
    ("attack", False): Code("ASSAULT", "", "190"),
    ("withdrawal", False): Code("RETREAT", "withdraw", "0874"),
    ("release", False): Code("RETREAT", "release", "084"),
    ("violation", False): Code("ASSAULT", "", "196"),
    ("sanction", True): Code("RETREAT", "ease", "085"),
    ("attack", True): Code("RETREAT", "ceasefire", "0871"),
    ("build-up", True): Code("RETREAT", "disarm", "087"),
    ("deployment", True): Code("RETREAT", "withdraw", "087"),
}


def _conduct(event: Any) -> Code | None:
    """By kind, and by whether it has ended; what is threatened: THREATEN 130, of an attack violence 138."""
    if event.phase == "threatened":
        return Code("THREATEN", "violence", "138") if event.kind == "attack" else Code("THREATEN", "", "130")
    return _CONDUCT.get((event.kind, event.phase == "ended"))


def _vote(event: Any) -> Code | None:
    """`adopted`: SUPPORT 050. `rejected`: REJECT 120. Without a quorum: none."""
    return {"adopted": Code("SUPPORT", "", "050"), "rejected": Code("REJECT", "", "120")}.get(event.result)


def _performance(event: Any) -> Code | None:
    """`violated`, `not-met`: ACCUSE allege 112. Others: none."""
    return Code("ACCUSE", "allege", "112") if event.finding in {"violated", "not-met"} else None


CODES: Final[Mapping[str, Code | Choose]] = {
    "TalksHeld": _talks,
    "RoundScheduled": _AGREE_TO_MEET,
    "PartyInvited": Code("REQUEST", "meet", "106"),
    "PartyReturned": _AGREE_TO_MEET,
    "PartySuspended": _EXPEL,
    "PartyExpelled": _EXPEL,
    "PartyWalkedOut": _HALT,
    "PartyLeft": _HALT,
    "TalksSuspended": _HALT,
    "TalksBrokenOff": _HALT,
    "TalksResumed": Code("CONSULT", "", "046"),
    "RoundCancelled": _REFUSE_TO_MEET,
    "DemandTabled": _DEMAND,
    "DemandPut": _DEMAND,
    "AnswerGiven": _answer,
    "ConcessionMade": _YIELD,
    "WarningIssued": Code("THREATEN", "", "130"),
    "WillingnessSignalled": Code("AGREE", "", "030"),
    "RedLineDeclared": Code("REJECT", "", "120"),
    "ConditionStated": Code("REQUEST", "change", "100"),
    "CommitmentMade": Code("AGREE", "", "030"),
    "CommitmentSuspended": Code("SANCTION", "discontinue", "160"),
    "CommitmentResumed": Code("AGREE", "", "030"),
    "ConductReported": _conduct,
    "VoteTaken": _vote,
    "AgreedInPrinciple": _AGREE_TO_SETTLE,
    "TextInitialled": _SIGN,
    "TextAdopted": _SIGN,
    "AgreementSigned": _SIGN,
    "AgreementRatified": _SIGN,
    "AgreementAcceded": _SIGN,
    "InstrumentDeposited": _SIGN,
    "ProvisionallyApplied": _SIGN,
    "AgreementExtended": _SIGN,
    "TextEndorsed": Code("SUPPORT", "", "051"),
    "AgreementSuspended": Code("SANCTION", "discontinue", "160"),
    "PartyWithdrew": Code("SANCTION", "withdraw", "160"),
    "AgreementTerminated": Code("SANCTION", "discontinue", "160"),
    "PerformanceAssessed": _performance,
}
"""By the type of the event: its code, or what chooses one."""

_IDENTITY: Final = "Who somebody is or belongs to is no interaction."
_FRAME: Final = "How talks are organised is no interaction."
_WORDS: Final = "PLOVER codes no commentary: words count only where they change something."
_RESULT: Final = "It has no actor: it is somebody's assessment, or follows from what is coded."

NO_CODE: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        ("PartyIdentified", "PartyRenamed", "PartyReclassified", "PartySplit", "PartySucceeded"), _IDENTITY
    ),
    **dict.fromkeys(("MemberJoined", "MemberLeft", "PartyAdmitted", "DelegationNamed"), _IDENTITY),
    **dict.fromkeys(("OfficeTaken", "OfficeLeft"), _IDENTITY),
    **dict.fromkeys(("NegotiationOpened", "BodyEstablished", "AgendaItemSet", "DeadlineSet"), _FRAME),
    **dict.fromkeys(("TextStateAnnounced", "TextCorrected", "AgreementIdentified", "EntryConditionsSet"), _FRAME),
    **dict.fromkeys(("TalksAdjourned", "RoundConcluded", "NegotiationConcluded", "DocumentTabled"), _FRAME),
    **dict.fromkeys(("PositionStated", "LinkageAsserted", "IntentDenied", "ClaimAsserted", "StatementMade"), _WORDS),
    **dict.fromkeys(("Disclosed",), _WORDS),
    **dict.fromkeys(("BreakthroughReached", "ProgressReported", "NoBreakthrough", "DeadlockDeclared"), _RESULT),
    **dict.fromkeys(("EnteredIntoForce", "AgreementSuperseded", "DemandSettled", "CommitmentLapsed"), _RESULT),
    **dict.fromkeys(("AgreementExpired", "AgreementLapsed"), _RESULT),
}
"""Types without a code, and why."""


def code_of(event: Fact) -> Code | None:
    """The code of a fact; None where the schemes have none for what it says."""
    found = CODES.get(type(event).__name__)
    return found(event) if callable(found) else found


def actors_of(known: Known) -> tuple[str, ...]:
    """The parties that acted; of what is mutual (talks, consents) all that took part."""
    event: Any = known.event
    if isinstance(event, Talks):
        return event.attend()
    named = getattr(event, "parties", None) or [actor.party for actor in event.by if actor.party]
    return tuple(dict.fromkeys(named)) or ((event.party,) if hasattr(event, "party") else ())


def recipients_of(dossier: Dossier, known: Known) -> tuple[str, ...]:
    """The parties that it was addressed to; of an answer whose demand or text it answers."""
    event: Any = known.event
    found = dict.fromkeys(event.to)
    if isinstance(event, Answer) and not found:
        history = dossier.history
        kind, name = event.on.kind, event.on.id
        keys = [register_keys.demand(name)] if kind == "demand" else sorted(history.keys("document", name))
        made = [one.known.event for key in keys for one in history.standing(key)]
        found = dict.fromkeys(actor.party for by in made for actor in by.by if actor.party)
    return tuple(party for party in found if party not in actors_of(known))
