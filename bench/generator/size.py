"""How large a generated record is, and of what mix: `Size`, and the plan of each negotiation that follows from it."""

from itertools import accumulate

from msgspec import Struct

from bench.generator.days import DAY, FIRST_DAY, LAST_OPENING, LONGEST
from bench.generator.dice import Dice
from negotiation.dates import Instant

_USUAL_NEGOTIATION = 1_000
_USUAL_ROUND = 180
_FEWEST_PARTIES = 10


class Size(Struct, frozen=True, kw_only=True):
    """How much there is, and of what.

    ``events``: in all, exactly. ``negotiations`` and ``rounds`` (of each negotiation, as far as its events suffice:
    some thirty a round): by themselves in proportion to the events. ``long_round``: at least so many of the events are
    in one round, the first of the first negotiation. Shares are of 1: ``late``, facts that are reported or recorded
    days to months after they happened; ``corrected``, facts corrected later; ``accounted``, facts that another source
    speaks about; ``retracted``, facts withdrawn, every other one to be restored; ``contested``, answers that two
    outlets tell differently; ``related``, negotiations that name an earlier one (which has to be recorded before).
    """

    events: int = 10_000
    negotiations: int | None = None
    rounds: int | None = None
    long_round: int = 0
    late: float = 0.08
    corrected: float = 0.04
    accounted: float = 0.06
    retracted: float = 0.015
    contested: float = 0.1
    related: float = 0.1

    def __post_init__(self) -> None:
        if self.events < 1:
            raise ValueError("events: a record has at least one")
        for name in ("late", "corrected", "accounted", "retracted", "contested", "related"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name}: a share is from 0 to 1")
        others = self.events - self.party_events
        if self.negotiations is not None and not 1 <= self.negotiations <= max(1, others):
            raise ValueError(
                f"negotiations: from 1 to {max(1, others)}, so many events there are outside parties' streams"
            )
        if self.rounds is not None and self.rounds < 1:
            raise ValueError("rounds: a negotiation has at least one")
        if not 0 <= self.long_round <= others:
            raise ValueError(f"long_round: from 0 to {others}, the events outside the parties' streams")

    @property
    def party_events(self) -> int:
        """How many of the events are in parties' streams."""
        wanted = max(_FEWEST_PARTIES, self.events // 8)
        return min(self.events, wanted, 600 + self.events // 2_000)


class Plan(Struct, frozen=True, kw_only=True):
    """What one negotiation is to be: its number, when it opens, its events, rounds, and those of its first round."""

    number: int
    opens: Instant
    events: int
    rounds: int
    long_round: int
    lasts: Instant


def plans(size: Size, seed: int) -> list[Plan]:
    """All negotiations of a record, by the instant at which they open. Some have ten times the events of others."""
    left = size.events - size.party_events - size.long_round
    number = size.negotiations or max(1, round(left / _USUAL_NEGOTIATION))
    dice = Dice(seed, "plans")
    weights = list(accumulate(0.2 + dice.roll() ** 2 * 1.8 for _ in range(number)))
    # At least one event each: others may name it, so it has to be opened.
    shared = max(0, left - number)
    bounds = [0, *(round(shared * weight / weights[-1]) for weight in weights)]
    between = (LAST_OPENING - FIRST_DAY - DAY) // number
    planned = (
        _plan(index, FIRST_DAY + DAY + index * between, bounds[index + 1] - bounds[index] + (left > index), size)
        for index in range(number)
    )
    return [plan for plan in planned if plan.events]


def _plan(index: int, opens: Instant, events: int, size: Size) -> Plan:
    long_round = 0 if index else size.long_round
    rounds = size.rounds or max(1, round(events / _USUAL_ROUND))
    return Plan(
        number=index,
        opens=opens,
        events=events + long_round,
        rounds=rounds,
        long_round=long_round,
        lasts=min(LONGEST, rounds * 30 * DAY + (events + long_round) * DAY // 25),
    )
