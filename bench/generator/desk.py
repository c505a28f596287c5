"""Who records: files facts as they are heard of, late ones too, and comes back to some with corrections and accounts.

What is filed is recorded some time later, and not always in the order in which it happened. What others rest on
(``anchor``) is recorded at once, so that whatever is recorded can be: a name is never used before it is introduced.
"""

from collections import deque
from collections.abc import Iterator
from heapq import heappop, heappush
from typing import Final, Literal, NamedTuple

from msgspec.structs import replace

from bench.generator.days import DAY, HOUR, MINUTE, day_text, roughly
from bench.generator.dice import Dice
from bench.generator.revisions import corrected, differing
from bench.generator.size import Size
from bench.generator.sourcing import outlet, sources
from bench.generator.vocabulary import CORRECTIONS, DESKS, RESTORATIONS, WITHDRAWALS
from negotiation.dates import Instant
from negotiation.envelope import AnyFact, Submission
from negotiation.events.catalogue import AccountAdded, EventCorrected, EventRetracted
from negotiation.events.positions import DemandTabled
from negotiation.events.procedure import NegotiationOpened
from negotiation.streams import stream
from parley.commands.request import Entry

_ROUGHLY: Final = 0.12
"""The share of facts whose sources do not know the day, or know the hour."""
_WRONG_DAY: Final = 0.003
"""The share of facts that are dated after the day on which they were reported."""
WITHDRAWN_AT_MOST: Final = 5
"""At most so many demands of a negotiation are withdrawn for good."""


class Filed(NamedTuple):
    """A submission and its stream, the version that it gives that, when it is recorded (UTC) and by whom."""

    at: Instant
    recorded_by: str
    version: int
    entry: Entry


class Slip(NamedTuple):
    """What a filed fact can be named by, and when it is recorded: nothing recorded earlier may name it."""

    id: str
    at: Instant


class _Fact(NamedTuple):
    """A fact on record as it reads now, and the event that a correction has to name."""

    stream: str
    event: AnyFact
    submission: Submission
    head: str
    anchor: bool

    @property
    def id(self) -> str:
        return self.submission.id or ""


class _Return(NamedTuple):
    """The desk is to come back to a fact. ``target``: the retraction that is to be withdrawn."""

    act: Literal["correct", "account", "retract", "restore"]
    fact: _Fact
    target: str = ""


