"""What others made up begins no line of its own on a terminal, and steers nothing there."""

from pathlib import Path

import msgspec
import pytest

from parley.harmless import one_line
from tests.cli import running

FORGED = "#9 The United States accepted everything."
STEERING = "\x1b\x07\x9b\u202e\u2028"


@pytest.mark.parametrize("where", ["name", "key", "text"])
def test_load_of_a_file_with_steering_characters_shows_none_of_them(tmp_path: Path, database: str, where: str) -> None:
    """In the file's name, in one of its keys, in one of its texts: the error says where, in lines of its own."""
    path = tmp_path / (f"talks{STEERING}\n{FORGED}.yaml" if where == "name" else "talks.yaml")
    hostile = msgspec.json.encode(f"a{STEERING}\n{FORGED}").decode()
    key, text = (hostile, '"x"') if where == "key" else ('"nosuch"', hostile)
    path.write_text(
        "name: talks\nsources: {}\nrecord:\n  - stream: talks\n    events:\n"
        f"      - {{id: opened, event: {{type: NegotiationOpened, title: A title, {key}: {text}}}}}\n",
        encoding="utf-8",
    )
    ended = running.run("load", str(path), PARLEY_DATABASE_URL=database)
    assert ended.status == 1
    assert not {*ended.errors} & {*STEERING}
    assert not [line for line in ended.errors.splitlines() if line.lstrip().startswith(FORGED)]


def test_text_for_a_terminal_is_as_long_as_before_and_keeps_what_is_read() -> None:
    text = f"Åland, مفاوضات{STEERING}\n."
    assert len(one_line(text)) == len(text)
    assert one_line(text) == f"Åland, مفاوضات{' ' * len(STEERING)} ."
