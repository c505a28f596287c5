"""One example of each event, by type: JSON as it is sent and stored.

They share one small world, so that they can be recorded one after the other in the order given: the talks of Geneva,
Brussels and Vienna, continued by an invented memorandum. They show the shapes; they are no record of what happened.
"""

from typing import Any, Final

EVENT_ID: Final = "01926000-0000-7000-8000-{:012d}"
"""The id of the n-th example, where an example names another: ``EVENT_ID.format(n)``, counted from 1."""

_MEMORANDUM: Final = {"document": "risk-reduction-memorandum", "version": "2"}
_BOTH: Final = ["united-states", "russia"]

_IN_ORDER: Final[tuple[dict[str, Any], ...]] = (
    # parties
    {
        "type": "PartyIdentified",
        "party": "russia",
        "name": "Russia",
        "kind": "state",
        "codes": {"iso3166": "RUS", "wikidata": "Q159", "cameo": "RUS"},
    },
    {"type": "PartyRenamed", "party": "osce", "name": "Organization for Security and Co-operation in Europe"},
    {"type": "PartySplit", "party": "czechoslovakia", "into": ["czechia", "slovakia"]},
    {"type": "PartySucceeded", "party": "soviet-union", "into": ["russia"]},
    {"type": "MemberJoined", "group": "nato", "member": "united-states"},
    {"type": "MemberLeft", "group": "council-of-europe", "member": "russia"},
    # the frame and the rounds
    {
        "type": "NegotiationOpened",
        "title": "Talks on European security and Ukraine",
        "decision_rule": "consensus",
    },
    {
        "type": "RoundScheduled",
        "round": "geneva",
        "forum": "Strategic Stability Dialogue",
        "starts": "2022-01-10",
        "venue": "Geneva",
        "format": "bilateral",
        "track": "1",
    },
    {
        "type": "BodyEstablished",
        "body": "risk-reduction-group",
        "kind": "working-group",
        "mandate": "To work out how incidents at sea and in the air are avoided.",
    },
    {"type": "AgendaItemSet", "item": "security-guarantees", "status": "adopted", "text": "Security guarantees"},
    # who takes part
    {"type": "PartyInvited", "party": "switzerland", "role": "host", "by": [{"party": "united-states"}]},
    {"type": "PartyAdmitted", "party": "russia"},
    {
        "type": "DelegationNamed",
        "party": "united-states",
        "members": [{"person": "Wendy Sherman", "capacity": "head"}, {"person": "James Mingus", "capacity": "adviser"}],
    },
    {"type": "PartyWalkedOut", "party": "russia"},
    {"type": "PartyReturned", "party": "russia"},
    {"type": "PartySuspended", "party": "georgia", "role": "observer"},
    {"type": "PartyExpelled", "party": "georgia", "role": "observer"},
    {"type": "PartyLeft", "party": "switzerland", "role": "host"},
    # talks
    {
        "type": "TalksHeld",
        "session": "day-1",
        "body": "risk-reduction-group",
        "rooms": [["united-states", "russia"]],
        "direct": True,
        "venue": "The United States mission",
        "duration": {"at_least": "PT7H"},
    },
    {"type": "TalksAdjourned", "reason": "To go on in Brussels."},
    {"type": "TalksSuspended", "reason": "For consultations in the capitals."},
    {"type": "TalksResumed"},
    {"type": "TalksBrokenOff", "scope": "negotiation", "reason": "No answer to the drafts was given in time."},
    {
        "type": "DeadlineSet",
        "deadline": "written-reply-due",
        "what": "A reply in writing to the drafts",
        "due": "2022-01-26",
        "kind": "self-imposed",
        "by": [{"party": "united-states", "speaker": "Antony Blinken"}],
    },
    # positions
    {
        "type": "DemandTabled",
        "demand": "veto-on-enlargement",
        "text": "NATO is to rule out any further expansion.",
        "by": [{"party": "russia"}],
        "to": ["united-states", "nato"],
        "items": ["security-guarantees"],
        "parts": [{"part": "ukraine", "text": "Ukraine is never to join."}],
        "terms": [{"name": "troops withdrawn to the lines of", "value": "1997"}],
    },
    {
        "type": "DocumentTabled",
        **_MEMORANDUM,
        "kind": "draft",
        "title": "Memorandum on the reduction of military risks",
        "authors": _BOTH,
        "provisions": [
            {
                "id": "notice-of-exercises",
                "number": "Article 1",
                "options": [
                    {"option": "a", "text": "At least 42 days before.", "wanted_by": ["united-states"]},
                    {"option": "b", "text": "At least 14 days before.", "wanted_by": ["russia"]},
                ],
            }
        ],
    },
    {
        "type": "AnswerGiven",
        "on": {"kind": "demand", "id": "veto-on-enlargement"},
        "answer": "reject",
        "text": "A non-starter.",
        "by": [{"party": "united-states", "speaker": "Wendy Sherman"}],
        "to": ["russia"],
    },
    {
        "type": "PositionStated",
        "text": "Every state chooses its alliances itself.",
        "by": [{"party": "nato", "as": "for-members"}],
        "about": [{"kind": "demand", "id": "veto-on-enlargement"}],
    },
    {
        "type": "RedLineDeclared",
        "text": "No weapons aimed at us next to our borders.",
        "by": [{"party": "russia"}],
    },
    {
        "type": "ConditionStated",
        "text": "Progress can only be made if the build-up near Ukraine is called off.",
        "by": [{"party": "united-states", "speaker": "Wendy Sherman"}],
        "to": ["russia"],
        "if": [{"condition": "build-up-called-off", "text": "The build-up near Ukraine is called off."}],
    },
    {
        "type": "LinkageAsserted",
        "text": "Arms control is discussed only together with the guarantees.",
        "by": [{"party": "russia"}],
        "about": [{"kind": "agenda-item", "id": "security-guarantees"}, {"kind": "round", "id": "geneva"}],
    },
    {
        "type": "ConcessionMade",
        "text": "Exercises may be limited in size on both sides.",
        "by": [{"party": "united-states", "as": "unnamed"}],
    },
    {
        "type": "WarningIssued",
        "text": "Severe consequences if Ukraine is invaded.",
        "by": [{"party": "united-states"}, {"party": "nato"}],
        "to": ["russia"],
    },
    {"type": "IntentDenied", "text": "There is no intention to invade Ukraine.", "by": [{"party": "russia"}]},
    {
        "type": "ClaimAsserted",
        "text": "We were promised in 1990 that NATO would not expand.",
        "by": [{"party": "russia"}],
    },
    {"type": "WillingnessSignalled", "text": "We are ready to talk further.", "by": [{"party": "russia"}]},
    {
        "type": "StatementMade",
        "text": "A moment of truth is coming.",
        "by": [{"party": "russia", "speaker": "Alexander Grushko"}],
        "session": "day-1",
    },
    {
        "type": "CommitmentMade",
        "commitment": "consult-european-allies",
        "text": "European allies are consulted at every step.",
        "by": [{"party": "united-states"}],
        "due": "2022-01-11/..",
        "under": {"kind": "document", "id": "risk-reduction-memorandum", "version": "2"},
    },
    {
        "type": "Disclosed",
        "of": {"kind": "document", "id": "risk-reduction-memorandum", "version": "2"},
        "manner": "leaked",
        "authentic": "unconfirmed",
    },
    {
        "type": "ConductReported",
        "conduct": "troop-build-up",
        "kind": "build-up",
        "phase": "continuing",
        "text": "About 100,000 troops near Ukraine.",
        "by": [{"party": "russia"}],
        "linked_to": [{"kind": "demand", "id": "veto-on-enlargement"}],
    },
    # decisions
    {
        "type": "VoteTaken",
        "electorate": "OSCE Permanent Council",
        "on": {"kind": "document", "id": "risk-reduction-memorandum", "version": "2"},
        "method": "roll-call",
        "rule": "consensus",
        "counts": {"for": 56, "abstaining": 1},
        "result": "adopted",
    },
    {"type": "AgreedInPrinciple", **_MEMORANDUM, "parties": _BOTH},
    {"type": "TextInitialled", **_MEMORANDUM, "parties": _BOTH},
    {"type": "TextAdopted", **_MEMORANDUM, "parties": _BOTH},
    {
        "type": "AgreementSigned",
        **_MEMORANDUM,
        "parties": _BOTH,
        "attached": ["Nothing here touches earlier obligations."],
    },
    {"type": "AgreementRatified", **_MEMORANDUM, "parties": ["russia"]},
    {"type": "AgreementAcceded", **_MEMORANDUM, "parties": ["ukraine"]},
    {
        "type": "InstrumentDeposited",
        **_MEMORANDUM,
        "parties": ["russia"],
        "by": [{"party": "russia"}],
        "to": ["switzerland"],
        "via": {"person": "Gennady Gatilov"},
        "session": "day-1",
        "after": [EVENT_ID.format(46)],
        "effective": "2022-06-01",
        "if": [{"condition": "deposited-by-both", "text": "Both deposit their instruments."}],
    },
    {"type": "ProvisionallyApplied", "document": "risk-reduction-memorandum", "for": _BOTH},
    {"type": "EnteredIntoForce", "document": "risk-reduction-memorandum", "effective": "2022-06-01"},
    {"type": "AgreementExtended", "document": "risk-reduction-memorandum", "until": "2027-06-01"},
    {"type": "AgreementSuspended", "document": "risk-reduction-memorandum", "for": ["russia"]},
    {"type": "PartyWithdrew", "document": "risk-reduction-memorandum", "for": ["russia"]},
    {"type": "AgreementTerminated", "document": "risk-reduction-memorandum"},
    {"type": "AgreementSuperseded", "document": "risk-reduction-memorandum"},
    # what came of it
    {
        "type": "NoBreakthrough",
        "of": {"kind": "round", "id": "geneva"},
        "assessed_by": {"outlet": "The Example Gazette"},
        "text": "Seven hours without a breakthrough.",
    },
    {
        "type": "ProgressReported",
        "assessed_by": {"party": "united-states", "person": "Wendy Sherman"},
        "text": "A frank discussion.",
    },
    {"type": "BreakthroughReached", "assessed_by": {"person": "A former ambassador"}},
    {"type": "DeadlockDeclared", "assessed_by": {"party": "russia"}},
    {
        "type": "PerformanceAssessed",
        "of": {"kind": "condition", "id": "build-up-called-off"},
        "finding": "not-met",
        "assessed_by": {"party": "united-states"},
    },
    {"type": "RoundConcluded", "reason": "The agenda was gone through."},
    {"type": "RoundCancelled", "reason": "Called off by the host."},
    {"type": "NegotiationConcluded", "reason": "Russia recognised two regions of Ukraine as states."},
    # the record itself: about the talks held (19), the answer (27) and the statement (37); 46 is the ratification
    {
        "type": "AccountAdded",
        "target": EVENT_ID.format(19),
        "stance": "differs",
        "differs": {"duration": {"about": "PT8H"}},
        "note": "Lunch is counted in.",
    },
    {
        "type": "EventCorrected",
        "target": EVENT_ID.format(27),
        "reason": "The article names the speaker of the department.",
        "replacement": {
            "type": "AnswerGiven",
            "on": {"kind": "demand", "id": "veto-on-enlargement"},
            "answer": "reject",
            "text": "A non-starter.",
            "by": [{"party": "united-states", "speaker": "Ned Price"}],
        },
    },
    {"type": "EventRetracted", "target": EVENT_ID.format(37), "reason": "The article withdrew it."},
    # offices in bodies
    {
        "type": "OfficeTaken",
        "body": "risk-reduction-group",
        "office": "chair",
        "person": "Thomas Greminger",
        "party": "switzerland",
        "until": "2022-12",
    },
    {"type": "OfficeLeft", "body": "risk-reduction-group", "office": "chair", "person": "Thomas Greminger"},
    # what came later into the catalogue: the ids of those above stay
    {
        "type": "TextStateAnnounced",
        **_MEMORANDUM,
        "by": [{"party": "united-states"}, {"party": "russia"}],
        "agreed_in_principle": ["notice-of-exercises"],
        "figures": [{"unit": "brackets", "exactly": 12}],
    },
    {
        "type": "TextCorrected",
        **_MEMORANDUM,
        "provision": "notice-of-exercises",
        "from": "At least 42 days before.",
        "into": "At least 42 days before the exercise.",
    },
    {
        "type": "TextEndorsed",
        **_MEMORANDUM,
        "by": [{"party": "osce"}],
        "text": "The Permanent Council welcomes the memorandum.",
    },
    {"type": "PartyReclassified", "party": "russia", "codes": {"iso3166": "RUS"}},
    # what became of a demand
    {
        "type": "DemandPut",
        "demand": "veto-on-enlargement",
        "text": "Handed over in writing.",
        "by": [{"party": "russia"}],
        "to": ["switzerland"],
    },
    {"type": "DemandSettled", "demand": "veto-on-enlargement", "how": "overtaken"},
    # what became of a commitment
    {
        "type": "CommitmentSuspended",
        "commitment": "consult-european-allies",
        "text": "No consultations over the holidays.",
        "by": [{"party": "united-states"}],
        "until": "2022-12",
    },
    {"type": "CommitmentResumed", "commitment": "consult-european-allies"},
    {"type": "CommitmentLapsed", "commitment": "consult-european-allies"},
    {
        "type": "AgreementIdentified",
        "document": "founding-act",
        "title": "Founding Act on Mutual Relations, Cooperation and Security",
        "authors": ["nato", "russia"],
        "provisions": [{"id": "permanent-stationing", "number": "Section IV"}],
    },
    {
        "type": "EntryConditionsSet",
        **_MEMORANDUM,
        "thresholds": [
            {"threshold": "both", "among": _BOTH},
            {"threshold": "forces", "share": "75", "of": "per cent of the forces in the area", "counts": ["deposit"]},
        ],
        "approvals": ["OSCE Permanent Council"],
        "delay": "P30D",
    },
    {"type": "AgreementExpired", "document": "founding-act"},
    {"type": "AgreementLapsed", "document": "founding-act", "for": ["russia"]},
)

EXAMPLES: Final[dict[str, dict[str, Any]]] = {example["type"]: example for example in _IN_ORDER}
"""Type to example, in an order in which they can be recorded."""
