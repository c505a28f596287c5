"""`parley load`: seed files into a database of one's own, or into a demo's; or only tried."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from parley.cli.chosen import chosen
from parley.cli.failures import Failure
from parley.cli.logs import log_to_stderr
from parley.cli.progress import checked_line, shown
from parley.harmless import one_line
from parley.loading import Outlook, Unfit, check
from parley.loading import load as load_files
from parley.recording import Recording


async def load(console: Console, files: Sequence[Path], data: Path | None, environment: Mapping[str, str]) -> None:
    """Record the files and tell what came of each, and what does not add up with it. Raises Failure."""
    log_to_stderr("error")
    async with chosen("load", data, environment, makes=True) as url:
        recording = await Recording.open(url)
        try:
            with shown(console) as told_of:
                await load_files(
                    recording, files, progress=told_of.progress, loaded=told_of.loaded, found=told_of.found
                )
        finally:
            await recording.close()


async def check_files(
    console: Console, files: Sequence[Path], data: Path | None, environment: Mapping[str, str]
) -> None:
    """Tell what would come of the files, and record nothing. Raises Failure with all that is wrong."""
    log_to_stderr("error")
    async with chosen("load", data, environment) as url:
        recording = await Recording.open(url)
        try:
            outlook = await check(recording, files)
        except Unfit as unfit:
            raise _failure(unfit) from unfit
        finally:
            await recording.close()
    _show(console, outlook)


def _failure(unfit: Unfit) -> Failure:
    if len(unfit.faults) == 1:
        return Failure(str(unfit.faults[0]))
    return Failure(f"{len(unfit.faults)} faults; nothing would be recorded:", below=[*map(str, unfit.faults)])


def _show(console: Console, outlook: Outlook) -> None:
    for file in outlook.files:
        console.print(checked_line(file))
        for sentence in file.sentences or ():
            console.print(Text(f"  {one_line(sentence)}"), soft_wrap=True)
    for finding in outlook.findings:
        console.print(Text(f"does not add up: {one_line(finding)}"), soft_wrap=True)
