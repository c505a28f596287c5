"""As whom the server runs: PostgreSQL refuses to run as root.

An ordinary user runs it as himself. Root on Linux hands it to the owner of the data, else of the folder, else to
`postgres`, else to `nobody`; only the folder `data` then belongs to that account. Nothing outside the data folder is
widened, not even when the account cannot pass the folders above (everything is below /root, say): the child enters
`data` while it is still root and calls it `/proc/self/cwd` afterwards, a name that needs no right on the folders above.
That needs neither a user namespace (often forbidden in containers) nor a second place for the data (temporary folders
are cleaned).
"""

import os
import pwd
import sys
from dataclasses import dataclass
from pathlib import Path

from parley.embedded.errors import OwnedByRoot, RootUnsupported, WrongOwner


@dataclass(frozen=True, slots=True)
class Account:
    """An account that root hands files and processes to; for an ordinary user, the user himself."""

    uid: int
    gid: int
    switch: bool  # whether processes must change to it, which only root can

    def take(self, target: Path | int) -> None:
        """Make the file (a path or a descriptor) ours: what root makes for the account belongs to the account."""
        if not self.switch:
            return
        try:
            if isinstance(target, int):
                os.fchown(target, self.uid, self.gid)
            else:
                os.chown(target, self.uid, self.gid, follow_symlinks=False)
        except OSError as fault:
            raise RootUnsupported(reason=fault.strerror) from fault

    def path_of(self, folder: Path) -> str:
        """Return how a process of this account, started in `folder`, calls that folder."""
        return "/proc/self/cwd" if self.switch else str(folder)


def user_name(uid: int) -> str:
    """Return the name of the user, or its number where it has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def account_for(folder: Path, data: Path) -> Account:
    """Return who is to run the server of `folder` (which exists); raise if the data is there and we cannot run it."""
    owner = _owner(data)
    if os.geteuid() != 0:
        if owner is not None and owner.uid != os.geteuid():
            raise WrongOwner(data=data, owner=user_name(owner.uid), user=user_name(os.geteuid()))
        return Account(os.geteuid(), os.getegid(), switch=False)
    if sys.platform != "linux":
        raise RootUnsupported(reason="this is not Linux")
    if owner is not None and owner.uid == 0:
        raise OwnedByRoot(data=data, account=user_name(_unprivileged().uid))
    folder_owner = _owner(folder)
    return owner or (folder_owner if folder_owner and folder_owner.uid else _unprivileged())


def _owner(path: Path) -> Account | None:
    """Return the owner of a folder, None where it does not exist."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return None
    return Account(status.st_uid, status.st_gid, switch=True)


def _unprivileged() -> Account:
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid, switch=True)
    raise RootUnsupported(reason="there is neither an account `postgres` nor `nobody`")
