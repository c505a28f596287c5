"""`parley replay`: the story as read on a terminal, piped and as JSON, and what is said where there is none."""

import json
import os
import pty
import re
import subprocess
from collections.abc import AsyncIterator
from doctest import ELLIPSIS, OutputChecker
from io import StringIO
from pathlib import Path
from signal import SIGINT, SIGPIPE

import msgspec
import pytest
from rich.console import Console

from parley.cli.page import THEME, Page
from parley.loading import load, seeds_in
from parley.recording import Recording
from parley.store.codec import decode_state
from parley.telling.order import Clock
from parley.telling.story import Story
from tests.cli import running
from tests.cli.running import PATIENCE_S, ROOT, SEEDS, Ended
from tests.negotiation.desk import TALKS, set_table
from tests.negotiation.histories import NEGOTIATION

PAGE = ROOT / "docs" / "replay.md"
TOLD = 78  # of 79: nobody names Georgia
EXCERPT = re.compile(r"^```console\n\$ parley replay([^\n]*) --data \.parley\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture
async def seeded(database: str) -> AsyncIterator[str]:
    """The DSN of a database with the seeds in it."""
    recording = await Recording.open(database)
    await load(recording, seeds_in(SEEDS))
    yield database
    await recording.close()


def replay(database: str, *options: str) -> Ended:
    return running.run("replay", *options, PARLEY_DATABASE_URL=database)


def positions(output: str) -> list[int]:
    return [int(found) for found in re.findall(r"^#(\d+) ", output, re.MULTILINE)]


def seed(folder: Path, name: str) -> Path:
    """A negotiation with nothing but a title."""
    path = folder / f"{name}.yaml"
    path.write_text(
        f"name: {name}\nsources:\n  desk: {{publisher: A desk, published: 2022-01-11, kind: outlet}}\nrecord:\n"
        f"  - stream: {name}\n    events:\n      - id: opened\n        occurred: 2022-01-10\n        sources: [desk]\n"
        f"        event: {{type: NegotiationOpened, title: {name}}}\n"
    )
    return path


# -- what is seen


def test_replay_piped_is_plain_lines_and_tells_every_event(seeded: str) -> None:
    """No colours, and nothing broken off: each thing is one line."""
    ended = replay(seeded)

    assert (ended.status, ended.errors) == (0, "")
    assert "\x1b" not in ended.output
    assert len(positions(ended.output)) == len(set(positions(ended.output))) == TOLD
    assert (
        "#40 Russia tabled the demand veto-on-enlargement to the United States and NATO: A veto on any further "
        "expansion of NATO.\n    ../2022-01-11 (already so); The National, 11 January 2022\n"
        "    new: demand veto-on-enlargement\n" in ended.output
    )


def test_replay_on_a_terminal_is_coloured_and_fits_it(seeded: str) -> None:
    """Words stay whole, and a line goes on beside the number, not below it."""
    output = in_terminal(seeded, columns=72)

    assert ESCAPE.search(output)
    lines = [ESCAPE.sub("", line).rstrip("\r\n") for line in output.splitlines()]
    assert max(len(line) for line in lines) <= 72
    words = {word for line in lines for word in line.split()}
    assert {word for word in replay(seeded).output.split() if len(word) < 60} - {"==="} <= words
    begun = next(number for number, line in enumerate(lines) if line.startswith("#40 "))
    assert lines[begun + 1].startswith("    ")


def in_terminal(database: str, columns: int) -> str:
    """What the command writes on a terminal so wide."""
    ours, theirs = pty.openpty()
    variables = {"PARLEY_DATABASE_URL": database, "COLUMNS": str(columns), "TERM": "xterm-256color"}
    with subprocess.Popen(
        running._command("replay"), env=running._environment(variables), cwd=ROOT, stdout=theirs, stdin=theirs,
    ) as process:  # fmt: skip
        os.close(theirs)
        found = b""
        while part := _read(ours):
            found += part
        assert process.wait(PATIENCE_S) == 0
    os.close(ours)
    return found.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1 << 16)
    except OSError:  # on Linux, a terminal that nobody writes to any more
        return b""


