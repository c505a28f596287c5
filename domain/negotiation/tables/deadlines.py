"""Deadlines: what is due by when, who set it, and whether it was met."""

from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal

from msgspec import Meta, Struct

from negotiation.dates import parse
from negotiation.events.agreements import Performance
from negotiation.state.dossier import Dossier
from negotiation.state.facts import Known
from negotiation.state.register_keys import about, name_of
from negotiation.tables.table import (
    Contested,
    Earliest,
    EventOf,
    Latest,
    Occurred,
    PositionOf,
    Sources,
    Table,
    cited,
    days,
    values,
)

State = Literal["open", "passed", "met", "partly", "not-met", "violated", "disputed", "lifted"]


class DeadlineRow(Struct, frozen=True, kw_only=True, gc=False):
    """A deadline as it stands; where sources differ over it, a row for each value."""

    deadline: Annotated[str, Meta(description="The deadline, by its slug.", examples=["written-answer"])]
    what: Annotated[str, Meta(description="What is to be done by then.", examples=["A written answer"])]
    due: Annotated[str | None, Meta(description="When it is due (EDTF); null: it was lifted.", examples=["2022-01-26"])]
    due_earliest: Annotated[str | None, Meta(description="The first day that `due` can mean.", examples=["2022-01-26"])]
    due_latest: Annotated[str | None, Meta(description="The last day that `due` can mean.", examples=["2022-01-26"])]
    kind: Annotated[
        str | None, Meta(description="How binding it is: `agreed`, `imposed` ...", examples=["self-imposed"])
    ]
    state: Annotated[
        State,
        Meta(
            description="`open`; `passed`: something on record happened after it, and nobody assessed it; `lifted`; "
            "or as it was assessed: `met`, `partly`, `not-met`, `violated`; `disputed`: assessors differ."
        ),
    ]
    by: Annotated[tuple[str, ...], Meta(description="The parties that set it.", examples=[["united-states"]])]
    contested: Contested
    occurred: Occurred
    earliest: Earliest
    latest: Latest
    sources: Sources
    event: EventOf
    position: PositionOf


def rows(dossier: Dossier, _: Dossier) -> Iterator[DeadlineRow]:
    """The deadlines by when they are due; those without a date last."""
    history = dossier.history
    found = [
        _row(dossier, name_of(key), knowns[0], contested=len(current) > 1)
        for key in history.keys_of_kind("deadline")
        for current in [values(history, key)]
        for knowns in current
    ]
    return iter(sorted(found, key=lambda row: (row.due_earliest or "~", row.deadline, row.event)))


def _row(dossier: Dossier, deadline: str, known: Known, *, contested: bool) -> DeadlineRow:
    event: Any = known.event
    earliest, latest = (None, None) if event.due is None else days(parse(event.due).last)
    return DeadlineRow(
        deadline=deadline,
        what=event.what,
        due=event.due,
        due_earliest=earliest,
        due_latest=latest,
        kind=event.kind,
        state=_state(dossier, deadline, known),
        by=tuple(dict.fromkeys(actor.party for actor in event.by if actor.party)),
        contested=contested,
        **cited(known)._asdict(),
    )


def _state(dossier: Dossier, deadline: str, known: Known) -> State:
    event: Any = known.event
    history = dossier.history
    if event.due is None:
        return "lifted"
    assessed: set[State] = {
        one.known.event.finding
        for key in history.keys("performance", about("deadline", deadline))
        for one in history.standing(key)
        if isinstance(one.known.event, Performance)
    }
    if assessed:
        return "disputed" if len(assessed) > 1 else assessed.pop()
    return "passed" if history.passed(parse(event.due).last) else "open"


DEADLINES: Final = Table("deadlines", "deadlines", DeadlineRow, rows)
