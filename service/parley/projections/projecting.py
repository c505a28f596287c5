"""Projecting: units folded and their read models written, in one transaction.

The transaction claims the units, folds what was recorded since, composes each row that this touches once, writes, and
sets the position. The claim is an advisory lock, so a second replica waits and then finds nothing left to do.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from hashlib import blake2b
from typing import Any

from negotiation.clocks import NOW
from parley.projections.touched import Touched
from parley.projections.units import SQL, Unit, Units
from parley.projections.writing import Differences, composed, put_right, updates, write
from parley.store.log import AnyConnection


async def project(
    connection: AnyConnection, folded: Units, names: Sequence[str], *, anew: bool = False
) -> tuple[int, Differences]:
    """Project units in one transaction: the parties by themselves, or negotiations.

    ``anew``: compose everything, whatever the position says. Returns the position that the read models hold now, and
    the rows that were not as they should be where everything was composed.
    """
    names = sorted(names)
    differences = Differences({}, [])
    async with AsyncExitStack() as stack:
        async with _claimed(connection, names):
            asked = folded.head
            rows = await connection.fetch(SQL["where"], names, asked)
            held = {row["unit"]: row["position"] for row in rows}
            last = folded.see(asked, rows[0]["hash_before"], rows[0]["head"], rows[0]["hash"])
            new = await folded.fetch(connection, names, last)
            every = [await stack.enter_async_context(folded.held(connection, NOW, name, last, new)) for name in names]
            position = min(min(unit.position, (unit.parties or unit).position) for unit in every)
            whole = [unit for unit in every if anew or not _is_watched(unit, held[unit.name])]
            if whole:
                touched_all = _touched(whole, {unit.name: unit.everything() for unit in whole})
                wanted = await folded.work(sum(unit.size for unit in whole), lambda: composed(touched_all))
                differences.join(await put_right(connection, [unit.name for unit in whole], wanted))
            changed = [unit for unit in every if unit not in whole]
            size = sum(len(unit.pending.facts) + len(unit.pending.keys) for unit in changed)
            touched = _touched(every, {unit.name: unit.pending for unit in changed})
            rows_to_write = await folded.work(size, lambda: updates(touched))
            await write(connection, rows_to_write, SQL["set_position"], names, position)
        for unit in every:
            unit.watch_from(position)
    return position, differences


@asynccontextmanager
async def _claimed(connection: AnyConnection, names: Sequence[str]) -> AsyncIterator[None]:
    """A transaction that has the claim on these units."""
    numbers = ",".join(map(str, sorted(map(_number, names))))
    try:
        await connection.execute(SQL["claim"].format(numbers=numbers))
        yield
        await connection.execute("COMMIT")
    except BaseException:  # whatever it is, it is raised again
        connection.terminate()  # a connection that is dead answers no ROLLBACK
        raise


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