def test_replay_as_json_is_an_object_a_line_with_the_envelope_and_what_changed(seeded: str) -> None:
    ended = replay(seeded, "--json")
    lines = [json.loads(line) for line in ended.output.splitlines()]

    assert (ended.status, ended.errors, len(lines)) == (0, "", TOLD)
    assert {tuple(line) for line in lines} == {("clock", "day", "sentence", "event", "changes", "raised", "gone")}
    answer = next(line for line in lines if line["event"]["position"] == 42)
    assert (answer["clock"], answer["day"]) == ("happened", "2022-01-11")
    assert answer["sentence"] == "NATO for its members rejected the demand veto-on-enlargement: A non-starter."
    assert answer["event"]["event"]["answer"] == "reject"
    (change,) = answer["changes"]
    assert change["register"] == "answer"
    assert change["on"] == {"kind": "demand", "id": "veto-on-enlargement"}
    assert (change["party"], change["kind"], change["before"]) == ("nato", "appeared", None)
    assert [value["value"] for value in change["after"]["values"]] == [{"answer": "reject"}]


async def test_replay_as_json_gives_the_envelopes_as_they_were_recorded(seeded: str) -> None:
    recording = await Recording.open(seeded)
    rows = await recording.pool.fetch("SELECT * FROM parley_events WHERE unit <> 'parties' ORDER BY notification_id")
    await recording.close()
    lines = [json.loads(line)["event"] for line in replay(seeded, "--json", "--by", "recorded").output.splitlines()]

    recorded = [decode_state(row["state"], stream=row["originator_id"], version=row["originator_version"],
                             position=row["notification_id"]) for row in rows]  # fmt: skip
    assert [line for line in lines if not line["stream"].startswith("parties/")] == [
        json.loads(msgspec.json.encode(event)) for event in recorded
    ]


def test_replay_ends_with_where_it_stands(seeded: str) -> None:
    """Rounds with outcomes, demands with answers, what is contested."""
    end = replay(seeded).output.partition("=== Where it stands ===\n")[2]

    assert (
        "    geneva: 10 January 2022, Geneva, US mission; 1 sitting; no breakthrough (The New Indian Express)\n" in end
    )
    assert (
        "    veto-on-enlargement (Russia to the United States and NATO): rejected by Finland, NATO for its members, "
        "Sweden, Ukraine and the United States\n" in end
    )
    assert (
        "    session day-1 of geneva: venue Geneva | Geneva, US mission; duration at least 7 hours | about 8 hours"
        in end
    )


@pytest.mark.parametrize("excerpt", list(EXCERPT.finditer(PAGE.read_text(encoding="utf-8"))), ids=lambda one: one[1])
def test_replay_says_what_its_page_shows(excerpt: re.Match[str], seeded: str) -> None:
    """`...` stands for anything, as in the README."""
    ended = replay(seeded, *excerpt[1].split())

    assert OutputChecker().check_output(excerpt[2], ended.output or ended.errors, ELLIPSIS), ended.output


def test_replay_from_the_data_folder_of_a_demo_that_is_stopped_leaves_no_server(folder: Path) -> None:
    ended = running.run("replay", "--data", folder)

    assert (ended.status, len(positions(ended.output))) == (0, TOLD)
    assert running.no_server_left(folder)


def test_replay_writes_nothing_that_steers_a_terminal() -> None:
    """A record that was imported may hold what the service would not take."""
    desk = set_table()
    desk.record({**TALKS, "venue": "\x1b[2J\x9b31m\u202eAveneG\a"})
    shown = StringIO()
    story = Story(NEGOTIATION, desk.world.events, Clock.HAPPENED)
    page = Page(Console(file=shown, theme=THEME, width=80), story)
    page.head()
    for step in story.steps():
        page.step(step)
    page.end()

    assert "AveneG" in shown.getvalue()
    assert not set(shown.getvalue()) & set("\x1b\x9b\u202e\a")