class Desk:
    """One desk's work on one negotiation, or on the parties.

    ``now`` is its clock, ``left`` how many events it may still record. Between two facts it lets at most ``pace`` pass.
    """

    def __init__(self, dice: Dice, opens: Instant, events: int, size: Size, pace: int = MINUTE) -> None:
        self.dice: Final = dice
        self.now = opens
        self.left = events
        self._size: Final = size
        self._pace: Final = pace
        self._recorded_by: Final = dice.pick(DESKS)
        self._drawer: list[tuple[Instant, int, _Fact | _Return]] = []
        self._versions: Final[dict[str, int]] = {}
        self._number = 0
        self._latest = opens
        self._demands: Final[deque[_Fact]] = deque(maxlen=WITHDRAWN_AT_MOST)
        self._counted_stream, self.counted = "", 0

    # -- filing

    @property
    def today(self) -> str:
        """The day."""
        return day_text(self.now)

    def wait(self, length: int) -> None:
        """Let time pass: microseconds."""
        self.now += length

    def count(self, stream_name: str) -> None:
        """Count from now on (``counted``) what is filed for this stream, from 0."""
        self._counted_stream, self.counted = stream_name, 0

    def file(
        self, stream_name: str, event: AnyFact, *, anchor: bool = False, occurred: str = "", words: str = ""
    ) -> Slip | None:
        """File what happened now, or at the date given; None where nothing more may be recorded.

        ``anchor``: other facts will name what it introduces. ``words``: what the speaker said, for a source to quote.
        """
        if self.left == 0:
            return None
        dice = self.dice
        self.now += 1 + int(dice.roll() * self._pace)
        heard, at = self._heard(anchor=anchor)
        if not occurred:
            occurred = roughly(self.now, dice) if dice.chance(_ROUGHLY) else day_text(self.now)
        if dice.chance(_WRONG_DAY):
            heard -= 2 * DAY
        speaker = next((actor.speaker for actor in event.by if actor.speaker is not None), None)
        said = sources(heard, at, dice, words, speaker)
        event_id = dice.event_id(at)
        submission = Submission(event=event, id=event_id, occurred=occurred, sources=said)
        self._put(at, _Fact(stream_name, event, submission, event_id, anchor))
        return Slip(event_id, at)

    def _heard(self, *, anchor: bool) -> tuple[Instant, Instant]:
        """When it was reported, and when it is recorded."""
        if anchor:
            return self.now, self.now
        if not self.dice.chance(self._size.late):
            return self.now, self.now + int(self.dice.roll() ** 3 * 12 * HOUR)
        at = self.now + DAY + int(self.dice.roll() ** 2 * 300 * DAY)
        return (at if self.dice.chance(0.7) else self.now), at

    def _put(self, at: Instant, what: _Fact | _Return) -> None:
        self.left -= 1
        self._number += 1
        self.counted += (what.fact if isinstance(what, _Return) else what).stream == self._counted_stream
        heappush(self._drawer, (at, self._number, what))

    # -- recording

    def due(self) -> Iterator[Filed]:
        """What is recorded by now."""
        while self._drawer and self._drawer[0][0] <= self.now:
            yield from self._record_next()

    def rest(self) -> Iterator[Filed]:
        """Everything that was filed."""
        while self._drawer:
            yield from self._record_next()

    def withdrawals(self, number: int) -> Iterator[Filed]:
        """Withdraw the last demands for good, when all is told; what rests on them is unsupported from then on."""
        for _ in range(number):
            fact, at = self._demands.pop(), self._latest + HOUR
            self._latest = at
            retraction = EventRetracted(target=fact.id, reason=self.dice.pick(WITHDRAWALS))
            yield self._recorded(at, fact.stream, Submission(event=retraction, id=self.dice.event_id(at)))

    @property
    def withdrawable(self) -> int:
        """How many demands `withdrawals` can withdraw."""
        return len(self._demands)

    def _record_next(self) -> Iterator[Filed]:
        at, _, what = heappop(self._drawer)
        self._latest = at
        if isinstance(what, _Return):
            yield from self._go_back(at, what)
        else:
            yield self._recorded(at, what.stream, what.submission)
            self._maybe_return(at, what)
            if isinstance(what.event, DemandTabled):
                self._demands.append(what)

    def _recorded(self, at: Instant, stream_name: str, submission: Submission) -> Filed:
        self._versions[stream_name] = version = self._versions.get(stream_name, 0) + 1
        return Filed(at, self._recorded_by, version, Entry(stream_name, submission))

    # -- coming back

    def _maybe_return(self, at: Instant, fact: _Fact) -> None:
        size, chance = self._size, self.dice.roll()
        if self.left == 0:
            return
        if chance < size.corrected:
            self._return(at, _Return("correct", fact), 200 * DAY)
        elif chance < size.corrected + size.accounted:
            self._return(at, _Return("account", fact), 200 * DAY)
        elif chance < size.corrected + size.accounted + size.retracted:
            if not fact.anchor:
                self._return(at, _Return("retract", fact), 200 * DAY)
            elif self.left > 1 and not isinstance(fact.event, NegotiationOpened) and not stream(fact.stream).is_party:
                self.left -= 1  # others rest on it: it is withdrawn and brought back in one go
                self._return(at, _Return("retract", fact), 200 * DAY)

    def _return(self, at: Instant, back: _Return, within: int) -> None:
        self._put(at + MINUTE + int(self.dice.roll() ** 3 * within), back)

    def _go_back(self, at: Instant, back: _Return) -> Iterator[Filed]:
        dice, fact = self.dice, back.fact
        event_id = dice.event_id(at)
        match back.act:
            case "correct":
                yield self._correction(at, event_id, fact)
            case "account":
                submission = Submission(event=self._account(fact), id=event_id, sources=(outlet(at, dice),))
                yield self._recorded(at, fact.stream, submission)
            case "retract":
                retraction = EventRetracted(target=fact.id, reason=dice.pick(WITHDRAWALS))
                yield self._recorded(at, fact.stream, Submission(event=retraction, id=event_id))
                restoration = _Return("restore", fact, event_id)
                if fact.anchor:
                    yield from self._go_back(at + 1, restoration)
                elif self.left and dice.chance(0.5):
                    self._return(at, restoration, 30 * DAY)
            case "restore":
                restored = EventRetracted(target=back.target, reason=dice.pick(RESTORATIONS))
                yield self._recorded(at, fact.stream, Submission(event=restored, id=event_id))

    def _correction(self, at: Instant, event_id: str, fact: _Fact) -> Filed:
        dice, before = self.dice, fact.submission
        event, occurred = corrected(fact.event, before.occurred or "", dice)
        correction = EventCorrected(target=fact.head, reason=dice.pick(CORRECTIONS), replacement=event)
        if self.left and dice.chance(0.15):
            now = fact._replace(event=event, submission=replace(before, occurred=occurred), head=event_id)
            self._return(at, _Return("correct", now), 60 * DAY)
        submission = Submission(event=correction, id=event_id, occurred=occurred, sources=before.sources)
        return self._recorded(at, fact.stream, submission)

    def _account(self, fact: _Fact) -> AccountAdded:
        chance = self.dice.roll()
        if chance < 0.2:
            return AccountAdded(target=fact.id, stance="denies", note="The office says that it was not so.")
        if chance < 0.6:
            return AccountAdded(target=fact.id)
        return AccountAdded(target=fact.id, stance="differs", differs=differing(fact.event, self.dice))
