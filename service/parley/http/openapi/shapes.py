"""JSON Schemas of what is answered: documents, lines of lists, receipts.

The value of a register is what its events say of it, so its schema is made from the schemas of those events.
"""

from typing import Any, Final, TypeAlias, get_args

import msgspec

from negotiation.documents.agreement import Agreement
from negotiation.documents.demand_life import Step
from negotiation.documents.entry import ApprovalShown, ThresholdShown
from negotiation.documents.lists import FACT_LISTS
from negotiation.documents.views import SHOWN
from negotiation.envelope import Recorded, Submission
from negotiation.events.parties import SCHEMES
from negotiation.findings import types
from negotiation.references import Assessor, Condition, Ref
from negotiation.sources import Source
from negotiation.state.facts import Account
from parley.http.request.parameters import SLUG

Schema: TypeAlias = dict[str, Any]

PREFIX: Final = "#/components/schemas/"

_AROUND: Final = ("by", "to", "via", "session", "after", "effective")
"""Fields of every fact that are shown as evidence and are no part of a value."""

TEXT: Final[Schema] = {"type": "string"}
COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
FLAG: Final[Schema] = {"type": "boolean"}
EVENT_ID: Final[Schema] = {"type": "string", "format": "uuid"}
DATE: Final[Schema] = {"type": "string", "description": "A date in the EDTF subset (ISO 8601-2)."}
STREAM: Final[Schema] = {"type": "string", "maxLength": 129}
VERSION: Final[Schema] = {**COUNT, "description": "The version of its stream: how many events there are in it."}


def ref(name: str) -> Schema:
    """A reference to a component."""
    return {"$ref": PREFIX + name}


def component(kind: str, name: str) -> dict[str, str]:
    """A reference to a component that is no schema: a response, a parameter or a header."""
    return {"$ref": f"#/components/{kind}/{name}"}


def items(of: Schema, **more: Any) -> Schema:
    """A list."""
    return {"type": "array", "items": of, **more}


def fields(description: str, optional: Schema | None = None, /, **required: Schema) -> Schema:
    """An object: fields that are always there, and those that may be."""
    return {
        "type": "object",
        "description": description,
        "properties": {**required, **(optional or {})},
        "required": list(required),
    }


def shown(of: Schema) -> Schema:
    """A list that a document shows the first of."""
    return fields(
        f"How many there are, and {SHOWN} of them at most: the latest first.",
        None,
        total=COUNT,
        shown=items(of, maxItems=SHOWN),
    )


def nullable(of: Schema) -> Schema:
    """Something that may be null."""
    return {"anyOf": [of, {"type": "null"}]}


class Events:
    """The components of the catalogue, and the register values that are made from them."""

    def __init__(self) -> None:
        wanted = [Submission, Recorded, Source, Account, Condition, Assessor, Ref]
        _, self.components = msgspec.json.schema_components(wanted, ref_template=PREFIX + "{name}")

    def value(self, *types: str, without: tuple[str, ...] = (), around: tuple[str, ...] = ()) -> Schema:
        """What the value of a register holds: the fields of these event types, less those that name the register.

        With several types, and where ``type`` is not among ``without``, the value says which of them it is.
        """
        first = self.components[types[0]]
        left_out = {*without, *_AROUND} - set(around)
        properties = {name: schema for name, schema in first["properties"].items() if name not in left_out}
        required = [name for name in first["required"] if name in properties]
        if "type" in properties:
            properties["type"] = {"enum": sorted(types)}
        return {"type": "object", "properties": properties, "required": required}

    def family(self, name: str) -> tuple[str, ...]:
        """The event types of a family, by the name of their class."""
        return tuple(
            sorted(found.__name__ for found in _subclasses(Recorded.__annotations__["event"]) if _is_of(found, name))
        )


def _subclasses(union: Any) -> tuple[type, ...]:
    return tuple(union.__args__)


def _is_of(event: type, family: str) -> bool:
    return any(base.__name__ == family for base in event.__mro__)