# -- what is asked


def test_replay_until_a_date_or_a_position_ends_there(seeded: str) -> None:
    by_date = replay(seeded, "--until", "2022-01-10").output
    by_position = replay(seeded, "--by", "recorded", "--until", "20").output
    by_instant = replay(seeded, "--by", "recorded", "--until", "2000-01-01T00:00:00Z").output

    assert "=== 10 January 2022 ===" in by_date
    assert "=== 11 January 2022 ===" not in by_date
    assert "european-security: 28 of 78 events, told as it happened" in by_date
    assert positions(by_position)[-1] == 20
    assert positions(by_instant) == []
    assert "No round, demand or document by then." in by_instant


def test_replay_of_a_round_tells_its_events_only(seeded: str) -> None:
    output = replay(seeded, "--round", "geneva").output

    assert positions(output) == [16, 65, 17, 18, 66, 19, 20, 21, 22, 67]


def test_replay_of_the_negotiation_named_is_told_where_there_are_several(seeded: str, tmp_path: Path) -> None:
    assert running.run("load", seed(tmp_path, "arms-control"), PARLEY_DATABASE_URL=seeded).status == 0

    unnamed = replay(seeded)
    assert (unnamed.status, unnamed.output) == (2, "")
    assert unnamed.errors == "parley: Which negotiation? On record are arms-control, european-security: name one.\n"
    assert positions(replay(seeded, "arms-control").output) == [80]
    unknown = replay(seeded, "european-securty")
    assert (unknown.status, unknown.output) == (2, "")
    assert unknown.errors == (
        "parley: There is no negotiation european-securty on record. Did you mean european-security? "
        "There are arms-control, european-security.\n"
    )


def test_replay_of_an_empty_record_says_what_to_do(database: str) -> None:
    ended = replay(database)

    assert (ended.status, ended.output) == (1, "")
    assert ended.errors == (
        "parley: No negotiation is on record yet: record one, or load a file with one (`parley load`).\n"
    )


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--until", "yesterday"], "--until: 'yesterday' is not a plain date; write YYYY,"),
        (["--until", "[..2022]"], "--until: '[..2022]' is not a plain date; write YYYY,"),
        (["--until", "5"], "; for a position say --by recorded, too."),
        (["--by", "recorded", "--until", "-1"], "; or a position, a whole number."),
        (["--round", "genva"], "There is no round genva in european-security. Did you mean geneva? There are "),
    ],
)
def test_replay_asked_wrongly_says_what_is_accepted(seeded: str, options: list[str], said: str) -> None:
    ended = replay(seeded, *options)

    assert (ended.status, ended.output) == (2, "")
    assert said in ended.errors
    assert ended.errors.startswith("parley: ")
    assert ended.errors.count("\n") == 1


# -- how it ends early


def test_replay_with_speed_is_ended_by_a_signal_between_two_events(seeded: str) -> None:
    """So slow that it would take a day."""
    with running.running("replay", "--speed", "0.001", PARLEY_DATABASE_URL=seeded) as command:
        command.line(lambda line: line.startswith("#1 "))
        command.signal(SIGINT)
        ended = command.ended()

    assert ended.status == 128 + SIGINT
    assert "#2 " not in ended.output
    assert "Traceback" not in ended.output


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_replay_into_a_pipe_that_is_shut_ends_quietly(seeded: str, options: list[str]) -> None:
    with running_alone(seeded, *options) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""
        assert process.wait(PATIENCE_S) == 128 + SIGPIPE


def running_alone(database: str, *options: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        running._command("replay", "--speed", "200", *options),
        env=running._environment({"PARLEY_DATABASE_URL": database}),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
