"""An unmodified application of the event-sourcing library reads the record, with a role that can only read."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from threading import Event
from urllib.parse import parse_qs, urlsplit

import asyncpg
import msgspec
import pytest
from eventsourcing.application import Application

from negotiation.documents.round import round_document
from negotiation.envelope import Submission
from negotiation.state.aggregate import Aggregate, project
from parley.commands.request import Entry, Request
from parley.recording import Recording
from parley.seedfile import read

SEEDS = sorted((Path(__file__).parents[2] / "seeds").glob("*.yaml"))

# What an operator runs once, so that programs can read the record and nothing else.
READER_ROLE = """
DO $$ BEGIN CREATE ROLE record_reader LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
GRANT USAGE ON SCHEMA parley TO record_reader;
GRANT SELECT ON parley.parley_events TO record_reader;
"""


class Record(Application[str]):
    """The record, as the library sees it: its name gives the table, `parley_events`."""

    name = "parley"


def environment(dsn: str) -> dict[str, str]:
    """The library's settings for a database of a server on a Unix socket."""
    url = urlsplit(dsn)
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": url.path.removeprefix("/"),
        "POSTGRES_HOST": parse_qs(url.query)["host"][0],
        "POSTGRES_USER": "record_reader",
        "POSTGRES_PASSWORD": "not-asked-for",
        "POSTGRES_SCHEMA": "parley",
        "ORIGINATOR_ID_TYPE": "text",
        "CREATE_TABLE": "no",
        "MAPPER_TOPIC": "parley.store.codec:EventMapper",
    }


@pytest.fixture
async def recording(database: str) -> AsyncIterator[Recording]:
    """The record with the seeds in it, and a role that can only read."""
    recording = await Recording.open(database)
    await recording.pool.execute(READER_ROLE)
    for path in SEEDS:
        entries = tuple(Entry(one.stream, msgspec.convert(one.submission, Submission)) for one in read(path).entries)
        await recording.record(Request(entries=entries, recorded_by="local"))
    yield recording
    await recording.close()


@pytest.fixture
def stock(recording: Recording, database: str) -> Iterator[Record]:
    """The stock application over the record."""
    assert recording.ready
    with Record(env=environment(database)) as application:
        yield application


async def test_get_round_by_stock_repository_equals_what_the_service_answers(
    recording: Recording, stock: Record
) -> None:
    """The library's repository, with the domain's fold, gives the round that the service answers."""

    def get() -> Aggregate:
        return stock.repository.get("european-security/geneva", projector_func=project)

    geneva = await asyncio.to_thread(get)
    answered = await recording.live.round("european-security", "geneva")
    assert answered is not None
    body = round_document(geneva.dossier, "european-security", "geneva")
    # The library reads a stream without positions, so the fold has none; everything else is the same.
    assert msgspec.json.decode(body) == _without_positions(msgspec.json.decode(answered.body))


def _without_positions(value: object) -> object:
    match value:
        case dict():
            return {name: 0 if name == "position" else _without_positions(item) for name, item in value.items()}
        case list():
            return [_without_positions(item) for item in value]
        case _:
            return value


async def test_read_notification_log_of_stock_application_gives_every_position(
    recording: Recording, stock: Record
) -> None:
    """The library's notification log gives every event, in order."""
    head = await recording.pool.fetchval("SELECT position FROM head")
    notifications = await asyncio.to_thread(stock.recorder.select_notifications, 1, head + 1)
    assert [notification.id for notification in notifications] == list(range(1, head + 1))


async def test_subscribe_by_stock_application_follows_what_is_recorded(recording: Recording, stock: Record) -> None:
    """A stock subscription hears of an event that is recorded after it began."""
    head = await recording.pool.fetchval("SELECT position FROM head")
    began = Event()

    def follow() -> str:
        with stock.recorder.subscribe(gt=head) as subscription:
            began.set()
            return next(subscription).topic

    following = asyncio.create_task(asyncio.to_thread(follow))
    await asyncio.to_thread(began.wait)
    submission = msgspec.convert(
        {
            "occurred": "2022-01-12",
            "sources": [{"publisher": "NATO", "kind": "official", "published": "2022-01-12"}],
            "event": {"type": "TalksHeld", "session": "day-1", "rooms": [["nato", "russia"]]},
        },
        Submission,
    )
    entries = (Entry("european-security/brussels", submission),)
    await recording.record(Request(entries=entries, recorded_by="local"))
    assert await following == "negotiation.TalksHeld"


async def test_write_by_the_reading_role_is_refused_by_the_database(recording: Recording, database: str) -> None:
    """The role that stock applications read with cannot change the record."""
    assert recording.ready
    connection = await asyncpg.connect(database, user="record_reader")
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("DELETE FROM parley.parley_events")
    finally:
        await connection.close()