def register(value: Schema, **labels: Schema) -> Schema:
    """A register with what it is about: current, or contested with every value shown."""
    values = items(
        fields(
            "A value that stands, since when, and the facts that it rests on.",
            None,
            value=value,
            since=DATE,
            evidence=items(ref("Evidence")),
            evidence_total=COUNT,
        )
    )
    return fields(
        "Several values are contested: sources differ and none is averaged away; or they are the alternatives of one "
        "decision. None: not known, or ended.",
        {"alternatives": _ALTERNATIVES, "ended": {**values, "description": _ENDED}, "may_have_changed": FLAG},
        **labels,
        contested=FLAG,
        values=values,
    )


_ENDED: Final = (
    "Where nothing stands any more: the last values, which held until a date that has passed, or hung on a condition "
    "that was not met."
)
_ALTERNATIVES: Final[Schema] = {
    **FLAG,
    "description": "The values are branches of one decision, each with its `if`: one source tells them, of one date "
    "and by the same actors. They contest nothing; once a condition is assessed as not met, its branch is gone.",
}


def brief(value: Schema, **labels: Schema) -> Schema:
    """A register without its evidence."""
    return fields(
        "A register without its evidence.",
        {"alternatives": _ALTERNATIVES, "ended": {**items(value), "description": _ENDED}, "may_have_changed": FLAG},
        **labels,
        contested=FLAG,
        values=items(value),
    )


def _evidence() -> Schema:
    return fields(
        "A fact that a value rests on: the event, its date, who acted and who says so.",
        {
            "by": items(ref("Actor")),
            "session": SLUG,
            "effective": DATE,
            "text": {**TEXT, "description": "The words of an answer or an assessment, as this fact gives them."},
            "accounts": items(ref("Account")),
            "corrected": FLAG,
            "account": {**EVENT_ID, "description": "The account that says it in these words, where it differs."},
        },
        event=EVENT_ID,
        position=COUNT,
        stream=STREAM,
        occurred=DATE,
        sources=items(ref("Source")),
    )


def _finding() -> Schema:
    names = sorted(cls.__name__ for cls in types.Finding.__subclasses__())
    return fields(
        "What does not add up: the rule, what it says, the fact it is about, and what that does not agree with.",
        {"related": items(EVENT_ID), "related_more": {**FLAG, "description": "There are more than these."}},
        type={"type": "string", "enum": names},
        message=TEXT,
        event=EVENT_ID,
        event_type={"type": "string", "description": "The type of that fact.", "examples": ["TalksHeld"]},
        occurred={**DATE, "description": "When that fact happened."},
        stream=STREAM,
    )


def _fact(events: Events) -> Schema:
    return fields(
        "A fact as it is shown where it happened: its current content, sources, accounts and findings.",
        {"accounts": items(ref("Account")), "corrections": items(EVENT_ID), "findings": items(ref("Finding"))},
        id=EVENT_ID,
        position=COUNT,
        stream=STREAM,
        occurred=DATE,
        event=events.components["Recorded"]["properties"]["event"],
        sources=items(ref("Source")),
    )


def _facts() -> dict[str, Schema]:
    """What was said and done in one stream, list by list."""
    return {name: shown(ref("Fact")) for name in FACT_LISTS.values()}


def _round(events: Events) -> Schema:
    family, value = events.family, events.value
    return fields(
        "A round: one meeting or written exchange.",
        None,
        negotiation=SLUG,
        round=SLUG,
        version=VERSION,
        schedule=register(value("RoundScheduled", without=("type", "round"))),
        proceedings=register(value(*family("Proceedings"), without=("scope",))),
        sessions=shown(register(value("TalksHeld", without=("type",)), session=SLUG)),
        participants=shown(register(value(*family("Participation"), without=("party", "scope")), party=SLUG)),
        delegations=shown(_delegation(events)),
        outcomes=shown(_outcome(events, register)),
        **_facts(),
        findings=shown(ref("Finding")),
        may_have_changed=FLAG,
    )


def _delegation(events: Events) -> Schema:
    sent = fields("Whom a party sends in one capacity.", {"until": DATE}, persons=items(TEXT))
    found = register(sent, party=SLUG, capacity=events.components["Member"]["properties"]["capacity"])
    found["properties"]["body"] = {**SLUG, "description": "The body that they are sent to, where it is one."}
    return found


