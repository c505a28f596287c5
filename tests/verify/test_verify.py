"""Whoever rewrites the record is found out, and the first position that does not hold is named."""

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import msgspec
import pytest

from negotiation.envelope import Submission
from negotiation.refusals import UnknownReference
from parley.commands.request import Entry, Request
from parley.recording import Recording
from parley.seedfile import read
from parley.store import reader
from parley.store.log import Head, Written, lock_head, write
from parley.store.verify import AnswerAstray, ChainBroken, Checked, DefinitionChanged, KnownHead, verify
from tests.record.desk import at_work
from tests.record.world import request, said
from tests.verify.third_party import first_fault

FORGED_BEFORE = """
    ALTER TABLE parley_events DROP CONSTRAINT parley_events_position_check;
    INSERT INTO parley_events (originator_id, originator_version, topic, state, notification_id, event_id, hash)
    SELECT 'x', 1, topic, state, -7, gen_random_uuid(), hash FROM parley_events WHERE notification_id = 40;
    ALTER TABLE parley_events ADD CONSTRAINT parley_events_position_check CHECK (notification_id > 0) NOT VALID
"""

HIDDEN_IN_AN_OLDER_SCHEMA = """
    DELETE FROM migrations WHERE version = (SELECT max(version) FROM migrations);
    ALTER TABLE parley_events ALTER COLUMN unit DROP EXPRESSION;
    UPDATE parley_events SET unit = 'elsewhere' WHERE notification_id = 40
"""

QUIET_TRIGGER = """
    CREATE TRIGGER hush BEFORE UPDATE ON head FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()
"""

SEEDS = sorted((Path(__file__).parents[2] / "seeds").glob("*.yaml"))


@pytest.fixture
async def record(database: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to a record with the seeds in it, which may do what nobody should."""
    recording = await Recording.open(database)
    for path in SEEDS:
        entries = tuple(Entry(one.stream, msgspec.convert(one.submission, Submission)) for one in read(path).entries)
        await recording.record(Request(entries=entries, recorded_by="local"))
    await recording.close()
    connection = await asyncpg.connect(database, server_settings={"search_path": "parley"})
    yield connection
    await connection.close()


async def check(record: asyncpg.Connection, known: KnownHead | None = None) -> Checked:
    """Verify the whole record and give the last report."""
    return [checked async for checked in verify(record, () if known is None else (known,))][-1]


async def head_of(record: asyncpg.Connection) -> KnownHead:
    """The head as anybody may write it down."""
    row = await record.fetchrow("SELECT position, hash FROM head")
    assert row is not None
    return KnownHead(row["position"], row["hash"])


async def third_party_fault(record: asyncpg.Connection) -> int | None:
    """What a verifier written from the documentation finds."""
    rows = await record.fetch(
        "SELECT notification_id, originator_id, originator_version, topic, state, hash "
        "FROM parley_events ORDER BY notification_id"
    )
    return first_fault(tuple(row) for row in rows)


async def broken_at(record: asyncpg.Connection, known: KnownHead | None = None) -> int:
    """The position that verifying names."""
    with pytest.raises(ChainBroken) as caught:
        await check(record, known)
    return caught.value.position


async def test_verify_untouched_record_holds_to_its_head(record: asyncpg.Connection) -> None:
    """A record that nobody touched holds to its last position, for Parley and for a third party."""
    head = await head_of(record)
    assert await check(record, head) == Checked(head.position, head.hash, head.position)
    assert await third_party_fault(record) is None


async def test_verify_empty_record_holds(database: str) -> None:
    """A record without events holds."""
    connection = await asyncpg.connect(database, server_settings={"search_path": "parley"})
    assert (await check(connection)).position == 0
    await connection.close()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE parley_events SET state = set_byte(state, 20, get_byte(state, 20) # 1) WHERE notification_id = 40",
        "UPDATE parley_events SET topic = topic || 's' WHERE notification_id = 40",
        "UPDATE parley_events SET originator_version = 4000 WHERE notification_id = 40",
        "UPDATE parley_events SET originator_id = originator_id || 'x' WHERE notification_id = 40",
        "UPDATE parley_events SET hash = sha256(hash) WHERE notification_id = 40",
        "DELETE FROM parley_events WHERE notification_id = 40",
    ],
)
async def test_verify_changed_or_removed_row_names_its_position(record: asyncpg.Connection, change: str) -> None:
    """A changed byte, name, version, hash or a removed row is found at its position, by a third party too."""
    await record.execute(change)
    assert (await broken_at(record), await third_party_fault(record)) == (40, 40)


async def test_verify_two_rows_swapped_names_the_first(record: asyncpg.Connection) -> None:
    """Two events that changed places are found at the first of them."""
    await record.execute("UPDATE parley_events SET notification_id = 4000 WHERE notification_id = 40")
    await record.execute("UPDATE parley_events SET notification_id = 40 WHERE notification_id = 41")
    await record.execute("UPDATE parley_events SET notification_id = 41 WHERE notification_id = 4000")
    assert (await broken_at(record), await third_party_fault(record)) == (40, 40)


async def test_verify_truncated_tail_is_found_by_the_head(record: asyncpg.Connection) -> None:
    """A tail that was cut off is found, for the head says where the record ends."""
    await record.execute("DELETE FROM parley_events WHERE notification_id > 60")
    assert await broken_at(record) == 61


async def test_verify_truncated_tail_and_head_is_found_by_a_known_head(record: asyncpg.Connection) -> None:
    """If the head was set back with the tail, a head that somebody wrote down finds it."""
    known = await head_of(record)
    await cut(record, 60)
    assert (await check(record)).position == 60
    assert await broken_at(record, known) == 61


async def test_verify_rewritten_tail_with_fresh_hashes_is_found_by_a_known_head(record: asyncpg.Connection) -> None:
    """If a tail was written anew with all its hashes, a head that somebody wrote down finds it."""
    known = await head_of(record)
    await cut(record, known.position - 1)
    async with record.transaction():
        head, recorded_at = await lock_head(record)
        other = Written("european-security/geneva", 4000, "negotiation.TalksHeld", b"{}", None)
        written = await write(record, Head(*head), [other], recorded_at)
    assert (await check(record)).hash == written.hash
    assert await broken_at(record, known) == known.position


async def test_verify_row_behind_the_head_is_found(record: asyncpg.Connection) -> None:
    """An event that was slipped in behind the head is found."""
    await record.execute("UPDATE head SET position = position - 1, hash = (SELECT hash FROM parley_events LIMIT 1)")
    assert await broken_at(record) == (await head_of(record)).position + 1


async def test_verify_head_with_another_hash_names_the_last_position(record: asyncpg.Connection) -> None:
    """A head whose hash is not the last event's is found at the last position."""
    await record.execute("UPDATE head SET hash = sha256(hash)")
    assert await broken_at(record) == (await head_of(record)).position


async def cut(record: asyncpg.Connection, position: int) -> None:
    """Cut the record off behind a position, and set its head to match."""
    await record.execute("DELETE FROM parley_events WHERE notification_id > $1", position)
    await record.execute(
        "UPDATE head SET position = $1, hash = (SELECT hash FROM parley_events WHERE notification_id = $1)", position
    )


@pytest.mark.parametrize(
    ("change", "position"),
    [
        ("UPDATE parley_events SET event_id = gen_random_uuid() WHERE notification_id = 40", 40),
        ("UPDATE parley_events SET event_id = NULL WHERE notification_id = 40", 40),
        (FORGED_BEFORE, -7),
        (HIDDEN_IN_AN_OLDER_SCHEMA, 40),
        ("DELETE FROM head", 1),
    ],
    ids=["another id", "no id", "before the first", "another unit", "no head"],
)
async def test_verify_what_the_chain_alone_does_not_show_names_its_position(
    record: asyncpg.Connection, change: str, position: int
) -> None:
    """Ids are those in the hashed bytes; nothing lies before the first position; the head is there."""
    await record.execute(change)
    assert await broken_at(record) == position


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("ALTER TABLE parley_events ALTER COLUMN unit DROP EXPRESSION", "it lacks .*unit text.* generated"),
        ("DROP INDEX parley_events_event_id_idx", "it lacks .*parley_events_event_id_idx"),
        ("ALTER TABLE parley_events DROP CONSTRAINT parley_events_position_check", "it lacks .*CHECK"),
        ("CREATE RULE quiet AS ON INSERT TO commands DO INSTEAD NOTHING", "it has 'commands: rule quiet'"),
        (
            QUIET_TRIGGER,
            "it has 'head: trigger hush'",
        ),
        ("ALTER TABLE parley_events ENABLE ROW LEVEL SECURITY", "it has 'parley_events: row security'"),
        ("ALTER TABLE head ADD COLUMN note text", "it has 'head: note text"),
    ],
)
async def test_verify_table_that_was_made_another_one_says_what_of_it_differs(
    record: asyncpg.Connection, change: str, told: str
) -> None:
    """A column that is no longer computed could hide events, and a trigger or a rule could change them."""
    await record.execute(change)
    with pytest.raises(DefinitionChanged, match=told):
        await check(record)


