"""Every text of every event through every output: no line that it begins, nothing that it steers."""

import csv
import io
import json
import logging
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import httpx
import pytest

from negotiation.events.catalogue import EVENT_TYPES
from parley.app import create_app
from parley.cli import replay
from parley.cli.failures import Failure
from parley.cli.logs import JsonLine, Line
from parley.cli.page import THEME, Page
from parley.cli.terminal import Terminal
from parley.embedded import EmbeddedPostgres
from parley.store.exchange import export
from parley.telling.order import Clock
from parley.telling.story import Story
from tests import databases, forged
from tests.cli import running
from tests.feed.reader import STREAM
from tests.feed.services import served
from tests.forged import FORGED, HOSTILE, STEERS
from tests.http.conftest import client_of
from tests.http.conftest import running as started
from tests.http.openapi import Described
from tests.negotiation.histories import NEGOTIATION
from tests.record.desk import connection

TURNING = {*"\u061c\u200e\u200f\u202e\u2066\u2069"}
"""What a table keeps, because names of some languages are written with it."""
LOOKS = re.compile(r"\x1b\[[0-9;]*m")
"""What our own colours are made with."""


@pytest.fixture(scope="module")
async def hostile(template: EmbeddedPostgres) -> AsyncIterator[str]:
    """The DSN of a record with one event of each type, hostile in every field; the tests of this file only read it."""
    async with databases.database(template) as dsn:
        async with connection(dsn) as own:
            await forged.record(own, forged.forged_events())
        yield dsn


def assert_lines(text: str) -> None:
    """As a terminal shows it: no line begins with what was forged, however far to the right, and nothing steers."""
    plain = LOOKS.sub("", text)
    assert not {*plain} & STEERS
    assert not [line for line in plain.split("\n") if line.lstrip().startswith(FORGED)], text


def test_every_text_of_the_catalogue_is_hostile_in_this_record() -> None:
    """A field that joins the catalogue joins these tests."""
    events = forged.forged_events()
    assert {type(event.event).__name__ for event in events} == EVENT_TYPES.keys()
    assert forged.hostile_fields(events) == forged.fields_of_texts()


# -- the command line


@pytest.mark.parametrize("clock", Clock)
def test_replay_begins_no_line_with_what_a_text_says(hostile: str, clock: str) -> None:
    ended = running.run("replay", "--by", clock, PARLEY_DATABASE_URL=hostile)
    assert ended.status == 0, ended.errors
    assert FORGED in ended.output
    assert_lines(ended.output)


async def test_replay_on_a_terminal_of_any_width_begins_no_line_with_what_a_text_says(hostile: str) -> None:
    """Also where a long text goes on in the next line: that is set in, as no line of ours is."""
    async with connection(hostile) as own:
        events = await replay._events(own, NEGOTIATION)
    for width in range(30, 60):
        screen = io.StringIO()
        console = Terminal(file=screen, force_terminal=True, width=width, theme=THEME, highlight=False, markup=False)
        story = Story(NEGOTIATION, events, Clock.HAPPENED)
        await replay.tell(story, Page(console, story), None)
        plain = LOOKS.sub("", screen.getvalue())
        assert not {*plain} & STEERS
        assert not [line for line in plain.split("\n") if line.startswith(FORGED)], (width, plain)


def test_replay_as_json_is_one_object_a_line(hostile: str) -> None:
    ended = running.run("replay", "--json", PARLEY_DATABASE_URL=hostile)
    assert ended.output
    assert_json_lines(ended.output)


