"""The server's log file, kept bounded."""

import os
from pathlib import Path
from typing import IO

from parley.embedded import locks
from parley.embedded.account import Account

_MOST_BYTES = 10 * 1024 * 1024
_TAIL_BYTES = 4096
_TAIL_LINES = 8


class ServerLog:
    """`server.log`: appended to, and moved to `server.log.1` at a start that finds it larger than 10 MB."""

    def __init__(self, path: Path) -> None:
        """Name the file."""
        self.path = path
        self._start = 0

    def opened(self, account: Account) -> IO[bytes]:
        """Open it for a new server to append to."""
        if self.path.exists() and self.path.stat().st_size > _MOST_BYTES:
            self.path.rename(self.path.with_suffix(".log.1"))
        file = os.fdopen(locks.open_own(self.path, os.O_WRONLY | os.O_APPEND, account), "ab")
        self._start = os.fstat(file.fileno()).st_size
        return file

    def last_lines(self) -> str:
        """Return the last lines (8 at most) written since it was opened."""
        with self.path.open("rb") as file:
            end = file.seek(0, os.SEEK_END)
            file.seek(max(self._start, end - _TAIL_BYTES))
            lines = file.read().decode(errors="replace").splitlines()
        return "\n".join(lines[-_TAIL_LINES:])
