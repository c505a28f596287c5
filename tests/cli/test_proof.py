"""The whole record is proved, taken out into a file and brought back, from the command line."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from parley.cli import files
from tests.cli.running import _environment, run


@pytest.fixture
def exported(folder: Path, tmp_path: Path) -> Path:
    """An export of the seeds."""
    file = tmp_path / "record.ndjson"
    ended = run("export", "--data", folder, file)
    assert (ended.status, ended.output) == (0, f"{file}: 79 events.\n"), ended
    return file


def head_of(file: Path) -> str:
    """The head that an export ends with, as `--head` takes it."""
    last = json.loads(file.read_text().splitlines()[-1])
    return f"{last['sequence']}:{last['hash']}"


def test_verify_seeds_tells_the_head(folder: Path, exported: Path) -> None:
    """Verifying tells how far the record holds, and the head to write down."""
    ended = run("verify", "--data", folder)
    assert ended.status == 0
    assert ended.output.splitlines()[0] == "The record holds: 79 events."
    assert ended.output.splitlines()[-1] == f"--head {head_of(exported)}"


def test_verify_against_known_head_holds(folder: Path, exported: Path) -> None:
    """A head written down earlier is held to."""
    ended = run("verify", "--data", folder, "--head", head_of(exported))
    assert (ended.status, ended.output) == (0, "The record holds: 79 events.\n")


def test_verify_against_another_head_names_the_position(folder: Path) -> None:
    """A head that the record does not hold is named by position, with status 1."""
    ended = run("verify", "--data", folder, "--head", f"79:{'00' * 32}")
    assert ended.status == 1
    assert "Position 79 does not hold" in ended.errors


def test_verify_with_malformed_head_tells_its_form(folder: Path) -> None:
    """What is no head is refused with the form of one, with status 2."""
    ended = run("verify", "--data", folder, "--head", "79")
    assert ended.status == 2
    assert "write the position, a colon and the hash" in " ".join(ended.errors.replace("│", " ").split())


def test_import_into_new_folder_gives_the_same_export(exported: Path, new_folder: Path, tmp_path: Path) -> None:
    """What was exported can be imported elsewhere, and exported again is the same file."""
    assert run("import", "--data", new_folder, exported).status == 0
    again = tmp_path / "again.ndjson"
    assert run("export", "--data", new_folder, again).status == 0
    assert again.read_bytes() == exported.read_bytes()


def test_import_damaged_file_names_the_line(exported: Path, new_folder: Path) -> None:
    """A damaged file is named by line, with status 1."""
    lines = exported.read_bytes().splitlines(keepends=True)
    exported.write_bytes(b"".join([*lines[:29], lines[29].replace(b"2022", b"2021", 1), *lines[30:]]))
    ended = run("import", "--data", new_folder, exported)
    assert ended.status == 1
    assert f"{exported}: line 30: its content does not give its hash" in ended.errors


def test_import_into_full_record_is_refused(exported: Path, folder: Path) -> None:
    """A record that holds events takes no import, with status 1."""
    ended = run("import", "--data", folder, exported)
    assert ended.status == 1
    assert "already holds 79 events" in ended.errors


@pytest.mark.parametrize("command", ["export", "backup"])
def test_file_that_exists_is_kept_unless_it_is_to_be_replaced(command: str, folder: Path, tmp_path: Path) -> None:
    """It is refused before the record is asked, so not even a database need be there."""
    file = tmp_path / "taken"
    file.write_text("mine")
    ended = run(command, "--data", tmp_path / "nowhere", file)
    assert (ended.status, ended.output) == (2, "")
    assert ended.errors == f"parley: {file} exists: choose another name, or say --replace.\n"
    assert file.read_text() == "mine"
    assert run(command, "--data", folder, file, "--replace").status == 0
    assert file.stat().st_size > len("mine")


def test_export_to_a_device_never_takes_its_place(folder: Path, tmp_path: Path) -> None:
    """Not even with --replace: what is no file cannot be made again."""
    device = tmp_path / "device"
    device.symlink_to("/dev/null")
    ended = run("export", "--data", folder, device, "--replace")
    assert (ended.status, ended.errors) == (
        2,
        f"parley: {device} is no file that can be replaced: choose another name.\n",
    )
    assert device.is_symlink()


def test_export_into_missing_folder_names_it(folder: Path, tmp_path: Path) -> None:
    """A file that cannot be written is named, not the database, with status 1."""
    file = tmp_path / "nowhere" / "record.ndjson"
    ended = run("export", "--data", folder, file)
    assert ended.status == 1
    assert f"{file}: No such file or directory" in ended.errors


KILLED = """
import os, signal, sys
from pathlib import Path
from parley.cli import files
with files.whole(Path(sys.argv[1])) as target:
    target.write(b"half")
    target.flush()
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("command", ["export", "backup"])
def test_what_a_killed_export_left_behind_is_removed_by_the_next(command: str, folder: Path, tmp_path: Path) -> None:
    """Whatever file that was to be. What another one is just writing stays, and so do files of others."""
    for name in ("first", "second"):
        killed = subprocess.run([sys.executable, "-c", KILLED, tmp_path / name], env=_environment({}), check=False)
        assert killed.returncode == -signal.SIGKILL
    assert len(list(tmp_path.iterdir())) == 1  # the second has removed what the first left
    (tmp_path / ".parley-notes").touch()
    with files.whole(tmp_path / "writing") as writing:
        writing.write(b"still ")
        assert run(command, "--data", folder, tmp_path / "done").status == 0
        writing.write(b"here")
    assert {one.name for one in tmp_path.iterdir()} == {"writing", "done", ".parley-notes"}
    assert (tmp_path / "writing").read_bytes() == b"still here"
