"""The facts of a negotiation in the columns of GDELT's event table, for tools that read it. A row a pair of parties."""

from collections.abc import Iterator
from itertools import permutations, product
from typing import Annotated, Final

from msgspec import Meta, Struct

from negotiation.state.dossier import Dossier
from negotiation.state.facts import Known
from negotiation.tables.event_codes import actors_of, code_of, recipients_of
from negotiation.tables.party_names import Called
from negotiation.tables.table import EventOf, Table, cited


class GdeltRow(Struct, frozen=True, kw_only=True, gc=False):
    """A fact between two parties as GDELT writes it; facts without a CAMEO code or without a day are left out."""

    GLOBALEVENTID: Annotated[int, Meta(description="The position of the event in this record.", examples=[17])]
    SQLDATE: Annotated[str, Meta(description="The day, as YYYYMMDD.", examples=["20220110"])]
    MonthYear: Annotated[str, Meta(description="The month, as YYYYMM.", examples=["202201"])]
    Year: Annotated[str, Meta(description="The year.", examples=["2022"])]
    Actor1Code: Annotated[str | None, Meta(description="The actor's CAMEO or ISO 3166-1 code.", examples=["RUS"])]
    Actor1Name: Annotated[str, Meta(description="The actor's name.", examples=["Russia"])]
    Actor1CountryCode: Annotated[str | None, Meta(description="The actor's ISO 3166-1 code.", examples=["RUS"])]
    Actor2Code: Annotated[str | None, Meta(description="The other's CAMEO or ISO 3166-1 code.", examples=["USA"])]
    Actor2Name: Annotated[str | None, Meta(description="The other's name; null: none is named.", examples=["NATO"])]
    Actor2CountryCode: Annotated[str | None, Meta(description="The other's ISO 3166-1 code.", examples=["USA"])]
    IsRootEvent: Annotated[int, Meta(description="Always 1: each fact is recorded for itself.", examples=[1])]
    EventCode: Annotated[str, Meta(description="The CAMEO code.", examples=["046"])]
    EventBaseCode: Annotated[str, Meta(description="Its first three digits.", examples=["046"])]
    EventRootCode: Annotated[str, Meta(description="Its first two digits.", examples=["04"])]
    QuadClass: Annotated[
        int, Meta(description="1 verbal cooperation, 2 material, 3 verbal conflict, 4 material.", examples=[1])
    ]
    NumSources: Annotated[int, Meta(description="How many publishers say so.", examples=[1])]
    NumArticles: Annotated[int, Meta(description="How many sources say so.", examples=[1])]
    SOURCEURL: Annotated[
        str | None, Meta(description="The first source's address.", examples=["https://gazette.example/geneva"])
    ]
    event: EventOf


def rows(dossier: Dossier, parties: Dossier) -> Iterator[GdeltRow]:
    """The coded facts by date: of what is mutual each ordered pair, else each actor with each recipient."""
    called = Called(parties)
    knowns = [known for known, *_ in dossier.history.known.values()]
    for known in sorted(knowns, key=lambda known: (*known.start.by_date, known.id)):
        code, where = code_of(known.event), cited(known)
        if code is None or where.earliest is None or where.earliest != where.latest:
            continue
        day = where.earliest.replace("-", "")
        root = int(code.cameo[:2])
        for actor, other in _pairs(dossier, known):
            yield GdeltRow(
                GLOBALEVENTID=known.position,
                SQLDATE=day,
                MonthYear=day[:6],
                Year=day[:4],
                Actor1Code=called.cameo(actor),
                Actor1Name=called.name(actor),
                Actor1CountryCode=called.country(actor),
                Actor2Code=None if other is None else called.cameo(other),
                Actor2Name=None if other is None else called.name(other),
                Actor2CountryCode=None if other is None else called.country(other),
                IsRootEvent=1,
                EventCode=code.cameo,
                EventBaseCode=code.cameo[:3],
                EventRootCode=code.cameo[:2],
                QuadClass=1 if root <= 5 else 2 if root <= 8 else 3 if root <= 13 else 4,
                NumSources=len({source.publisher for source in known.sources}),
                NumArticles=len(known.sources),
                SOURCEURL=next((source.url for source in known.sources if source.url), None),
                event=known.id,
            )


def _pairs(dossier: Dossier, known: Known) -> Iterator[tuple[str, str | None]]:
    actors, recipients = actors_of(known), recipients_of(dossier, known)
    if recipients:
        yield from product(actors, recipients)
    elif len(actors) > 1:
        yield from permutations(actors, 2)
    else:
        yield from ((actor, None) for actor in actors)


GDELT: Final = Table("gdelt", "facts in the columns of GDELT", GdeltRow, rows)
