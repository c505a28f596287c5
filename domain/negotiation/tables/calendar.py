"""The calendar: rounds, days of talks, pauses and deadlines, each with the days that it can lie on."""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Annotated, Any, Final, Literal, NamedTuple

from msgspec import Meta, Struct

from negotiation.dates import parse
from negotiation.events.procedure import (
    NegotiationConcluded,
    RoundCancelled,
    RoundConcluded,
    Talks,
    TalksAdjourned,
    TalksBrokenOff,
    TalksResumed,
    TalksSuspended,
)
from negotiation.references import Meeting
from negotiation.state import register_keys
from negotiation.state.dossier import Dossier
from negotiation.state.facts import Known
from negotiation.state.register_keys import about_of, name_of
from negotiation.state.registers import chronological
from negotiation.tables import deadlines
from negotiation.tables.table import (
    Contested,
    EventOf,
    PositionOf,
    RoundSlug,
    Sources,
    Table,
    cited,
    days,
    span,
    values,
)

Kind = Literal["round", "talks", "pause", "deadline"]
State = Literal["planned", "held", "concluded", "cancelled", "postponed", "ended", "lasting", deadlines.State]

PAUSES: Final = (TalksAdjourned, TalksSuspended, TalksBrokenOff)
_ENDS: Final = (TalksResumed, RoundConcluded, RoundCancelled, NegotiationConcluded)


class CalendarRow(Struct, frozen=True, kw_only=True, gc=False):
    """An entry of the calendar: a round, a day of talks, a pause or a deadline."""

    kind: Annotated[Kind, Meta(description="What it is.")]
    round: RoundSlug
    name: Annotated[str, Meta(description="The slug of the round, session or deadline.", examples=["day-1"])]
    state: Annotated[
        State,
        Meta(
            description="Of a round `planned`, `held` (talks are on record), `concluded`, `cancelled` or `postponed` "
            "(without a date); of a pause `lasting` or `ended`; of a deadline as in the table of deadlines."
        ),
    ]
    starts: Annotated[str | None, Meta(description="When it starts, as dated (EDTF).", examples=["2022-01-10"])]
    ends: Annotated[str | None, Meta(description="When it ends, as dated (EDTF).", examples=["2022-01-10"])]
    earliest: Annotated[str | None, Meta(description="The first day that it can lie on.", examples=["2022-01-10"])]
    latest: Annotated[str | None, Meta(description="The last day that it can lie on.", examples=["2022-01-10"])]
    venue: Annotated[str | None, Meta(description="Where.", examples=["Geneva"])]
    parties: Annotated[
        tuple[str, ...],
        Meta(description="Who met; of a deadline who set it.", examples=[["russia", "united-states"]]),
    ]
    detail: Annotated[
        str | None,
        Meta(
            description="The rooms of proximity talks, how parties met, the kind of pause, what a deadline is for.",
            examples=["united-states, russia"],
        ),
    ]
    contested: Contested
    sources: Sources
    event: EventOf
    position: PositionOf


def rows(dossier: Dossier, parties: Dossier) -> Iterator[CalendarRow]:
    """The entries by their first day; those without a date last."""
    every = [*_rounds(dossier), *_talks(dossier), *_pauses(dossier), *_deadlines(dossier, parties)]
    order = ("round", "pause", "talks", "deadline")
    return iter(
        sorted(every, key=lambda row: (row.earliest or "~", order.index(row.kind), row.latest or "~", row.name))
    )


def _evidence(known: Known) -> dict[str, Any]:
    found = cited(known)
    return {"sources": found.sources, "event": found.event, "position": found.position}


def _planned(starts: str | None, ends: str | None) -> tuple[str | None, str | None]:
    """The first and the last day of what starts and ends on dates as written."""
    first = None if starts is None else parse(starts)
    last = first if ends is None else parse(ends)
    earliest = None if first is None else days(first.start)[0]
    return earliest, None if last is None else days(last.last)[1]


# -- rounds


