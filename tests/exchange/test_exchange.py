"""The whole record goes into a file and comes back the same, or not at all."""

import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import asyncpg
import msgspec
import pytest

from negotiation.envelope import Submission
from parley.commands.request import Entry, Request
from parley.embedded import EmbeddedPostgres
from parley.recording import Recording
from parley.seedfile import read
from parley.store.exchange import ENDED, ImportRefused, Line, LineDamaged, export, import_
from parley.store.log import GENESIS, Written, chained
from tests import databases
from tests.record.fold import bring_up_to_date

SEEDS = sorted((Path(__file__).parents[2] / "seeds").glob("*.yaml"))
TABLES = {
    "parley_events": "notification_id, originator_id, originator_version, topic, state, hash, event_id, unit",
    "head": "position, hash, recorded_at",
    "parties": "*",
    "negotiations": "*",
    "negotiation_parties": "*",
    "rounds": "*",
    "items": "*",
    "demands": "*",
    "demand_answers": "*",
    "findings": "*",
    "search_facts": "*",
}


async def connect(dsn: str) -> asyncpg.Connection:
    """A connection to a record."""
    return await asyncpg.connect(dsn, server_settings={"search_path": "parley"})


@pytest.fixture
async def full(database: str) -> AsyncIterator[asyncpg.Connection]:
    """A record with the seeds in it."""
    recording = await Recording.open(database)
    for path in SEEDS:
        entries = tuple(Entry(one.stream, msgspec.convert(one.submission, Submission)) for one in read(path).entries)
        await recording.record(Request(entries=entries, recorded_by="local"))
    await recording.close()
    connection = await connect(database)
    yield connection
    await connection.close()


@pytest.fixture
async def empty(template: EmbeddedPostgres) -> AsyncIterator[asyncpg.Connection]:
    """A record without events."""
    async with databases.database(template) as dsn:
        connection = await connect(dsn)
        yield connection
        await connection.close()


async def exported(connection: asyncpg.Connection) -> list[bytes]:
    """The lines of an export."""
    return b"".join([text async for text, _ in export(connection)]).splitlines(keepends=True)


async def imported(connection: asyncpg.Connection, lines: list[bytes]) -> None:
    """Import lines to the end."""
    async for _ in import_(connection, lines):
        pass


async def everything(connection: asyncpg.Connection) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table of the record, and of its read models once they are up to date."""
    await bring_up_to_date(connection)
    return {
        table: sorted((tuple(row) for row in await connection.fetch(f"SELECT {columns} FROM {table}")), key=repr)
        for table, columns in TABLES.items()
    }


async def test_import_export_into_empty_record_gives_every_row_byte_for_byte(
    full: asyncpg.Connection, empty: asyncpg.Connection
) -> None:
    """Positions, hashes and read models come back the same, and so does an export of them."""
    lines = await exported(full)
    await imported(empty, lines)
    assert await everything(empty) == await everything(full)
    assert await exported(empty) == lines


async def test_export_line_is_a_cloud_event(full: asyncpg.Connection) -> None:
    """Each line has the required attributes of CloudEvents 1.0, and the stored state as its data."""
    line = msgspec.json.decode((await exported(full))[16])
    state = await full.fetchval("SELECT state FROM parley_events WHERE notification_id = 17")
    assert (line["specversion"], line["source"], line["type"]) == ("1.0", "parley", "negotiation.TalksHeld")
    assert (line["sequence"], line["subject"]) == ("17", "european-security/geneva")
    assert line["data"] == msgspec.json.decode(state)


async def test_import_empty_export_leaves_an_empty_record(empty: asyncpg.Connection) -> None:
    """The export of an empty record is one line, and can be imported."""
    lines = await exported(empty)
    await imported(empty, lines)
    assert (len(lines), await empty.fetchval("SELECT position FROM head")) == (1, 0)


async def test_import_into_record_with_events_is_refused(full: asyncpg.Connection) -> None:
    """A record that holds events takes no import, and keeps what it holds."""
    before = await everything(full)
    with pytest.raises(ImportRefused, match="already holds 79 events"):
        await imported(full, await exported(full))
    assert await everything(full) == before


def _changed_byte(lines: list[bytes]) -> list[bytes]:
    return [*lines[:29], lines[29].replace(b"2022", b"2021", 1), *lines[30:]]


@pytest.mark.parametrize(
    ("damage", "number"),
    [
        (_changed_byte, 30),
        (lambda lines: lines[:29] + lines[30:], 30),
        (lambda lines: [*lines[:29], lines[30], lines[29], *lines[31:]], 30),
        (lambda lines: [*lines[:29], b"{broken\n", *lines[30:]], 30),
        (lambda lines: [*lines[:29], lines[29][:200]], 30),
        (lambda lines: lines[:-1], 80),
        (lambda lines: [*lines[:-3], lines[-1]], 78),
        (lambda lines: [*lines, lines[5]], 81),
        (lambda lines: [*lines[:29], b"\n", *lines[29:]], 30),
        (lambda lines: [*lines[:29], b'{"data":' + b"[" * 100_000 + b"\n", *lines[30:]], 30),
        (lambda lines: [*lines[:29], b"\xff\xfe" + lines[29], *lines[30:]], 30),
    ],
    ids=["byte", "removed", "swapped", "broken", "cut", "no-end", "short", "behind-end", "blank", "deep", "bytes"],
)
async def test_import_damaged_file_names_the_line_and_leaves_nothing(
    full: asyncpg.Connection,
    empty: asyncpg.Connection,
    damage: Callable[[list[bytes]], list[bytes]],
    number: int,
) -> None:
    """A damaged file is refused at its first bad line, and nothing of it stays."""
    before = await everything(empty)
    with pytest.raises(LineDamaged) as caught:
        await imported(empty, damage(await exported(full)))
    assert (caught.value.number, await everything(empty)) == (number, before)


async def test_import_event_behind_the_end_is_refused_though_it_fits(
    full: asyncpg.Connection, empty: asyncpg.Connection
) -> None:
    """What stands behind the closing line is not part of the export, even if it would continue the chain."""
    lines = await exported(full)
    hash_ = msgspec.json.decode(lines[-3])["hash"]
    closing = msgspec.json.encode(msgspec.json.decode(lines[-1]) | {"sequence": "78", "hash": hash_}) + b"\n"
    with pytest.raises(LineDamaged, match="behind the line that ends the export") as caught:
        await imported(empty, [*lines[:-2], closing, lines[-2]])
    assert caught.value.number == 80


async def test_import_and_go_on_recording_continues_the_chain(
    full: asyncpg.Connection, template: EmbeddedPostgres
) -> None:
    """What is recorded after an import follows its last position."""
    async with databases.database(template) as dsn:
        connection = await connect(dsn)
        await imported(connection, await exported(full))
        await connection.close()
        recording = await Recording.open(dsn)
        source = {"publisher": "NATO", "kind": "official", "published": "2022-01-12"}
        event = {"type": "TalksHeld", "session": "day-1", "rooms": [["nato", "russia"]]}
        submission = msgspec.convert({"occurred": "2022-01-12", "sources": [source], "event": event}, Submission)
        receipt = await recording.record(
            Request(entries=(Entry("european-security/brussels", submission),), recorded_by="local")
        )
        await recording.close()
    assert receipt.first_position == 80


def forged(lines: list[bytes], number: int, change: Callable[[bytes], bytes], stream: str = "") -> list[bytes]:
    """The export with one event's stored bytes changed, or its stream, and every hash behind it computed again."""
    previous, made = GENESIS, []
    for at, text in enumerate(lines, 1):
        line = msgspec.json.decode(text, type=Line)
        if line.type != ENDED:
            state = change(bytes(line.data)) if at == number else bytes(line.data)
            subject = stream if stream and at == number else line.subject
            version = "1" if stream and at == number else line.streamversion
            event = Written(subject, int(version), line.type, state, None)
            previous = chained(previous, int(line.sequence), event)
            line = msgspec.structs.replace(line, subject=subject, streamversion=version, data=msgspec.Raw(state))
        made.append(msgspec.json.encode(msgspec.structs.replace(line, hash=previous.hex())) + b"\n")
    return made


