"""Projecting: units folded and their read models written, in one transaction.

The transaction claims the units, folds what was recorded since, composes each row that this touches once, writes, and
sets the position. The claim is an advisory lock, so a second replica waits and then finds nothing left to do.
"""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from hashlib import blake2b
from typing import Any, NamedTuple, Protocol
from zlib import crc32

from negotiation.clocks import NOW
from negotiation.streams import PARTIES
from parley.projections.touched import Touched
from parley.projections.units import SQL, Unit, Units
from parley.projections.writing import Differences, composed, put_right, updates, write
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
    async with AsyncExitStack() as stack:
        async with _claimed(connection, names, patient=patient) as claimed:
            if not claimed:
                return Projected((), 0, differences)
            stock = await folded.take_stock(connection, claimed)
            held = stock.held
            every = [await stack.enter_async_context(folded.held(connection, NOW, name, stock)) for name in claimed]
            position = min(min(unit.position, (unit.parties or unit).position) for unit in every)
            changed = [unit for unit in every if unit.is_pending and _is_watched(unit, held.get(unit.name))]
            touched = _touched(every, {unit.name: unit.pending for unit in changed})
            size = sum(len(unit.pending.facts) + len(unit.pending.keys) for unit in changed)
            rows_to_write = await folded.work(size, lambda: updates(touched))
            folded.assert_same(stock.record)
            await write(connection, rows_to_write, SQL["set_position"], claimed, position)
            whole = [unit for unit in every if anew or not _is_watched(unit, held.get(unit.name))]
            for begun in (True, False):
                if some := [unit for unit in whole if (unit.name in held) is begun]:
                    differences.join(await _compose(connection, folded, some, begun=begun))
        for unit in every:
            unit.watch_from(position)
    return Projected(claimed, position, differences)


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


async def _compose(connection: AnyConnection, folded: Units, units: Sequence[Unit], *, begun: bool) -> Differences:
    touched = _touched(units, {unit.name: unit.everything() for unit in units})
    rows = await folded.work(sum(unit.size for unit in units), lambda: composed(touched))
    return await put_right(connection, [unit.name for unit in units], rows, begun=begun)


def _is_watched(unit: Unit, position: int | None) -> bool:
    """Whether the unit knows all that changed since its read models were projected."""
    return position is not None and unit.pending_since is not None and unit.pending_since <= position


def _touched(units: Sequence[Unit], changes: dict[str, Any]) -> Touched:
    first = units[0]
    return Touched(
        changes=changes,
        dossiers={unit.name: unit.dossier for unit in units},
        parties=first.dossier if first.parties is None else first.parties.dossier,
        groups=frozenset().union(*(unit.groups for unit in units)),
    )


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
    """How far read models are behind: how many units are, and which cannot be projected, and why."""

    lagging: int
    broken: dict[str, str]


class Projecting(Protocol):
    """What keeps read models up to date, in this process or in others."""

    async def open(self) -> None:
        """Start projecting in the background."""

    async def close(self) -> None:
        """Stop, in the middle of whatever is under way."""

    async def project(self, unit: str, at_least: int) -> int:
        """Bring a unit's read models up to a position; return the one that they hold. Raises ReadModelBroken."""

    async def findings(self, unit: str, positions: Sequence[int], ids: Sequence[str]) -> list[bytes]:
        """What does not add up with these events of a unit, as JSON each."""

    async def settle(self, within_s: float) -> None:
        """Wait until no unit lags behind what is recorded now. Raises ReadModelsBehind and ReadModelBroken."""

    def committed(self, units: Collection[str], position: int) -> None:
        """Hear that something was recorded in these units, up to a position."""

    async def status(self) -> Status:
        """How far read models are behind."""
