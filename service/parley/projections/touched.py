"""What changed in a unit, as every read model takes it."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from msgspec import Struct

from negotiation.state.dossier import Dossier
from negotiation.state.history import Changes
from negotiation.streams import PARTIES, Stream, stream


class Touched(Struct, frozen=True, kw_only=True):
    """A unit, its changes, its dossier and the parties', and the groups whose members changed."""

    unit: str
    changes: Changes
    dossier: Dossier
    parties: Dossier
    groups: AbstractSet[str]

    @property
    def is_negotiation(self) -> bool:
        """Whether the unit is a negotiation; else it is the parties."""
        return self.unit != PARTIES

    def streams(self) -> Iterator[Stream]:
        """The streams that were touched."""
        for name in sorted(self.changes.streams):
            yield stream(name)
