"""Documents are answered as they were last read, until something is recorded that could change them."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import asyncpg
import msgspec
import pytest

from parley.embedded import EmbeddedPostgres
from parley.projections.projector import Projector
from parley.projections.rebuild import rebuild
from parley.queries.now import Now
from parley.recording import Recording
from parley.store.reading import Document
from tests import databases
from tests.record import world
from tests.record.conftest import Replica
from tests.record.desk import at_work
from tests.record.fold import assert_documents_equal_fold

TAMPERED = b'{"negotiation":"talks","round":"geneva","tampered":true}'


def told(document: Document | None) -> dict[str, Any]:
    assert document is not None
    found: dict[str, Any] = msgspec.json.decode(document.body)
    return found


async def tamper(psql: asyncpg.Connection) -> None:
    """Make the read model say something that no event says, behind everybody's back."""
    await psql.execute("UPDATE rounds SET header = $1 WHERE round = 'geneva'", TAMPERED)


async def test_read_again_when_nothing_was_recorded_is_answered_from_memory(
    talks: Recording, psql: asyncpg.Connection
) -> None:
    first = await talks.live.round("talks", "geneva")
    await tamper(psql)

    assert await talks.live.round("talks", "geneva") is first


async def test_read_again_when_another_negotiation_was_recorded_in_is_answered_from_memory(
    talks: Recording, psql: asyncpg.Connection
) -> None:
    await talks.record(world.negotiation("other-talks"))
    first = await talks.live.round("talks", "geneva")
    await tamper(psql)
    await talks.record(world.request(world.said("No.", stream="other-talks/geneva")))

    assert await talks.live.round("talks", "geneva") is first


@pytest.mark.parametrize("elsewhere", [False, True])
async def test_read_what_was_recorded_a_moment_ago_is_there_whichever_replica_recorded_it(
    talks: Recording, replica: Replica, *, elsewhere: bool
) -> None:
    desk = await replica() if elsewhere else talks
    for number in range(5):
        before = told(await talks.live.round("talks", "geneva"))
        await desk.record(world.request(world.said(f"No, {number}.")))
        after = told(await talks.live.round("talks", "geneva"))

        assert after["statements"]["total"] == before["statements"]["total"] + 1


async def test_read_after_a_party_elsewhere_went_shows_what_rested_on_it(talks: Recording) -> None:
    """A round's document changes with the parties, though nothing is recorded in the negotiation."""
    sweden = world.identified("sweden-again", id="0199f0a0-0000-7000-8000-00000000000a")
    await talks.record(world.request(sweden))
    await talks.record(world.request(world.said("Never.", by="sweden-again")))
    assert told(await talks.live.round("talks", "geneva"))["findings"]["total"] == 0

    await talks.record(world.request(world.retracted(sweden)))

    assert told(await talks.live.round("talks", "geneva"))["findings"]["total"] == 1


async def test_read_after_a_rebuild_that_mended_it_is_right_though_nothing_was_recorded(
    talks: Recording, database: str, psql: asyncpg.Connection
) -> None:
    right = told(await Now(talks.pool, talks.projecting).round("talks", "geneva"))
    await tamper(psql)
    assert "tampered" in told(await talks.live.round("talks", "geneva"))

    await rebuild(database, lambda *_: None)

    assert told(await talks.live.round("talks", "geneva")) == right


async def test_read_after_the_record_went_back_to_an_earlier_state_is_read_anew(
    talks: Recording, psql: asyncpg.Connection
) -> None:
    """A standby that took over, or a backup that was restored, may end before what was seen."""
    await talks.live.round("talks", "geneva")
    await tamper(psql)
    await psql.execute("""
        UPDATE head SET position = position - 1,
            hash = (SELECT hash FROM parley_events WHERE notification_id = head.position - 1)
    """)

    assert "tampered" in told(await talks.live.round("talks", "geneva"))


async def test_read_more_than_is_kept_lets_the_longest_unread_go(
    talks: Recording, psql: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = Now(talks.pool, talks.projecting)
    geneva = await live.round("talks", "geneva")
    brussels = await live.round("talks", "brussels")
    assert geneva is not None
    assert brussels is not None
    monkeypatch.setattr("parley.queries.now.MOST_BYTES", len(geneva.body) + len(brussels.body))
    await live.round("talks", "geneva")

    await live.negotiation("talks")

    assert await live.round("talks", "brussels") is not brussels
    assert await live.party("no-such-party") is None
    assert live._bytes == sum(len(kept.document.body) for kept in live._kept.values()) <= len(geneva.body) * 2


async def test_read_by_many_at_once_while_others_record_is_never_older_than_what_was_acknowledged(
    talks: Recording, replica: Replica
) -> None:
    """Readers who come while a look is under way are not served by it: it may have begun before their write."""
    other = await replica()

    async def write_and_read(number: int, desk: Recording, reader: Recording) -> None:
        for turn in range(8):
            stream = f"talks/{'geneva' if number % 2 else 'brussels'}"
            receipt = await desk.record(world.request(world.said(f"{number} {turn}", stream=stream)))
            version = world.events(receipt)[0]["version"]
            seen = await reader.live.round("talks", "geneva" if number % 2 else "brussels")
            assert told(seen)["version"] >= version

    async with asyncio.TaskGroup() as group:
        for number in range(12):
            desks = (talks, other) if number % 3 else (other, talks)
            group.create_task(write_and_read(number, *desks))


async def test_read_when_the_database_is_away_tells_everybody_and_heals(
    talks: Recording, psql: asyncpg.Connection
) -> None:
    await talks.live.round("talks", "geneva")
    await psql.execute("ALTER TABLE head RENAME TO headless")
    answers = await asyncio.gather(*(talks.live.round("talks", "geneva") for _ in range(5)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [asyncpg.UndefinedTableError] * 5

    await psql.execute("ALTER TABLE headless RENAME TO head")

    assert await talks.live.round("talks", "geneva") is not None


async def test_read_after_a_failover_to_a_record_that_lacks_what_was_read_is_of_that_record(
    template: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has passed the position that was read in the other one before anybody looks again."""
    async with AsyncExitStack() as stack:
        old, new = [await stack.enter_async_context(databases.database(template)) for _ in range(2)]
        first, second = [await stack.enter_async_context(at_work(dsn)) for dsn in (old, new)]
        for recording in (first, second):
            await recording.record(world.parties())
            await recording.record(world.negotiation())
        await first.record(world.request(world.said("Never replicated.")))
        kept = first.live
        assert "Never replicated." in str(told(await kept.round("talks", "geneva")))
        for number in range(3):
            await second.record(world.negotiation(f"other-{number}"))
        # What moving to another server comes to; the negotiation that is in memory is another one there.
        assert isinstance(first.projecting, Projector)
        assert isinstance(second.projecting, Projector)
        with monkeypatch.context() as moved:
            moved.setattr(kept, "_pool", second.pool)
            moved.setattr(kept._head_check, "_pool", second.pool)
            moved.setattr(first.projecting, "_pool", second.projecting._pool)
            assert "Never replicated." not in str(told(await kept.round("talks", "geneva")))
            await second.record(world.request(world.said("Recorded there.")))
            assert "Recorded there." in str(told(await kept.round("talks", "geneva")))
            assert "Never replicated." not in str(told(await kept.round("talks", "geneva")))
            await assert_documents_equal_fold(second.pool)
