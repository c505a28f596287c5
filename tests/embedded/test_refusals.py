import os
import signal
from pathlib import Path

import pytest

from parley.embedded import EmbeddedPostgres, EmbeddedPostgresError
from parley.embedded.account import account_for
from parley.embedded.errors import (
    FileElsewhere,
    FolderUnwritable,
    NotADatabase,
    NotAFolder,
    OwnedByRoot,
    StartFailed,
    StartTimedOut,
    WrongOwner,
    WrongVersion,
)
from tests.embedded.servers import FAST, supervisor


def test_start_on_file_refuses(place: Path) -> None:
    """A file in the place of the data folder is named, with the remedy."""
    (place / "file").touch()
    with pytest.raises(NotAFolder, match=r"file cannot be the data folder.*choose another data folder\.$"):
        EmbeddedPostgres(place / "file").start()


def test_start_below_file_refuses(place: Path) -> None:
    """A path that leads through a file is named, with the remedy."""
    (place / "file").touch()
    with pytest.raises(NotAFolder, match="choose another data folder"):
        EmbeddedPostgres(place / "file" / "data").start()


def test_start_where_nothing_can_be_written_refuses() -> None:
    """A folder that cannot be made, even by root, is named, with the reason and the remedy."""
    with pytest.raises(FolderUnwritable, match=r"/sys/parley cannot be used \(.+\): make it writable for user \w+"):
        EmbeddedPostgres(Path("/sys/parley")).start()


def test_start_on_data_of_another_version_refuses(folder: Path) -> None:
    """Data of another major version is left untouched and both versions are named."""
    version = folder / "data" / "PG_VERSION"
    version.write_text("17\n")
    with pytest.raises(WrongVersion, match=r"made by PostgreSQL 17 and the binaries are PostgreSQL 18"):
        EmbeddedPostgres(folder).start()
    assert version.read_text() == "17\n"


def test_start_on_files_that_are_no_database_refuses(place: Path) -> None:
    """Files of somebody else's in `data` are left untouched."""
    (place / "data").mkdir()
    (place / "data" / "thesis.txt").touch()
    owner = 65534 if os.geteuid() == 0 else os.geteuid()
    os.chown(place / "data", owner, -1)
    with pytest.raises(NotADatabase, match="move them away"):
        EmbeddedPostgres(place).start()
    assert (place / "data" / "thesis.txt").exists()


@pytest.mark.parametrize("name", ["server.log", "server.lock"])
def test_start_on_a_file_with_another_name_refuses_and_leaves_it_as_it_is(folder: Path, name: str) -> None:
    """Somebody's file, hard-linked into the folder, is neither given to the server's account nor written into."""
    theirs = folder.parent / "theirs.txt"
    theirs.write_text("theirs\n")
    before = theirs.stat()
    (folder / name).unlink()
    (folder / name).hardlink_to(theirs)
    with pytest.raises(FileElsewhere, match=f"{name} is no ordinary file, or has another name"):
        EmbeddedPostgres(folder, config=FAST).start()
    assert theirs.read_text() == "theirs\n"
    assert (theirs.stat().st_uid, theirs.stat().st_mode) == (before.st_uid, before.st_mode)


def test_start_where_the_log_is_a_pipe_refuses_at_once(folder: Path) -> None:
    """It does not wait for somebody to read it."""
    (folder / "server.log").unlink()
    os.mkfifo(folder / "server.log")
    with pytest.raises(FolderUnwritable, match=r"server\.log"):
        EmbeddedPostgres(folder, config=FAST).start()


def test_start_on_data_of_another_user_refuses(place: Path) -> None:
    """Data of a user whom we may not act for is refused; for root, that is data of root's own."""
    expected = OwnedByRoot if os.geteuid() == 0 else WrongOwner
    with pytest.raises(expected, match=r"belongs to (user )?root"):
        account_for(place, Path("/usr"))


def test_start_without_room_refuses_and_leaves_nothing(place: Path) -> None:
    """When the data does not fit (here: a limit on file sizes) the error says so, and gives back the room it took."""
    with supervisor(place, "--largest-file", "1000000") as running:
        assert running.report["error"] == "NoRoom"
        assert "make 100 MB free" in running.report["message"]
    assert not list(place.glob("data*"))


def test_start_with_bad_config_tells_what_the_server_said(folder: Path) -> None:
    """When the server does not come up the error carries the last lines of its log, and a good start can follow."""
    with pytest.raises(StartFailed, match=r"server\.log(.|\n)*unrecognized configuration parameter .no_such_setting."):
        EmbeddedPostgres(folder, config={"no_such_setting": "1"}).start()
    with EmbeddedPostgres(folder, config=FAST) as server:
        assert server.owned


def test_start_not_ready_in_time_refuses_and_leaves_no_server(folder: Path) -> None:
    """A server that takes too long is stopped again, so that the next start finds the folder free."""
    hasty = EmbeddedPostgres(folder, config=FAST)
    hasty.ready_wait_s = 0.0
    with pytest.raises(StartTimedOut, match=r"not ready after 0 s"):
        hasty.start()
    with EmbeddedPostgres(folder, config=FAST, attach=False) as server:
        assert server.owned


def test_start_not_ready_in_time_where_interrupts_are_ignored_leaves_no_server(
    folder: Path,
) -> None:
    """As in the background of a shell: PostgreSQL is told to stop by the signal that a new process ignores there."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        hasty = EmbeddedPostgres(folder, config=FAST)
        hasty.ready_wait_s = 0.0
        hasty.stop_wait_s = 3600.0
        with pytest.raises(StartTimedOut):
            hasty.start()
    finally:
        signal.signal(signal.SIGINT, before)


FIELDS = "account cache data expected file folder found lock owner path pid reason site user waited_s"


@pytest.mark.parametrize("error", EmbeddedPostgresError.__subclasses__(), ids=lambda error: error.__name__)
def test_every_error_is_one_sentence_with_a_remedy(error: type[EmbeddedPostgresError]) -> None:
    """Every error is one sentence: what is the matter, a colon, what to do."""
    message = str(error(**dict.fromkeys(FIELDS.split(), 1)))
    assert message.count(": ") == 1
    assert message.endswith(".")
    assert "\n" not in message
