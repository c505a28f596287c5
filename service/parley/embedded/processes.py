"""Starting PostgreSQL's programs so that they end with us and a terminal's Ctrl-C does not reach them."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO

from parley.embedded import child
from parley.embedded.account import Account
from parley.embedded.errors import RootUnsupported

# Nothing of our own environment: PGPORT, LC_ALL, TZ and the like would change the server, and secrets are none of its
# business.
_ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
_TOLD_AGAIN_S = 0.5


def _command(program: Path, arguments: list[str], account: Account, end: signal.Signals) -> list[str]:
    identity = f"{account.uid}:{account.gid}" if account.switch else "-"
    interpreter = [sys.executable, "-I", "-S", child.__file__]
    return [*interpreter, str(os.getpid()), str(int(end)), identity, str(program), *arguments]


def run(
    program: Path, arguments: list[str], *, account: Account, folder: Path, lock: int, text: str = "", timeout_s: float
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end inside `folder`; it holds the lock too and is told to end (SIGTERM) when we die."""
    result = subprocess.run(  # noqa: S603 - our own program and arguments
        _command(program, arguments, account, signal.SIGTERM),
        cwd=folder, env=_ENVIRONMENT, input=text, capture_output=True, text=True, errors="replace",
        pass_fds=(lock,), start_new_session=True, check=False, timeout=timeout_s,
    )  # fmt: skip
    if result.returncode == child.CANNOT_BECOME:
        raise RootUnsupported(reason=result.stderr.strip())
    return result


class ServerProcess(threading.Thread):
    """The server, and the thread that creates it and stays until it has ended.

    Linux sends the parent's death signal when the creating *thread* ends, and start() may be called from a short-lived
    one. The thread is a daemon: it never holds up the end of the process.
    """

    def __init__(
        self, postgres: Path, arguments: list[str], *, account: Account, folder: Path, log: IO[bytes], lock: int
    ) -> None:
        super().__init__(name="embedded-postgres", daemon=True)
        self._arguments = _command(postgres, arguments, account, signal.SIGINT)  # SIGINT is PostgreSQL's fast shutdown
        self._folder, self._log, self._lock = folder, log, lock
        self._created = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._fault: OSError | None = None

    def run(self) -> None:
        """Create the process and wait for its end."""
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own program and arguments
                self._arguments, cwd=self._folder, env=_ENVIRONMENT, stdin=subprocess.DEVNULL, stdout=self._log,
                stderr=self._log, pass_fds=(self._lock,), start_new_session=True,
            )  # fmt: skip
        except OSError as fault:
            self._fault = fault
            return
        finally:
            self._created.set()
        self._process.wait()

    def create(self) -> None:
        """Start the process; raise OSError where the system refuses it."""
        self.start()
        self._created.wait()
        if self._fault is not None:
            raise self._fault

    @property
    def pid(self) -> int:
        """The server's process id."""
        if self._process is None:
            msg = "the server process was not created"
            raise RuntimeError(msg)
        return self._process.pid

    @property
    def exit_status(self) -> int | None:
        """The exit status, None while it runs."""
        return self._process.returncode if self._process else None

    def ended_within(self, seconds: float) -> bool:
        """Wait at most so long for the end of the process, and say whether it has come."""
        self.join(seconds)
        return not self.is_alive()

    def end(self, patience_s: float) -> None:
        """Shut down: fast, then (after so many seconds each) at once, then by force; the data survives all three."""
        for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            deadline = time.monotonic() + patience_s
            while True:
                if self._process is not None:
                    self._process.send_signal(number)
                # Told again: one that has only just begun may ignore it, as we do, until it is PostgreSQL.
                if self.ended_within(min(_TOLD_AGAIN_S, patience_s)):
                    return
                if time.monotonic() >= deadline:
                    break
