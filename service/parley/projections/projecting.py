"""Projecting: units folded and their read models written, in one transaction.

The transaction claims the units, folds what was recorded since, composes each row that this touches once, writes, and
sets the position. The claim is an advisory lock, so a second replica waits and then finds nothing left to do.
"""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from hashlib import blake2b
from typing import Any, Final

from negotiation.clocks import NOW
from parley.projections.touched import Touched
from parley.projections.units import Unit, Units
from parley.projections.writing import Differences, composed, put_right, updates, write
from parley.store.log import AnyConnection
from parley.store.sql import statements

SQL: Final = statements("parley.projections", "projections.sql")


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
        every: list[Unit] = []
        async with connection.transaction():
            await connection.execute(SQL["claim"], sorted(map(_number, names)))
            held = {row["unit"]: row["position"] for row in await connection.fetch(SQL["positions"], names)}
            last = await folded.look(connection)
            every += [await stack.enter_async_context(folded.held(connection, NOW, name, last)) for name in names]
            position = min(min(unit.position, (unit.parties or unit).position) for unit in every)
            whole = [unit for unit in every if anew or not _is_watched(unit, held.get(unit.name))]
            changed = [unit for unit in every if unit not in whole]
            if changed:
                touched = _touched(changed, {unit.name: unit.pending for unit in changed})
                size = sum(len(unit.pending.facts) + len(unit.pending.keys) for unit in changed)
                await write(connection, await folded.work(size, lambda: updates(touched)))
            if whole:
                touched_all = _touched(whole, {unit.name: unit.everything() for unit in whole})
                rows = await folded.work(sum(unit.size for unit in whole), lambda: composed(touched_all))
                differences.join(await put_right(connection, [unit.name for unit in whole], rows))
            await connection.execute(SQL["set_position"], names, position)
        for unit in every:
            unit.watch_from(position)
    return position, differences


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