def _office(events: Events) -> Schema:
    office = events.components["OfficeTaken"]["properties"]["office"]
    return register(events.value("OfficeTaken", "OfficeLeft", without=("body", "office")), body=SLUG, office=office)


def _outcome(events: Events, show: Any) -> Schema:
    value = events.value(*events.family("Outcome"), without=("of", "assessed_by", "text"))
    of = {"type": "object", "properties": {"kind": TEXT, "id": TEXT, "version": TEXT, "provision": TEXT}}
    found: Schema = show(value, of=of, assessed_by=ref("Assessor"))
    return found


_NUMBER: Final[Schema] = {**COUNT, "description": "How many there are, where not all are shown."}


def _round_summary(events: Events) -> Schema:
    family, value = events.family, events.value
    return fields(
        "A round in a list.",
        {"outcomes_total": {**COUNT, "description": "Their number, where they are too many to be shown here."}},
        negotiation=SLUG,
        round=SLUG,
        version=VERSION,
        schedule=brief(value("RoundScheduled", without=("type", "round"))),
        proceedings=brief(value(*family("Proceedings"), without=("scope",))),
        sessions=COUNT,
        outcomes=items(_outcome(events, brief)),
        findings=COUNT,
    )


def _negotiation(events: Events) -> Schema:
    family, value = events.family, events.value
    commitment = value("CommitmentMade", without=("type", "commitment"), around=("by", "to"))
    conduct = value("ConductReported", without=("type", "conduct"), around=("by", "to"))
    return fields(
        "A negotiation: the whole process, seen across its own stream and those of its rounds.",
        None,
        negotiation=SLUG,
        version=VERSION,
        frame=register(value("NegotiationOpened", without=("type",))),
        proceedings=register(value(*family("Proceedings"), without=("scope",))),
        rounds=shown(ref("RoundSummary")),
        participants=shown(register(value(*family("Participation"), without=("party", "scope")), party=SLUG)),
        delegations=shown(_delegation(events)),
        agenda=shown(register(value("AgendaItemSet", without=("type", "item")), item=SLUG)),
        bodies=shown(register(value("BodyEstablished", without=("type", "body")), body=SLUG)),
        documents=shown(_document(events)),
        offices=shown(_office(events)),
        deadlines=shown(register(value("DeadlineSet", without=("type", "deadline")), deadline=SLUG)),
        commitments=shown(
            register(
                commitment,
                commitment=SLUG,
                course=register(value(*family("CommitmentCourse"), without=("commitment", "text"))),
                performance=shown(_assessment(events)),
            )
        ),
        conduct=shown(register(conduct, conduct=SLUG, course=_course())),
        outcomes=shown(_outcome(events, register)),
        **_facts(),
        findings=shown(ref("Finding")),
        demands=fields("How many demands the ledger has.", None, total=COUNT),
        may_have_changed=FLAG,
    )


def _assessment(events: Events) -> Schema:
    value = events.value("PerformanceAssessed", without=("type", "of", "occasion", "assessed_by", "text"))
    found = register(value, of=ref("Ref"), assessed_by=ref("Assessor"))
    found["properties"] |= {"occasion": {**DATE, "description": "Which time of what recurs."}}
    return found


def _course() -> Schema:
    spell = fields(
        "When it began and ended: `[..d]` where it was seen to go on, or to be over, on that day. While it goes on it "
        "has no end.",
        {"began": DATE, "ended": DATE, "lasted": ref("Duration")},
    )
    return fields(
        "What all reports say together, though the one that ends it may say less: its spells, who did it, and what it "
        "is linked to. Threats are no spells.",
        None,
        spells=items(spell),
        by=items(ref("Actor")),
        linked_to=items(ref("Ref")),
    )


