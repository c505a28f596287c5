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
    """A process with these last arguments, which has begun and waits until the block ends."""
    command = (sys.executable, "-I", "-S", "-c", "print(flush=True); input()", *words)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()  # Linux lets the parent go on some moments before it shows the arguments
        try:
            yield process.pid
        finally:
            process.kill()


def test_arguments_of_long_command_in_narrow_terminal_are_told_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    words = ["a folder/of Ångström/" * 100, "", "last"]
    with waiting(*words) as process:
        assert process in processes.children(os.getpid())
        assert processes.arguments(process)[-3:] == words


def test_children_of_another_thread_are_told_too() -> None:
    found: list[bool] = []

    def look() -> None:
        with waiting() as process:
            found.append(process in processes.children(os.getpid()))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert found == [True]


def test_processes_that_have_ended_tell_nothing() -> None:
    with waiting() as process:
        pass
    assert processes.children(process) == []
    assert processes.arguments(process) == []
