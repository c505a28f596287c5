"""`parley load`: seed files into a database of one's own, or into a demo's."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console

from parley.cli.chosen import chosen
from parley.cli.logs import log_to_stderr
from parley.cli.progress import shown
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
