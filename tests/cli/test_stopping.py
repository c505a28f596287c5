"""Ctrl-C and SIGTERM, at any time, and what kill -9 leaves behind."""

import os
from pathlib import Path
from signal import SIGINT, SIGKILL, SIGTERM, Signals

import pytest

from tests.cli import running
from tests.cli.running import EUROPEAN_SECURITY, Running, get
from tests.embedded.servers import Watch, server_pid


@pytest.mark.parametrize("signals", [[SIGTERM], [SIGINT, SIGTERM, SIGINT]])
def test_signal_while_serving_ends_service_and_database(folder: Path, signals: list[Signals]) -> None:
    with running.demo(folder) as command:
        command.address()
        with Watch(server_pid(folder)) as server:
            for number in signals:
                command.signal(number)
            ended = command.ended()
            assert server.ends(0)
    assert ended.status == 0
    assert ended.output.endswith("\nStopped.\n")
    assert running.no_server_left(folder)


@pytest.mark.parametrize("number", [SIGINT, SIGTERM])
def test_signal_while_the_database_is_made_ends_both(new_folder: Path, number: Signals) -> None:
    with running.demo(new_folder) as command:
        command.line(lambda line: line.startswith("Making a database"))
        command.signal(number)
        command.signal(number)
        ended = command.ended()
    assert ended.status == 128 + number
    assert "Traceback" not in ended.output
    assert running.no_server_left(new_folder)


def test_signal_while_seeds_are_loaded_ends_both(folder: Path, tmp_path: Path) -> None:
    """A seed file that is a pipe is being read for as long as the test likes."""
    os.mkfifo(tmp_path / "endless.yaml")
    with running.demo(folder, "--seeds", tmp_path) as command, (tmp_path / "endless.yaml").open("wb"):
        command.signal(SIGTERM)
        ended = command.ended()
    assert ended.status == 128 + SIGTERM
    assert "Traceback" not in ended.output
    assert running.no_server_left(folder)


def test_kill_of_service_database_or_both_is_recovered_from_at_the_next_start(folder: Path) -> None:
    """Three times something dies without a word, and each time the next demo answers what the first one did."""
    with running.demo(folder) as command:
        before = _told(command)
        with Watch(server_pid(folder)) as server:
            command.signal(SIGKILL)
            assert server.ends()
    with running.demo(folder) as command:
        assert _told(command) == before
        with Watch(server_pid(folder)) as server:
            server.kill()
        ended = command.ended()
        assert ended.status == 1
        assert ended.output.splitlines()[-1].startswith("parley: The database ended (process ")
        assert "Traceback" not in ended.output
    with running.demo(folder) as command:
        assert _told(command) == before
        with Watch(server_pid(folder)) as server:
            command.signal(SIGKILL)
            server.kill()
    with running.demo(folder) as command:
        assert _told(command) == before


def _told(command: Running) -> list[bytes]:
    address = command.address()
    return [
        get(f"{address}{path}").body
        for path in ("/v1/log/head", f"{EUROPEAN_SECURITY}/rounds/geneva", f"{EUROPEAN_SECURITY}/demands")
    ]