@pytest.mark.parametrize(
    ("change", "stream", "told"),
    [
        (lambda state: state.replace(b'"recorded_by":"local"', b'"recorded_by":"the\\nking"'), "", "recorded_by"),
        (lambda state: state.replace(b'"recorded_by":"local"', b'"recorded_by":"Her Majesty"'), "", "recorded_by"),
        (lambda state: state.replace(b'"recorded_by":"local"', b'"recorded_by":"%s"' % (b"a" * 65)), "", "recorded_by"),
        (lambda state: state.replace(b'"recorded_at":"2', b'"recorded_at":"9'), "", "recorded_at"),
        (lambda state: state.replace(b'"recorded_at":"20', b'"recorded_at":"00'), "", "recorded_at"),
        (lambda state: state.replace(b'"publisher":"', b'"publisher":"\\u0007', 1), "", "control character"),
        (lambda state: state.replace(b'"publisher":"', b'"publisher":"\xc2\x9b', 1), "", "control character"),
        (lambda state: state[:-1] + b',"recorded_by":"local"}', "", "'recorded_by' is there twice"),
        (lambda state: state[:-1] + b',"note":"x"}', "", "'note' is not known"),
        (lambda state: re.sub(rb'"occurred":"[^"]*"', b'"occurred":"soon"', state), "", "/occurred"),
        (lambda state: state, "../../x", "subject"),
        (lambda state: state, "a/b/c", "subject"),
    ],
    ids=["name", "no slug", "long", "later", "earlier", "bell", "c1", "twice", "unknown", "date", "path", "deep"],
)  # fmt: skip
async def test_import_what_the_api_could_not_have_recorded_names_the_line_unless_it_is_trusted(
    full: asyncpg.Connection, empty: asyncpg.Connection, change: Callable[[bytes], bytes], stream: str, told: str
) -> None:
    """Its hashes are right, because whoever made the file could compute them."""
    before = await everything(empty)
    lines = forged(await exported(full), 79, change, stream)
    assert lines != await exported(full)
    with pytest.raises(LineDamaged, match=told) as caught:
        await imported(empty, lines)
    assert (caught.value.number, await everything(empty)) == (79, before)
    async for _ in import_(empty, lines, trust=True):
        pass
    assert await empty.fetchval("SELECT position FROM head") == 79
