"""What the tests of the embedded server share: running supervisors, watching processes, asking servers. Linux."""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Self

import asyncpg

from tests import processes

FAST = {"fsync": "off"}  # these tests kill processes, not the machine
_PATIENCE_S = 20.0


class Watch:
    """A process, held so that its pid cannot come to mean another one."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._descriptor = os.pidfd_open(pid)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)

    def ends(self, within_s: float = _PATIENCE_S) -> bool:
        """Wait for its end at most so long."""
        return bool(select.select([self._descriptor], [], [], within_s)[0])

    def kill(self) -> None:
        """Kill it and wait for its end."""
        signal.pidfd_send_signal(self._descriptor, signal.SIGKILL)
        assert self.ends()


class Supervisor:
    """A running supervisor.py and what it said after starting."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        assert process.stdout is not None
        self.report: dict[str, Any] = json.loads(process.stdout.readline())

    def next_line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(_PATIENCE_S)


@contextmanager
def spawned(folder: Path, *options: str, **settings: Any) -> Iterator[subprocess.Popen[str]]:
    """Run a supervisor, without waiting for its report."""
    command = [sys.executable, str(Path(__file__).with_name("supervisor.py")), str(folder), *options]
    extra = settings.pop("python_path", [])
    environment = os.environ | settings.pop("variables", {}) | {"PYTHONPATH": os.pathsep.join([*extra, *sys.path])}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, **settings
    ) as process:
        try:
            yield process
        finally:
            if process.stdin is not None and not process.stdin.closed:
                process.stdin.close()
            process.wait(_PATIENCE_S)


@contextmanager
def supervisor(folder: Path, *options: str, **settings: Any) -> Iterator[Supervisor]:
    """Run a supervisor; it has started, attached or failed."""
    with spawned(folder, *options, **settings) as process:
        yield Supervisor(process)


def copied(folder: Path, target: Path) -> Path:
    """Copy a data folder, owners included."""
    subprocess.run(["cp", "-a", folder, target], check=True)
    return target


def server_pid(folder: Path) -> int:
    return int((folder / "data" / "postmaster.pid").read_text().split()[0])


@contextmanager
def watched_family(leader: int) -> Iterator[list[Watch]]:
    """Watch a server and its children, as they are now."""
    with ExitStack() as stack:
        yield [stack.enter_context(Watch(pid)) for pid in (leader, *processes.children(leader))]


async def ask(dsn: str, sql: str) -> Any:
    """Return the one value that the statement yields."""
    connection = await asyncpg.connect(dsn, timeout=_PATIENCE_S)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()
