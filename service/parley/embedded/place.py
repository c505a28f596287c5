"""What a folder holds, asked before anything is made in it: a mistyped name is no data folder."""

import os
from pathlib import Path
from typing import Final

from parley.embedded.account import user_name
from parley.embedded.errors import FolderOfOthers, NoDatabase, folder_faults

_OURS: Final = frozenset({"data", "data.new", "server.lock", "server.log", "server.log.1"})
_OF_DISKS: Final = frozenset({"lost+found"})


def holds_database(folder: Path) -> bool:
    """Whether a database was made in the folder."""
    try:
        (folder / "data" / "PG_VERSION").stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except PermissionError:  # another user's; who starts it is told whose
        return True
    return True


def refuse_without_database(folder: Path) -> None:
    """Raise NoDatabase where none was made in the folder."""
    if not holds_database(folder):
        raise NoDatabase(folder=folder)


def refuse_of_others(folder: Path, *beside: str) -> None:
    """Raise FolderOfOthers where there are files and no database; those named ``beside`` are ours, too."""
    if holds_database(folder) or not folder.is_dir():
        return
    with folder_faults(folder, user_name(os.geteuid())):
        others = sorted({each.name for each in folder.iterdir()} - _OURS - _OF_DISKS - {*beside})
    if others:
        raise FolderOfOthers(folder=folder, file=others[0])
