"""What parties want and say: demands and the answers to them, statements, commitments, conduct away from the table."""

from typing import Final, Literal, TypeAlias

from bench.generator.days import DAY, day_text
from bench.generator.table import Seat, Table, Tabled, remember
from negotiation.events.agreements import PerformanceAssessed
from negotiation.events.positions import (
    AnswerGiven,
    ClaimAsserted,
    CommitmentLapsed,
    CommitmentMade,
    CommitmentResumed,
    CommitmentSuspended,
    ConcessionMade,
    ConditionStated,
    ConductReported,
    DemandPut,
    DemandSettled,
    DemandTabled,
    Disclosed,
    IntentDenied,
    LinkageAsserted,
    PositionStated,
    RedLineDeclared,
    StatementMade,
    WarningIssued,
    WillingnessSignalled,
)
from negotiation.references import Carrier, Condition, Part, Ref, Term

_Said: TypeAlias = (
    StatementMade
    | PositionStated
    | ClaimAsserted
    | WillingnessSignalled
    | ConditionStated
    | RedLineDeclared
    | LinkageAsserted
    | ConcessionMade
    | WarningIssued
    | IntentDenied
)
_SAID: Final[tuple[type[_Said], ...]] = (
    *(StatementMade, StatementMade, StatementMade, PositionStated, PositionStated, ClaimAsserted, WillingnessSignalled),
    *(ConditionStated, RedLineDeclared, LinkageAsserted, ConcessionMade, WarningIssued, IntentDenied),
)


def demand(table: Table) -> None:
    """A party, or two together, table a demand, some in parts, some with figures, some in place of an earlier one."""
    dice, seat = table.dice, table.one()
    other = table.one()
    owners = (seat.party, other.party) if other is not seat and dice.chance(0.1) else (seat.party,)
    slug = table.slug_of("demand")
    parts = tuple(f"part-{number}" for number in range(1, dice.between(2, 5))) if dice.chance(0.3) else ()
    earlier = [tabled.slug for tabled in table.demands if tabled.owners == owners] if dice.chance(0.1) else []
    event = DemandTabled(
        demand=slug,
        text=table.claim(),
        by=(*seat.by, *other.by) if len(owners) > 1 else seat.spoken,
        to=table.others(seat),
        session=table.session,
        items=(dice.pick(table.items),) if table.items and dice.chance(0.5) else (),
        parts=tuple(Part(part=part, text=table.claim()) for part in parts),
        indivisible=dice.chance(0.1),
        revises=earlier[-1] if earlier else None,
        terms=_terms(table) if dice.chance(0.3) else (),
    )
    table.file(event, anchor=True)
    remember(table.demands, Tabled(slug=slug, owners=owners, parts=parts))


def _terms(table: Table) -> tuple[Term, ...]:
    dice = table.dice
    name = dice.pick(("rise", "share", "delay", "number of posts"))
    unit = dice.pick(("percent", "days", "vehicles", None))
    return (Term(name=name, value=f"{dice.between(1, 40)}.{dice.below(10)}", unit=unit),)


def answer(table: Table) -> None:
    """A party answers a demand or a provision; now and then twice on one day, or two outlets tell it differently."""
    dice = table.dice
    asked = _asked(table)
    if asked is None:
        return
    on, answering = asked
    seat = dice.pick(answering)
    event = _answer(table, seat, on)
    contested = not event.conditions and dice.chance(table.contested)
    if contested:
        _contest(table, event)
        return
    first = table.file(event, anchor=bool(event.conditions), words=event.text or "")
    if first is not None and first.at <= table.desk.now and dice.chance(0.15):
        table.file(AnswerGiven(on=on, answer="defer", by=event.by, after=(first.id,)), occurred=table.desk.today)


def _asked(table: Table) -> tuple[Ref, list[Seat]] | None:
    """What is answered, and who may answer it: nobody says yes or no to a demand of their own."""
    dice = table.dice
    if table.documents and (not table.demands or dice.chance(0.25)):
        tabled = dice.pick(table.documents)
        return table.on_document(tabled), table.seats
    if not table.demands:
        return None
    tabled = dice.pick(table.demands)
    answering = [seat for seat in table.present if seat.party not in tabled.owners]
    return (table.on_demand(tabled), answering) if answering else None


def _answer(table: Table, seat: Seat, on: Ref) -> AnswerGiven:
    dice = table.dice
    by = seat.for_members if seat.bloc and dice.chance(0.6) else seat.acts(dice)
    text = table.words() if dice.chance(0.5) else None
    chance = dice.below(20)
    if chance == 0 and on.kind == "demand" and (own := _own(table, seat)):
        return AnswerGiven(on=on, answer="counter", by=by, with_=Ref(kind="demand", id=own))
    if chance == 1:
        return AnswerGiven(on=on, answer="none", by=seat.by)
    if chance <= 3:
        condition = Condition(condition=table.slug_of("condition"), text=table.claim())
        remember(table.conditions, condition.condition)
        return AnswerGiven(on=on, answer="accept", by=by, text=text, conditions=(condition,))
    if chance == 4:
        return AnswerGiven(on=on, answer="defer", by=by, text=text, via=Carrier(person=seat.deputy))
    return AnswerGiven(
        on=on,
        answer=dice.pick(("accept", "accept", "reject", "reject", "reject", "defer", "reserve", "no-objection")),
        by=by,
        text=text,
    )


