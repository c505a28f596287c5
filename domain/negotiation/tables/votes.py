"""Votes: each on its motion, with its counts and its result."""

from collections.abc import Iterator
from typing import Annotated, Final

from msgspec import Meta, Struct

from negotiation.events.agreements import Vote
from negotiation.references import Ref
from negotiation.state.dossier import Dossier
from negotiation.streams import stream
from negotiation.tables.table import Earliest, EventOf, Latest, Occurred, PositionOf, RoundSlug, Sources, Table, cited

Count = Annotated[int | None, Meta(description="So many; null: not known.", examples=[12])]


class VoteRow(Struct, frozen=True, kw_only=True, gc=False):
    """A vote. Several on one text have a row each."""

    electorate: Annotated[str, Meta(description="Who voted.", examples=["The council"])]
    on: Annotated[tuple[str, ...], Meta(description="What it is on: kind and name.", examples=[["document treaty"]])]
    motion: Annotated[str | None, Meta(description="The question in words; null: not known.", examples=["To adopt it"])]
    yes_means: Annotated[
        str | None, Meta(description="What a yes does: `adopt`, `end` ...; null: adopt.", examples=["adopt"])
    ]
    result: Annotated[str, Meta(description="`adopted`, `rejected` or `no-quorum`.", examples=["adopted"])]
    votes_for: Count
    against: Count
    abstaining: Count
    absent: Count
    method: Annotated[str | None, Meta(description="How they voted; null: not known.", examples=["roll-call"])]
    rule: Annotated[str | None, Meta(description="What a majority was; null: not known.", examples=["two-thirds"])]
    round: RoundSlug
    occurred: Occurred
    earliest: Earliest
    latest: Latest
    sources: Sources
    event: EventOf
    position: PositionOf


def rows(dossier: Dossier, _: Dossier) -> Iterator[VoteRow]:
    """The votes by date."""
    knowns = [known for known, *_ in dossier.history.known.values() if isinstance(known.event, Vote)]
    for known in sorted(knowns, key=lambda known: (*known.start.by_date, known.id)):
        event = known.event
        assert isinstance(event, Vote), "it was looked for"
        counts = event.counts
        yield VoteRow(
            electorate=event.electorate,
            on=tuple(map(_named, event.every_on)),
            motion=event.motion,
            yes_means=event.yes_means,
            result=event.result,
            votes_for=None if counts is None else counts.in_favour,
            against=None if counts is None else counts.against,
            abstaining=None if counts is None else counts.abstaining,
            absent=None if counts is None else counts.absent,
            method=event.method,
            rule=event.rule,
            round=stream(known.stream).part,
            **cited(known)._asdict(),
        )


def _named(ref: Ref) -> str:
    return " ".join(part for part in (ref.kind, ref.id, ref.version, ref.provision) if part)


VOTES: Final = Table("votes", "votes", VoteRow, rows)
