"""Read models from the events alone, unit by unit: memory holds a few negotiations and the parties at a time."""

import asyncio
import gc
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import groupby, islice
from operator import itemgetter
from typing import Any, Final, NamedTuple, TypeAlias

import asyncpg
import msgspec
from msgspec import Struct

from negotiation.documents.negotiation import negotiation_dossier
from negotiation.documents.party import knows_party, parties_dossier
from negotiation.envelope import Recorded
from negotiation.state.dossier import Dossier
from negotiation.state.history import Changes
from negotiation.streams import PARTIES
from parley.commands.units import parties_flipped
from parley.projections import READ_MODELS
from parley.projections.tables import Rows
from parley.projections.touched import Touched
from parley.projections.writing import write_read_models
from parley.store import log
from parley.store.ahead import Ahead
from parley.store.codec import decode_state
from parley.store.errors import EventUnreadable
from parley.store.log import SCHEMA
from parley.store.sql import statements

SQL: Final = statements("parley.projections", "rebuild.sql")

EVENTS_AT_ONCE: Final = 4_000
"""Small units are folded and written together, up to so many events."""
EVENTS_A_PIECE: Final = 1_000
"""A unit is folded in pieces, so that whoever waits can look up in between."""
UNITS_A_PAGE: Final = 500
EVENTS_KEPT: Final = 20_000
"""How many events the negotiations have together that stay in memory while catching up."""

PLANS: Final = {"jit": "off", "enable_seqscan": "off", "plan_cache_mode": "force_generic_plan"}
"""Settings for a connection that folds: plans are made while tables are empty, and kept."""


CONNECTED: Final = {
    **PLANS,
    "search_path": SCHEMA,
    "application_name": "parley rebuild",
    "default_transaction_read_only": "on",
    "statement_timeout": "0",
    # A run that was killed in the middle of a long statement is noticed.
    "client_connection_check_interval": "1s",
}
"""Settings for a connection that only reads what is to be folded."""


class Filling(Struct, frozen=True):
    """Rows that belong into an empty table, their values in the order of these columns."""

    table: str
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


class Folded(Struct, frozen=True, tag=True):
    """Units folded from their first event: how many events, and every row that they have."""

    events: int
    rows: list[Filling]


Elsewhere: TypeAlias = Callable[[AsyncIterator[list[str]]], AsyncIterator[Folded]]
"""Folds batches of negotiations, in no order."""


class Progress(NamedTuple):
    """How many events were folded, of how many."""

    done: int
    total: int


