"""What the tests of the command line share: running `parley` as an operator does, and reading what it says."""

import fcntl
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from email.message import Message
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[2]
SEEDS = ROOT / "seeds"
PATIENCE_S = 60.0  # a busy machine
EUROPEAN_SECURITY = "/v1/negotiations/european-security"


class Ended(NamedTuple):
    """How a command ended, and all that it said."""

    status: int
    output: str
    errors: str


class Answer(NamedTuple):
    """What the service answered."""

    status: int
    headers: "Message[str, str]"  # names in any case
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Running:
    """A `parley` that runs; what it says can be waited for."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.said: list[str] = []
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def line(self, wanted: Callable[[str], bool]) -> str:
        """Wait for a line like that, at most so long as there is patience; it fails where the process ends before."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                line = self._lines.get(timeout=max(deadline - time.monotonic(), 0.001))
            except queue.Empty:
                raise AssertionError(f"never said; but:\n{''.join(self.said)}") from None
            if line is None:
                raise AssertionError(f"ended without saying it; but:\n{''.join(self.said)}")
            if wanted(line):
                return line.rstrip("\n")

    def address(self) -> str:
        """Wait until it serves, and tell where."""
        return self.line(lambda line: line.startswith("Parley serves ")).removeprefix("Parley serves ")

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def ended(self) -> Ended:
        """Wait for its end."""
        status = self.process.wait(PATIENCE_S)
        while self._lines.get(timeout=PATIENCE_S) is not None:
            pass
        return Ended(status, "".join(self.said), "")

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line)
            self._lines.put(line)
        self._lines.put(None)


def run(*arguments: str | Path, **variables: str) -> Ended:
    """Run a command to its end."""
    done = subprocess.run(
        _command(*arguments), env=_environment(variables), capture_output=True, text=True, check=False,
        timeout=PATIENCE_S, cwd=ROOT,
    )  # fmt: skip
    return Ended(done.returncode, done.stdout, done.stderr)


@contextmanager
def running(*arguments: str | Path, cwd: Path = ROOT, **variables: str) -> Iterator[Running]:
    """Run a command beside the test; if it has not ended at the end of the block, it is killed."""
    with subprocess.Popen(
        _command(*arguments), env=_environment(variables), text=True, cwd=cwd,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as process:  # fmt: skip
        command = Running(process)
        try:
            yield command
        finally:
            process.kill()


@contextmanager
def demo(folder: Path, *options: str | Path) -> Iterator[Running]:
    """Run a demo on a free port and the given data folder."""
    with running("demo", "--port", "0", "--data", folder, *options) as command:
        yield command


@contextmanager
def make(*words: str) -> Iterator[Running]:
    """Run `make` in the clone; what is left of it and of what it started is killed at the end of the block."""
    outer = ("MAKE", "MFLAGS", "PARLEY_")  # what a `make test` around us says is not for this one
    with subprocess.Popen(
        ["make", *words], env={name: value for name, value in os.environ.items() if not name.startswith(outer)},
        text=True, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as process:  # fmt: skip
        try:
            yield Running(process)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def get(address: str, *, key: str | None = None) -> Answer:
    """Ask the service, with a key or without."""
    request = urllib.request.Request(address, headers={} if key is None else {"Authorization": f"Bearer {key}"})
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
            return Answer(answer.status, answer.headers, answer.read())
    except urllib.error.HTTPError as error:
        return Answer(error.code, error.headers, error.read())


def no_server_left(folder: Path) -> bool:
    """Whether every process of the folder's database has ended: each of them holds this lock."""
    with (folder / "server.lock").open("rb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def _command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "parley.cli", *map(str, arguments)]


def _environment(variables: Mapping[str, str]) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("PARLEY_")}
    paths = [str(ROOT / "domain"), str(ROOT / "service")]
    return {**own, "PYTHONPATH": os.pathsep.join(paths), "COLUMNS": "100", "TERM": "dumb", **variables}
