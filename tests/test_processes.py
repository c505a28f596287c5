"""Tests find the processes they look for on every machine: with a narrow terminal, with long paths, without `ps`."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests import processes


@contextmanager
def waiting(*words: str) -> Iterator[int]:
    """A process with these last arguments, which waits until the block ends."""
    command = (sys.executable, "-I", "-S", "-c", "input()", *words)
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        try:
            yield process.pid
        finally:
            process.kill()


def test_children_with_long_commands_in_narrow_terminal_without_ps_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    monkeypatch.setenv("PATH", "")
    with waiting("a folder of Ångström/" * 100) as first, waiting() as second:
        assert {first, second} <= {*processes.children(os.getpid())}


def test_children_of_another_thread_are_told_too() -> None:
    found: list[bool] = []

    def look() -> None:
        with waiting() as process:
            found.append(process in processes.children(os.getpid()))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert found == [True]


def test_children_of_process_that_has_ended_are_none() -> None:
    with waiting() as process:
        pass
    assert processes.children(process) == []
