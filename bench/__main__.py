"""`make bench`: measure Parley against what one would take instead, side by side, and write down how it stands."""

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import rich_click as click
import uvloop
from rich.console import Console

from bench.figures import Figure, table, write
from bench.rows import FAMILIES, NAMES
from bench.run import Run
from bench.scale import TINY, USUAL
from bench.server import NotDurable, Server, running
from bench.workers import WorkerFailed
from parley.embedded import EmbeddedPostgresError

_PATH: Final[Any] = click.Path(path_type=Path)
_FILE_WIDTH: Final = 150
_PROFILERS: Final = click.Choice(["cprofile", "pyinstrument"])


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("rows", nargs=-1, type=click.Choice(NAMES), metavar="[ROW]...")
@click.option("--out", default=Path("build/bench.json"), show_default=True, type=_PATH, help="File for the figures.")
@click.option("--folder", default=Path("build/bench"), show_default=True, type=_PATH, help="For data, on a disk.")
@click.option("--profile", "profiler", type=_PROFILERS, help="See where our side's time goes.")
@click.option("--tiny", is_flag=True, help="Only show that it works: the figures say nothing.")
def main(*, rows: tuple[str, ...], out: Path, folder: Path, profiler: str | None, tiny: bool) -> None:
    """Measure these rows, or all, and write them down.

    With --profile our side works under a profiler, which makes it slower: build/profile-*.txt are written instead.
    """
    console = Console(highlight=False, emoji=False, markup=False)
    if not console.is_terminal:
        console.width = _FILE_WIDTH
    began = time.monotonic()

    def say(text: str) -> None:
        console.print(f"{time.monotonic() - began:5.0f} s  {text}", style="dim", soft_wrap=True)

    def done(figures: list[Figure]) -> None:
        if not profiler:
            write(out, figures, NAMES)

    scale = TINY if tiny else USUAL
    try:
        found, failed = uvloop.run(
            _measure(rows or NAMES, folder, done, lambda on: Run(on, scale, folder, profiler or "", say))
        )
    except (NotDurable, EmbeddedPostgresError) as error:
        raise click.ClickException(str(error)) from error
    console.print(table(found))
    console.print(f"Profiles: {folder.parent}/profile-*.txt" if profiler else f"Written to {out}.")
    sys.exit(failed)


async def _measure(
    names: Sequence[str], folder: Path, done: Callable[[list[Figure]], None], begin: Callable[[Server], Run]
) -> tuple[list[Figure], bool]:
    """Measure, family by family; a family that fails is told so, and the others go on."""
    found: list[Figure] = []
    failed = False
    async with running(folder / "server") as server:
        run = begin(server)
        for family in FAMILIES:
            wanted = [name for name in family.rows if name in names]
            try:
                figures = await family.measure(run, wanted) if wanted else []
            except WorkerFailed as error:
                failed = True
                figures = [Figure.missing(name, "", "", str(error)) for name in wanted]
            done(figures)
            found += figures
    return found, failed


if __name__ == "__main__":
    main()
