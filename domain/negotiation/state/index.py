"""The index of a unit: what the rules of admission ask. Names, versions, and what became of each fact; no registers.

Taking an event in costs what that event says. The last events can be taken back, because a request that is refused,
or a transaction that does not commit, leaves no trace.
"""

from collections.abc import Callable, Iterable
from typing import Final

from msgspec import Struct

from negotiation.envelope import AnyEvent, AnyFact
from negotiation.events.catalogue import EventCorrected
from negotiation.events.fact import Fact
from negotiation.references import Named
from negotiation.state.chains import Chains
from negotiation.state.names import names_given
from negotiation.streams import stream

_NO_NAMES: Final[tuple[Named, ...]] = ()


class Entry(Struct, frozen=True, gc=False):
    """An event as the rules see it: without its date and sources."""

    id: str
    stream: str
    version: int
    position: int
    event: AnyEvent


class Index:
    """One unit, with everything recorded so far. Only what stands introduces names."""

    __slots__ = ("_introduced", "_knows_party", "_names", "chains", "latest", "versions")

    def __init__(self, knows_party: Callable[[str], bool] | None = None) -> None:
        """``knows_party``: for a negotiation, whose parties are another unit; None for the parties themselves."""
        self.chains: Chains[Entry] = Chains()
        self.versions: dict[str, int] = {}
        self.latest = 0
        self._knows_party = knows_party
        self._introduced: dict[Named, tuple[str, ...]] = {}
        self._names: dict[str, tuple[Named, ...]] = {}

    # -- changing

    def put(self, entry: Entry, names: Iterable[Named] | None = None) -> None:
        """Take an event in. ``names``: those that a fact introduces, where they are known already."""
        versions = self.versions
        if entry.version > versions.get(entry.stream, 0):
            versions[entry.stream] = entry.version
        self.latest = max(self.latest, entry.position)
        fact = self.chains.add(entry)
        if fact == entry.id and names is not None and not self.chains.is_spoken_of(fact):
            self._name(fact, tuple(names))
        elif fact is not None:
            self._name_again(fact)

    def take_back(self, entry: Entry, latest: int) -> None:
        """Take back the last event of its stream; ``latest``: the unit's last position before it."""
        chains = self.chains
        root = chains.root(entry.id)
        chains.take_out(entry.id)
        self.latest = latest
        if entry.version == 1:
            del self.versions[entry.stream]
        else:
            self.versions[entry.stream] = entry.version - 1
        if root == entry.id:
            self._name(root, _NO_NAMES)
        elif root is not None:
            self._name_again(root)

    def _name_again(self, fact: str) -> None:
        """Let a fact introduce the names of what it says now, none while it is withdrawn."""
        if self.chains.retraction(fact) is not None:
            self._name(fact, _NO_NAMES)
            return
        here = stream(self.chains.events[fact].stream)
        self._name(fact, names_given(self.content(fact), here))

    def _name(self, fact: str, names: tuple[Named, ...]) -> None:
        before = self._names.get(fact, _NO_NAMES)
        if names == before:
            return
        introduced = self._introduced
        for name in before:
            rest = tuple(other for other in introduced.get(name, ()) if other != fact)
            if rest:
                introduced[name] = rest
            else:
                introduced.pop(name, None)
        for name in names:
            facts = introduced.get(name)
            if facts is None:
                introduced[name] = (fact,)
            elif fact not in facts:
                introduced[name] = (*facts, fact)
        if names:
            self._names[fact] = names
        else:
            self._names.pop(fact, None)

    # -- asking

    def knows(self, name: Named) -> bool:
        """Whether a fact that stands introduces this name, or (of an event) is a fact that stands."""
        if name.kind == "party" and self._knows_party is not None:
            return self._knows_party(name.id)
        if name.kind == "event":
            found = self.chains.events.get(name.id)
            return found is not None and isinstance(found.event, Fact) and self.chains.retraction(name.id) is None
        return name in self._introduced

    def introducers(self, name: Named) -> tuple[str, ...]:
        """The facts that stand and introduce this name, in the order of recording."""
        return self._introduced.get(name, ())

    def content(self, fact: str) -> AnyFact:
        """What a fact says as last corrected, whether it stands or not."""
        chain = self.chains.corrections(fact)
        event = chain[-1].event if chain else self.chains.events[fact].event
        said = event.replacement if isinstance(event, EventCorrected) else event
        assert isinstance(said, Fact), "chains begin with a fact"
        return said
