"""What a server says of itself in `postmaster.pid`, and whether that is true."""

import os
import socket
import struct
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_CONNECT_TIMEOUT_S = 1.0
_DARWIN_SOL_LOCAL, _DARWIN_LOCAL_PEERPID = 0, 2  # <sys/un.h>


@dataclass(frozen=True, slots=True)
class Postmaster:
    """The lines of `postmaster.pid` that matter (PostgreSQL's src/include/utils/pidfile.h)."""

    pid: int
    socket: str  # the path as the server calls it, possibly relative to the data; empty where it has none
    status: str  # starting, stopping, ready, standby

    @classmethod
    def read(cls, data: Path) -> Self | None:
        """Return what the file says, None where it is missing or not yet fully written."""
        try:
            lines = (data / "postmaster.pid").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
        except FileNotFoundError:
            return None
        if not lines or not lines[0].strip().lstrip("-").isdigit():
            return None
        port, folder, status = (lines[number].strip() if len(lines) > number else "" for number in (3, 4, 7))
        return cls(int(lines[0]), f"{folder}/.s.PGSQL.{port}" if folder and port else "", status)


def listener(path: str | Path) -> int | None:
    """Return the pid of the process listening on a Unix socket: 0 if it is out of our sight, None if nobody listens.

    The kernel says it (SO_PEERCRED, LOCAL_PEERPID), so a reused pid does not deceive. PostgreSQL does not log such a
    visit.
    """
    with socket.socket(socket.AF_UNIX) as visit:
        visit.settimeout(_CONNECT_TIMEOUT_S)
        try:
            visit.connect(os.fspath(path))
        except OSError:
            return None
        if sys.platform == "linux":
            size = struct.calcsize("3i")
            pid, _, _ = struct.unpack("3i", visit.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))
        else:
            (pid,) = struct.unpack(
                "i", visit.getsockopt(_DARWIN_SOL_LOCAL, _DARWIN_LOCAL_PEERPID, struct.calcsize("i"))
            )
    return int(pid)
