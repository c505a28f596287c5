"""The course of one negotiation, from its opening to its end: rounds, what happens between them, how it all ends."""

from collections.abc import Callable, Iterator
from typing import Final

from bench.generator import positions, proceedings, texts
from bench.generator.cast import Cast
from bench.generator.days import DAY, MINUTE, day_text
from bench.generator.desk import WITHDRAWN_AT_MOST, Desk, Filed
from bench.generator.dice import Dice
from bench.generator.size import Plan, Size
from bench.generator.table import Seat, Table
from bench.generator.vocabulary import CITIES, FORUMS, SUBJECTS
from negotiation.events.procedure import (
    NegotiationConcluded,
    NegotiationOpened,
    RoundCancelled,
    RoundConcluded,
    RoundScheduled,
    TalksBrokenOff,
)
from negotiation.streams import round_stream

_Act = Callable[[Table], None]


def _mix(*shares: tuple[int, _Act]) -> tuple[_Act, ...]:
    return tuple(act for share, act in shares for _ in range(share))


_AT_THE_TABLE: Final = _mix(
    (30, positions.answer),
    (26, positions.statement),
    (7, positions.demand),
    (4, texts.document),
    (3, positions.commitment),
    (3, positions.disclosure),
    (3, positions.performance),
    (3, texts.consent),
    (2, texts.vote),
    (2, texts.status),
    (3, proceedings.deadline),
    (3, proceedings.outcome),
    (2, proceedings.agenda),
    (1, positions.withdraw),
    (1, positions.course),
    (1, positions.commitment_course),
    (2, positions.conduct),
)
_BETWEEN_ROUNDS: Final = _mix(
    (6, positions.statement),
    (4, positions.answer),
    (3, positions.conduct),
    (2, positions.disclosure),
    (2, positions.performance),
    (2, texts.consent),
    (2, texts.status),
    (1, texts.vote),
    (1, texts.document),
    (1, proceedings.deadline),
    (1, proceedings.outcome),
)
_A_SITTING: Final = 25
"""Events between one sitting and the next."""
_FRAME: Final = 8
"""Events before the first round."""
_END: Final = 6
"""Events after the last."""
_MANY: Final = 300
"""In so many events there is room for what befalls texts at last."""
_A_WITHDRAWAL: Final = 300
"""Events of a negotiation for one demand that is withdrawn for good when all is told."""


def slug_of(number: int) -> str:
    """The name of the so-manieth negotiation (from 0): `border-security`, and when all are used `border-security-2`."""
    subject, _ = SUBJECTS[number % len(SUBJECTS)]
    slug = subject.removeprefix("The ").lower().replace(" ", "-")
    return slug if number < len(SUBJECTS) else f"{slug}-{number // len(SUBJECTS) + 1}"


