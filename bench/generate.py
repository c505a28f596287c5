"""`python -m bench.generate`: make up a record of any size, as a file for `parley import` or into an empty database."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import asyncpg
import rich_click as click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from bench.generator.copying import copy
from bench.generator.exporting import lines
from bench.generator.record import record
from bench.generator.size import Size
from parley.store.exchange import ImportRefused
from parley.store.migrate import MigrationError, check_version

_USUAL: Final = Size()
_OFTEN: Final = 1_000
"""Events between two looks at the bar."""
_COUNT: Final = click.IntRange(min=1)
_SHARE: Final = click.FloatRange(0, 1)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--events", type=_COUNT, default=_USUAL.events, show_default=True, help="Events in all.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed and sizes give the same record.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="File to write, for parley import.")
@click.option("--database", metavar="URL", help="Migrated, empty database to copy events and head into.")
@click.option("--negotiations", type=_COUNT, help="Negotiations; by themselves one for a thousand events.")
@click.option("--rounds", type=_COUNT, help="Rounds of each negotiation; by themselves one for 180 events.")
@click.option("--long-round", type=click.IntRange(min=0), default=0, help="Events in one very long round, at least.")
@click.option("--late", type=_SHARE, default=_USUAL.late, show_default=True, help="Share of facts reported late.")
@click.option("--corrected", type=_SHARE, default=_USUAL.corrected, show_default=True, help="Share of corrected facts.")
@click.option(
    "--contested", type=_SHARE, default=_USUAL.contested, show_default=True, help="Share of contested answers."
)
def main(seed: int, out: Path | None, database: str | None, **sizes: float | None) -> None:
    """Make up negotiations: the same events for the same seed and sizes, byte for byte."""
    if out is None and database is None:
        raise click.UsageError("Say where to: --out FILE, --database URL, or both.")
    try:
        size = Size(**{name: value for name, value in sizes.items() if value is not None})  # type: ignore[arg-type] # click gives each its own type
    except ValueError as error:
        name, _, remedy = str(error).partition(": ")
        raise click.BadParameter(remedy, param_hint=f"--{name.replace('_', '-')}") from error
    console = Console(highlight=False, markup=False, emoji=False)
    if out is not None:
        _write(out, size, seed, console)
    if database is not None:
        asyncio.run(_load(database, size, seed, console))


def _write(out: Path, size: Size, seed: int, console: Console) -> None:
    """Write the file under another name first: what has its name is whole."""
    partial = out.with_name(f".{out.name}.partial")
    try:
        with partial.open("wb", buffering=1 << 20) as file, _bar(console, "Writing", size.events) as bar:
            for number, line in enumerate(lines(record(size, seed))):
                file.write(line)
                if number % _OFTEN == 0:
                    bar.update(bar.task_ids[0], completed=number)
        partial.replace(out)
    except OSError as error:
        raise click.ClickException(f"{out}: {error.strerror}.") from error
    finally:
        with suppress(OSError):
            partial.unlink()
    console.print(f"{out}: {size.events} events.", soft_wrap=True)


async def _load(url: str, size: Size, seed: int, console: Console) -> None:
    try:
        connection = await asyncpg.connect(url, server_settings={"search_path": "parley", "jit": "off"})
    except (OSError, ValueError, asyncpg.PostgresError) as error:
        raise click.ClickException(f"The database is out of reach: {error}") from error
    try:
        await check_version(connection)
        with _bar(console, "Copying", size.events) as bar:
            async for position in copy(connection, record(size, seed)):
                bar.update(bar.task_ids[0], completed=position)
    except (MigrationError, ImportRefused) as error:
        raise click.ClickException(str(error)) from error
    finally:
        await connection.close()
    console.print(f"{size.events} events copied. Make their read models now: parley rebuild", soft_wrap=True)


@contextmanager
def _bar(console: Console, doing: str, events: int) -> Iterator[Progress]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(show_speed=True),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        bar.add_task(doing, total=events)
        yield bar


if __name__ == "__main__":
    main()
