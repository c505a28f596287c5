"""Which events speak about which: a fact, its corrections, retractions and accounts, tied together by id alone."""

from collections.abc import Iterator
from typing import Generic, Protocol, TypeVar

from negotiation.envelope import AnyEvent
from negotiation.events.catalogue import EventCorrected, EventRetracted
from negotiation.events.fact import Fact


class Identified(Protocol):
    """An event with its id."""

    @property
    def id(self) -> str:
        """The event's id."""

    @property
    def event(self) -> AnyEvent:
        """What happened."""


_E = TypeVar("_E", bound=Identified)


class Chains(Generic[_E]):
    """All events of a unit by id, and which of them speak about which. Total on any subset, in any order."""

    __slots__ = ("_about", "events")

    def __init__(self) -> None:
        self.events: dict[str, _E] = {}
        self._about: dict[str, list[str]] = {}

    def add(self, event: _E) -> str | None:
        """Take an event in; return the id of the fact it belongs to, None while that fact is not here."""
        self.events[event.id] = event
        body = event.event
        if isinstance(body, Fact):
            return event.id
        self._about.setdefault(body.target, []).append(event.id)
        return self.root(event.id)

    def is_spoken_of(self, event_id: str) -> bool:
        """Whether any record event names this one as its target."""
        return event_id in self._about

    def take_out(self, event_id: str) -> None:
        """Forget an event that was put in."""
        body = self.events.pop(event_id).event
        if isinstance(body, Fact):
            return
        about = self._about[body.target]
        about.remove(event_id)
        if not about:
            del self._about[body.target]

    def root(self, event_id: str) -> str | None:
        """The fact that an event belongs to: itself, or where its targets lead; None if that fact is not here."""
        seen = set()
        while (found := self.events.get(event_id)) is not None and event_id not in seen:
            body = found.event
            if isinstance(body, Fact):
                return event_id
            seen.add(event_id)
            event_id = body.target
        return None

    def about(self, target: str) -> Iterator[_E]:
        """The record events that name this one as their target."""
        return (self.events[event_id] for event_id in self._about.get(target, ()))

    def life(self, event_id: str) -> set[str]:
        """An event and all that speaks about it, and about that: none where it is not here."""
        found: set[str] = set()
        waiting = [event_id] if event_id in self.events else []
        while waiting:
            found.add(event_id := waiting.pop())
            waiting += (other for other in self._about.get(event_id, ()) if other not in found)
        return found

    def corrections(self, fact: str) -> list[_E]:
        """The chain of corrections of a fact, first to last."""
        chain: list[_E] = []
        if fact not in self._about:
            return chain
        head, seen = fact, {fact}
        while True:
            following = sorted(
                event.id
                for event in self.about(head)
                if isinstance(event.event, EventCorrected) and event.id not in seen
            )
            if not following:
                return chain
            head = following[0]
            seen.add(head)
            chain.append(self.events[head])

    def head(self, fact: str) -> str:
        """The event that a correction of this fact has to name: its last correction, or the fact itself."""
        chain = self.corrections(fact)
        return chain[-1].id if chain else fact

    def retraction(self, event_id: str) -> _E | None:
        """The retraction that withdraws this event, None if it stands."""
        for event in self.about(event_id):
            if isinstance(event.event, EventRetracted) and not self._restored(event.id):
                return event
        return None

    def _restored(self, retraction: str) -> bool:
        return any(isinstance(event.event, EventRetracted) for event in self.about(retraction))
