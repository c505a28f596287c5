"""What people want to say of a negotiation, in everyday words, and what they record then: docs/catalogue.md shows it.

What a phrase writes fits the example of its type: `{**EXAMPLES[type], **writes}` is an event.
"""

from typing import Any, Final, NamedTuple

Writes = dict[str, Any]


class Phrase(NamedTuple):
    """An everyday phrase, the type that says it, and the fields that matter, with values as an example."""

    say: str
    type: str
    writes: Writes


_DEMAND: Final = {"kind": "demand", "id": "veto-on-enlargement"}
_TEXT: Final = {"kind": "document", "id": "risk-reduction-memorandum", "version": "2"}
_ARTICLE: Final = {**_TEXT, "provision": "notice-of-exercises"}
_STRIKE: Final = {"conduct": "walkout-at-the-port", "kind": "strike"}

PHRASES: Final[tuple[Phrase, ...]] = tuple(
    Phrase(*row)
    for row in (
        # who they are
        ("This party exists, and is called so", "PartyIdentified", {"name": "Russia", "kind": "state"}),
        ("They call themselves by another name now", "PartyRenamed", {"name": "The new name"}),
        ("The movement is the government now", "PartyReclassified", {"kind": "government"}),
        ("The party broke apart", "PartySplit", {"into": ["czechia", "slovakia"]}),
        ("A faction left, and the party goes on", "PartySplit", {"party": "union", "into": ["union", "faction"]}),
        ("Another took its place", "PartySucceeded", {"into": ["russia"]}),
        ("They joined the alliance", "MemberJoined", {"group": "nato", "member": "finland"}),
        ("They left the bloc", "MemberLeft", {"group": "council-of-europe", "member": "russia"}),
        # who takes part
        ("They were invited", "PartyInvited", {"party": "ukraine"}),
        ("They sit at the table", "PartyAdmitted", {"party": "ukraine", "role": "party"}),
        ("They host the talks", "PartyAdmitted", {"party": "switzerland", "role": "host"}),
        ("They mediate", "PartyAdmitted", {"party": "switzerland", "role": "mediator"}),
        ("They only observe", "PartyAdmitted", {"party": "osce", "role": "observer"}),
        ("They walked out", "PartyWalkedOut", {"party": "russia"}),
        ("They came back to the table", "PartyReturned", {"party": "russia"}),
        ("They were shut out for a while", "PartySuspended", {"party": "georgia"}),
        ("They were thrown out", "PartyExpelled", {"party": "georgia"}),
        ("They left for good", "PartyLeft", {"party": "switzerland"}),
        (
            "She leads their delegation",
            "DelegationNamed",
            {"members": [{"person": "Wendy Sherman", "capacity": "head"}]},
        ),
        ("He chairs the committee", "OfficeTaken", {"office": "chair", "person": "Thomas Greminger"}),
        ("He gave up the chair", "OfficeLeft", {"office": "chair", "person": "Thomas Greminger"}),
        # the frame and the meetings
        ("Negotiations begin", "NegotiationOpened", {"title": "Talks on European security"}),
        ("Everybody must agree", "NegotiationOpened", {"decision_rule": "consensus"}),
        ("They set up a working group", "BodyEstablished", {"kind": "working-group"}),
        ("This is on the agenda", "AgendaItemSet", {"status": "adopted"}),
        ("This was dropped from the agenda", "AgendaItemSet", {"status": "dropped"}),
        ("They will meet on that day, there", "RoundScheduled", {"starts": "2022-01-10", "venue": "Geneva"}),
        ("The meeting was moved to another day", "RoundScheduled", {"starts": "2022-01-12"}),
        ("They only exchange letters", "RoundScheduled", {"format": "written"}),
        ("The meeting was called off", "RoundCancelled", {"reason": "Called off by the host."}),
        ("They met and talked", "TalksHeld", {"rooms": [["united-states", "russia"]]}),
        ("They talked for seven hours", "TalksHeld", {"duration": {"about": "PT7H"}}),
        ("They sat in separate rooms", "TalksHeld", {"rooms": [["united-states"], ["russia"]]}),
        ("A mediator went back and forth", "TalksHeld", {"shuttles": ["switzerland"], "direct": False}),
        ("They did not show up", "TalksHeld", {"absent": ["ukraine"]}),
        ("They go on tomorrow", "TalksAdjourned", {"reason": "To go on tomorrow."}),
        ("Talks are on hold", "TalksSuspended", {"reason": "For consultations."}),
        ("They talk again", "TalksResumed", {"scope": "negotiation"}),
        ("Talks collapsed", "TalksBrokenOff", {"scope": "negotiation"}),
        ("The round is over", "RoundConcluded", {"reason": "The agenda was gone through."}),
        ("The negotiation is over", "NegotiationConcluded", {"reason": "The treaty was adopted."}),
        ("They have until Friday", "DeadlineSet", {"due": "2022-01-14"}),
        ("The deadline was extended", "DeadlineSet", {"due": "2022-01-21"}),
        # demands and answers
        ("They demand this", "DemandTabled", {"text": "No further expansion."}),
        ("They ask for 5 percent more", "DemandTabled", {"terms": [{"name": "rise", "value": "5", "unit": "percent"}]}),
        ("It is all or nothing", "DemandTabled", {"indivisible": True}),
        ("They lowered their demand", "DemandTabled", {"demand": "lower-rise", "revises": "veto-on-enlargement"}),
        ("They handed their demand over", "DemandPut", {"to": ["switzerland"]}),
        ("The demand was settled, nobody says how", "DemandSettled", {"demand": "veto-on-enlargement"}),
        ("They withdrew their demand", "AnswerGiven", {"on": _DEMAND, "answer": "withdraw"}),
        ("They said yes", "AnswerGiven", {"on": _DEMAND, "answer": "accept"}),
        ("They said no", "AnswerGiven", {"on": _DEMAND, "answer": "reject"}),
        ("They said yes, but with a reservation", "AnswerGiven", {"on": _TEXT, "answer": "reserve"}),
        (
            "They said yes, if something happens first",
            "AnswerGiven",
            {"answer": "accept", "if": [{"condition": "troops-leave", "text": "If the troops leave."}]},
        ),
        ("They do not stand in the way", "AnswerGiven", {"answer": "no-objection"}),
        ("They will answer later", "AnswerGiven", {"answer": "defer"}),
        ("They made a counter-offer", "AnswerGiven", {"answer": "counter", "with": _TEXT}),
        ("They kept silent", "AnswerGiven", {"answer": "none"}),
        ("They reject this one article", "AnswerGiven", {"on": _ARTICLE, "answer": "reject"}),
        (
            "The bloc answers for its members",
            "AnswerGiven",
            {"answer": "reject", "by": [{"party": "nato", "as": "for-members"}]},
        ),
        ("The demand was met", "PerformanceAssessed", {"of": _DEMAND, "finding": "met"}),
        # what they say
        ("That is our position", "PositionStated", {"text": "Each state chooses its alliances."}),
        ("We will never accept that", "RedLineDeclared", {"text": "No third party decides for us."}),
        ("We talk only if ...", "ConditionStated", {"text": "Only if the troops go back."}),
        ("No deal on this without a deal on that", "LinkageAsserted", {"about": [_DEMAND, _TEXT]}),
        ("They gave way", "ConcessionMade", {"about": [_DEMAND]}),
        ("They threaten consequences", "WarningIssued", {"text": "There will be severe consequences."}),
        ("They deny that they plan to", "IntentDenied", {"text": "We do not intend to invade."}),
        ("They claim that it is so", "ClaimAsserted", {"text": "The troops have left."}),
        ("They are ready to talk", "WillingnessSignalled", {"text": "We are ready to go on."}),
        ("They said something else", "StatementMade", {"text": "It was a useful meeting."}),
        ("They promised to do it", "CommitmentMade", {"text": "To give notice of exercises.", "due": "2022-06"}),
        ("They suspended what they had promised", "CommitmentSuspended", {"until": "2022-12"}),
        ("They keep their promise again, or renewed it", "CommitmentResumed", {"text": "Renewed for a year."}),
        ("The promise ran out", "CommitmentLapsed", {"commitment": "ceasefire"}),
        ("They raised the demand with others, too", "DemandPut", {"to": ["switzerland"]}),
        ("The demand was settled, and nobody says how", "DemandSettled", {"demand": "veto-on-enlargement"}),
        ("They agreed on a ceasefire", "CommitmentMade", {"commitment": "ceasefire", "text": "To hold fire."}),
        ("They broke their promise", "PerformanceAssessed", {"finding": "violated"}),
        ("The paper was leaked", "Disclosed", {"of": _TEXT, "manner": "leaked"}),
        ("The paper was published", "Disclosed", {"of": _TEXT, "manner": "published"}),
        # away from the table
        ("They are on strike", "ConductReported", {**_STRIKE, "phase": "begun"}),
        ("The strike is over", "ConductReported", {**_STRIKE, "phase": "ended"}),
        ("They threaten to strike", "ConductReported", {**_STRIKE, "phase": "threatened"}),
        ("The employer locked them out", "ConductReported", {"kind": "lockout", "phase": "begun"}),
        ("Sanctions were imposed", "ConductReported", {"kind": "sanction", "phase": "begun"}),
        ("Troops are massing", "ConductReported", {"kind": "build-up", "phase": "continuing"}),
        ("Prisoners were released", "ConductReported", {"kind": "release"}),
        # texts
        ("They tabled a draft", "DocumentTabled", {"kind": "draft", "version": "1"}),
        ("There is a new version", "DocumentTabled", {"version": "3"}),
        (
            "Two wordings stand in brackets",
            "DocumentTabled",
            {
                "provisions": [
                    {
                        "id": "article-1",
                        "options": [
                            {"option": "a", "text": "shall", "wanted_by": ["russia"]},
                            {"option": "b", "text": "should", "wanted_by": ["united-states"]},
                        ],
                    }
                ]
            },
        ),
        ("Articles 1 to 3 are agreed", "TextStateAnnounced", {"agreed": ["article-1", "article-2", "article-3"]}),
        ("Article 4 is still open", "TextStateAnnounced", {"agreed": [], "open": ["article-4"]}),
        ("About 900 brackets are left", "TextStateAnnounced", {"figures": [{"unit": "brackets", "about": 900}]}),
        ("They put an error in the text right", "TextCorrected", {"from": "42 days", "into": "42 days before"}),
        ("The council welcomes the text", "TextEndorsed", {"text": "The council welcomes the memorandum."}),
        ("They voted", "VoteTaken", {"counts": {"for": 154, "against": 3, "abstaining": 23}, "result": "adopted"}),
        ("The members voted it down", "VoteTaken", {"result": "rejected"}),
        # from agreement to its end
        ("They have a deal in principle", "AgreedInPrinciple", {"parties": ["united-states", "russia"]}),
        ("The negotiators initialled it", "TextInitialled", {"parties": ["united-states", "russia"]}),
        ("The text was adopted", "TextAdopted", {"parties": ["united-states", "russia"]}),
        ("They signed", "AgreementSigned", {"parties": ["united-states", "russia"]}),
        ("They ratified", "AgreementRatified", {"parties": ["russia"]}),
        ("They acceded", "AgreementAcceded", {"parties": ["ukraine"]}),
        ("They deposited their instrument", "InstrumentDeposited", {"parties": ["russia"]}),
        (
            "It enters into force once both have deposited",
            "EntryConditionsSet",
            {"thresholds": [{"threshold": "both", "parties": 2}]},
        ),
        ("It is in force", "EnteredIntoForce", {"effective": "2022-06-01"}),
        ("It applies for the time being", "ProvisionallyApplied", {"for": ["russia"]}),
        ("It was extended by two years", "AgreementExtended", {"until": "2024-06-01"}),
        ("It is suspended", "AgreementSuspended", {"for": ["russia"]}),
        ("They pulled out of the treaty", "PartyWithdrew", {"for": ["russia"]}),
        ("It ended", "AgreementTerminated", {"document": "risk-reduction-memorandum"}),
        ("Its term is over", "AgreementExpired", {"document": "founding-act"}),
        ("Nobody renewed it", "AgreementLapsed", {"document": "founding-act"}),
        ("This is the old contract that they talk about", "AgreementIdentified", {"title": "Founding Act"}),
        ("Another agreement took its place", "AgreementSuperseded", {"document": "risk-reduction-memorandum"}),
        # what came of it
        ("It was a breakthrough", "BreakthroughReached", {"assessed_by": {"party": "switzerland"}}),
        ("There was some progress", "ProgressReported", {"assessed_by": {"outlet": "The Gazette"}}),
        ("Nothing came of it", "NoBreakthrough", {"assessed_by": {"outlet": "The Gazette"}}),
        ("They are stuck", "DeadlockDeclared", {"assessed_by": {"party": "russia"}}),
        # the record
        (
            "Another paper tells it otherwise",
            "AccountAdded",
            {"stance": "differs", "differs": {"occurred": "2022-01-11"}},
        ),
        ("Another paper says the same", "AccountAdded", {"stance": "agrees", "differs": {}}),
        ("I made a mistake in the record", "EventCorrected", {"reason": "I misread the date."}),
        ("That never happened", "EventRetracted", {"reason": "The article withdrew it."}),
    )
)
