"""If-Match: a write is done only if the stream is where the writer last saw it."""

import asyncpg
import pytest

from negotiation.refusals import UnknownReference
from parley.commands.request import ANY_VERSION, Receipt
from parley.recording import Recording
from parley.store.errors import PreconditionFailed
from tests.record.chain import assert_whole
from tests.record.conftest import Replica
from tests.record.desk import in_one_batch
from tests.record.world import (
    BRUSSELS,
    GENEVA,
    TALKS,
    answered,
    demanded,
    identified,
    joined,
    opened,
    request,
    said,
    scheduled,
)


async def assert_fails(recording: Recording, stream: str, version: int, current: int) -> None:
    with pytest.raises(PreconditionFailed) as failed:
        await recording.record(request(said("never"), if_match=(stream, version)))
    assert failed.value.facts == {"stream": stream, "version": str(current)}


async def test_record_with_the_current_version_is_done_and_with_another_is_not(
    talks: Recording, psql: asyncpg.Connection
) -> None:
    """Of a round or a party the version is its stream's."""
    await talks.record(request(said("one"), if_match=(GENEVA, 1)))
    await assert_fails(talks, GENEVA, 1, 2)
    await assert_fails(talks, GENEVA, 3, 2)
    await assert_fails(talks, GENEVA, -2, 2)
    await talks.record(request(said("two"), if_match=(GENEVA, 2)))
    await talks.record(request(joined("nato", "sweden"), if_match=("parties/nato", 1)))
    await assert_fails(talks, "parties/nato", 1, 2)
    assert await assert_whole(psql) == 11


async def test_record_with_a_negotiations_last_position_fails_once_anything_in_it_changed(talks: Recording) -> None:
    """Of a negotiation the version is the last position of anything in it, whatever its rounds are at."""
    assert (await talks.record(request(said("one", TALKS), if_match=(TALKS, 8)))).last_position == 9
    await assert_fails(talks, TALKS, 8, 9)
    await talks.record(request(joined("nato", "sweden")))
    await talks.record(request(said("two", BRUSSELS), if_match=(TALKS, 9)))
    await assert_fails(talks, TALKS, 10, 11)


async def test_record_with_any_version_is_done_only_if_the_stream_exists(talks: Recording) -> None:
    """`If-Match: *` asks that there is something."""
    await talks.record(request(said("one"), if_match=(GENEVA, ANY_VERSION)))
    await talks.record(request(said("one"), if_match=(TALKS, ANY_VERSION)))
    for stream in ("talks/vienna", "elsewhere", "parties/finland"):
        await assert_fails(talks, stream, ANY_VERSION, 0)


async def test_record_with_version_0_is_done_only_if_the_stream_does_not_exist(talks: Recording) -> None:
    """A creation is guarded by version 0."""
    await talks.record(request(scheduled("vienna"), if_match=("talks/vienna", 0)))
    await assert_fails(talks, "talks/vienna", 0, 1)
    await talks.record(request(opened("elsewhere"), if_match=("elsewhere", 0)))
    await assert_fails(talks, "elsewhere", 0, 10)
    await talks.record(request(identified("finland"), if_match=("parties/finland", 0)))
    await assert_fails(talks, "parties/finland", 0, 1)


async def test_record_in_one_batch_on_the_same_version_is_done_once(talks: Recording, database: str) -> None:
    """Of two that saw the same version one is done; after a refused one the version is the same as before."""
    _, refused, first, second = await in_one_batch(
        talks,
        database,
        request(said("first", BRUSSELS)),
        request(said("one"), answered("no-such-demand")),
        request(said("one"), demanded("veto"), if_match=(GENEVA, 1)),
        request(said("two"), if_match=(GENEVA, 1)),
    )
    assert isinstance(refused, UnknownReference)
    assert isinstance(first, Receipt)
    assert isinstance(second, PreconditionFailed)
    assert second.facts["version"] == "3"


async def test_record_at_a_version_that_another_replica_left_behind_fails(talks: Recording, replica: Replica) -> None:
    """The version is the one on record, not the one this replica saw last."""
    other = await replica()
    await other.record(request(said("one")))
    await assert_fails(talks, GENEVA, 1, 2)
    await talks.record(request(said("two"), if_match=(GENEVA, 2)))
    await assert_fails(other, GENEVA, 2, 3)