def _document(events: Events) -> Schema:
    family, value = events.family, events.value
    version = value("DocumentTabled", without=("type", "document", "version"))
    version["required"].remove("kind")  # of an agreement that the talks are about it may be left out
    consent = value(*family("Consent"), without=("document", "parties"))
    return fields(
        "A document: its versions, who consented to which, the votes on it, its status, and how it became public.",
        None,
        document=SLUG,
        versions=shown(register(version, version=TEXT)),
        agreement={"enum": list(get_args(Agreement))},
        consents=shown(register(consent, party=SLUG)),
        status=shown(
            register(
                value(*family("Status"), without=("document", "for")),
                **{"for": {**TEXT, "description": "A party's slug, or `all`."}},
            )
        ),
        votes=shown(
            register(
                value("VoteTaken", without=("type", "on", "also_on", "electorate")),
                on=ref("Ref"),
                electorate=TEXT,
                event=EVENT_ID,
            )
        ),
        disclosures=shown(register(value("Disclosed", without=("type", "of", "manner")), manner=TEXT)),
        **_of_texts(events),
        entry_into_force=nullable(_entry(events)),
    )


def _of_texts(events: Events) -> dict[str, Schema]:
    """What is counted in a document, what was corrected in it, and who endorsed it."""
    number = {name: schema for name, schema in events.components["Figure"]["properties"].items() if name != "unit"}
    counted = register(fields("How many.", number), unit=TEXT)
    counted["properties"]["version"] = {**TEXT, "description": "Left out: none is named, so it is the last one then."}
    corrected = value_of(events, "TextCorrected", "version", "provision")
    found = register(corrected, version=TEXT, event=EVENT_ID)
    found["properties"]["provision"] = SLUG
    endorsed = register(value_of(events, "TextEndorsed", "version", "body", "text"))
    endorsed["properties"] |= {"version": TEXT, "body": SLUG, "party": SLUG}
    return {"figures": shown(counted), "corrections": shown(found), "endorsements": shown(endorsed)}


def _entry(events: Events) -> Schema:
    _, components = msgspec.json.schema_components([ThresholdShown, ApprovalShown], ref_template=PREFIX + "{name}")
    return fields(
        "On what it enters into force (null: nothing is laid down), and how far that is reached.",
        None,
        conditions=register(value_of(events, "EntryConditionsSet")),
        thresholds=items(components["ThresholdShown"]),
        approvals=items(components["ApprovalShown"]),
        met=FLAG,
    )


def value_of(events: Events, type_: str, *without: str) -> Schema:
    """What a register of a document says by events of one type."""
    return events.value(type_, without=("type", "document", *without))


def _negotiation_summary(events: Events) -> Schema:
    return fields(
        "A negotiation in a list.",
        None,
        negotiation=SLUG,
        version=VERSION,
        frame=brief(events.value("NegotiationOpened", without=("type",))),
        rounds=COUNT,
        demands=COUNT,
        findings=COUNT,
    )


def _party(events: Events) -> Schema:
    family, value = events.family, events.value
    membership = value(*family("Membership"), without=("group", "member"))
    kind = events.components["PartyIdentified"]["properties"]["kind"]
    return fields(
        "A party: who it is and what it belongs to.",
        None,
        party=SLUG,
        version=VERSION,
        name=register(TEXT),
        kind=register(kind),
        codes=fields("The party's codes, by scheme.", {scheme: register(TEXT) for scheme in SCHEMES}),
        succession=register(value("PartySplit", "PartySucceeded", without=("party",))),
        members=shown(register(membership, party=SLUG)),
        former_members=shown(register(membership, party=SLUG)),
        groups=shown(register(membership, group=SLUG)),
        former_groups=shown(register(membership, group=SLUG)),
        findings=shown(ref("Finding")),
    )


def _party_summary(events: Events) -> Schema:
    kind = events.components["PartyIdentified"]["properties"]["kind"]
    return fields(
        "A party in a list.",
        None,
        party=SLUG,
        version=VERSION,
        names=items(TEXT),
        kinds=items(kind),
        codes=fields("The party's codes, by scheme.", {scheme: items(TEXT) for scheme in SCHEMES}),
    )


