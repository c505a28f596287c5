"""What can be set for the compose files is explained, and what is explained can be set; and what their scripts do."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from parley.settings import TABLE

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted(ROOT.glob("docker-compose*.yml"))
USED = re.compile(r"\$\{([A-Z_]+)(?::-([^}]*))?\}")
EXPLAINED = re.compile(r"^#([A-Z_]+)=(.*)$", re.MULTILINE)
OF_COMPOSE_ITSELF = {"COMPOSE_FILE"}
SEGMENT = "000000010000000000000007"


def used() -> dict[str, set[str]]:
    """The variables that the compose files use, with their defaults there."""
    found: dict[str, set[str]] = {}
    for file in FILES:
        for name, default in USED.findall(file.read_text(encoding="utf-8")):
            found.setdefault(name, set()).add(default)
    return found


def explained() -> dict[str, str]:
    """The variables of .env.example, with the defaults that it tells."""
    return dict(EXPLAINED.findall((ROOT / ".env.example").read_text(encoding="utf-8")))


def test_variables_of_compose_files_are_all_explained_with_their_defaults() -> None:
    assert used().keys() == explained().keys() - OF_COMPOSE_ITSELF
    of_the_service = {setting.variable: setting.default for setting in TABLE}
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    for name, defaults in used().items():
        told = {default or of_the_service.get(name, "") for default in defaults} - {""}
        assert explained()[name] in told, name
        assert all(default in text for default in told), name


def test_settings_of_the_service_can_all_be_set_in_the_compose_file() -> None:
    """All but the address inside the container, and traces, for which the image lacks the library."""
    services = YAML(typ="safe").load(ROOT / "docker-compose.yml")["services"]
    given = set(services["api"]["environment"])
    for setting in TABLE:
        assert {setting.variable, setting.file_variable} & given or setting.field in {"host", "traces"}, (
            setting.variable
        )


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_compose_file_that_names_no_password_is_the_only_kind_there_is(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert not re.search(r"PASSWORD(?!_FILE|_SECRET)\w*\s*[:=]|trust", text)
    assert not re.search(r"postgres\w*://[^@\s]*:[^@\s]*@", text)


class Archive:
    """An archive, and a server that puts its log there."""

    def __init__(self, folder: Path) -> None:
        self._log = folder / "log"
        self.place = folder / "archive"
        self.place.mkdir()

    def take(self, content: str | None) -> subprocess.CompletedProcess[str]:
        """Be asked for the segment, which holds this."""
        self._log.unlink(missing_ok=True)
        if content is not None:
            self._log.write_text(content, encoding="utf-8")
        return subprocess.run(
            ["bash", ROOT / "deploy/postgres/archive.sh", self._log, SEGMENT],
            env={**os.environ, "ARCHIVE": str(self.place)}, capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip

    @property
    def files(self) -> dict[str, str]:
        """What is in it."""
        return {file.name: file.read_text(encoding="utf-8") for file in self.place.iterdir()}


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """An empty one."""
    return Archive(tmp_path)


def test_log_is_archived_and_once_more_after_a_crash_but_never_over_another(archive: Archive) -> None:
    assert archive.take("whole").returncode == 0
    assert archive.files == {SEGMENT: "whole"}
    assert archive.take("whole").returncode == 0  # the server was killed before it noted the first time
    refused = archive.take("other")
    assert refused.returncode == 1
    assert f"the archive has another {SEGMENT}" in refused.stderr
    assert archive.files == {SEGMENT: "whole"}


def test_log_that_was_half_archived_when_the_server_was_killed_is_archived_anew(archive: Archive) -> None:
    (archive.place / f".{SEGMENT}").write_text("who", encoding="utf-8")
    assert archive.take("whole").returncode == 0
    assert archive.files == {SEGMENT: "whole"}


def test_log_that_cannot_be_read_is_not_archived_and_not_told_to_be(archive: Archive) -> None:
    assert archive.take(None).returncode == 1
    assert SEGMENT not in archive.files
