"""Ctrl-C and SIGTERM, at any time, and what kill -9 leaves behind."""

import os
import signal
from pathlib import Path
from signal import SIGINT, SIGTERM, Signals

import pytest

from tests.cli import running
from tests.cli.running import EUROPEAN_SECURITY, Running, get
from tests.embedded.servers import Watch, server_pid


@pytest.mark.parametrize("signals", [[SIGINT], [SIGTERM], [SIGINT, SIGINT], [SIGTERM, SIGINT, SIGTERM]])
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
    with running.demo(new_folder) as command:
        assert get(f"{command.address()}{EUROPEAN_SECURITY}").status == 200


def test_signal_while_seeds_are_loaded_ends_both(folder: Path, tmp_path: Path) -> None:
    """A seed file that is a pipe is being read for as long as the test likes."""
    os.mkfifo(tmp_path / "endless.yaml")
    with running.demo(folder, "--seeds", tmp_path) as command, (tmp_path / "endless.yaml").open("wb"):
        command.signal(SIGTERM)
        ended = command.ended()
    assert ended.status == 128 + SIGTERM
    assert "Traceback" not in ended.output
    assert running.no_server_left(folder)


def test_service_killed_takes_its_database_along_and_starts_again(folder: Path) -> None:
    with running.demo(folder) as command:
        before = _told(command)
        with Watch(server_pid(folder)) as server:
            command.signal(signal.SIGKILL)
            assert server.ends()
    _starts_again(folder, before)


def test_database_killed_ends_the_demo_with_a_sentence_and_starts_again(folder: Path) -> None:
    with running.demo(folder) as command:
        before = _told(command)
        with Watch(server_pid(folder)) as server:
            server.kill()
        ended = command.ended()
    assert ended.status == 1
    assert ended.output.splitlines()[-1].startswith("parley: The database ended (process ")
    assert "Traceback" not in ended.output
    _starts_again(folder, before)


def test_service_and_database_killed_start_again(folder: Path) -> None:
    with running.demo(folder) as command:
        before = _told(command)
        with Watch(server_pid(folder)) as server:
            command.signal(signal.SIGKILL)
            server.kill()
    _starts_again(folder, before)


def _told(command: Running) -> list[bytes]:
    address = command.address()
    return [
        get(f"{address}{path}").body
        for path in ("/v1/log/head", f"{EUROPEAN_SECURITY}/rounds/geneva", f"{EUROPEAN_SECURITY}/demands")
    ]


def _starts_again(folder: Path, before: list[bytes]) -> None:
    with running.demo(folder) as command:
        assert _told(command) == before
        command.signal(SIGTERM)
        assert command.ended().status == 0
