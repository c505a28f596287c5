import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli import running
from tests.cli.running import Running

_MEMORY = Path("/dev/shm")
_ROOM_NEEDED = 1 << 30


@pytest.fixture(scope="session")
def room() -> Iterator[Path]:
    """A folder for data folders, in memory where there is room."""
    in_memory = _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ROOM_NEEDED
    folder = Path(tempfile.mkdtemp(prefix="parley-cli-", dir=_MEMORY if in_memory else None))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def made(room: Path) -> Path:
    """The data folder of a demo that was started for the first time, and stopped."""
    folder = room / "made"
    with running.demo(folder) as command:
        command.address()
        command.process.terminate()
        assert command.ended().status == 0
    return folder


@pytest.fixture
def folder(made: Path, room: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A data folder of the test's own, with the seeds in it."""
    own = Path(tempfile.mkdtemp(dir=room)) / "data"
    subprocess.run(["cp", "-a", made, own], check=True)
    yield own
    shutil.rmtree(own.parent, ignore_errors=True)


@pytest.fixture
def new_folder(room: Path) -> Iterator[Path]:
    """A data folder that does not exist yet."""
    own = Path(tempfile.mkdtemp(dir=room)) / "data"
    yield own
    shutil.rmtree(own.parent, ignore_errors=True)


@pytest.fixture(scope="module")
def served(made: Path, room: Path) -> Iterator[tuple[Running, str, Path]]:
    """A demo that serves: the command, its address and its data folder."""
    own = Path(tempfile.mkdtemp(dir=room)) / "data"
    subprocess.run(["cp", "-a", made, own], check=True)
    with running.demo(own) as command:
        yield command, command.address(), own
        command.process.terminate()
        assert command.ended().status == 0
