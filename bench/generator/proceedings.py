"""The course of talks: who comes, sits, walks out and returns; deadlines and agenda; what somebody says came of it."""

from typing import Final, TypeAlias

from bench.generator.days import DAY, day_text
from bench.generator.sourcing import person
from bench.generator.table import Seat, Table, remember
from bench.generator.vocabulary import BODIES, PUBLISHERS, ROOMS
from negotiation.events.agreements import BreakthroughReached, DeadlockDeclared, NoBreakthrough, ProgressReported
from negotiation.events.parties import (
    DelegationNamed,
    OfficeLeft,
    OfficeName,
    OfficeTaken,
    PartyAdmitted,
    PartyExpelled,
    PartyInvited,
    PartyLeft,
    PartyReturned,
    PartySuspended,
    PartyWalkedOut,
)
from negotiation.events.procedure import (
    AgendaItemSet,
    BodyEstablished,
    DeadlineSet,
    TalksAdjourned,
    TalksHeld,
    TalksResumed,
    TalksSuspended,
)
from negotiation.references import Assessor, Duration, Member, Ref

_Assessed: TypeAlias = ProgressReported | NoBreakthrough | DeadlockDeclared | BreakthroughReached
_ASSESSED: Final[tuple[type[_Assessed], ...]] = (
    *(ProgressReported, ProgressReported, NoBreakthrough, NoBreakthrough, DeadlockDeclared, BreakthroughReached),
)

_COME: Final[tuple[type[PartyAdmitted | PartyInvited], ...]] = (PartyAdmitted, PartyAdmitted, PartyInvited)
_GO: Final[tuple[type[PartyWalkedOut | PartySuspended | PartyLeft | PartyExpelled], ...]] = (
    *(PartyWalkedOut, PartyWalkedOut, PartySuspended, PartyLeft, PartyExpelled),
)
_OFFICES: Final[tuple[OfficeName, ...]] = ("chair", "co-chair", "coordinator", "rapporteur")
_STOP: Final[tuple[type[TalksAdjourned | TalksSuspended], ...]] = (TalksAdjourned, TalksSuspended)


def frame(table: Table) -> None:
    """Bodies and the agenda."""
    for name in table.dice.some(BODIES, 2):
        table.bodies.append(f"{name}-group")
        event = BodyEstablished(body=f"{name}-group", kind="working-group", mandate=table.claim())
        table.file(event, anchor=True)
        _office(name, table)
    for _ in range(3):
        agenda(table)


def _office(body: str, table: Table) -> None:
    """Somebody takes the chair of a body; now and then they leave it again."""
    dice = table.dice
    seat = dice.pick(table.seats)
    person, party = dice.pick(((seat.head, None), (seat.head, seat.party), (None, seat.party)))
    office = dice.pick(_OFFICES)
    table.file(OfficeTaken(body=f"{body}-group", office=office, person=person, party=party), anchor=True)
    if dice.chance(0.3):
        table.file(OfficeLeft(body=f"{body}-group", office=office, person=person, party=party))


def agenda(table: Table) -> None:
    """An item is put on the agenda, or what becomes of one."""
    dice = table.dice
    if len(table.items) >= 3 and dice.chance(0.7):
        event = AgendaItemSet(
            item=dice.pick(table.items), status=dice.pick(("adopted", "open", "deferred", "closed", "dropped"))
        )
        table.file(event, anchor=True)
        return
    item = table.slug_of("item")
    remember(table.items, item)
    table.file(AgendaItemSet(item=item, status="proposed", text=table.claim()), anchor=True)


def arrivals(table: Table) -> None:
    """Everybody comes; some parties name whom they send."""
    table.present = list(table.seats)
    for seat in table.seats:
        table.file(table.dice.pick(_COME)(party=seat.party), anchor=True)
        if table.dice.chance(0.4):
            members = (
                Member(person=seat.head, capacity="head"),
                Member(person=seat.deputy, capacity="deputy"),
                Member(person=person(table.dice)),
            )
            table.file(DelegationNamed(party=seat.party, members=members))


def sitting(table: Table) -> None:
    """Those who are there sit down, in one room or, with go-betweens, in several."""
    dice = table.dice
    if table.adjourned is not None:
        table.file(TalksResumed(after=(table.adjourned.id,)), anchor=True, occurred=table.desk.today)
        table.adjourned = None
    table.sittings += 1
    table.session = f"sitting-{table.sittings}"
    there = tuple(seat.party for seat in table.present)
    near = len(there) > 2 and dice.chance(0.1)
    event = TalksHeld(
        session=table.session,
        body=dice.pick(table.bodies) if table.bodies and dice.chance(0.2) else None,
        rooms=((there[0],), there[1:]) if near else (there,),
        shuttles=there[1:2] if near else (),
        direct=not near,
        absent=tuple(seat.party for seat in table.seats if seat not in table.present),
        venue=dice.pick(ROOMS) if dice.chance(0.5) else None,
        duration=Duration(at_least=f"PT{dice.between(1, 9)}H") if dice.chance(0.6) else None,
    )
    table.file(event, anchor=True, occurred=table.desk.today)


def after_sitting(table: Table) -> None:
    """Talks are adjourned or suspended now and then, until the next sitting; somebody leaves, or comes back."""
    dice = table.dice
    table.session = None
    if dice.chance(0.1):
        stopped = dice.pick(_STOP)(reason=table.reason())
        table.adjourned = table.file(stopped, anchor=True, occurred=table.desk.today)
    absent = [seat for seat in table.seats if seat not in table.present]
    if absent and dice.chance(0.6):
        _comes_back(dice.pick(absent), table)
    elif len(table.present) > 2 and dice.chance(0.15):
        _leaves(table.one(), table)


def _leaves(seat: Seat, table: Table) -> None:
    table.present.remove(seat)
    table.file(table.dice.pick(_GO)(party=seat.party), occurred=table.desk.today)


def _comes_back(seat: Seat, table: Table) -> None:
    table.present.append(seat)
    table.file(PartyReturned(party=seat.party), occurred=table.desk.today)


def deadline(table: Table) -> None:
    """A date is set, or an earlier one moved or lifted."""
    dice = table.dice
    known = dice.pick(table.deadlines) if table.deadlines and dice.chance(0.4) else None
    lifted = known is not None and dice.chance(0.2)
    event = DeadlineSet(
        deadline=known or f"reply-due-{table.number('deadline')}",
        what=table.claim(),
        due=None if lifted else day_text(table.desk.now + dice.between(5, 200) * DAY),
        kind=dice.pick(("agreed", "imposed", "self-imposed")),
        on=table.document() if dice.chance(0.3) else None,
        by=table.one().by,
    )
    table.file(event, anchor=True)
    if known is None:
        remember(table.deadlines, event.deadline)


def outcome(table: Table) -> None:
    """A party, an outlet or a person says what came of the round so far, or of the whole."""
    dice, seat = table.dice, table.one()
    match dice.below(5):
        case 0 | 1:
            assessor = Assessor(outlet=dice.pick(PUBLISHERS))
        case 2:
            assessor = Assessor(party=seat.party, person=seat.head)
        case _:
            assessor = seat.assessor
    text = table.words() if dice.chance(0.5) else None
    of = Ref(kind="round", id=table.round) if table.round and dice.chance(0.5) else None
    table.file(dice.pick(_ASSESSED)(assessed_by=assessor, of=of, text=text), words=text or "")