class Refolding:
    """Read models of the events up to ``position``, in the tables that the connection sees under their names."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self.position = 0
        self._connection = connection
        self._parties = parties_dossier()
        self._kept: OrderedDict[str, Dossier] = OrderedDict()

    async def fold_all(self, up_to: int, elsewhere: Elsewhere | None = None) -> AsyncIterator[Progress]:
        """Fold every event up to a position into tables that are empty. Raises EventUnreadable, and what that one does.

        Parties come first, because every negotiation asks whether a party is known. Negotiations are folded here, or
        ``elsewhere``, batch by batch.
        """
        done = 0
        with _without_collections():
            async for folded in self._fold_here(_one_batch([PARTIES]), up_to):
                done += folded
                yield Progress(done, up_to)
            batches = self._batches(up_to)
            async for folded in (
                self._fold_here(batches, up_to) if elsewhere is None else self._take_in(elsewhere(batches))
            ):
                done += folded
                yield Progress(done, up_to)
        self.position = up_to

    async def _batches(self, up_to: int) -> AsyncIterator[list[str]]:
        """All negotiations, some at a time."""
        last = ""
        while page := await self._connection.fetch(SQL["units"], last, up_to, UNITS_A_PAGE):
            last = page[-1]["unit"]
            for units in _together(row for row in page if row["unit"] != PARTIES):
                yield units

    async def _fold_here(self, batches: AsyncIterator[list[str]], up_to: int) -> AsyncIterator[int]:
        async for units in batches:
            changes: dict[str, Changes] = {}
            async for events in self._fold(units, up_to, changes):
                yield events
            await self._copy(self._rows(changes))
            self._kept.clear()

    async def _take_in(self, every: AsyncIterator[Folded]) -> AsyncIterator[int]:
        async for folded in every:
            await self._copy(folded.rows)
            yield folded.events

    async def know_parties(self, up_to: int) -> None:
        """Fold the parties, and write nothing."""
        async for _ in self._fold([PARTIES], up_to, {}):
            pass

    async def folded(self, units: Collection[str], up_to: int) -> Folded:
        """Fold negotiations from their first event, and write nothing; parties are known. Raises EventUnreadable."""
        changes: dict[str, Changes] = {}
        events = [number async for number in self._fold(units, up_to, changes)]
        rows = self._rows(changes)
        self._kept.clear()
        return Folded(events=sum(events), rows=rows)

    async def left(self, up_to: int) -> int:
        """How many events `catch_up` would have to fold; a change among the parties may reach everything."""
        rows = await self._connection.fetch(SQL["events_counted_between"], self.position, up_to)
        new: dict[str, int] = {row["unit"]: row["events"] for row in rows}
        if PARTIES in new:
            return up_to
        cold = [unit for unit in new if unit not in self._kept]
        whole = await self._connection.fetch(SQL["events_counted"], cold, up_to)
        new |= {row["unit"]: row["events"] for row in whole}
        return sum(new.values())

    async def catch_up(self, up_to: int) -> set[str]:
        """Fold what was recorded since; give the units whose rows were written. Raises EventUnreadable."""
        rows = await self._connection.fetch(SQL["events_between"], self.position, up_to)
        new = {unit: list(map(_recorded, of_unit)) for unit, of_unit in groupby(rows, itemgetter("unit"))}
        changes: dict[str, Changes] = {}
        reached: set[str] = set()
        if PARTIES in new:
            changes[PARTIES] = self._parties.apply_for_good(new[PARTIES])
            reached = await self._reached(changes[PARTIES])
        whole = (new.keys() | reached) - {PARTIES}
        for unit in [unit for unit in new if unit in self._kept and unit not in reached]:
            self._kept.move_to_end(unit)
            changes[unit] = self._kept[unit].apply_for_good(new[unit])
            whole.discard(unit)
        await self._write(changes)
        for units in _together(await self._connection.fetch(SQL["events_counted"], sorted(whole), up_to)):
            changes = {}
            async for _ in self._fold(units, up_to, changes):
                pass
            await self._write(changes)
            self._let_go()
        self.position = up_to
        return new.keys() | reached

    async def _reached(self, changes: Changes) -> set[str]:
        """The negotiations that name a party that became known, or is no more, or a group whose members changed."""
        names = parties_flipped(changes) | {key[1] for key in changes.keys if key[0] == "membership"}
        rows = await self._connection.fetch(log.SQL["negotiations_naming"], sorted(names))
        return {row["negotiation"] for row in rows}

    async def _fold(self, units: Collection[str], up_to: int, changes: dict[str, Changes]) -> AsyncIterator[int]:
        """Fold units from their first event, and keep them; gives events as they are folded.

        ``changes`` is filled with what they touched.
        """
        rows = await self._connection.fetch(SQL["events_of_units_to"], units, up_to)
        for unit, of_unit in groupby(rows, itemgetter("unit")):
            dossier = self._parties
            if unit != PARTIES:
                dossier = self._kept[unit] = negotiation_dossier(partial(knows_party, self._parties))
                self._kept.move_to_end(unit)
            changes[unit] = Changes.none()
            for piece in _pieces(map(_recorded, of_unit)):
                changes[unit].join(dossier.apply_for_good(piece))
                yield len(piece)
                await asyncio.sleep(0)

    def _touched(self, changes: dict[str, Changes]) -> Touched:
        dossiers = {unit: self._parties if unit == PARTIES else self._kept[unit] for unit in changes}
        return Touched(changes=changes, dossiers=dossiers, parties=self._parties, groups=frozenset())

    async def _write(self, changes: dict[str, Changes]) -> None:
        async with Ahead(self._connection) as ahead:
            await write_read_models(ahead, self._touched(changes))

    def _rows(self, changes: dict[str, Changes]) -> list[Filling]:
        """The rows of units that were folded from their first event: there is nothing to be taken away."""
        touched = self._touched(changes)
        return [
            Filling(table=update.table.name, columns=tuple(update.table.columns), rows=list(update.rows))
            for read_model in READ_MODELS
            for update in read_model.updates(touched)
            if isinstance(update, Rows)
        ]

    async def _copy(self, filled: Iterable[Filling]) -> None:
        for one in filled:
            await self._connection.copy_records_to_table(one.table, records=one.rows, columns=one.columns)

    def _let_go(self) -> None:
        """Forget the negotiations that were folded longest ago, but for a bounded number of events."""
        events = sum(_size(dossier) for dossier in self._kept.values())
        while events > EVENTS_KEPT and len(self._kept) > 1:
            _, dossier = self._kept.popitem(last=False)
            events -= _size(dossier)


async def fold_read_models(connection: asyncpg.Connection, up_to: int) -> AsyncIterator[Progress]:
    """Fold the record, which ends at a position, into read models that are empty, in the caller's transaction."""
    for setting, value in PLANS.items():
        await connection.execute("SELECT set_config($1, $2, true)", setting, value)
    async for progress in Refolding(connection).fold_all(up_to):
        yield progress


@contextmanager
def _without_collections() -> Iterator[None]:
    """Without looking for garbage in cycles: what is folded has none, and there is much of it."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


async def _one_batch(units: list[str]) -> AsyncIterator[list[str]]:
    yield units


def _size(dossier: Dossier) -> int:
    return len(dossier.history.lives.events)


def _together(counted: Iterable[asyncpg.Record]) -> Iterator[list[str]]:
    """Units whose events are folded together, each at least one."""
    units: list[str] = []
    events = 0
    for row in counted:
        if units and events + row["events"] > EVENTS_AT_ONCE:
            yield units
            units, events = [], 0
        units.append(row["unit"])
        events += row["events"]
    if units:
        yield units


def _pieces(events: Iterable[Recorded]) -> Iterator[list[Recorded]]:
    more = iter(events)
    while piece := list(islice(more, EVENTS_A_PIECE)):
        yield piece


def _recorded(row: asyncpg.Record) -> Recorded:
    position: int = row["notification_id"]
    try:
        return decode_state(
            row["state"], stream=row["originator_id"], version=row["originator_version"], position=position
        )
    except msgspec.DecodeError as error:
        raise EventUnreadable(position=str(position), reason=str(error)) from error
