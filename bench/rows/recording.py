"""record_vs_*: many writers record one event each at a time, with all that Parley does for it, against what others do.

Ours: rules, stream version, Idempotency-Key and event id, hash chain; a process beside it brings read models up to
date, and record_and_project_vs_emmett waits for it. The peers do what they do: an insert, or an append to a stream with
its version.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

from bench.figures import Figure, Measured
from bench.run import Missing, Run, Side, in_turn
from bench.sides.pgbench import Pgbench, insert_script
from bench.sides.stores import STATE_BYTES, Emmett, Library, MessageDb
from bench.workers import Worker, module, worker

_MARGIN: Final = 2.0
"""So many more requests are made than the last rate asks for."""
_FIRST_GUESS: Final = 200
"""Events a second of each writer, before any were measured."""
UNIT: Final = "events/s"
SLOW_DISK: Final = {"commit_delay": "2000", "commit_siblings": "0"}
"""Each flush of the log takes 2 ms longer, whoever waits for it: a disk in a cloud."""


class Ours:
    """`Recording.record` in one process; ``projected``: the clock runs until every read model is up to date.

    ``projectors``: how many processes beside it project, 0: it does; then it may leave the read model of searches out.
    """

    def __init__(
        self,
        run: Run,
        row: str,
        *,
        projected: bool = False,
        name: str = "parley",
        projectors: int = 1,
        search: bool = True,
    ) -> None:
        assert search or not projectors, "another process would have them"
        self.name = name
        self._run, self._row, self._projected = run, row, projected
        self._options = {"projectors": projectors, "search": search}
        self._worker: Worker | None = None
        self._fastest = float(_FIRST_GUESS * run.scale.writers)
        self.busy: list[float] = []
        self.behind: list[float] = []
        self.load_s = 0.0

    @asynccontextmanager
    async def ready(self) -> AsyncIterator[None]:
        """Open an empty record, with the parties in it."""
        server = self._run.server
        database = "recorded" if self.name == "parley" else f"recorded_{self.name}"
        dsn = await server.database(database, migrated=True)
        async with worker(*module("bench.sides.recorder"), environment=self._run.profile(self._row)) as self._worker:
            await self._worker.ask("open", dsn=dsn, writers=self._run.scale.writers, **self._options)
            yield
            self.load_s = (await self._worker.ask("load"))["each"]
            await self._worker.ask("close")
        await server.drop(database)

    async def rate(self, seconds: int) -> float:
        """Events a second."""
        assert self._worker is not None
        each = int(self._fastest * seconds * _MARGIN / self._run.scale.writers) + 50
        await self._worker.ask("fill", each=each)
        done = await self._worker.ask("run", seconds=seconds)
        rate: float = done["recorded"] / done["seconds"]
        counted: float = done["recorded"] / done["settled"] if self._projected else rate
        if done["dry"]:
            self._fastest *= _MARGIN
            return await self.rate(seconds)
        self._fastest = max(self._fastest, rate)
        self.busy.append(done["busy"])
        self.behind.append(done["settled"] - done["seconds"])
        return counted

    def told(self, measured: Measured) -> str:
        """How much of a processor this took, and how much of it the load; how far read models were behind."""
        busy, behind = (Measured.of(each[1:] or each).value for each in (self.busy, self.behind))
        counted = "counted" if self._projected else "not counted"
        return (
            f"our process used {busy:.0%} of a core, {self.load_s * measured.value:.1%} of it the load's; one process "
            f"beside it projects: read models were up to date {behind:.1f} s after the last event, {counted}"
        )


class Inserts:
    """pgbench, one insert a commit."""

    name = "pgbench, one insert a commit"

    def __init__(self, run: Run) -> None:
        self._run = run
        self._script = run.folder / "insert.sql"
        self._pgbench = Pgbench(run.server.dsn("inserted"), run.scale.writers, self._script)

    @asynccontextmanager
    async def ready(self) -> AsyncIterator[None]:
        """Make the table."""
        await self._run.server.database("inserted")
        await self._run.server.execute(insert_script(self._script, STATE_BYTES), database="inserted")
        yield
        await self._run.server.drop("inserted")

    async def rate(self, seconds: int) -> float:
        """Commits a second."""
        return await self._pgbench.rate(seconds)


_PEERS: Final[Mapping[str, Callable[[Run], Side]]] = {
    "record_vs_pgbench": Inserts,
    "record_vs_eventsourcing": Library,
    "record_vs_emmett": Emmett,
    "record_vs_message_db": MessageDb,
}
_REACH: Final = {
    "record_vs_pgbench": ">= 0.25x",
    "record_vs_eventsourcing": ">= 6x",
    "record_vs_emmett": ">= 2.5x",
    "record_vs_message_db": ">= 2.5x",
}
PROJECTED: Final = "record_and_project_vs_emmett"
RECORD_ROWS: Final = tuple(_PEERS)


async def measure(run: Run, names: Sequence[str]) -> list[Figure]:
    """All of these rows: our side is measured once, and each peer in turn with it."""
    async with AsyncExitStack() as stack:
        ours = Ours(run, names[0])
        sides: list[tuple[str, Side]] = []
        figures: dict[str, Figure] = {}
        for name in names:
            peer = _PEERS[name](run)
            try:
                await stack.enter_async_context(peer.ready())
            except Missing as why:
                figures[name] = Figure.missing(name, UNIT, peer.name, str(why), _REACH[name])
            else:
                sides.append((name, peer))
        if sides:
            async with ours.ready():
                mine, *theirs = await in_turn(run, "record", [ours, *(side for _, side in sides)])
            note = ours.told(mine)
            for (name, side), measured in zip(sides, theirs, strict=True):
                figures[name] = Figure.measured(name, mine, UNIT, side.name, measured, reach=_REACH[name], note=note)
    return [figures[name] for name in names]


async def measure_slow_disk(run: Run, names: Sequence[str]) -> list[Figure]:
    """The row against pgbench once more, where each flush takes 2 ms longer."""
    ours, peer = Ours(run, names[0]), Inserts(run)
    async with peer.ready(), ours.ready(), run.server.set_up(SLOW_DISK):
        mine, theirs = await in_turn(run, names[0], [ours, peer])
    note = ours.told(mine)
    return [Figure.measured(names[0], mine, UNIT, peer.name, theirs, reach=">= 0.4x", note=note)]


async def measure_projected(run: Run, names: Sequence[str]) -> list[Figure]:
    """The row against Emmett once more, where every read model has to be up to date before the clock stops."""
    reach = ">= 1.5x"
    ours, peer = Ours(run, names[0], projected=True), Emmett(run)
    async with AsyncExitStack() as stack:
        try:
            await stack.enter_async_context(peer.ready())
        except Missing as why:
            return [Figure.missing(names[0], UNIT, peer.name, str(why), reach)]
        async with ours.ready():
            mine, theirs = await in_turn(run, names[0], [ours, peer])
    return [Figure.measured(names[0], mine, UNIT, peer.name, theirs, reach=reach, note=ours.told(mine))]