def course(plan: Plan, cast: Cast, size: Size, seed: int) -> Iterator[Filed]:
    """Everything in the streams of a negotiation and its rounds, in an order in which it can be recorded."""
    dice = Dice(seed, "negotiation", plan.number)
    withheld = min(WITHDRAWN_AT_MOST, plan.events // _A_WITHDRAWAL)
    pace = min(MINUTE, plan.lasts // (4 * plan.events + 4))
    desk = Desk(dice, plan.opens, plan.events - withheld, size, pace)
    _, theme = SUBJECTS[plan.number % len(SUBJECTS)]
    seats = [Seat(party, dice) for party in cast.table(theme, dice)]
    table = Table(slug_of(plan.number), seats, desk, size.contested)
    _open(plan, table, size)
    yield from desk.due()
    for number in range(plan.rounds):
        in_round, floor = _share(plan, number, desk.left)
        cancelled = number > 0 and dice.chance(0.12)
        yield from _round(table, 0 if cancelled else in_round, plan.lasts // plan.rounds)
        yield from _between(table, floor, plan.lasts // plan.rounds)
    if plan.events >= _MANY:
        texts.at_last(table)
    table.file(_end(table, plan.number), anchor=True)
    withdrawn = min(withheld, desk.withdrawable)
    desk.left += withheld - withdrawn
    yield from _between(table, 0, plan.lasts // plan.rounds)
    yield from desk.rest()
    yield from desk.withdrawals(withdrawn)


def _share(plan: Plan, number: int, left: int) -> tuple[int, int]:
    """How many events a round is to have, and how many are to be left when the next one comes."""
    usual = max(2, (plan.events - plan.long_round - _FRAME) // plan.rounds)
    if number == 0 and plan.long_round:
        return plan.long_round, left - plan.long_round - usual
    end = _END + (texts.AT_LAST if plan.events >= _MANY else 0)
    return usual * 17 // 20, max(end, usual * (plan.rounds - number - 1))


def _open(plan: Plan, table: Table, size: Size) -> None:
    subject, _ = SUBJECTS[plan.number % len(SUBJECTS)]
    dice = table.dice
    earlier = slug_of(dice.below(plan.number)) if plan.number and dice.chance(size.related) else None
    parent = earlier if dice.chance(0.3) else None
    event = NegotiationOpened(
        title=f"Talks: {subject}",
        parent=parent,
        related=(earlier,) if earlier is not None and parent is None else (),
        decision_rule=dice.pick(("consensus", "unanimity", "majority", None)),
    )
    table.file(event, anchor=True, occurred=table.desk.today)
    proceedings.frame(table)


def _end(table: Table, number: int) -> NegotiationConcluded | TalksBrokenOff:
    """However the dice fall, the second negotiation is broken off."""
    if table.dice.chance(0.75) and number != 1:
        return NegotiationConcluded(reason=table.reason())
    return TalksBrokenOff(scope="negotiation", reason=table.reason())


def _round(table: Table, events: int, lasts: int) -> Iterator[Filed]:
    """A round of so many events, 0 if it is called off; it ends, but for what is told of it later."""
    desk, dice = table.desk, table.dice
    city = dice.pick(CITIES)
    number = table.number(city)
    table.round = city.lower() if number == 1 else f"{city.lower()}-{number}"
    table.here, table.sittings, table.adjourned = round_stream(table.slug, table.round), 0, None
    desk.count(table.here)
    written = dice.chance(0.05)
    yield from _scheduled(table, city, lasts, written=written)
    if events:
        proceedings.arrivals(table)
        yield from _held(table, events, lasts, written=written)
    ended = _ended(table, held=events > 0)
    table.file(ended, anchor=True)
    if not events or dice.chance(0.5 if isinstance(ended, TalksBrokenOff) else 0.1):
        _goes_on(table)
    yield from desk.due()
    table.here, table.present = table.slug, list(table.seats)


def _scheduled(table: Table, city: str, lasts: int, *, written: bool) -> Iterator[Filed]:
    """The round is announced; some are moved, or put off, before they begin."""
    dice, desk = table.dice, table.desk
    times = 1 if dice.chance(0.7) else 2
    for _ in range(times):
        starts = None if dice.chance(0.05) else day_text(desk.now + lasts // 5)
        event = RoundScheduled(
            round=table.round,
            forum=dice.pick(FORUMS),
            starts=starts,
            venue=city,
            format="written" if written else dice.pick(("bilateral", "multilateral", "proximity", "consultation")),
            track=dice.pick(("1", "1", "1.5", "2")),
        )
        table.file(event, anchor=True, occurred=desk.today)
        desk.wait(lasts // 10)
        yield from desk.due()


def _held(table: Table, events: int, lasts: int, *, written: bool) -> Iterator[Filed]:
    """Sittings, and what is said and done in each."""
    desk = table.desk
    between = lasts // 2 // (events // _A_SITTING + 1)
    while desk.left and (desk.counted < events or not (written or table.sittings)):
        if not written:
            proceedings.sitting(table)
        until = min(events, desk.counted + _A_SITTING)
        while desk.left and desk.counted < until:
            table.dice.pick(_AT_THE_TABLE)(table)
            yield from desk.due()
        proceedings.after_sitting(table)
        desk.wait(between)
    for _ in range(table.dice.between(1, 4)):
        proceedings.outcome(table)


def _ended(table: Table, *, held: bool) -> RoundCancelled | RoundConcluded | TalksBrokenOff:
    if not held:
        return RoundCancelled(reason=table.reason())
    if table.dice.chance(0.1):
        return TalksBrokenOff(reason=table.reason())
    return RoundConcluded(reason=table.reason())


def _goes_on(table: Table) -> None:
    """What does not add up: talks after the end of a round, or an outcome of one that was called off."""
    if table.sittings:
        table.desk.wait(DAY)
        proceedings.sitting(table)
        table.session = None
    else:
        proceedings.outcome(table)


def _between(table: Table, floor: int, lasts: int) -> Iterator[Filed]:
    """What happens between rounds, until so many events are left."""
    desk = table.desk
    wait = lasts // 4 // (max(0, desk.left - floor) + 1)
    while desk.left > floor:
        table.dice.pick(_BETWEEN_ROUNDS)(table)
        desk.wait(wait)
        yield from desk.due()
