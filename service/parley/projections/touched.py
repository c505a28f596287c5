"""What changed in some units, as every read model takes it."""

from collections.abc import Iterator

from msgspec import Struct

from negotiation.state.dossier import Dossier
from negotiation.state.history import Changes
from negotiation.streams import PARTIES, Stream, stream


class Touched(Struct, frozen=True, kw_only=True):
    """Changes by unit, the dossiers they were made in, and the groups whose members changed."""

    changes: dict[str, Changes]
    dossiers: dict[str, Dossier]
    parties: Dossier
    groups: frozenset[str]

    def negotiations(self) -> Iterator[tuple[str, Dossier, Changes]]:
        """The negotiations that were touched."""
        for unit, changes in self.changes.items():
            if unit != PARTIES:
                yield unit, self.dossiers[unit], changes

    def streams(self) -> Iterator[tuple[Stream, Dossier]]:
        """The streams that were touched, parties' too."""
        for unit, changes in self.changes.items():
            for name in sorted(changes.streams):
                yield stream(name), self.dossiers[unit]
