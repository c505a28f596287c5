"""Who works in a data folder, told by a kernel lock (flock), which ends with its holder however that ends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from parley.embedded import locks, place
from parley.embedded.account import user_name
from parley.embedded.errors import folder_faults
from parley.embedded.postmaster import Postmaster

LOCK: Final = "parley.lock"


class Holder(NamedTuple):
    """Who holds a folder: the process, its command, and where it serves (if it does, and says so yet)."""

    pid: int = 0
    command: str = ""
    address: str = ""

    def __str__(self) -> str:
        where = f" and serves {self.address}" if self.address else ""
        return f"`parley {self.command}` (process {self.pid}) uses it{where}" if self.pid else "another process uses it"


class FolderHeld(Exception):
    """Somebody else holds the folder."""

    def __init__(self, holder: Holder) -> None:
        super().__init__(str(holder))
        self.holder = holder


class Hold:
    """The lock of a folder, held."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def say(self, command: str, address: str = "") -> None:
        """Let others know who holds the folder."""
        text = msgspec.json.encode(Holder(os.getpid(), command, address))
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, text, 0)


@contextmanager
def held(folder: Path) -> Iterator[Hold]:
    """Hold a data folder, made if need be; raises FolderHeld, or EmbeddedPostgresError where it cannot be used."""
    folder = folder.absolute()
    with folder_faults(folder, user_name(os.geteuid())):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = locks.open_file(folder / LOCK, os.O_RDWR)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FolderHeld(_holder(descriptor)) from None
        hold = Hold(descriptor)
        hold.say("")
        yield hold
    finally:
        os.close(descriptor)


def refuse_of_others(folder: Path) -> None:
    """Raise FolderOfOthers where a database must not be made, among the files of something else."""
    place.refuse_of_others(folder, LOCK)


def server_pid(folder: Path) -> int | None:
    """Tell the process of the folder's database server, None where it has not said so."""
    server = Postmaster.read(folder / "data")
    return server.pid if server else None


def _holder(descriptor: int) -> Holder:
    try:
        return msgspec.json.decode(os.pread(descriptor, 1024, 0), type=Holder)
    except msgspec.MsgspecError:  # it is just being written
        return Holder()
