"""What was recorded lately, asked once for all who want to know at a time: whether what was read before stands."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import asyncpg

from negotiation.streams import PARTIES
from parley.store.coalesced import Coalesced
from parley.store.damage import check_last
from parley.store.log import SQL, head_of

MOST_EVENTS: Final = 1_000
"""So many events are looked through for the units that they are in; if there are more, anything may have changed."""
MOST_UNITS: Final = 10_000


class Mark(NamedTuple):
    """How far the record had come at a look. ``age``: what was marked in another one tells nothing."""

    age: int
    position: int


class HeadCheck:
    """Knows where the record ended, and where each unit was last recorded in, as of the last look."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self.mark = Mark(0, -1)
        self._hash = b""
        self._mended = -1
        self._last: dict[str, int] = {}
        self._looks = Coalesced(self._look)

    async def look(self) -> None:
        """Look at the record as it is now, at the earliest. Raises RecordDamaged, and what the database raises."""
        await self._looks(None)

    def changed(self, unit: str, since: Mark) -> bool:
        """Whether what is read of a unit can be otherwise than it was at a mark."""
        last = max(self._last.get(unit, -1), self._last.get(PARTIES, -1))
        return since.age != self.mark.age or last > since.position

    def recorded(self, unit: str, since: Mark) -> int | None:
        """Up to where something was recorded in a unit itself since a mark; None where that is not known."""
        last = self._last.get(unit, -1)
        return last if since.age == self.mark.age and last > since.position else None

    async def _look(self, _: Sequence[None]) -> None:
        row = head_of(await self._pool.fetchrow(SQL["recorded_since"], self.mark.position, MOST_EVENTS))
        check_last(row)
        self._take(row)

    def _take(self, row: asyncpg.Record) -> None:
        (age, before), position = self.mark, row["position"]
        surveyable = 0 <= position - before <= MOST_EVENTS and len(self._last) <= MOST_UNITS
        # After a failover it may be another record, which lacks what was read here.
        is_same = row["mended"] == self._mended and (before == 0 or row["hash_before"] == self._hash)
        if surveyable and is_same:
            self._last.update(dict.fromkeys(row["units"], position))
        else:
            self._last.clear()
            age += 1
        self.mark, self._hash, self._mended = Mark(age, position), row["hash"], row["mended"]
