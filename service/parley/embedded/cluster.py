"""Making the data: PostgreSQL's `initdb`, in a folder beside the final one, renamed when all is done."""

import os
import shutil
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from parley.embedded import processes
from parley.embedded.account import Account
from parley.embedded.errors import CreationFailed, NoRoom, NotADatabase, WrongVersion, no_room

DATABASE = ROLE = "parley"
_STEP_TIMEOUT_S = 120.0  # initdb takes 0.7 s here; a slow disk under load may take a hundred times that
_LAST_LINES = 8
_INITDB = (
    f"--username={ROLE}", "--auth=trust", "--encoding=UTF8", "--no-locale", "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8", "--no-sync",
)  # fmt: skip
# One call for the whole file system instead of a thousand for files: 0.1 s instead of 0.1 to 5 s on a busy disk.
_SYNC = ("--sync-only", "--sync-method=syncfs") if sys.platform == "linux" else ("--sync-only",)


@dataclass(frozen=True, slots=True)
class Maker:
    """What making the data needs: the folder it is made in, who runs it, the programs, and the lock they hold."""

    folder: Path
    account: Account
    programs: Path
    lock: int

    def make(self, *, synced: bool) -> None:
        """Make `data` with the role and the database; `synced`: it is on disk when it appears.

        Whoever makes it holds the lock and so do its processes, hence what an earlier maker left behind is dead and is
        removed.
        """
        making = self.folder / "data.new"
        if making.exists():
            shutil.rmtree(making)
        making.mkdir(mode=0o700)
        with ExitStack() as undo:
            undo.callback(shutil.rmtree, making, ignore_errors=True)
            self.account.take(making)
            here = self.account.path_of(making)
            self._step(making, "initdb", [*_INITDB, "-D", here])
            self._step(
                making, "postgres", ["--single", "-F", "-D", here, "template1"], f"CREATE DATABASE {DATABASE};\n"
            )
            if synced:
                self._step(making, "initdb", [*_SYNC, "-D", here])
            making.rename(self.folder / "data")
            undo.pop_all()
        if synced:
            _sync_folder(self.folder)

    def _step(self, making: Path, program: str, arguments: list[str], text: str = "") -> None:
        """Run one program on the folder; raise NoRoom or CreationFailed with its last words."""
        try:
            result = processes.run(
                self.programs / program, arguments, account=self.account, folder=making, lock=self.lock, text=text,
                timeout_s=_STEP_TIMEOUT_S,
            )  # fmt: skip
        except subprocess.TimeoutExpired as fault:
            raise CreationFailed(folder=self.folder, log=f"{program} took more than {_STEP_TIMEOUT_S:g} s") from fault
        words = result.stderr
        if result.returncode == 0 and not ("ERROR:" in words or "FATAL:" in words):  # --single goes on after an ERROR
            return
        if reason := no_room(words):
            raise NoRoom(folder=self.folder, reason=reason)
        last = "\n".join(words.strip().splitlines()[-_LAST_LINES:])
        raise CreationFailed(folder=self.folder, log=last or f"{program} ended with status {result.returncode}.")


def is_made(data: Path, version: str) -> bool:
    """Say whether the data is there; raise WrongVersion or NotADatabase where PostgreSQL `version` cannot use it."""
    if not data.exists():
        return False
    try:
        found = (data / "PG_VERSION").read_text(encoding="ascii").strip()
    except FileNotFoundError as fault:
        if any(data.iterdir()):
            raise NotADatabase(data=data) from fault
        return False  # an empty folder is as good as none: the rename replaces it
    major = version.partition(".")[0]
    if found != major:
        raise WrongVersion(data=data, found=found, expected=major)
    return True


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
