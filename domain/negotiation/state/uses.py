"""Where facts are looked for when something changes: by the names that they use, their session, what is due when.

A fact is entered with what it certainly says, and taken out again before it says something else.
"""

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from typing import Any, Final

from negotiation.dates import Interval, parse
from negotiation.events.agreements import Performance
from negotiation.events.procedure import Deadline
from negotiation.references import Named
from negotiation.state.blocs import ANSWERS, Blocs
from negotiation.state.facts import Known
from negotiation.state.families import of_families
from negotiation.state.horizon import Dates
from negotiation.state.register_keys import Key, about_of
from negotiation.state.registers import Assertion
from negotiation.streams import stream

_DEADLINES: Final = of_families(Deadline)
_NOBODY: AbstractSet[str] = frozenset()


def due_by(event: Deadline) -> Interval | None:
    """When a deadline is due; None where it was lifted."""
    return None if event.due is None else parse(event.due).last


class Uses:
    """Which facts use which names, were done in which session of which round, and set which dates.

    ``parties``: the parties that any of them names. ``due``: the deadlines by the date at which they have passed.
    ``met``: the registers by which somebody assessed something as met, by what that is (``deadline/reply-due``).
    ``blocs``: the answers that groups gave for their members.
    """

    __slots__ = ("_by_name", "_in_session", "blocs", "due", "met", "parties")

    def __init__(self) -> None:
        self.parties: set[str] = set()
        self.due = Dates[str]()
        self.blocs = Blocs()
        self.met: dict[str, set[Key]] = {}
        self._by_name: dict[tuple[str, ...], set[str]] = {}
        self._in_session: dict[str, dict[str, set[str]]] = {}

    def enter(self, known: Known) -> list[str]:
        """A fact says this from now on; give the parties that nothing named before."""
        by_name, fact = self._by_name, known.id
        event: Any = known.event
        new: list[str] = []
        for name in (*known.uses, *(Named("event", other) for other in event.after)) if event.after else known.uses:
            users = by_name.get(name)
            if users is None:
                users = by_name[name] = set()
            if not users and name[0] == "party":
                new.append(name[1])
                self.parties.add(name[1])
            users.add(fact)
        if event.session is not None and (here := stream(known.stream).part):
            sessions = self._in_session.setdefault(here, {})
            sessions.setdefault(event.session, set()).add(fact)
        if type(event) in _DEADLINES and (due := due_by(event)) is not None:
            self.due.enter(due, fact)
        if type(event) in ANSWERS:
            self.blocs.enter(known)
        return new

    def leave(self, known: Known) -> None:
        """A fact does not say this any more."""
        by_name, fact = self._by_name, known.id
        event: Any = known.event
        for name in (*known.uses, *(Named("event", other) for other in event.after)) if event.after else known.uses:
            users = by_name[name]
            users.discard(fact)
            if not users and name[0] == "party":
                self.parties.discard(name[1])
        if event.session is not None and (here := stream(known.stream).part):
            self._in_session[here][event.session].discard(fact)
        if type(event) in _DEADLINES and (due := due_by(event)) is not None:
            self.due.leave(due, fact)
        if type(event) in ANSWERS:
            self.blocs.leave(known)

    def assess(self, key: Key, standing: Iterable[Assertion]) -> None:
        """Somebody's assessment of whether something was met is this now."""
        met = self.met.setdefault(about_of(key), set())
        for one in standing:
            if isinstance(one.known.event, Performance) and one.known.event.finding == "met":
                met.add(key)
                return
        met.discard(key)

    def of(self, name: tuple[str, ...]) -> AbstractSet[str]:
        """The facts that use a name, or came after the event of this id."""
        return self._by_name.get(name, _NOBODY)

    @property
    def piles(self) -> tuple[dict[Any, Any], ...]:
        """Where most of it is held."""
        return self._by_name, self._in_session

    @property
    def names(self) -> int:
        """How many names facts use."""
        return len(self._by_name)

    @property
    def total(self) -> int:
        """How often facts use a name."""
        return sum(map(len, self._by_name.values()))

    def in_session(self, round_: str, session: str) -> AbstractSet[str]:
        """The facts that happened in a session of a round."""
        return self._in_session.get(round_, {}).get(session, _NOBODY)

    def in_sessions_of(self, round_: str, party: str) -> Iterator[str]:
        """The facts that happened in any session of a round and name a party."""
        naming = self.of(("party", party, "", ""))
        for facts in self._in_session.get(round_, {}).values():
            yield from facts & naming
