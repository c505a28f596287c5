"""What a transaction touched, as every read model is told it."""

from collections.abc import Iterator
from typing import NamedTuple, Protocol

import asyncpg
from msgspec import Struct

from negotiation.dossier import Dossier
from negotiation.history import Changes
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


class Table(NamedTuple):
    """A table of a read model.

    ``unit``: which unit a row belongs to: a column of its key, or a constant. ``streams``: whether that column names a
    stream of the unit in some rows.
    """

    name: str
    unit: str
    streams: bool = False


class ReadModel(Protocol):
    """A module that keeps one read model, in tables that nothing else writes."""

    @property
    def tables(self) -> tuple[Table, ...]:
        """Its tables. Whoever rebuilds read models knows them from here alone."""

    async def write(self, connection: asyncpg.Connection, touched: Touched) -> None:
        """Bring its rows up to date, in the transaction that records the events."""
