"""Parameters that several routes take."""

from typing import Any, Final

from negotiation.events.catalogue import EVENT_TYPES
from negotiation.findings.types import Finding
from negotiation.references import SLUG_PATTERN
from parley.http.openapi.patterns import PLAIN_DATE, PLAIN_DATE_OR_POSITION
from parley.http.operations import Parameter
from parley.http.request.queries import DEFAULT_LIMIT, MAX_LIMIT, MAX_POSITION
from parley.http.response.paging import MAX_CURSOR

SLUG: Final[dict[str, Any]] = {"type": "string", "pattern": f"^{SLUG_PATTERN}$", "maxLength": 64}

LIMIT: Final = Parameter(
    "limit",
    "How many items a page has at most.",
    {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
    "100",
)
CURSOR: Final = Parameter(
    "cursor",
    "Where to go on: taken from `next` of the page before, unchanged. It goes on in that list and no other.",
    {"type": "string", "pattern": "^[A-Za-z0-9_-]+$", "maxLength": MAX_CURSOR},
    "",  # one for each list is made where the list is described
)
AFTER: Final = Parameter(
    "after",
    "Only events after this position: how one who has read up to there goes on. Not together with `cursor`.",
    {"type": "integer", "minimum": 0, "maximum": MAX_POSITION, "default": 0},
    "17",
)
TYPE: Final = Parameter(
    "type", "Only events of this type.", {"type": "string", "enum": sorted(EVENT_TYPES)}, "AnswerGiven"
)
NEGOTIATION: Final = Parameter(
    "negotiation", "Only events of this negotiation and its rounds.", SLUG, "european-security"
)
ROUND: Final = Parameter("round", "Only events of this round; together with `negotiation`.", SLUG, "geneva")
ROUNDS: Final = Parameter(
    "rounds",
    "`true`: with the events of its rounds; without it, those between the rounds.",
    {"type": "string", "enum": ["true"]},
    "true",
)
SILENT: Final = Parameter(
    "silent",
    "`true`: with the names of the parties of whom no answer is on record (`unknown`), and of those that it was never "
    "put to (`not_put`); without it, how many they are. A table has a row for each of them then.",
    {"type": "string", "enum": ["true"]},
    "true",
)
ANSWERS: Final = ("accept", "reserve", "no-objection", "reject", "defer", "counter", "withdraw", "none")
ANSWERED_BY: Final = Parameter(
    "party",
    "Only answers of this party, its own or its group's, and demands that have one. A page has fewer items then.",
    SLUG,
    "united-states",
)
ANSWER: Final = Parameter(
    "answer",
    "Only answers that say this, and demands that have one. A page has fewer items then.",
    {"type": "string", "enum": list(ANSWERS)},
    "reject",
)
FINDINGS: Final = tuple(sorted(cls.__name__ for cls in Finding.__subclasses__()))
FINDING: Final = Parameter(
    "type",
    "Only findings of this rule. A page has fewer items then.",
    {"type": "string", "enum": list(FINDINGS)},
    "OutcomeWithoutTalks",
)
PARTY: Final = Parameter("party", "Only events that name this party.", SLUG, "russia")

EVIDENCES: Final = ("short", "none", "full")
EVIDENCE: Final = Parameter(
    "evidence",
    "How much of who says so: `short`, what stands, with a reference to the event that says it; `none`, without it; "
    "`full`, every value with the facts that it rests on, and their sources.",
    {"type": "string", "enum": list(EVIDENCES), "default": EVIDENCES[0]},
    "full",
)

_CLOCK: Final[dict[str, Any]] = {"type": "string", "maxLength": 40, "pattern": PLAIN_DATE}
_CLOCK_OR_POSITION: Final = {**_CLOCK, "pattern": PLAIN_DATE_OR_POSITION}
HAPPENED_BY: Final = Parameter(
    "happened_by",
    "Read what had certainly happened by the end of this year, month, day or instant; what may have is told beside it. "
    "A day counts as it was written: a time with an offset stands on the day that is written in it.",
    _CLOCK,
    "2022-01-11",
)
REPORTED_BY: Final = Parameter(
    "reported_by",
    "Read what had been reported by the end of this year, month, day (as it was written) or instant.",
    _CLOCK,
    "2022-01-11",
)
AS_OF: Final = Parameter(
    "as_of",
    "Read what had been recorded: up to this position, or by the end of this day (UTC) or instant. Read at a position, "
    "an answer never changes.",
    _CLOCK_OR_POSITION,
    "17",
)
CLOCKS: Final = (HAPPENED_BY, REPORTED_BY, AS_OF)
OF_DOCUMENT: Final = (EVIDENCE, *CLOCKS)
"""Of a document that can be read at past clocks, and plainly or with its evidence."""

DIFF_CLOCKS: Final = tuple(
    Parameter(f"{prefix}_{clock.name}", f"Of the {which} reading: {clock.description}", clock.schema, clock.example)
    for prefix, which in (("from", "first"), ("to", "second"))
    for clock in CLOCKS
)

PAGING: Final = (LIMIT, CURSOR)
PAGING_AT: Final = (*PAGING, *CLOCKS)
"""Of a list that can be read at past clocks."""

FIELDS: Final = Parameter(
    "fields",
    "Only these columns, in this order: names with commas between.",
    {"type": "string", "minLength": 1, "maxLength": 1000},
    "",  # one for each list is made where the list is described
)
