"""What `--data` may name: where there is a database, and for the commands that make one, a place that is free."""

from pathlib import Path

import pytest

from tests.cli.running import ROOT, run

README = ROOT / "README.md"
NO_DATABASE = "parley: There is no database in {folder}: correct the name of the data folder, or let `parley demo`, "
READING = (
    ("verify",),
    ("export", "-"),
    ("backup", "-"),
    ("rebuild",),
    ("replay",),
    ("keys", "list"),
    ("keys", "create", "desk", "--role", "reader"),
    ("keys", "revoke", "desk"),
)
MAKING = (("demo", "--port", "0"), ("load", ROOT / "seeds" / "01-parties.yaml"), ("import", README))


@pytest.mark.parametrize("command", READING, ids=" ".join)
def test_command_on_a_folder_that_is_not_there_is_refused_and_makes_nothing(
    command: tuple[str, ...], new_folder: Path
) -> None:
    ended = run(*command, "--data", new_folder)
    assert (ended.status, ended.output) == (2, "")
    assert ended.errors.startswith(NO_DATABASE.format(folder=new_folder))
    assert not new_folder.exists()


def test_command_on_a_folder_of_other_files_is_refused_and_leaves_it(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("mine")
    (tmp_path / "data").mkdir()
    ended = run("verify", "--data", tmp_path)
    assert ended.status == 2
    assert ended.errors.startswith(NO_DATABASE.format(folder=tmp_path))
    assert names(tmp_path) == {"notes.md", "data"}


@pytest.mark.parametrize("command", MAKING, ids=lambda command: command[0])
def test_command_that_makes_a_database_makes_none_among_other_files(
    command: tuple[str | Path, ...], tmp_path: Path
) -> None:
    (tmp_path / "notes.md").write_text("mine")
    ended = run(*command, "--data", tmp_path)
    assert (ended.status, ended.output) == (2, "")
    assert ended.errors == (
        f"parley: {tmp_path} cannot become a data folder, because it holds other files (notes.md, for example): "
        "choose a new folder, or an empty one.\n"
    )
    assert names(tmp_path) == {"notes.md"}


def test_command_that_makes_a_database_makes_it_in_an_empty_folder_and_on_a_disk_of_its_own(new_folder: Path) -> None:
    (new_folder / "lost+found").mkdir(parents=True)
    ended = run("load", ROOT / "seeds" / "01-parties.yaml", "--data", new_folder)
    assert ended.status == 0, ended
    assert run("verify", "--data", new_folder).status == 0


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("demo", "--port", "0", "--seeds", "/nope"), "There is no folder /nope with seed files"),
        (("restore", README), f"{README} is no backup: `parley backup` makes one."),
        (("restore", "/nope"), "/nope: No such file or directory."),
        (("import", "/nope"), "/nope: No such file or directory."),
    ],
)
def test_command_that_was_called_wrongly_is_refused_before_it_makes_a_database(
    command: tuple[str | Path, ...], said: str, new_folder: Path
) -> None:
    ended = run(*command, "--data", new_folder)
    assert ended.status in {1, 2}
    assert ended.errors.startswith(f"parley: {said}")
    assert not new_folder.exists()


def names(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()}


def test_lock_with_another_name_is_refused_and_left_as_it_is(folder: Path) -> None:
    """A file of somebody's, hard-linked into the folder, is not emptied to say who works here."""
    theirs = folder.parent / "theirs.txt"
    theirs.write_text("theirs")
    (folder / "parley.lock").unlink()
    (folder / "parley.lock").hardlink_to(theirs)
    ended = run("verify", "--data", folder)
    assert (ended.status, theirs.read_text()) == (1, "theirs")
    assert "parley.lock is no ordinary file, or has another name besides" in ended.errors
