"""The file that a command was told to write or to read; `-` is standard output, or standard input."""

import fcntl
import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

from parley.cli.failures import CALLED_WRONGLY, Failure

STANDARD: Final = Path("-")
_UNFINISHED: Final = (".parley-", ".part")
"""How files that are not whole yet are called: what comes before and behind."""
_FOR_OTHERS: Final = 0o077
_LONGEST_SECRET: Final = 4096


def name_of(file: Path) -> str:
    """What it is called in a sentence."""
    return "The standard stream" if file == STANDARD else str(file)


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


def private_text(file: Path) -> str:
    """What stands in a file that holds a secret, without space around it; raises Failure where others can read it."""
    with told(file):
        descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK)  # a pipe that nobody writes to is refused, not awaited
    try:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            raise Failure(f"{file} is no file: name the file that holds the key.", CALLED_WRONGLY)
        if mode & _FOR_OTHERS:
            raise Failure(
                f"{file} holds a secret, and others may read it or write into it (mode {stat.S_IMODE(mode):04o}): "
                f"`chmod 600 {file}`, and make a new key if they may have read it.",
                CALLED_WRONGLY,
            )
        return os.read(descriptor, _LONGEST_SECRET).decode().strip()
    except UnicodeDecodeError as error:
        raise Failure(f"{file} holds no key: a key is a line of text.", CALLED_WRONGLY) from error
    finally:
        os.close(descriptor)


def write_private(file: Path, text: str) -> None:
    """Make a file that its owner alone can read; raises Failure, where there is one of that name above all."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise Failure(f"{file} exists, and a key is not written over: choose another name.", CALLED_WRONGLY) from error
    except OSError as error:
        raise Failure(f"{file}: {error.strerror}.") from error
    try:
        with os.fdopen(descriptor, "wb") as target:
            target.write(text.encode())
            target.flush()
            os.fsync(descriptor)
        sync_folder(file)
    except BaseException as error:  # however it ends, no half of a secret stays
        with suppress(OSError):
            file.unlink()
        if isinstance(error, OSError):
            raise Failure(f"{file}: {error.strerror}.") from error
        raise


def sync_folder(file: Path) -> None:
    """Have the disk know that a new file is there."""
    descriptor = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


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
    """A file that takes its name only when it is whole, and is on disk then. Until then it has another.

    Who writes it holds a lock on it, so that what a killed run left behind is known, and removed by the next.
    """
    if file == STANDARD:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    _remove_left_behind(file.parent)
    with _unfinished(file.parent) as unfinished:
        try:
            with unfinished.open("wb") as target:
                yield target
                target.flush()
                os.fsync(target.fileno())
            unfinished.replace(file)
        except BaseException:  # however it ends, nothing half written stays; raised again
            with suppress(OSError):
                unfinished.unlink()
            raise


@contextmanager
def _unfinished(folder: Path) -> Iterator[Path]:
    """A new file for what is not whole yet, and the lock on it."""
    while True:
        descriptor, name = tempfile.mkstemp(prefix=_UNFINISHED[0], suffix=_UNFINISHED[1], dir=folder)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if os.fstat(descriptor).st_nlink:  # else another run has just taken it for left behind
                yield Path(name)
                return
        finally:
            os.close(descriptor)


def _remove_left_behind(folder: Path) -> None:
    """Remove unfinished files that nobody writes any more."""
    for file in folder.glob("*".join(_UNFINISHED)):
        with suppress(OSError):
            descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                file.unlink()
            finally:
                os.close(descriptor)