def _rounds(dossier: Dossier) -> Iterator[CalendarRow]:
    history = dossier.history
    for key in sorted(history.keys_of_kind("schedule")):
        round_ = about_of(key)
        current = values(history, key)
        for knowns in current:
            event: Any = knowns[0].event
            earliest, latest = _planned(event.starts, event.ends)
            yield CalendarRow(
                kind="round",
                round=round_,
                name=round_,
                state=_state(dossier, round_, planned=event.starts is not None),
                starts=event.starts,
                ends=event.ends,
                earliest=earliest,
                latest=latest,
                venue=event.venue,
                parties=(),
                detail=event.forum,
                contested=len(current) > 1,
                **_evidence(knowns[0]),
            )


def _state(dossier: Dossier, round_: str, *, planned: bool) -> State:
    history = dossier.history
    said = {type(one.known.event) for one in history.standing(register_keys.proceedings(round_))}
    if RoundCancelled in said:
        return "cancelled"
    if RoundConcluded in said:
        return "concluded"
    if history.count("session", round_):
        return "held"
    return "planned" if planned else "postponed"


# -- talks


def talks(dossier: Dossier) -> Iterator[tuple[str, str, Known, bool]]:
    """Every session as it stands: its round, its slug, the fact, and whether sources differ over it."""
    history = dossier.history
    for key in sorted(history.keys_of_kind("session")):
        current = values(history, key)
        for knowns in current:
            yield about_of(key), name_of(key), knowns[0], len(current) > 1


def _talks(dossier: Dossier) -> Iterator[CalendarRow]:
    for round_, session, known, contested in talks(dossier):
        event = known.event
        assert isinstance(event, Talks), "only talks have sessions"
        earliest, latest = span(known)
        rooms = [", ".join(room) for room in event.rooms] if len(event.rooms) > 1 else []
        met = [_met(meeting) for meeting in event.meetings]
        yield CalendarRow(
            kind="talks",
            round=round_,
            name=session,
            state="held",
            starts=known.occurred,
            ends=None,
            earliest=earliest,
            latest=latest,
            venue=event.venue,
            parties=event.attend(),
            detail="; ".join((*rooms, *met)) or None,
            contested=contested,
            **_evidence(known),
        )


def _met(meeting: Meeting) -> str:
    """How parties met: ``iran, united-states through oman``."""
    through = ", ".join(carrier.party or carrier.person or "" for carrier in meeting.through)
    return f"{', '.join(meeting.parties)} {f'through {through}' if through else 'directly'}"


# -- pauses


class _Pause(NamedTuple):
    known: Known
    resumed: Known | None


def _paused(dossier: Dossier, round_: str) -> Iterator[_Pause]:
    """The pauses of a round, or (empty) of the negotiation: each up to what is dated next and ends it."""
    assertions = dossier.history.assertions(register_keys.proceedings(round_)).values()
    said = [one.known for one in sorted(assertions, key=chronological)]
    for known, following in pairwise([*said, None]):
        if known is not None and isinstance(known.event, PAUSES):
            yield _Pause(known, following if following is not None and isinstance(following.event, _ENDS) else None)


def _pauses(dossier: Dossier) -> Iterator[CalendarRow]:
    for key in sorted(dossier.history.keys_of_kind("proceedings")):
        round_ = about_of(key)
        for pause in _paused(dossier, round_):
            ends = None if pause.resumed is None else pause.resumed.occurred
            last = days(pause.resumed.start)[1] if pause.resumed else None
            yield CalendarRow(
                kind="pause",
                round=round_,
                name=round_,
                state="lasting" if pause.resumed is None else "ended",
                starts=pause.known.occurred,
                ends=ends,
                earliest=days(pause.known.start)[0],
                latest=last,
                venue=None,
                parties=(),
                detail=type(pause.known.event).__name__,
                contested=False,
                **_evidence(pause.known),
            )


# -- deadlines


def _deadlines(dossier: Dossier, parties: Dossier) -> Iterable[CalendarRow]:
    for row in deadlines.rows(dossier, parties):
        yield CalendarRow(
            kind="deadline",
            round="",
            name=row.deadline,
            state=row.state,
            starts=row.due,
            ends=None,
            earliest=row.due_earliest,
            latest=row.due_latest,
            venue=None,
            parties=row.by,
            detail=row.what,
            contested=row.contested,
            sources=row.sources,
            event=row.event,
            position=row.position,
        )


CALENDAR: Final = Table("calendar", "rounds, days of talks, pauses and deadlines", CalendarRow, rows)
