"""A story: a negotiation's events one by one in the order of a clock, each with what it did to the state."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final, TypeVar

from msgspec import Struct

from negotiation.clocks import NOW
from negotiation.dates import Interval
from negotiation.documents.difference import Change, kind_of
from negotiation.documents.negotiation import negotiation_dossier
from negotiation.documents.party import parties_dossier
from negotiation.envelope import AnyFact, Recorded
from negotiation.events.catalogue import EventCorrected
from negotiation.events.fact import Fact
from negotiation.events.parties import PartyIdentified
from negotiation.events.procedure import NegotiationOpened
from negotiation.findings.types import Finding, RestsOnWithdrawnFact
from negotiation.references import Named
from negotiation.state import register_keys
from negotiation.state.changes import parties_touched
from negotiation.state.dossier import Dossier
from negotiation.state.facts import Lives
from negotiation.state.grounds import grounds, introductions
from negotiation.state.history import Changes
from negotiation.state.register_keys import Key
from negotiation.state.registers import Register
from negotiation.streams import Stream, round_stream, stream
from parley.telling.accounts import Subject, subject_of
from parley.telling.order import Clock, Moment, Placed, in_order, lives_of

_Kind = TypeVar("_Kind", bound=Fact)


class Until(Struct, frozen=True, kw_only=True):
    """Where a story ends: by which date of its clock, or at the last position that counts."""

    clock: Interval | None = None
    position: int | None = None

    def holds(self, placed: Placed) -> bool:
        """Whether the event still counts."""
        if self.position is not None:
            return placed.moment.position <= self.position
        return self.clock is None or placed.within.over_by(self.clock)


TO_THE_END: Final = Until()


class Step(Struct, kw_only=True):
    """One event, told, and what it did.

    ``about``: the fact that it was recorded about, None for a fact. ``beside``: the event told before it is of the
    same fact. ``raised``, ``gone``: findings that it brought or did away with.
    """

    moment: Moment
    event: Recorded
    about: Subject | None
    beside: bool
    changes: list[Change]
    raised: list[Finding]
    gone: list[Finding]


class Story:
    """A negotiation told once, from its beginning; afterwards ``talks`` and ``parties`` are where it stands."""

    def __init__(
        self,
        negotiation: str,
        events: Iterable[Recorded],
        clock: Clock,
        *,
        until: Until = TO_THE_END,
        round_: str | None = None,
    ) -> None:
        """``events``: the negotiation's and the parties', all of them, in any order; ``round_``: tell only its own."""
        self.negotiation = negotiation
        self.clock = clock
        self.lives = lives_of(events)
        recorded = sorted(self.lives.events.values(), key=lambda event: event.position)
        self.named = dict.fromkeys(_parties_named(self.lives, recorded))
        streams = (stream(event.stream) for event in recorded)
        self.rounds = list(dict.fromkeys(here.part for here in streams if here.is_round))
        self.titles = list(dict.fromkeys(opened.title for opened in self._standing(NegotiationOpened)))
        names = {party.party: party.name for party in self._standing(PartyIdentified)}
        self.cast = [names.get(party, party) for party in self.named]
        self._only = None if round_ is None else round_stream(negotiation, round_)
        self._placed = [placed for placed in in_order(self.lives, clock) if until.holds(placed)]
        self._parties = _Side(parties_dossier())
        self._talks = _Side(negotiation_dossier(lambda: self.parties))
        self._may_be_known = _starts(self.lives) if clock is Clock.HAPPENED else {}
        self._found: set[Finding] = set()
        self._before = ""

    @property
    def parties(self) -> Dossier:
        """Who the parties are, as far as the story has come."""
        return self._parties.dossier

    @property
    def talks(self) -> Dossier:
        """The negotiation, as far as the story has come."""
        return self._talks.dossier

    @property
    def total(self) -> int:
        """How many events there are to tell, were it told whole."""
        return sum(self._concerned(event) for event in self.lives.events.values())

    @property
    def told(self) -> int:
        """How many events are told."""
        return sum(self._tells(placed.event) for placed in self._placed)

    def steps(self) -> Iterator[Step]:
        """Take the events in, and tell those that are to be told.

        What one moment of the clock raises and does away with again, before it is over, is no finding.
        """
        for _, group in groupby(self._placed, key=lambda placed: placed.moment):
            steps = [self._take(placed) for placed in group]
            _settle(steps)
            yield from (step for step in steps if self._tells(step.event))

    def findings(self) -> list[Finding]:
        """What does not add up, as far as the story has come."""
        return [finding for finding in self.talks.findings_in() if finding in self._found]

    def _standing(self, kind: type[_Kind]) -> Iterator[_Kind]:
        """What the facts of one type say at last."""
        for event in self.lives.events.values():
            if isinstance(event.event, kind):
                yield from (one.event for one in self.lives.known(event.id, NOW)[:1] if isinstance(one.event, kind))

    def _concerned(self, event: Recorded) -> bool:
        """Whether it is the negotiation's own, or about parties that it names and no others."""
        here = stream(event.stream)
        if not here.is_party:
            return True
        fact = self.lives.events.get(self.lives.root(event.id) or "")
        if here.part not in self.named or fact is None or not isinstance(fact.event, Fact):
            return False
        return {ground.name.id for ground in grounds(fact.event) if ground.name.kind == "party"} <= self.named.keys()

    def _tells(self, event: Recorded) -> bool:
        return event.stream == self._only if self._only is not None else self._concerned(event)

    def _take(self, placed: Placed) -> Step:
        event = placed.event
        root = self.lives.root(event.id) or event.id
        side = self._parties if stream(event.stream).is_party else self._talks
        about = None if isinstance(event.event, Fact) else subject_of(root, side.dossier, self.lives)
        step = Step(
            moment=placed.moment, event=event, about=about, beside=root == self._before, changes=[], raised=[], gone=[]
        )
        if self._tells(event):
            self._before = root
        taken = side.dossier.apply(event)
        side.look_at(taken, step)
        if side is self._parties:
            self._talks.look_at(self.talks.parties_flipped(parties_touched(taken)), step)
        step.raised = [finding for finding in step.raised if not self._named_already(finding, placed.within)]
        step.gone = [finding for finding in step.gone if finding in self._found]
        self._found.difference_update(step.gone)
        self._found.update(step.raised)
        return step

    def _named_already(self, finding: Finding, within: Interval) -> bool:
        """Whether it only misses a name of something whose date is so wide that it can have been there by then."""
        return isinstance(finding, RestsOnWithdrawnFact) and any(
            start.may_begin_by(within) for start in self._may_be_known.get(finding.ground, ())
        )


