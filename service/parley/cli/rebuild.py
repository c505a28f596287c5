"""`parley rebuild`: read models folded anew from the record, and what was wrong in them."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from rich.console import Console

from parley.cli.chosen import chosen
from parley.cli.progress import events_bar
from parley.projections import rebuild as rebuilding
from parley.projections.rebuild import Rebuilt
from parley.projections.writing import Differences
from parley.store.progress import Progress

_WAS: Final = {
    "different": "it said something else",
    "missing": "it was missing",
    "extra": "it did not belong there",
}


async def rebuild(
    console: Console, data: Path | None, environment: Mapping[str, str], processes: int | None = None
) -> None:
    """Rebuild the read models, in so many processes, and tell what differed. Raises Failure."""
    async with chosen("rebuild", data, environment) as url:
        began = time.monotonic()
        with events_bar(console, "Folding") as bar:

            def shown(progress: Progress) -> None:
                bar.update(bar.task_ids[0], completed=progress.done, total=progress.total or None)

            rebuilt = await rebuilding.rebuild(url, shown, processes)
        _tell(console, rebuilt, time.monotonic() - began)


def _tell(console: Console, rebuilt: Rebuilt, took_s: float) -> None:
    events = f"{rebuilt.events:,} event{'' if rebuilt.events == 1 else 's'}"
    speed = f"{rebuilt.events / took_s:,.0f} events/s"
    console.print(f"Projected {events} from nothing in {took_s:.1f} s ({speed}).")
    if not rebuilt.differences.total:
        console.print("0 differences: every read model is what the record says.")
        return
    _tell_differences(console, rebuilt.differences)


def _tell_differences(console: Console, differences: Differences) -> None:
    """Name rows on one line each, so that they can be looked for."""
    were = "difference was" if differences.total == 1 else "differences were"
    console.print(f"{differences.total:,} {were} found and put right; every read model is what the record says now.")
    for table, how in differences.rows:
        console.print(f"  {table}: {_rows(differences.rows[table, how])} {how}")
    shown = "They were" if len(differences.named) == differences.total else f"The first {len(differences.named)} were"
    console.print(f"{shown}, by table and key:")
    for one in differences.named:
        console.print(f"  {one.table} ({one.key}): {_WAS[one.how]}")


def _rows(number: int) -> str:
    return f"{number:,} row{'' if number == 1 else 's'}"
