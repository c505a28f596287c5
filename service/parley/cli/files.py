"""The file that a command was told to write or to read; `-` is standard output, or standard input."""

import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

from parley.cli.failures import CALLED_WRONGLY, Failure
from parley.harmless import one_line

STANDARD: Final = Path("-")


def name_of(file: Path) -> str:
    """What it is called in a sentence."""
    return "The standard stream" if file == STANDARD else one_line(str(file))


def size_of(source: BinaryIO) -> int | None:
    """How much there is to read, None where that is not known."""
    status = os.fstat(source.fileno())
    return status.st_size if stat.S_ISREG(status.st_mode) else None


@contextmanager
def told(file: Path) -> Iterator[None]:
    """Tell what is wrong with a file as the file's fault, not the database's."""
    try:
        yield
    except OSError as error:
        if error.filename is None:
            raise
        raise Failure(f"{file}: {error.strerror}.") from error


@contextmanager
def opened(file: Path) -> Iterator[BinaryIO]:
    """A file to be read."""
    if file == STANDARD:
        yield sys.stdin.buffer
        return
    with told(file):
        source = file.open("rb")
    with source:
        yield source


def refuse_terminal(file: Path, what: str) -> None:
    """Raise Failure where all of it would go to a terminal."""
    if file == STANDARD and sys.stdout.isatty():
        raise Failure(f"{what} is nothing for a terminal: send it into a file.", CALLED_WRONGLY)


def refuse_taken(file: Path, *, replace: bool) -> None:
    """Raise Failure where something has the file's name already, unless it is a file that is to be replaced."""
    if file == STANDARD or not os.path.lexists(file):
        return
    if not replace:
        raise Failure(f"{file} exists: choose another name, or say --replace.", CALLED_WRONGLY)
    if not file.is_file():
        raise Failure(f"{file} is no file that can be replaced: choose another name.", CALLED_WRONGLY)


@contextmanager
def whole(file: Path) -> Iterator[BinaryIO]:
    """A file that takes its name only when it is whole, and is on disk then. Until then it has another."""
    if file == STANDARD:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    descriptor, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    os.close(descriptor)
    try:
        with Path(name).open("wb") as target:
            yield target
            target.flush()
            os.fsync(target.fileno())
        Path(name).replace(file)
    except BaseException:  # however it ends, nothing half written stays; raised again
        with suppress(OSError):
            Path(name).unlink()
        raise
