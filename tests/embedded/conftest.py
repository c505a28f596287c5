import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from parley.embedded import EmbeddedPostgres
from tests.embedded.servers import FAST, copied

MEMORY = Path("/dev/shm")
ROOM_BYTES = 1_000_000_000


@pytest.fixture
def place() -> Iterator[Path]:
    """An empty folder, in memory where the machine has room there, since each server writes 40 MB."""
    roomy = os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM_BYTES
    with tempfile.TemporaryDirectory(dir=MEMORY if roomy else None, prefix="parley-") as name:
        yield Path(name)


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose server has stopped; not to be started."""
    folder = tmp_path_factory.mktemp("made")
    with EmbeddedPostgres(folder, config=FAST):
        pass
    return folder


@pytest.fixture
def folder(made_once: Path, place: Path) -> Path:
    """A data folder of the test's own whose server has stopped."""
    return copied(made_once, place / "made")


@pytest.fixture
def server(folder: Path) -> Iterator[EmbeddedPostgres]:
    """A running server on `folder`."""
    with EmbeddedPostgres(folder, config=FAST) as running:
        yield running
