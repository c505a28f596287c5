"""The state that decisions are made on: parties, and the negotiations used last, kept in memory.

It belongs to the writer alone. It may hold what is not committed yet: `undo` takes back what a refused request did,
`keep` makes the rest final, and after a transaction that failed `forget` drops it all.
"""

from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator

import asyncpg

from negotiation.documents.negotiation import negotiation_dossier, negotiation_exists
from negotiation.documents.party import knows_party, parties_dossier
from negotiation.envelope import Recorded
from negotiation.state.dossier import Dossier
from negotiation.state.history import Changes
from negotiation.streams import PARTIES, stream
from parley.store.codec import decode_state
from parley.store.log import SQL


class Units:
    """Dossiers by unit, all caught up to one position (``position``, ``hash``) of the record."""

    def __init__(self, limit: int) -> None:
        """``limit``: how many negotiations stay in memory between batches."""
        self.limit = limit
        self.forget()

    def forget(self) -> None:
        """Drop everything: what is in memory may not be what is on record."""
        self.position = 0
        self.hash: bytes | None = None
        self.parties: Dossier | None = None
        self.opened_elsewhere: frozenset[str] = frozenset()
        self._negotiations: OrderedDict[str, Dossier] = OrderedDict()
        self._complete_to: dict[str, int] = {}
        self._changed: set[str] = set()
        self._empty: set[str] = set()

    # -- reading

    def dossier(self, unit: str) -> Dossier:
        """The dossier of a unit that was loaded; KeyError if it was not."""
        if unit == PARTIES:
            if self.parties is None:
                raise KeyError(unit)
            return self.parties
        return self._negotiations[unit]

    def holds(self, unit: str) -> bool:
        """Whether the unit is in memory."""
        return self.parties is not None if unit == PARTIES else unit in self._negotiations

    def knows_negotiation(self, negotiation: str) -> bool:
        """Whether a negotiation was opened: one in memory, or one of those looked up for this batch."""
        dossier = self._negotiations.get(negotiation)
        return negotiation in self.opened_elsewhere if dossier is None else negotiation_exists(dossier, negotiation)

    def knows_party(self, party: str) -> bool:
        """Whether a party is identified."""
        return self.parties is not None and knows_party(self.parties, party)

    def negotiations(self) -> Iterator[tuple[str, Dossier]]:
        """The negotiations in memory."""
        return iter(self._negotiations.items())

    # -- loading

    async def load(self, connection: asyncpg.Connection, units: Collection[str]) -> None:
        """Bring these units, and always the parties, into memory, each complete to where the record ended."""
        for unit in units:
            if unit in self._negotiations:
                self._negotiations.move_to_end(unit)
        missing = [unit for unit in {PARTIES, *units} if not self.holds(unit)]
        if not missing:
            return
        if PARTIES in missing:
            # Facts about negotiations ask whether a party is known, so parties are complete first.
            await self._load_some(connection, [PARTIES])
            missing.remove(PARTIES)
        if missing:
            await self._load_some(connection, missing)

    async def _load_some(self, connection: asyncpg.Connection, units: list[str]) -> None:
        head = await connection.fetchrow(SQL["read_head"])
        assert head is not None, "the migration makes the head"
        rows = await connection.fetch(SQL["events_of_units"], units)
        events: dict[str, list[Recorded]] = {unit: [] for unit in units}
        for row in rows:
            events[row["unit"]].append(_recorded(row))
        if self.hash is None:
            self.position, self.hash = head["position"], head["hash"]
        for unit in units:
            dossier = parties_dossier() if unit == PARTIES else negotiation_dossier(self.knows_party)
            dossier.apply_for_good(events[unit])
            last = events[unit][-1].position if events[unit] else 0
            self._complete_to[unit] = max(last, head["position"])
            if unit == PARTIES:
                self.parties = dossier
            else:
                self._negotiations[unit] = dossier
                if not events[unit]:
                    self._empty.add(unit)

    async def look_up_opened(self, connection: asyncpg.Connection, names: Iterable[str]) -> None:
        """Find which of these negotiations were opened, without bringing them into memory; holds for one batch."""
        elsewhere = [name for name in names if name not in self._negotiations]
        rows = await connection.fetch(SQL["negotiations_opened"], elsewhere) if elsewhere else []
        self.opened_elsewhere = frozenset(row["negotiation"] for row in rows)

    def catch_up(self, rows: Iterable[asyncpg.Record]) -> None:
        """Take in what other replicas recorded; final at once, since it is committed."""
        flipped: set[str] = set()
        for row in rows:
            position, unit = row["notification_id"], stream(row["originator_id"]).unit
            if position > self.position:
                self.position, self.hash = position, row["hash"]
            if self.holds(unit) and position > self._complete_to[unit]:
                dossier = self.dossier(unit)
                changes = dossier.apply(_recorded(row))
                dossier.history.journal.keep()
                self._complete_to[unit] = position
                if unit == PARTIES:
                    flipped |= parties_flipped(changes)
        if flipped:
            for _, dossier in self.negotiations():
                dossier.parties_flipped(flipped)
                dossier.history.journal.keep()

    # -- changing

    def apply(self, event: Recorded) -> Changes:
        """Take in an event that is being recorded; not final until `keep`."""
        unit = stream(event.stream).unit
        self._changed.add(unit)
        return self.dossier(unit).apply(event)

    def parties_flipped(self, unit: str, parties: Collection[str]) -> Changes:
        """Look again at the facts of a negotiation that name these parties."""
        self._changed.add(unit)
        dossier = self.dossier(unit)
        changes = dossier.parties_flipped(parties)
        # A dossier that was loaded after the flip finds nothing new, but its rows were written before it.
        changes.found |= changes.facts
        changes.streams |= {dossier.history.lives.events[fact].stream for fact in changes.facts}
        return changes

    def marks(self, units: Iterable[str]) -> list[tuple[str, int]]:
        """Points to return to with `undo`."""
        return [(unit, self.dossier(unit).history.journal.mark()) for unit in units]

    def undo(self, marks: Iterable[tuple[str, int]]) -> None:
        """Take back what was applied since the marks."""
        for unit, mark in marks:
            self.dossier(unit).history.journal.undo(mark)

    def keep(self, position: int, hash_: bytes) -> None:
        """What was applied is committed, up to this position; let the least used negotiations go."""
        for unit in self._changed:
            self.dossier(unit).history.journal.keep()
            self._complete_to[unit] = position
        self._changed.clear()
        self.position, self.hash = position, hash_
        for unit in self._empty:
            if not self._negotiations[unit].history.lives.events:
                self._drop(unit)  # nobody opened it: such names must not crowd out negotiations
        self._empty.clear()
        while len(self._negotiations) > self.limit:
            self._drop(next(iter(self._negotiations)))

    def _drop(self, unit: str) -> None:
        del self._negotiations[unit], self._complete_to[unit]


def parties_flipped(changes: Changes) -> set[str]:
    """The parties that became known, or are known no more."""
    return {flip[2] for flip in changes.flips if flip[:2] == ("exists", "party")}


def _recorded(row: asyncpg.Record) -> Recorded:
    return decode_state(
        row["state"],
        stream=row["originator_id"],
        version=row["originator_version"],
        position=row["notification_id"],
    )
