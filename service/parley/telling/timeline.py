"""The timeline of a negotiation: every fact that stands in one sentence, in the lane of the forum where it happened."""

from collections.abc import Iterator
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from negotiation.state.dossier import Dossier
from negotiation.state.facts import Known
from negotiation.state.families import FAMILY_OF
from negotiation.streams import stream
from negotiation.tables import calendar
from negotiation.tables.table import EventOf, Occurred, PositionOf, RoundSlug, Sources, Table, cited, span
from parley.telling import dates
from parley.telling.phrases import Names
from parley.telling.sentences import tell

BETWEEN_ROUNDS: Final = "Between rounds"
"""The lane of what belongs to no round."""

Kind = Literal["round", "talks", "demand", "answer", "text", "vote", "outcome", "conduct", "statement", "other"]

_KINDS: Final[dict[str, Kind]] = {
    "Talks": "talks",
    "Demand": "demand",
    "DemandCourse": "demand",
    "Answer": "answer",
    "Document": "text",
    "Consent": "text",
    "Status": "text",
    "TextState": "text",
    "TextCorrection": "text",
    "Endorsement": "text",
    "ExistingAgreement": "text",
    "EntryConditions": "text",
    "Vote": "vote",
    "Outcome": "outcome",
    "Performance": "outcome",
    "Conduct": "conduct",
    "Statement": "statement",
    "Commitment": "statement",
    "CommitmentCourse": "statement",
    "Disclosure": "statement",
}
"""By the family of the catalogue; every other family is ``other``."""


class TimelineRow(Struct, frozen=True, kw_only=True, gc=False):
    """A fact on the timeline, or a round as a band over its days."""

    lane: Annotated[
        str, Meta(description="The forum of its round; what belongs to no round is between them.", examples=["NATO"])
    ]
    kind: Annotated[Kind, Meta(description="What it is, roughly; `round`: a round from its first day to its last.")]
    type: Annotated[str, Meta(description="The type of the event.", examples=["TalksHeld"])]
    round: RoundSlug
    sentence: Annotated[
        str,
        Meta(
            description="What happened, in a sentence.",
            examples=["The United States and Russia met in the round geneva."],
        ),
    ]
    occurred: Occurred
    earliest: Annotated[
        str | None, Meta(description="The first day that it can lie on; null: not known.", examples=["2022-01-10"])
    ]
    latest: Annotated[
        str | None, Meta(description="The last day that it can lie on; null: not known.", examples=["2022-01-10"])
    ]
    lasting: Annotated[bool, Meta(description="Whether it lasted from `earliest` to `latest`; else it is a moment.")]
    possible: Annotated[bool, Meta(description="Whether it can have happened by `happened_by`, but not certainly.")]
    sources: Sources
    event: EventOf
    position: PositionOf


def rows(dossier: Dossier, parties: Dossier) -> Iterator[TimelineRow]:
    """Rounds and facts by their first day, then their last; what is not dated comes last."""
    names = Names(parties)
    rounds = [row for row in calendar.rows(dossier, parties) if row.kind == "round"]
    lanes = {row.round: row.detail or row.round for row in reversed(rounds)}
    every = [_round(row, lanes) for row in rounds if row.starts is not None]
    for facts, possible in ((dossier.history.known, False), (dossier.history.possible, True)):
        every += [_fact(known, names, lanes, possible=possible) for known, *_ in facts.values()]
    every.sort(key=lambda row: (row.earliest or row.latest or "~", row.kind != "round", row.latest or "~", row.event))
    return iter(every)


def _round(row: calendar.CalendarRow, lanes: dict[str, str]) -> TimelineRow:
    """A round as a band from its first day to its last."""
    venue = f" in {row.venue}" if row.venue else ""
    when = dates.date(row.starts or "XXXX") + (f" to {dates.date(row.ends)}" if row.ends else "")
    return TimelineRow(
        lane=lanes[row.round],
        kind="round",
        type="RoundScheduled",
        round=row.round,
        sentence=f"Round {row.round}{venue}, {when} ({row.state}).",
        occurred="/".join(filter(None, (row.starts, row.ends))),
        earliest=row.earliest,
        latest=row.latest,
        lasting=True,
        possible=False,
        sources=row.sources,
        event=row.event,
        position=row.position,
    )


def _fact(known: Known, names: Names, lanes: dict[str, str], *, possible: bool) -> TimelineRow:
    round_ = stream(known.stream).part
    where = cited(known)
    earliest, latest = span(known)
    return TimelineRow(
        lane=lanes.get(round_, round_) if round_ else BETWEEN_ROUNDS,
        kind=_KINDS.get(FAMILY_OF[type(known.event)], "other"),
        type=type(known.event).__name__,
        round=round_,
        sentence=tell(known.event, known.occurred, known.stream, names).plain,
        occurred=known.occurred,
        earliest=earliest,
        latest=latest,
        lasting=known.when.shape == "lasting" and not known.when.already,
        possible=possible,
        sources=where.sources,
        event=where.event,
        position=where.position,
    )


TIMELINE: Final = Table("timeline", "rounds and facts in the order of their dates", TimelineRow, rows)