@pytest.mark.parametrize("positions", ["'{}'", "'{1,4000}'", "'{-1}'"])
async def test_verify_answer_by_key_that_names_what_is_not_on_record_is_found(
    record: asyncpg.Connection, positions: str
) -> None:
    """Who asks again under that key is not answered with events that nobody recorded."""
    await record.execute(
        "INSERT INTO commands (recorded_by, key, fingerprint, recorded_at, positions) "
        f"VALUES ('desk', 'monday', sha256(''), now(), {positions})"
    )
    with pytest.raises(AnswerAstray, match="desk under the key monday"):
        await check(record)


async def test_row_behind_the_head_is_neither_read_nor_folded(record: asyncpg.Connection, database: str) -> None:
    """What was slipped in behind the head is not on record: no list, no document, no decision knows it."""
    head = await head_of(record)
    await record.execute(
        "INSERT INTO parley_events (originator_id, originator_version, topic, state, notification_id, event_id, hash) "
        "SELECT 'parties/ruritania', 1, topic, convert_to(replace(replace(convert_from(state, 'UTF8'), 'russia', "
        "'ruritania'), event_id::text, $2::text), 'UTF8'), $1, $2::text::uuid, hash FROM parley_events "
        "WHERE originator_id = 'parties/russia' ORDER BY originator_version LIMIT 1",
        head.position + 1,
        "01890000-0000-7000-8000-000000000000",
    )
    async with at_work(database) as recording:
        page = await reader.page(recording.pool, head.position - 1, 10)
        assert len(page.items) == 1
        assert (await reader.page(recording.pool, 0, 10, stream="parties/ruritania")).items == ()
        assert await reader.event(recording.pool, head.position + 1) is None
        assert await recording.live.party("ruritania") is None
        with pytest.raises(UnknownReference):
            await recording.record(request(said("hello", "european-security/geneva", by="ruritania")))
