"""Who uses a data folder, told by a kernel lock (flock).

Unlike a pid, a lock cannot be stale and never names somebody else. `server.lock` is held by whoever is starting, then
by every process of the server, which inherits its descriptor. It is free exactly when the last of them is gone, the
orphans of a killed server included.
"""

import fcntl
import os
import stat
from pathlib import Path

from parley.embedded.account import Account
from parley.embedded.errors import FileElsewhere


def open_file(path: Path, flags: int) -> int:
    """Open a file of the data folder, made if it is missing; return the descriptor.

    Raises FileElsewhere where the file has another name, too: what is done to it would be done to somebody else's.
    """
    descriptor = os.open(path, flags | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
        os.close(descriptor)
        raise FileElsewhere(file=path)
    return descriptor


def open_own(path: Path, flags: int, account: Account) -> int:
    """The same, for the account."""
    descriptor = open_file(path, flags)
    if os.fstat(descriptor).st_uid != account.uid:
        account.take(descriptor)
    return descriptor


def hold(path: Path, account: Account) -> int | None:
    """Take the lock if it is free; return the descriptor that holds it (close it to let go) or None."""
    descriptor = open_own(path, os.O_RDWR, account)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor
