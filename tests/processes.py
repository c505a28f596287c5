"""What Linux says of processes in /proc: every word of it, however wide a terminal is."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path


def children(parent: int) -> list[int]:
    """The processes that a process started, from whichever of its threads."""
    return [child for thread in Path(f"/proc/{parent}/task").glob("*") for child in _started_by(thread)]


def arguments(process: int) -> list[str]:
    """The command of a process, word by word; nothing where it has ended."""
    with suppress(FileNotFoundError, ProcessLookupError):
        words = os.fsdecode(Path(f"/proc/{process}/cmdline").read_bytes())
        return words.removesuffix("\0").split("\0") if words else []
    return []


def _started_by(thread: Path) -> Iterator[int]:
    with suppress(FileNotFoundError, ProcessLookupError):  # the thread has just ended
        yield from map(int, (thread / "children").read_text(encoding="ascii").split())
