"""What a server says of itself in `postmaster.pid`, and whether that is true."""

import os
import socket
import struct
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_ANSWER_TIMEOUT_S = 1.0
_GOODBYE = struct.pack("!ci", b"X", 4)
_CANNOT_CONNECT_NOW = b"C57P03\0"  # the server is starting or stopping
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


def serving(path: str | Path, role: str) -> int | None:
    """Return the pid of the server that takes connections on a Unix socket (0 if it is out of our sight), else None.

    The kernel tells the pid (SO_PEERCRED, LOCAL_PEERPID), so a reused one does not deceive; but the socket of a killed
    server can outlive it in a child it was just forking, so the answer to a greeting must show that somebody is there.
    A server that was told to stop before we came answers so: it looks for such requests before it looks for visitors.
    """
    with socket.socket(socket.AF_UNIX) as visit:
        visit.settimeout(_ANSWER_TIMEOUT_S)
        try:
            visit.connect(os.fspath(path))
            pid = _peer(visit)
            visit.sendall(_greeting(role))
            answer = visit.recv(1024)
            visit.sendall(_GOODBYE)
        except OSError:
            return None
    refused = answer.startswith(b"E") and _CANNOT_CONNECT_NOW in answer
    return pid if answer and not refused else None


def works_in(pid: int, data: Path) -> bool:
    """Say whether the process works in `data`, as its servers do; False also where the system does not tell us."""
    try:
        return Path(f"/proc/{pid}/cwd").samefile(data)
    except OSError:
        return False


def _peer(visit: socket.socket) -> int:
    if sys.platform == "linux":
        answer = visit.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))  # pid, uid, gid
    else:
        answer = visit.getsockopt(_DARWIN_SOL_LOCAL, _DARWIN_LOCAL_PEERPID, struct.calcsize("i"))
    return int(struct.unpack_from("i", answer)[0])


def _greeting(role: str) -> bytes:
    """Return a StartupMessage (PostgreSQL's documentation, "Message Formats")."""
    names = b"".join(word.encode() + b"\0" for word in ("user", role, "database", role)) + b"\0"
    return struct.pack("!ii", 8 + len(names), 3 << 16) + names
