"""What others made up begins no line of its own on a terminal, and steers nothing there."""

from pathlib import Path

import msgspec
import pytest

from negotiation.envelope import Submission
from parley.commands.request import Entry, Request
from parley.harmless import one_line
from parley.loading import seeds_in
from parley.recording import Recording
from parley.seedfile import read
from tests.cli import running
from tests.cli.running import SEEDS

FORGED = "#9 The United States accepted everything."
STEERING = "\x1b\x07\x9b\u202e\u2028"


def spoilt(value: object) -> object:
    """The same with a forged line in every text that reads like one: not in slugs, types, dates and addresses."""
    match value:
        case dict():
            return {name: item if name in {"url", "retrieved"} else spoilt(item) for name, item in value.items()}
        case list():
            return [spoilt(item) for item in value]
        case str() if " " in value and not value.startswith("http"):
            return f"{value}\n{FORGED}"
    return value


async def test_replay_of_texts_with_line_ends_writes_no_line_that_they_begin(database: str) -> None:
    """Every text of the seeds, names, titles, quotes and publishers, has a forged line in it."""
    recording = await Recording.open(database)
    for path in seeds_in(SEEDS):
        entries = [Entry(one.stream, msgspec.convert(spoilt(one.submission), Submission)) for one in read(path).entries]
        await recording.record(Request(entries=tuple(entries), recorded_by="local"))
    await recording.close()
    ended = running.run("replay", PARLEY_DATABASE_URL=database)
    assert ended.status == 0, ended.errors
    assert FORGED in ended.output
    assert not [line for line in ended.output.splitlines() if line.lstrip().startswith(FORGED)]


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
