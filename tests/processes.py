"""Which processes there are, as Linux tells it in /proc: however wide a terminal is, and without `ps`."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path


def children(parent: int) -> list[int]:
    """The processes that a process started, from whichever of its threads."""
    return [child for thread in Path(f"/proc/{parent}/task").glob("*") for child in _started_by(thread)]


def _started_by(thread: Path) -> Iterator[int]:
    with suppress(FileNotFoundError, ProcessLookupError):  # the thread has just ended
        yield from map(int, (thread / "children").read_text(encoding="ascii").split())
