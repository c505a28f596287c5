"""Who asks, and what they may."""

from typing import Final
from uuid import UUID

from msgspec import Struct

from negotiation.streams import PARTIES, stream
from parley.access.errors import NegotiationNotCovered
from parley.access.keys import RANK, Key
from parley.commands.request import LOCAL

THE_PARTIES: Final = "the parties, which all negotiations share"


_NOT_MADE_FROM_NAMES: Final = frozenset({4, 7})
"""The versions of UUIDs that are random, and so cannot be foreseen."""


class Caller(Struct, frozen=True, kw_only=True):
    """Who asks. ``name`` stands in the record as `recorded_by`; ``rank`` is that of the role.

    ``negotiations``: those that the caller is limited to, None: all. ``key``: its id, None without keys.
    """

    name: str
    rank: int
    negotiations: frozenset[str] | None = None
    key: str | None = None

    @property
    def units(self) -> frozenset[str] | None:
        """The units whose events the caller may read, None: all. Parties are shared: everybody reads them."""
        return None if self.negotiations is None else self.negotiations | {PARTIES}

    def check_negotiation(self, negotiation: str) -> None:
        """Raise NegotiationNotCovered unless the caller may have to do with the negotiation."""
        if self.negotiations is not None and negotiation not in self.negotiations:
            raise self._not_covered(f"the negotiation {negotiation}")

    def check_reading(self, unit: str) -> None:
        """Raise NegotiationNotCovered unless the caller may read events of the unit."""
        if unit != PARTIES:
            self.check_negotiation(unit)

    def check_recording(self, stream_name: str) -> None:
        """Raise NegotiationNotCovered unless the caller may record in the stream."""
        if self.negotiations is None:
            return
        here = stream(stream_name)
        if here.is_party:
            raise self._not_covered(THE_PARTIES)
        self.check_negotiation(here.unit)

    def may_choose(self, event_id: str) -> bool:
        """Whether an event may have this id.

        Who is limited to some negotiations must not take an id that others will make from a name, as seed files do.
        """
        return self.negotiations is None or UUID(event_id).version in _NOT_MADE_FROM_NAMES

    def check_unlimited(self, what: str) -> None:
        """Raise NegotiationNotCovered for a caller who is limited to some negotiations; ``what`` is not theirs."""
        if self.negotiations is not None:
            raise self._not_covered(what)

    def _not_covered(self, what: str) -> NegotiationNotCovered:
        covered = ", ".join(sorted(self.negotiations or ()))
        return NegotiationNotCovered(key=self.name, what=what, covered=covered)


def caller_of(key: Key) -> Caller:
    """Who asks with a key."""
    return Caller(name=key.name, rank=RANK[key.role], negotiations=key.negotiations, key=key.id)


NOBODY_ELSE: Final = Caller(name=LOCAL, rank=max(RANK.values()))
"""Who asks where there are no keys: whoever reaches the service."""
