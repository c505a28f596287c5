"""Positions: who accepts, rejects, defers, reserves, counters or is silent, with each party's blocs beside it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Annotated, Any, Final, Literal

from msgspec import Meta, Struct

from negotiation.events.positions import Answer
from negotiation.references import Condition
from negotiation.state.dossier import Dossier
from negotiation.state.facts import Known
from negotiation.tables.cells import GIVEN, LEFT, Cell, Given, Left, On, Voice, answers_ever, blocs_among, cells
from negotiation.tables.table import EventOf, Hidden, Occurred, PositionOf, Sources, Table, cited

By = Literal["party", "bloc"]
Basis = Literal["own", "inherited", "none"]

# What a row is about: columns of every table of positions.
OnColumn = Annotated[On, Meta(description="What is answered.")]
Of = Annotated[str, Meta(description="The demand or document, by its slug.", examples=["veto-on-enlargement"])]
VersionOf = Annotated[str, Meta(description="The version of a document; empty: none is named.", examples=["1"])]
ProvisionOf = Annotated[
    str, Meta(description="The provision, or part of a demand; empty: the whole.", examples=["article-3"])
]
OptionOf = Annotated[str, Meta(description="The option of a provision.", examples=["shorter"])]
PartyOf = Annotated[str | None, Meta(description="The party; null: the source names none.", examples=["united-states"])]
Conditions = Annotated[
    tuple[str, ...], Meta(description="What the answer depends on.", examples=[["Troops go back first"]])
]
Instead = Annotated[str | None, Meta(description="What it counters or reserves with.", examples=["demand moratorium"])]
Words = Annotated[str | None, Meta(description="In whose words.", examples=["A non-starter."])]


class PositionRow(Struct, frozen=True, kw_only=True, gc=False):
    """How a party stands to a demand, document, provision or option; contested answers have a row each."""

    on: OnColumn
    of: Of
    version: VersionOf
    provision: ProvisionOf
    option: OptionOf
    party: PartyOf
    by: Annotated[By, Meta(description="`bloc`: it has members, or is known as a bloc.")]
    answer: Annotated[
        Literal[Given, Left],  # one enumeration, by which the column can be filtered
        Meta(
            description="`none`: a source says that it kept silent. `wants`: it makes the demand, or wants the option. "
            "`unknown`: it was asked and nothing is on record; `not-put`: it was not asked."
        ),
    ]
    basis: Annotated[Basis, Meta(description="`inherited`: a bloc answered for it; `none`: nobody answered.")]
    through: Annotated[tuple[str, ...], Meta(description="The blocs that it inherits this from.", examples=[["nato"]])]
    bloc: Annotated[tuple[str, ...], Meta(description="The blocs that answered for it.", examples=[["nato"]])]
    bloc_answer: Annotated[tuple[str, ...], Meta(description="What they answered.", examples=[["reject"]])]
    deviates: Annotated[bool, Meta(description="Whether its own answer is another than a bloc's.")]
    contested: Annotated[
        bool, Meta(description="Whether sources differ, or blocs do that it inherits from: then each answer has a row.")
    ]
    may_have_changed: Annotated[
        bool, Meta(description="Whether a fact that can have happened by the date, but not certainly, touches it.")
    ]
    conditions: Conditions
    instead: Instead
    text: Words
    since: Annotated[
        str | None, Meta(description="Since when it has stood without another between (EDTF).", examples=["2022-01-10"])
    ]
    occurred: Annotated[
        str | None, Meta(description="When it was said last, as dated (EDTF).", examples=["2022-01-10"])
    ]
    earliest: Annotated[
        str | None, Meta(description="The first day that `occurred` can mean.", examples=["2022-01-10"])
    ]
    latest: Annotated[str | None, Meta(description="The last day that `occurred` can mean.", examples=["2022-01-10"])]
    sources: Sources
    event: Annotated[
        str | None,
        Meta(
            description="The event that says it: `/v1/events/{event}` is its address.",
            examples=["00000000-0000-4000-8000-000000000017"],
        ),
    ]
    position: Annotated[int | None, Meta(description="The position of that event in the record.", examples=[17])]


def rows(dossier: Dossier, parties: Dossier) -> Iterator[PositionRow]:
    """The cells by what they are about, then by party."""
    every = list(cells(dossier, parties))
    blocs = blocs_among(parties, every)
    for cell in every:
        yield from _rows(cell, "bloc" if cell.party in blocs else "party")


def _rows(cell: Cell, by: By) -> Iterator[PositionRow]:
    shared = {
        **cell.subject._asdict(),
        "party": cell.party or None,
        "by": by,
        "bloc": tuple(dict.fromkeys(bloc for bloc, _ in cell.blocs)),
        "bloc_answer": tuple(dict.fromkeys(voice.answer for _, voice in cell.blocs)),
        "contested": cell.contested,
        "may_have_changed": cell.may_have_changed,
    }
    if cell.left is not None:
        yield PositionRow(answer=cell.left, basis="none", through=(), deviates=False, **shared, **_NOTHING)
    for voice in cell.own:
        deviates = cell.deviates(voice)
        yield PositionRow(
            answer=voice.answer, basis="own", through=(), deviates=deviates, since=voice.since, **shared, **_said(voice)
        )
    if cell.own:
        return
    through: dict[bytes, list[tuple[str, Voice]]] = {}
    for bloc, voice in cell.blocs:
        through.setdefault(voice.same, []).append((bloc, voice))
    for alike in through.values():
        voice = alike[0][1]
        yield PositionRow(
            answer=voice.answer,
            basis="inherited",
            through=tuple(bloc for bloc, _ in alike),
            deviates=False,
            since=voice.since,
            **shared,
            **_said(voice),
        )


_NOTHING: Final[Mapping[str, Any]] = {
    **dict.fromkeys(("conditions", "sources"), ()),
    **dict.fromkeys(("instead", "text", "since", "occurred", "earliest", "latest", "event", "position")),
}


def _said(voice: Voice) -> dict[str, Any]:
    return {**words_of(voice.known), **cited(voice.known)._asdict()}


def words_of(known: Known) -> dict[str, Any]:
    """The columns that say on what an answer depends, what it brings instead, and in which words."""
    event = known.event
    answer = event if isinstance(event, Answer) else None
    return {
        "conditions": told_conditions(event.conditions),
        "instead": str(answer.with_) if answer and answer.with_ else None,
        "text": answer.text if answer else None,
    }


def told_conditions(conditions: Iterable[Condition]) -> tuple[str, ...]:
    """Conditions in a cell."""
    return tuple(condition.text for condition in conditions)


POSITIONS: Final = Table(
    "positions",
    "positions",
    PositionRow,
    rows,
    Hidden("silent", "answer", LEFT, "`true`: also the parties of which no answer is known, and those not asked."),
)


# -- the history of a cell


class PositionHistoryRow(Struct, frozen=True, kw_only=True, gc=False):
    """What a party answered once, or a bloc for it; `current`: it still stands."""

    on: OnColumn
    of: Of
    version: VersionOf
    provision: ProvisionOf
    option: OptionOf
    party: PartyOf
    answer: Annotated[Given, Meta(description="As in the table of positions.")]
    basis: Annotated[Literal["own", "inherited"], Meta(description="`inherited`: a bloc answered for it.")]
    through: Annotated[str | None, Meta(description="The bloc that answered for it.", examples=["nato"])]
    current: Annotated[bool, Meta(description="Whether nothing has taken its place.")]
    conditions: Conditions
    instead: Instead
    text: Words
    occurred: Occurred
    earliest: Annotated[
        str | None, Meta(description="The first day that `occurred` can mean.", examples=["2022-01-10"])
    ]
    latest: Annotated[str | None, Meta(description="The last day that `occurred` can mean.", examples=["2022-01-10"])]
    sources: Sources
    event: EventOf
    position: PositionOf


def history_rows(dossier: Dossier, parties: Dossier) -> Iterator[PositionHistoryRow]:
    """The answers cell by cell, the earliest first. What was retracted is in the life of its event."""
    for once in answers_ever(dossier, parties):
        event = once.known.event
        assert isinstance(event, Answer), "only answers are in registers of answers"
        yield PositionHistoryRow(
            **once.subject._asdict(),
            party=once.party or None,
            answer=event.answer,
            basis="inherited" if once.through else "own",
            through=once.through or None,
            current=once.current,
            **words_of(once.known),
            **cited(once.known)._asdict(),
        )


POSITION_HISTORY: Final = Table("position-history", "answers of all times", PositionHistoryRow, history_rows)


# -- how many


_Count = Annotated[int, Meta(description="How many answered so.", examples=[1])]


class PositionTotalsRow(Struct, frozen=True, kw_only=True, gc=False):
    """How many parties, or blocs, stand how to something; each is counted once."""

    on: OnColumn
    of: Of
    version: VersionOf
    provision: ProvisionOf
    option: OptionOf
    by: Annotated[By, Meta(description="Who is counted.")]
    accept: _Count
    no_objection: _Count
    reserve: _Count
    counter: _Count
    defer: _Count
    reject: _Count
    withdraw: _Count
    none: Annotated[int, Meta(description="A source says that they kept silent.", examples=[0])]
    wants: Annotated[int, Meta(description="They make the demand, or want the option.", examples=[1])]
    contested: Annotated[int, Meta(description="Sources differ over the answer, or their blocs do.", examples=[0])]
    unknown: Annotated[int, Meta(description="They were asked, and nothing is on record.", examples=[12])]
    not_put: Annotated[int, Meta(description="They were not asked.", examples=[3])]
    inherited: Annotated[int, Meta(description="Of all these, how many stand so by a bloc's answer.", examples=[2])]
    deviating: Annotated[int, Meta(description="How many answered otherwise than a bloc of theirs.", examples=[1])]


def totals(dossier: Dossier, parties: Dossier) -> Iterator[PositionTotalsRow]:
    """The totals by what they are about: first of parties, then of blocs where there are any."""
    every = list(cells(dossier, parties))
    blocs = blocs_among(parties, every)
    for subject, found in groupby(every, key=lambda cell: cell.subject):
        counted: dict[By, Counter[str]] = {"party": Counter(), "bloc": Counter()}
        for cell in found:
            counted["bloc" if cell.party in blocs else "party"].update(_counted(cell))
        for by, counts in counted.items():
            if by == "party" or counts:
                numbers: dict[str, Any] = {name.replace("-", "_"): counts[name] for name in _COUNTED}
                yield PositionTotalsRow(**subject._asdict(), by=by, **numbers)


_COUNTED: Final = (*GIVEN, "contested", *LEFT, "inherited", "deviating")


def _counted(cell: Cell) -> Iterator[str]:
    if cell.left is not None:
        yield cell.left
        return
    yield "contested" if cell.contested else (cell.own or [voice for _, voice in cell.blocs])[0].answer
    if not cell.own:
        yield "inherited"
    elif any(map(cell.deviates, cell.own)):
        yield "deviating"


POSITION_TOTALS: Final = Table("position-totals", "totals of positions", PositionTotalsRow, totals)
