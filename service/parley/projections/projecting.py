"""Projecting: units folded and their read models written, in one transaction.

The transaction claims the units, folds what was recorded since, composes each row that this touches once, writes, and
sets the position. A unit is held only while it is folded and composed, so that others may use it meanwhile. The claim
is an advisory lock, so a second replica waits and then finds nothing left to do.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from hashlib import blake2b
from typing import NamedTuple, Protocol
from zlib import crc32

from negotiation.state.history import Changes
from negotiation.streams import PARTIES
from parley.projections.tables import Update
from parley.projections.touched import Touched
from parley.projections.units import SQL, Unit, Units
from parley.projections.writing import Differences, put_right, updates, write
from parley.store.log import AnyConnection


class Projected(NamedTuple):
    """The units that were projected, the position that their read models hold now, and which rows were wrong.

    Rows are compared only where everything was composed.
    """

    units: Sequence[str]
    position: int
    differences: Differences


async def project(
    connection: AnyConnection, folded: Units, names: Sequence[str], *, anew: bool = False, patient: bool = True
) -> Projected:
    """Project units in one transaction: the parties by themselves, or negotiations.

    ``anew``: compose everything and compare, whatever the position says; what was recorded since is written before and
    is no difference. ``patient``: wait for units that another process is projecting; else leave them to it.
    """
    differences = Differences({}, [])
    async with _claimed(connection, names, patient=patient) as claimed:
        if not claimed:
            return Projected((), 0, differences)
        stock = await folded.take_stock(connection, claimed)
        changed: list[Update] = []
        whole: dict[bool, dict[str, list[Update]]] = {True: {}, False: {}}
        positions: list[int] = []
        for name in claimed:
            async with folded.held(connection, name, stock) as unit:
                began = stock.held.get(name)
                watched = _is_watched(unit, began)
                if watched and unit.is_pending:
                    changed += await _updates(folded, unit, unit.pending)
                if anew or not watched:
                    whole[began is not None][name] = await _updates(folded, unit, unit.everything())
                positions.append(min(unit.position, (unit.parties or unit).position))
                # Should this transaction fail, the position in the database tells that the unit missed something.
                unit.watch_from(positions[-1])
            await asyncio.sleep(0)
        folded.source.assert_same(stock.record)
        await write(connection, changed, SQL["set_position"], claimed, positions)
        for begun, units in whole.items():
            if units:
                every = [update for updates_ in units.values() for update in updates_]
                differences.join(await put_right(connection, list(units), every, begun=begun))
    return Projected(claimed, min(positions), differences)


async def _updates(folded: Units, unit: Unit, changes: Changes) -> list[Update]:
    """What changes in a unit bring about in the read models."""
    touched = Touched(
        unit=unit.name,
        changes=changes,
        dossier=unit.dossier,
        parties=(unit.parties or unit).dossier,
        groups=unit.groups,
    )
    return await folded.aside.work(len(changes.facts) + len(changes.keys), lambda: updates(touched))


@asynccontextmanager
async def _claimed(connection: AnyConnection, names: Sequence[str], *, patient: bool) -> AsyncIterator[list[str]]:
    """A transaction that has the claim on these units, or (not patient) on those that are free; sorted."""
    by_number = {_number(name): name for name in names}
    try:
        if patient:
            numbers = ",".join(map(str, sorted(by_number)))
            await connection.execute(SQL["claim"].format(numbers=numbers))
            claimed = sorted(names)
        else:
            await connection.execute("BEGIN")
            rows = await connection.fetch(SQL["claim_free"], sorted(by_number))
            claimed = sorted(by_number[row["number"]] for row in rows)
        yield claimed
        await connection.execute("COMMIT")
    except BaseException:  # whatever it is, it is raised again
        connection.terminate()  # a connection that is dead answers no ROLLBACK
        raise


def _is_watched(unit: Unit, position: int | None) -> bool:
    """Whether the unit knows all that changed since its read models were projected."""
    return position is not None and unit.pending_since is not None and unit.pending_since <= position


def _number(unit: str) -> int:
    """The number of the advisory lock on a unit."""
    return int.from_bytes(blake2b(unit.encode(), digest_size=8).digest(), "big", signed=True)


# -- by whom it is done


class Share(NamedTuple):
    """The units that a process projects in the background: those whose name has this remainder."""

    number: int = 0
    of: int = 1

    def has(self, unit: str) -> bool:
        """Whether a unit is among them; the parties are the first process's."""
        return self.number == (0 if unit == PARTIES else crc32(unit.encode()) % self.of)


class Status(NamedTuple):
    """How far read models are behind: how many units are, and which cannot be projected, and why.

    ``damage``: what of the record is damaged; empty where nothing is known to be.
    """

    lagging: int
    broken: dict[str, str]
    damage: str = ""


class Projecting(Protocol):
    """What keeps read models up to date, in this process or in others."""

    async def open(self) -> None:
        """Start projecting in the background."""

    async def close(self) -> None:
        """Stop, in the middle of whatever is under way."""

    async def project(self, unit: str, at_least: int) -> int:
        """Bring a unit's read models up to a position; return theirs. Raises RecordDamaged or ReadModelBroken."""

    async def findings(self, unit: str, positions: Sequence[int], ids: Sequence[str]) -> list[bytes]:
        """What does not add up with these events of a unit, as JSON each."""

    async def settle(self, within_s: float) -> None:
        """Wait until no unit lags behind what is recorded now. Raises ReadModelsBehind and ReadModelBroken."""

    def committed(self, units: Collection[str], position: int) -> None:
        """Hear that something was recorded in these units, up to a position."""

    async def status(self) -> Status:
        """How far read models are behind."""
