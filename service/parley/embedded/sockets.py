"""The way of clients to the server's socket, which lies in the data itself: private (0700) like it, gone with it."""

import hashlib
import os
import stat
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from parley.embedded.errors import SocketFolderUntrusted

PORT = 5432  # only a part of the socket's name: the server listens on no network
SOCKET = f".s.PGSQL.{PORT}"
_PATH_BYTES = 107 if sys.platform == "linux" else 103  # sockaddr_un.sun_path without its NUL
_LINK = "s"


def client_folder(data: Path) -> Path:
    """Return the folder in which clients find the socket: `data`, or a short way there where that is of no use.

    It cannot where the path is longer than a socket's may be, or has a comma, which separates hosts in a connection
    string. The way is a link in a private folder (0700) of the temporary folder, named after `data`, so every process
    finds the same one; it is made when asked for, for cleaners of temporary files may have taken it. Raise
    SocketFolderUntrusted.
    """
    if _usable(data):
        return data
    folder = _private_folder(data)
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid() or stat.S_IMODE(status.st_mode) & 0o077:
        raise SocketFolderUntrusted(folder=folder)
    link = folder / _LINK
    if not link.is_symlink() or link.readlink() != data:
        new = folder / f"{_LINK}.{os.getpid()}"
        new.unlink(missing_ok=True)
        new.symlink_to(data)
        new.rename(link)
    return link


def forget_client_folder(data: Path) -> None:
    """Remove the short way, if there is one."""
    folder = _private_folder(data)
    if not _usable(data) and folder.is_dir() and folder.lstat().st_uid == os.geteuid():
        (folder / _LINK).unlink(missing_ok=True)
        with suppress(OSError):  # another process is just making the link again
            folder.rmdir()


def _usable(folder: Path) -> bool:
    return len(os.fsencode(folder / SOCKET)) <= _PATH_BYTES and "," not in str(folder)


def _private_folder(data: Path) -> Path:
    digest = hashlib.sha256(os.fsencode(os.path.realpath(data))).hexdigest()[:16]
    name = f"parley-{os.geteuid()}-{digest}"
    temporary = Path(tempfile.gettempdir())
    return (temporary if _usable(temporary / name / _LINK) else Path("/tmp")) / name  # noqa: S108 - 0700 and checked