def _own(table: Table, seat: Seat) -> str | None:
    return next((tabled.slug for tabled in reversed(table.demands) if seat.party in tabled.owners), None)


def _contest(table: Table, event: AnswerGiven) -> None:
    """Two outlets tell one answer differently, on the same day: neither precedes the other."""
    today = table.desk.today
    for given in table.dice.some(("accept", "reject", "defer"), 2):
        table.file(AnswerGiven(on=event.on, answer=given, by=event.by), occurred=today)  # type: ignore[arg-type] # one of the three literals


def withdraw(table: Table) -> None:
    """A party withdraws a demand of its own."""
    if table.demands:
        tabled = table.dice.pick(table.demands)
        owner = next(seat for seat in table.seats if seat.party == tabled.owners[0])
        table.file(AnswerGiven(on=Ref(kind="demand", id=tabled.slug), answer="withdraw", by=owner.by))


_HOW: Final[tuple[Literal["met", "partly", "dropped", "overtaken"] | None, ...]] = (
    *("met", "partly", "dropped", "overtaken"),
    None,
)


def course(table: Table) -> None:
    """A party puts its demand to all others, or it is settled, and now and then nobody says how."""
    if table.demands:
        dice, tabled = table.dice, table.dice.pick(table.demands)
        owner = next(seat for seat in table.seats if seat.party == tabled.owners[0])
        others = table.others(owner)
        if others and dice.chance(0.5):
            table.file(DemandPut(demand=tabled.slug, by=owner.by, to=others))
        else:
            table.file(DemandSettled(demand=tabled.slug, how=dice.pick(_HOW)))


def statement(table: Table) -> None:
    """A party says something, in the session or outside."""
    seat = table.dice.pick(table.seats) if table.dice.chance(0.1) else table.one()
    said, text = table.dice.pick(_SAID), table.words()
    event = said(
        text=text,
        by=seat.acts(table.dice),
        to=table.others(seat),
        session=table.in_session(),
        about=table.matter(),
    )
    table.file(event, words=text)


def commitment(table: Table) -> None:
    """A party binds itself."""
    dice, seat = table.dice, table.one()
    slug = table.slug_of("commitment")
    due = day_text(table.desk.now + dice.between(10, 400) * DAY) if dice.chance(0.6) else None
    under = table.document() if dice.chance(0.3) else None
    event = CommitmentMade(commitment=slug, text=table.claim(), by=seat.spoken, due=due, under=under)
    table.file(event, anchor=True)
    remember(table.commitments, slug)


def commitment_course(table: Table) -> None:
    """A commitment is suspended for a while, resumed, or lapses."""
    if table.commitments:
        dice = table.dice
        until = day_text(table.desk.now + dice.between(10, 100) * DAY) if dice.chance(0.5) else None
        slug = dice.pick(table.commitments)
        becomes: tuple[CommitmentSuspended | CommitmentResumed | CommitmentLapsed, ...] = (
            CommitmentSuspended(commitment=slug, until=until),
            CommitmentResumed(commitment=slug),
            CommitmentLapsed(commitment=slug),
        )
        table.file(dice.pick(becomes))


def conduct(table: Table) -> None:
    """A party does something away from the table, or goes on with it, or ends it."""
    dice, seat = table.dice, table.one()
    known = dice.pick(table.conducts) if table.conducts and dice.chance(0.4) else None
    event = ConductReported(
        conduct=known or f"incident-{table.number('conduct')}",
        kind=dice.pick(("strike", "sanction", "build-up", "exercise", "attack", "release", "violation", "withdrawal")),
        phase=dice.pick(("continuing", "ended")) if known else dice.pick(("threatened", "begun")),
        by=seat.by,
        text=table.words() if dice.chance(0.5) else None,
        linked_to=table.matter(),
    )
    table.file(event, anchor=True)
    if known is None:
        remember(table.conducts, event.conduct)


def disclosure(table: Table) -> None:
    """What was kept among few becomes public."""
    of = table.document() or table.demand()
    if of is None:
        return
    if table.dice.chance(0.4):
        table.file(
            Disclosed(of=of, manner="leaked", authentic=table.dice.pick(("confirmed", "disputed", "unconfirmed")))
        )
    else:
        table.file(Disclosed(of=of, manner=table.dice.pick(("announced", "published", "acknowledged"))))


def performance(table: Table) -> None:
    """A party assesses whether a commitment, a condition or a deadline was met."""
    dice = table.dice
    of = [Ref(kind="commitment", id=slug) for slug in table.commitments[-3:]]
    of += [Ref(kind="condition", id=slug) for slug in table.conditions[-3:]]
    of += [Ref(kind="deadline", id=slug) for slug in table.deadlines[-3:]]
    if of:
        event = PerformanceAssessed(
            of=dice.pick(of),
            finding=dice.pick(("met", "met", "partly", "not-met", "violated")),
            assessed_by=table.one().assessor,
        )
        table.file(event)
