import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from parley.embedded import EmbeddedPostgres, binaries, child
from parley.embedded.errors import AlreadyRunning, FolderBusy, ForeignServer
from parley.embedded.postmaster import works_in
from tests.embedded.servers import Supervisor, ask, server_pid, spawned, supervisor


async def test_start_while_another_process_runs_it_attaches(folder: Path, server: EmbeddedPostgres) -> None:
    """A second process uses the server of the first, and its end does not touch it."""
    await ask(server.dsn(), "CREATE TABLE shared AS SELECT 7 AS n")
    with supervisor(folder) as other:
        assert not other.report["owned"]
        assert await ask(other.report["dsn"], "SELECT n FROM shared") == 7
    assert other.process.returncode == 0
    assert await ask(server.dsn(), "SELECT n FROM shared") == 7


async def test_stop_of_attached_does_nothing(folder: Path, server: EmbeddedPostgres) -> None:
    """Only who started the server stops it."""
    attached = EmbeddedPostgres(folder).start()
    attached.stop()
    assert await ask(server.dsn(), "SELECT 1") == 1


def test_start_without_attach_while_running_refuses(folder: Path, server: EmbeddedPostgres) -> None:
    """With attach=False a running server is an error that names its process and the remedy."""
    with pytest.raises(AlreadyRunning, match=rf"process {server_pid(folder)}\).*stop the program") as refusal:
        EmbeddedPostgres(folder, attach=False).start()
    assert str(folder) in str(refusal.value)


def test_start_twice_at_once_on_empty_folder_makes_one_server(place: Path) -> None:
    """Of two processes that start at the same time one makes and owns the server and the other attaches to it."""
    with spawned(place / "new") as first, spawned(place / "new") as second:
        owned = [bool(Supervisor(process).report["owned"]) for process in (first, second)]
        assert sorted(owned) == [False, True]
        order = (first, second) if owned[1] else (second, first)  # let the one that attached go first
        for process in order:
            assert process.stdin is not None
            process.stdin.close()
            assert process.wait(20) == 0


def test_start_beside_server_started_by_hand_refuses(folder: Path) -> None:
    """A server that somebody started without us is neither used nor disturbed."""
    data = folder / "data"
    owner = data.stat()
    as_root = os.geteuid() == 0
    here = "/proc/self/cwd" if as_root else str(data)
    with subprocess.Popen(
        [str(binaries() / "postgres"), "-D", here, "-c", "listen_addresses=", "-c", "unix_socket_directories=."],
        cwd=data,
        stderr=subprocess.PIPE,
        text=True,
        user=owner.st_uid if as_root else None,
        group=owner.st_gid if as_root else None,
        extra_groups=[] if as_root else None,
    ) as by_hand:
        assert by_hand.stderr is not None
        assert any("ready to accept connections" in line for line in by_hand.stderr)
        with pytest.raises(ForeignServer, match=f"process {by_hand.pid}"):
            EmbeddedPostgres(folder).start()
        assert server_pid(folder) == by_hand.pid
        by_hand.send_signal(signal.SIGINT)
        by_hand.stderr.read()


def test_start_while_folder_is_held_gives_up_in_time(folder: Path) -> None:
    """A lock that never comes free and no server that answers end in an error, not in waiting for ever."""
    waiting = EmbeddedPostgres(folder)
    waiting.busy_wait_s = 0.1
    with (folder / "server.lock").open() as holder:
        fcntl.flock(holder, fcntl.LOCK_EX)
        with pytest.raises(FolderBusy, match=r"server\.lock"):
            waiting.start()


def test_start_while_server_does_not_answer_gives_up_in_time(folder: Path, server: EmbeddedPostgres) -> None:
    """A server that lives but does not answer is not attached to."""
    waiting = EmbeddedPostgres(folder)
    waiting.busy_wait_s = 0.1
    os.kill(server_pid(folder), signal.SIGSTOP)
    try:
        with pytest.raises(FolderBusy):
            waiting.start()
    finally:
        os.kill(server_pid(folder), signal.SIGCONT)


def test_works_in_tells_the_folder_of_a_process(place: Path) -> None:
    """A process that works in the data is recognised even where it does not answer."""
    assert works_in(os.getpid(), Path.cwd())
    assert not works_in(os.getpid(), place)


def test_child_of_dead_parent_does_not_start() -> None:
    """A child whose starter died before it could ask for the death signal ends by itself."""
    program = [sys.executable, "-I", "-S", child.__file__, "1", str(int(signal.SIGINT)), "-", "/bin/echo", "started"]
    ended = subprocess.run(program, capture_output=True, check=False)
    assert ended.returncode == child.PARENT_GONE
    assert ended.stdout == b""