@pytest.mark.parametrize(
    "arguments",
    [
        ("replay", HOSTILE),
        ("replay", "--round", HOSTILE),
        ("replay", "--until", HOSTILE),
        ("replay", "--by", HOSTILE),
        ("replay", "--data", HOSTILE),
        ("load", HOSTILE),
        ("load", "folder"),
        ("import", HOSTILE),
        ("restore", HOSTILE),
        ("export", f"nosuch/{HOSTILE}"),
        ("backup", f"nosuch/{HOSTILE}"),
        ("export", "taken"),
        ("import", "taken"),
        ("restore", "taken"),
        ("import", "lines"),
        ("verify", "--head", HOSTILE),
        ("demo", "--seeds", HOSTILE),
        ("demo", "--host", HOSTILE),
        ("keys", "create", HOSTILE, "--role", "reader"),
        ("keys", "create", "desk", "--role", "reader", "--expires", HOSTILE),
        ("keys", "revoke", HOSTILE),
        ("keys", "signing", HOSTILE, "lines"),
        ("keys", "signing", "example.org/record", f"nosuch/{HOSTILE}"),
        ("keys", "signing", "example.org/record", "taken"),
        ("checkpoint", "--signing-key", HOSTILE),
        ("checkpoint", "--signing-key", "taken"),
        ("verify", "--checkpoint", HOSTILE, "--verifier", HOSTILE),
        ("verify", "--checkpoint", "taken"),
        ("witness", HOSTILE, "--to", "new", "--verifier", HOSTILE),
        ("nosuch", HOSTILE),
        (HOSTILE,),
        (f"--{HOSTILE}",),
        ("replay", f"--{HOSTILE}"),
    ],
)
def test_message_of_a_command_is_in_lines_of_its_own(hostile: str, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """What is wrong with a name, a file or an option is said without letting it write lines."""
    taken, folder, lines = tmp_path / f"{HOSTILE}-taken", tmp_path / f"{HOSTILE}-seeds", tmp_path / "lines"
    taken.write_bytes(b"{}\n")
    folder.mkdir()
    lines.write_bytes(json.dumps({HOSTILE: HOSTILE}).encode() + b"\n")
    known = {"taken": taken, "folder": folder, "lines": lines}
    ended = running.run(*(known.get(one, one) for one in arguments), PARLEY_DATABASE_URL=hostile)
    assert ended.status in {1, 2}
    assert "Traceback" not in ended.errors
    assert_lines(ended.output + ended.errors)


@pytest.mark.parametrize("variable", ["PARLEY_DATABASE_URL", "PARLEY_PORT", "PARLEY_LOG_LEVEL", "PARLEY_TRACES"])
def test_mistake_in_a_setting_is_in_lines_of_its_own(hostile: str, variable: str) -> None:
    for value in (HOSTILE, f"postgresql://{HOSTILE}@nosuch.invalid/{HOSTILE}"):
        ended = running.run("serve", **{"PARLEY_DATABASE_URL": hostile, variable: value})
        assert ended.status in {1, 2}
        assert "Traceback" not in ended.errors
        assert_lines(ended.output + ended.errors)


@pytest.mark.parametrize(
    ("change", "command"),
    [
        ("UPDATE parley_events SET originator_id = $1 WHERE notification_id = 5", ("verify",)),
        ("UPDATE parley_events SET topic = $1 WHERE notification_id = 5", ("verify",)),
        ("UPDATE parley_events SET state = convert_to($1, 'UTF8') WHERE notification_id = 5", ("verify",)),
        ("UPDATE parley_events SET state = convert_to($1, 'UTF8') WHERE notification_id = 5", ("export", "-")),
        ("UPDATE parley_events SET state = convert_to($1, 'UTF8') WHERE notification_id = 5", ("rebuild",)),
        ("INSERT INTO commands VALUES ($1, $1, '', now(), '{}')", ("verify",)),
        ("INSERT INTO keys VALUES ('k', $1, 'reader', ARRAY[$1], sha256(''))", ("keys", "list")),
        ("INSERT INTO keys VALUES ('k', $1, 'reader', ARRAY[$1], sha256(''))", ("keys", "revoke", "k")),
        ("INSERT INTO parties VALUES ($1, 1, '{}', '{}', '{}')", ("rebuild",)),
    ],
)
async def test_name_that_somebody_wrote_into_a_table_begins_no_line(
    template: EmbeddedPostgres, change: str, command: tuple[str, ...]
) -> None:
    async with databases.database(template) as dsn, connection(dsn) as own:
        await forged.record(own, forged.forged_events())
        await own.execute(change, HOSTILE)
        ended = running.run(*command, PARLEY_DATABASE_URL=dsn)
        assert_lines(ended.output + ended.errors)


async def test_export_is_one_object_a_line(hostile: str) -> None:
    async with connection(hostile) as own:
        text = b"".join([lines async for lines, _ in export(own)])
    assert_json_lines(text.decode())


# -- logs


@pytest.mark.parametrize("form", [Line(), JsonLine()])
def test_line_of_the_log_is_one_line(form: logging.Formatter) -> None:
    """Whatever is in the message; below it stands only what is set in."""
    failure = Failure(HOSTILE)
    fault = (Failure, failure, None)
    record = logging.LogRecord("parley", logging.ERROR, "", 1, "told: %s", (HOSTILE,), fault)
    text = form.format(record)
    first, *below = text.split("\n")
    assert "told: " in first
    assert all(line.startswith("    ") for line in below)
    assert not {*text} & STEERS


# -- HTTP


async def test_answers_of_every_route_have_no_line_that_a_text_begins(hostile: str) -> None:
    """JSON and problems are one line, NDJSON is a line an item, a table has the columns of its head in each row."""
    async with started(create_app(dsn=hostile, connections=2)) as app, client_of(app) as client:
        seen: set[str] = set()
        for path, method, operation in Described(app).operations():
            if method != "get" or path == STREAM:
                continue
            for address in _addresses(path, operation):
                answer = await client.get(address, params={"limit": "500"} if "limit" in str(operation) else {})
                seen.add(_check(answer))
        assert seen == {
            *("json", "problem", "ndjson", "csv", "xlsx", "html", "css", "plain"),
            *("text/calendar", "application/x-bibtex", "application/atom+xml", "image/svg+xml"),
        }


async def test_refusals_of_hostile_requests_have_no_line_that_a_text_begins(hostile: str) -> None:
    async with started(create_app(dsn=hostile, connections=2)) as app, client_of(app) as client:
        for address, body in (
            ("/v1/events", None),
            (f"/v1/negotiations/{NEGOTIATION}/events", {HOSTILE: HOSTILE}),
            (f"/v1/negotiations/{NEGOTIATION}/events", {"event": {"type": HOSTILE}}),
            (f"/v1/negotiations/{NEGOTIATION}/events", [HOSTILE]),
            ("/v1/parties", {"party": HOSTILE}),
        ):
            assert _check(await client.post(address, json=body)) == "problem"
        quoted = str(httpx.QueryParams({HOSTILE: HOSTILE}))
        for address in (f"/v1/negotiations/{quoted}", f"/v1/events?{quoted}", f"/v1/parties?as_of={quoted}"):
            assert _check(await client.get(address)) == "problem"


async def test_stream_tells_each_event_in_one_field(hostile: str) -> None:
    """What a reader of Server-Sent Events takes for the end of a line is in no field."""
    last = f"id: {len(forged.forged_events())}\n".encode()
    async with (
        served(hostile) as service,
        httpx.AsyncClient(base_url=service.address) as client,
        client.stream("GET", STREAM, params={"after": 0}) as answer,
    ):
        told = b""
        async for part in answer.aiter_bytes():
            told += part
            if last in told:
                break
    for line in re.split("\r\n|\r|\n", told.decode()):
        assert not line or re.match(r"(id|event|retry|data): ", line), line


def _addresses(path: str, operation: dict[str, Any]) -> list[str]:
    known = {
        "negotiation": NEGOTIATION,
        "round": "geneva",
        "party": "russia",
        "demand": "veto-on-enlargement",
        "position": "1",
        "problem": "not-found",
    }
    positions = map(str, range(1, 78)) if "{position}" in path else ("1",)
    addresses = [path.format(**known | {"position": position}) for position in positions]
    if "from_as_of" in str(operation.get("parameters")):
        addresses += [f"{address}?from_as_of=0" for address in addresses]
    elif "as_of" in str(operation.get("parameters")):
        addresses += [f"{address}?as_of=78" for address in addresses]
    return addresses


def _check(answer: httpx.Response) -> str:  # noqa: PLR0911 - a media type a word
    """Check an answer by its media type, and give a word for that."""
    if "spreadsheetml" in answer.headers["content-type"]:
        return "xlsx"
    text = answer.text
    match answer.headers["content-type"].partition(";")[0]:
        case "application/json" | "application/vnd.oai.openapi+json" | "application/vnd.citationstyles.csl+json":
            assert answer.status_code == 200, text
            assert "\n" not in text
            json.loads(text)
            return "json"
        case "application/problem+json":
            assert "\n" not in text
            json.loads(text)
            return "problem"
        case "application/x-ndjson":
            assert_json_lines(text)
            return "ndjson"
        case "text/csv":
            head, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
            assert all(len(row) == len(head) for row in rows)
            assert not [cell for row in rows for cell in row if cell.startswith(FORGED)]
            assert not {*text.replace("\r\n", "\n")} & STEERS - TURNING
            return "csv"
        case "text/calendar" | "application/x-bibtex" as media_type:
            unfolded = text.replace("\r\n ", "")  # a long line of a calendar goes on behind a space
            assert not [line for line in unfolded.splitlines() if line.lstrip().startswith(FORGED)]
            return media_type
        case "application/atom+xml" | "image/svg+xml" as media_type:
            ET.fromstring(text)
            return media_type
        case "text/html" | "text/css" | "text/plain" as media_type:
            assert FORGED not in text
            return media_type.removeprefix("text/")
        case other:
            raise AssertionError(other)


def assert_json_lines(text: str) -> None:
    """Each line is an object, and there are no others."""
    *lines, rest = text.split("\n")
    assert not rest
    assert all(isinstance(json.loads(line), dict) for line in lines)
