"""Standard output that cannot be written is told as such: it is no fault of the database, and nothing hangs on it."""

import os
import subprocess
import sys
from pathlib import Path
from typing import BinaryIO

import pytest

from tests.cli.running import PATIENCE_S, ROOT, Ended, run

FULL = "standard output cannot be written (No space left on device)"
SEED = ROOT / "seeds" / "01-parties.yaml"
COMMANDS = (
    ("keys", "list"),
    ("export", "-"),
    ("verify",),
    ("rebuild",),
    ("replay",),
    ("replay", "--json"),
    ("load", str(SEED)),
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_command_whose_output_is_on_a_full_disk_says_so(command: tuple[str, ...], made: Path) -> None:
    assert into("/dev/full", *command, "--data", str(made)) == (1, "", f"parley: {FULL}.\n")


def test_backup_whose_output_is_on_a_full_disk_says_so(made: Path) -> None:
    ended = into("/dev/full", "backup", "-", "--data", str(made))
    assert ended.status == 1
    assert ended.errors.startswith("parley: The backup was not made: ")
    assert "No space left on device" in ended.errors
    assert "Traceback" not in ended.errors


def test_help_whose_output_is_on_a_full_disk_says_so() -> None:
    assert into("/dev/full", "--help") == (1, "", f"parley: {FULL}.\n")


@pytest.mark.parametrize("command", [*COMMANDS, ("backup", "-")], ids=" ".join)
def test_command_whose_reader_goes_away_ends_in_silence(command: tuple[str, ...], made: Path) -> None:
    ended = unread(*command, "--data", str(made))
    assert ended == (141, "", "")


@pytest.mark.parametrize("broken", ["full", "unread"])
def test_key_that_cannot_be_shown_is_not_made(broken: str, folder: Path) -> None:
    """Else a key would be in use that nobody has, and services would take nobody without one."""
    command = ("keys", "create", "desk", "--role", "reader", "--data", str(folder))
    ended = into("/dev/full", *command) if broken == "full" else unread(*command)
    assert ended.status == 1
    assert ended.errors.splitlines()[-1].startswith("parley: No key was made: standard output cannot be written (")
    assert run("keys", "list", "--data", folder).output.startswith("No keys")


def into(path: str, *arguments: str) -> Ended:
    """Run a command whose standard output is the file."""
    with Path(path).open("wb") as output:
        return _run(output, *arguments)


def unread(*arguments: str) -> Ended:
    """Run a command whose standard output is a pipe that nobody reads."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as output:
        return _run(output, *arguments)


def _run(output: BinaryIO, *arguments: str) -> Ended:
    done = subprocess.run(
        [sys.executable, "-m", "parley.cli", *arguments], stdout=output, stderr=subprocess.PIPE, text=True, check=False,
        timeout=PATIENCE_S, cwd=ROOT,
    )  # fmt: skip
    return Ended(done.returncode, "", done.stderr)