class _Side:
    """A dossier, with what it read and found when it was last looked at."""

    def __init__(self, dossier: Dossier) -> None:
        self.dossier = dossier
        self._read: dict[Key, Register] = {}
        self._found: dict[str, tuple[Finding, ...]] = {}

    def look_at(self, changes: Changes, step: Step) -> None:
        """Tell what is different now."""
        history = self.dossier.history
        for key in sorted(changes.keys):
            if register_keys.kind_of(key) == "membership-of":  # the other side of a membership
                continue
            before = self._read.pop(key, None)
            after = history.register(key) if history.assertions(key) else None
            if after is not None:
                self._read[key] = after
            kind = kind_of(before, after)
            if kind is not None:
                step.changes.append(Change(key=key, kind=kind, before=before, after=after, events=(step.event.id,)))
        for fact in sorted(changes.facts):
            was, now = self._found.pop(fact, ()), self.dossier.findings.get(fact, ())
            if now:
                self._found[fact] = now
            step.raised += [finding for finding in now if finding not in was]
            step.gone += [finding for finding in was if finding not in now]


def _settle(steps: Iterable[Step]) -> None:
    """Leave out the findings that came and went, or went and came back, within these steps."""
    raised: dict[Finding, Step] = {}
    gone: dict[Finding, Step] = {}
    for step in steps:
        for finding in tuple(step.gone):
            if finding in raised:
                raised.pop(finding).raised.remove(finding)
                step.gone.remove(finding)
            else:
                gone[finding] = step
        for finding in tuple(step.raised):
            if finding in gone:
                gone.pop(finding).gone.remove(finding)
                step.raised.remove(finding)
            else:
                raised[finding] = step


def _parties_named(lives: Lives, events: Iterable[Recorded]) -> Iterator[str]:
    """Every party that the negotiation's facts name, in any telling of them."""
    for event in events:
        if stream(event.stream).is_party:
            continue
        tellings: list[AnyFact] = []
        if isinstance(event.event, Fact):
            tellings = [event.event, *(known.event for known in lives.known(event.id, NOW))]
        elif isinstance(event.event, EventCorrected):
            tellings = [event.event.replacement]
        for telling in tellings:
            yield from (ground.name.id for ground in grounds(telling) if ground.name.kind == "party")


def _starts(lives: Lives) -> dict[str, list[Interval]]:
    """When the facts happened that give each name and stand at last."""
    found: dict[str, list[Interval]] = {}
    for event in lives.events.values():
        if not isinstance(event.event, Fact):
            continue
        for known in lives.known(event.id, NOW)[:1]:
            here: Stream = stream(known.stream)
            for name in (Named("event", known.id), *(one.name for one in introductions(known.event, here))):
                found.setdefault(str(name), []).append(known.start)
    return found