def _condition(events: Events) -> Schema:
    assessment = events.value("PerformanceAssessed", without=("type", "of", "occasion", "assessed_by", "text"))
    return fields(
        "What an act depends on; without an assessment it is open.",
        {"assessments_total": _NUMBER},
        condition=SLUG,
        text=TEXT,
        assessments=items(register(assessment)),
    )


def _answer(events: Events) -> Schema:
    value = events.value("AnswerGiven", without=("type", "on", "text"))
    found = register(value, party=nullable(SLUG), basis={"enum": ["own", "inherited"]})
    found["description"] = "What a party answered: itself, or through a group that answered for its members."
    found["properties"] |= {
        "through": {**SLUG, "description": "The group, where the answer is inherited."},
        "provision": {**SLUG, "description": "The part of the demand that is answered; left out: all of it."},
        "for_members": FLAG,
        "rounds": items(SLUG),
        "conditions": items(ref("ConditionShown")),
        "findings": shown(ref("Finding")),
    }
    return found


def _life_step(events: Events) -> Schema:
    answer = events.components["AnswerGiven"]["properties"]
    return fields(
        "A step in a demand's life: what happened, when, by whom, in whose words and terms, and the fact that says so.",
        {
            "by": items(ref("Actor")),
            "to": items(SLUG),
            "of": {**SLUG, "description": "The part of the demand that it is about; left out: all of it."},
            "demand": {**SLUG, "description": "The demand that revises this one."},
            "text": TEXT,
            "terms": items(ref("Term")),
            "answer": answer["answer"],
            "with": ref("Ref"),
            "if": items(ref("Condition")),
            "finding": events.components["PerformanceAssessed"]["properties"]["finding"],
            "assessed_by": ref("Assessor"),
            "result": events.components["VoteTaken"]["properties"]["result"],
            "how": {"enum": ["met", "partly", "dropped", "overtaken"]},
        },
        step={"enum": list(get_args(Step))},
        occurred=DATE,
        event=EVENT_ID,
        position=COUNT,
        stream=STREAM,
        type=TEXT,
    )


def _silent(description: str) -> Schema:
    return fields(f"{description} Their names with `silent=true`.", {"parties": items(SLUG)}, total=COUNT)


def _demand(events: Events) -> Schema:
    return fields(
        "A demand in the ledger. `supported`: the fact that tabled it stands.",
        {
            "may_have_changed": FLAG,
            "tabled_in_total": _NUMBER,
            "revised_by_total": _NUMBER,
            "life": items(
                ref("LifeStep"),
                description="Every step in order, in the demand read by itself: a step stands where the latest moment "
                "lies at which it can have happened.",
            ),
        },
        demand=SLUG,
        supported=FLAG,
        withdrawn=FLAG,
        by=items(SLUG),
        to=items(SLUG),
        tabled_in=items(STREAM),
        text=register(events.value("DemandTabled", without=("type", "demand"), around=("by", "to"))),
        course={
            **register(events.value("DemandSettled", "DemandPut", without=("demand", "text"))),
            "description": "What became of it: `DemandPut` where it was put to parties, `DemandSettled` with how.",
        },
        conditions=items(ref("ConditionShown")),
        revised_by=items(SLUG),
        findings=shown(ref("Finding")),
        answers=items(ref("Answer")),
        owners=items(SLUG, description="Whose it is: those who made it, and the members that they made it for."),
        unknown=_silent("The parties that it was put to, of whom no answer is on record."),
        not_put=_silent("The parties that it was never put to."),
    )


def components() -> dict[str, Schema]:
    """Every component that is not a problem: the catalogue, the envelope, documents, lines of lists, receipts."""
    events = Events()
    return {
        **events.components,
        "Evidence": _evidence(),
        "Finding": _finding(),
        "Fact": _fact(events),
        "Round": _round(events),
        "RoundSummary": _round_summary(events),
        "Negotiation": _negotiation(events),
        "NegotiationSummary": _negotiation_summary(events),
        "Party": _party(events),
        "PartySummary": _party_summary(events),
        "ConditionShown": _condition(events),
        "Answer": _answer(events),
        "Demand": _demand(events),
        "LifeStep": _life_step(events),
    }
