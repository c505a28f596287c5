"""The file in which a witness keeps checkpoints: added to, never changed."""

import fcntl
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple, Self

from parley.checkpoints import checkpoint, notes
from parley.checkpoints.checkpoint import Checkpoint
from parley.checkpoints.notes import NoteError, VerifierKey
from parley.cli import files
from parley.cli.failures import CALLED_WRONGLY, Failure


class Signed(NamedTuple):
    """A checkpoint, and the note that it was read from."""

    note: bytes
    checkpoint: Checkpoint


class Kept:
    """What is in the file, open and locked. ``last``: the checkpoint kept last, None in an empty file.

    ``removed_line``: where the unfinished checkpoint stood that was removed when the file was opened.
    """

    def __init__(self, file: Path, descriptor: int) -> None:
        self._name = files.name_of(file)
        self._descriptor = descriptor
        self._lines = 0
        self._by_position: dict[int, Checkpoint] = {}
        self.last: Checkpoint | None = None
        self.removed_line: int | None = None

    @classmethod
    @contextmanager
    def opened(cls, file: Path, keys: Sequence[VerifierKey]) -> Iterator[Self]:
        """Open the file, or make it; raises Failure, also where two checkpoints in it contradict each other."""
        with files.told(file):
            descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NONBLOCK, 0o644)
        try:
            kept = cls(file, descriptor)
            kept._lock(file)
            kept._read(keys)
            files.sync_folder(file)
            yield kept
        finally:
            os.close(descriptor)

    def keep(self, signed: Signed) -> bool:
        """Add a checkpoint, unless it is the last once more; tell whether it was added, and is on disk.

        Raises Failure where it contradicts an earlier one: then both are kept, for together they are the proof.
        """
        found = signed.checkpoint
        if self.last is not None and (self.last.position, self.last.hash) == (found.position, found.hash):
            return False
        between = b"\n" if self._lines else b""
        self._append(between + signed.note)
        found = found._replace(line=self._lines + len(between) + found.line)
        self._lines += len(between) + signed.note.count(b"\n")
        self._take(found)
        return True

    def _lock(self, file: Path) -> None:
        if not stat.S_ISREG(os.fstat(self._descriptor).st_mode):
            raise Failure(f"{file} is no file that can be added to: choose another name.", CALLED_WRONGLY)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            message = f"Another witness keeps its checkpoints in {file}: stop that one, or name another file with --to."
            raise Failure(message, CALLED_WRONGLY) from error

    def _read(self, keys: Sequence[VerifierKey]) -> None:
        content = b"".join(iter(lambda: os.read(self._descriptor, 1 << 20), b""))
        try:
            found = notes.read(content)
            checkpoints = list(checkpoint.opened(found.notes, keys))
        except NoteError as error:
            raise Failure(f"{self._name}, line {error.line}: {error}.") from error
        if found.unfinished_line is not None:
            self._remove_unfinished(found, keys[0].name)
            content = content[: found.whole]
        self._lines = content.count(b"\n")
        for one in checkpoints:
            self._take(one)

    def _remove_unfinished(self, found: notes.Read, name: str) -> None:
        """What a power cut left of a checkpoint is removed; anything else is somebody's, and refused."""
        if not found.unfinished.startswith(f"{name}\n".encode()[: len(found.unfinished)]):
            raise Failure(
                f"{self._name}, line {found.unfinished_line}: this is no checkpoint, nor the beginning of one of "
                f"{name}. Name another file with --to.",
                CALLED_WRONGLY,
            )
        os.ftruncate(self._descriptor, found.whole)
        os.fsync(self._descriptor)
        self.removed_line = found.unfinished_line

    def _append(self, content: bytes) -> None:
        """Write all of it or nothing, and wait until it is on disk."""
        size = os.fstat(self._descriptor).st_size
        try:
            while content:  # where a disk is full a part of it goes there, and then none
                content = content[os.write(self._descriptor, content) :]
            os.fsync(self._descriptor)
        except OSError as error:
            with suppress(OSError):
                os.ftruncate(self._descriptor, size)
            raise Failure(f"{self._name}: {error.strerror}.") from error

    def _take(self, found: Checkpoint) -> None:
        earlier = self._by_position.setdefault(found.position, found)
        if earlier.hash != found.hash:
            raise Failure(
                f"{self._contradict(earlier, found)}. At position {found.position} one has the hash "
                f"{earlier.written_hash} and the other {found.written_hash}: the record was rewritten there or "
                "before. Keep this file, it is the proof."
            )
        if self.last is not None and found.position < self.last.position:
            raise Failure(
                f"{self._contradict(self.last, found)}. The record ended at position "
                f"{self.last.position}, and later at {found.position}: its end was cut off. "
                "Keep this file, it is the proof."
            )
        self.last = found

    def _contradict(self, one: Checkpoint, other: Checkpoint) -> str:
        return f"{self._name}, lines {one.line} and {other.line}: two checkpoints of {one.origin} contradict each other"
