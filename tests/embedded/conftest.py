from collections.abc import Iterator
from pathlib import Path
from subprocess import run

import pytest

from parley.embedded import EmbeddedPostgres
from tests.embedded.servers import FAST


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose server has stopped."""
    folder = tmp_path_factory.mktemp("made")
    with EmbeddedPostgres(folder, config=FAST):
        pass
    return folder


@pytest.fixture
def folder(made_once: Path, tmp_path: Path) -> Path:
    """A data folder of the test's own whose server has stopped."""
    run(["cp", "-a", made_once, tmp_path / "made"], check=True)
    return tmp_path / "made"


@pytest.fixture
def server(folder: Path) -> Iterator[EmbeddedPostgres]:
    """A running server on `folder`."""
    with EmbeddedPostgres(folder, config=FAST) as running:
        yield running
