"""How work on many events is shown: a bar on a terminal; elsewhere nothing, or a line for each file loaded."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from parley import loading
from parley.loading import Checked, Found, Loaded


class _Speed(ProgressColumn):
    """How many events go by in a second."""

    def render(self, task: Task) -> Text:
        """The column's text; empty while nobody knows."""
        return Text(f"{task.speed:,.0f} events/s" if task.speed else "")


@contextmanager
def events_bar(console: Console, doing: str) -> Iterator[Progress]:
    """A bar with one task that counts events: how far it is, how fast, and the time left; gone at the end."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), _Speed(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        bar.add_task(doing, total=None)
        yield bar


class Shown(NamedTuple):
    """What `loading.load` calls as it gets on."""

    progress: Callable[[loading.Progress], None]
    loaded: Callable[[Loaded], None]
    found: Callable[[list[Found] | None], None]


@contextmanager
def shown(console: Console) -> Iterator[Shown]:
    """Show the progress; on a terminal the bar is gone at the end, and the line for each file stays."""
    columns = (TextColumn("Loading"), BarColumn(), MofNCompleteColumn(), TextColumn("events"))
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None)
        yield Shown(
            lambda now: bar.update(task, completed=now.done, total=now.of),
            lambda result: console.print(line(result)),
            lambda found: console.print(*finding_lines(found), sep="\n") if found != [] else None,
        )


def line(result: Loaded) -> str:
    """Tell what came of a file."""
    return f"{result.path}: {_outcome(result)}"


FINDINGS_SHOWN: Final = 50


def finding_lines(found: Sequence[Found] | None) -> list[str]:
    """Tell what does not add up with what was loaded; None: that is not known in time."""
    if found is None:
        return ["What does not add up is not known yet: `/v1/negotiations/{negotiation}/findings` tells it."]
    lines = [_finding_line(one) for one in found[:FINDINGS_SHOWN]]
    if len(found) > FINDINGS_SHOWN:
        more = len(found) - FINDINGS_SHOWN
        lines.append(f"and {more} more: `/v1/negotiations/{{negotiation}}/findings` tells all.")
    return lines


def _finding_line(found: Found) -> str:
    more = found.related_total - len(found.related)
    others = [*found.related, *([f"{more} more"] if more else [])]
    beside = f" It does not agree with: {'; '.join(others)}." if others else ""
    return f"{found.where}{': ' if found.where else ''}does not add up: {found.event}: {found.message}{beside}"


def checked_line(result: Checked) -> str:
    """Tell what would come of a file."""
    if not result.recorded:
        return line(Loaded(result.path, 0, result.known))
    known = f", {result.known} on record already" if result.known else ""
    told = "" if result.sentences is not None else " (what would be told of them is not known in time)"
    return f"{result.path}: {result.recorded} event{'' if result.recorded == 1 else 's'} would be recorded{known}{told}"


def summary(results: Sequence[Loaded], place: Path) -> str:
    """Tell what came of all files of a place."""
    whole = Loaded(place, sum(each.recorded for each in results), sum(each.known for each in results))
    if not whole.recorded:
        return f"All {whole.known} events of {place} are on record already: nothing was loaded."
    return f"Loading {place}: {_outcome(whole)}."


def _outcome(result: Loaded) -> str:
    if not result.recorded:
        its_events = "its 1 event is" if result.known == 1 else f"all {result.known} events are"
        return f"nothing new, {its_events} on record already"
    known = f", {result.known} on record already" if result.known else ""
    return f"{result.recorded} event{'' if result.recorded == 1 else 's'} recorded{known}"
