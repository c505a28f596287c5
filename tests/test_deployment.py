"""What can be set for the compose files is explained, and what is explained can be set."""

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from parley.settings import TABLE

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted(ROOT.glob("docker-compose*.yml"))
USED = re.compile(r"\$\{([A-Z_]+)(?::-([^}]*))?\}")
EXPLAINED = re.compile(r"^#([A-Z_]+)=(.*)$", re.MULTILINE)
OF_COMPOSE_ITSELF = {"COMPOSE_FILE"}


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
