"""The sources of a negotiation: where each fact, and each further account of one, can be read."""

from collections.abc import Iterator
from typing import Annotated, Final

from msgspec import Meta, Struct

from negotiation.sources import Attribution, SourceKind
from negotiation.state.dossier import Dossier
from negotiation.state.facts import Known
from negotiation.tables.table import PositionOf, Table


class SourceRow(Struct, frozen=True, kw_only=True, gc=False):
    """A source of a fact, or of another account of it."""

    event: Annotated[
        str,
        Meta(
            description="The event that names the source: the fact, or the account.",
            examples=["00000000-0000-4000-8000-000000000017"],
        ),
    ]
    n: Annotated[int, Meta(description="Which of the event's sources it is, from 1.", examples=[1])]
    publisher: Annotated[str, Meta(description="Who published it.", examples=["The Example Gazette"])]
    title: Annotated[str | None, Meta(description="Its title.", examples=["Seven hours in Geneva"])]
    url: Annotated[
        str | None, Meta(description="Where it can be read.", examples=["https://gazette.example/2022/01/11/geneva"])
    ]
    kind: Annotated[SourceKind, Meta(description="What it does: it quotes, paraphrases, speaks for itself ...")]
    attribution: Annotated[Attribution | None, Meta(description="Whether it names whom it cites.", examples=["named"])]
    speaker: Annotated[str | None, Meta(description="Whom it cites.", examples=["Wendy Sherman"])]
    quote: Annotated[str | None, Meta(description="The words that it gives.", examples=["a non-starter"])]
    published: Annotated[str | None, Meta(description="When it was published.", examples=["2022-01-11"])]
    retrieved: Annotated[str | None, Meta(description="When it was read.", examples=["2026-11-22"])]
    locator: Annotated[str | None, Meta(description="Where in it the words stand.", examples=["p. 3"])]
    fact: Annotated[
        str,
        Meta(description="The fact: `event` in the other tables.", examples=["00000000-0000-4000-8000-000000000017"]),
    ]
    position: PositionOf
    stance: Annotated[
        str | None,
        Meta(description="How an account stands to the fact: `agrees`, `differs`, `denies`.", examples=["differs"]),
    ]
    stream: Annotated[
        str,
        Meta(description="The negotiation, or the negotiation and the round.", examples=["european-security/geneva"]),
    ]


def rows(dossier: Dossier, _: Dossier) -> Iterator[SourceRow]:
    """The sources of the facts by date, and of each those of its accounts."""
    for known in by_date(dossier):
        told = [(known.id, None, known.sources), *((one.event, one.stance, one.sources) for one in known.accounts)]
        for event, stance, sources in told:
            for number, source in enumerate(sources, 1):
                yield SourceRow(
                    event=event,
                    n=number,
                    publisher=source.publisher,
                    title=source.title,
                    url=source.url,
                    kind=source.kind,
                    attribution=source.attribution,
                    speaker=source.speaker,
                    quote=source.quote,
                    published=source.published,
                    retrieved=source.retrieved,
                    locator=source.locator,
                    fact=known.id,
                    position=known.position,
                    stance=stance,
                    stream=known.stream,
                )


def by_date(dossier: Dossier) -> list[Known]:
    """The facts that stand, by date and then by id."""
    knowns = [known for known, *_ in dossier.history.known.values()]
    return sorted(knowns, key=lambda known: (*known.start.by_date, known.id))


SOURCES: Final = Table("sources", "sources", SourceRow, rows)
