"""The file of a signing key: its owner alone can read it, and one that others can read is refused."""

import os
import stat
from pathlib import Path

import pytest

from parley.checkpoints.notes import SigningKey, VerifierKey
from parley.cli import files
from parley.cli.failures import Failure
from tests.cli.running import run

NAME = "parley.example.org/record"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with a signing key."""
    made = tmp_path / "signing.key"
    files.write_private(made, SigningKey(NAME, bytes(32)).written)
    return made


def test_key_is_made_for_its_owner_alone_and_shown_again(tmp_path: Path) -> None:
    file = tmp_path / "signing.key"
    made = run("keys", "signing", NAME, file)
    assert made.status == 0, made.errors
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    key = SigningKey.read(file.read_text().strip())
    assert made.output == f"{key.verifier}\n"
    assert VerifierKey.read(made.output.strip()).name == NAME
    assert key.written.split("+", 4)[4] not in made.output + made.errors
    assert "PARLEY_SIGNING_KEY_FILE" in made.errors
    assert run("keys", "verifier", file).output == made.output
    assert run("keys", "verifier", PARLEY_SIGNING_KEY_FILE=str(file)).output == made.output


def test_file_is_private_whatever_the_umask_and_never_written_over(tmp_path: Path, file: Path) -> None:
    before = os.umask(0)
    try:
        files.write_private(tmp_path / "open", "secret")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "open").stat().st_mode) == 0o600
    kept = file.read_text()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for taken in (file, tmp_path / "link"):
        again = run("keys", "signing", NAME, taken)
        assert (again.status, again.output) == (2, "")
        assert again.errors == f"parley: {taken} exists, and a key is not written over: choose another name.\n"
    assert file.read_text() == kept
    assert not (tmp_path / "elsewhere").exists()


def test_key_is_on_disk_when_it_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    fsync = os.fsync

    def noted(descriptor: int) -> None:
        fsync(descriptor)
        synced.append(os.fstat(descriptor).st_ino)

    monkeypatch.setattr(os, "fsync", noted)
    files.write_private(tmp_path / "made", "secret")
    assert synced == [(tmp_path / "made").stat().st_ino, tmp_path.stat().st_ino]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o666, 0o601])
def test_file_that_others_can_read_or_change_is_refused_with_the_remedy(file: Path, mode: int) -> None:
    file.chmod(mode)
    with pytest.raises(Failure, match=rf"\(mode {mode:04o}\): `chmod 600 {file}`") as refused:
        files.private_text(file)
    assert refused.value.status == 2


def test_file_that_holds_no_key_is_refused_without_being_shown(tmp_path: Path, file: Path) -> None:
    (tmp_path / "folder").mkdir(mode=0o700)
    os.mkfifo(tmp_path / "pipe", 0o600)
    files.write_private(tmp_path / "other", "swordfish")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (tmp_path / "binary").chmod(0o600)
    for name, told in (
        ("missing", "No such file or directory"),
        ("folder", "is no file: name the file that holds the key"),
        ("pipe", "is no file: name the file that holds the key"),
        ("other", "holds no signing key: a signing key is written PRIVATE+KEY+name+id+base64"),
        ("binary", "holds no key: a key is a line of text"),
    ):
        ended = run("keys", "verifier", tmp_path / name)
        assert (ended.status in {1, 2}, ended.output) == (True, "")
        assert told in ended.errors
        assert "swordfish" not in ended.errors
        assert "Traceback" not in ended.errors


def test_key_without_a_file_or_with_a_name_that_cannot_be_is_refused(tmp_path: Path) -> None:
    ended = run("keys", "verifier")
    assert ended.status == 2
    assert "`parley keys signing NAME FILE` makes one" in ended.errors
    ended = run("keys", "signing", "https://parley.example.org", tmp_path / "key")
    assert ended.status == 2
    assert "like an address without https://" in ended.errors
    assert not (tmp_path / "key").exists()
