"""Somebody who owns the database, and rewrites the record so that its chain of hashes holds."""

import asyncpg

from parley.store.log import GENESIS, Written, chained


async def rewrite(record: asyncpg.Connection, position: int, was: bytes, becomes: bytes) -> None:
    """Change what an event says, and make all hashes from there on anew, the head's too."""
    async with record.transaction():
        rows = await record.fetch(
            "SELECT notification_id, originator_id, originator_version, topic, state FROM parley_events "
            "ORDER BY notification_id"
        )
        hash_ = GENESIS
        for at, stream, version, topic, state in rows:
            said = state.replace(was, becomes) if at == position else state
            assert (said != state) == (at == position)
            hash_ = chained(hash_, at, Written(stream, version, topic, said, None))
            await record.execute(
                "UPDATE parley_events SET state = $2, hash = $3 WHERE notification_id = $1", at, said, hash_
            )
        await record.execute("UPDATE head SET hash = $1", hash_)


async def cut(record: asyncpg.Connection, position: int) -> None:
    """Cut the record off behind a position, and set its head to match."""
    async with record.transaction():
        await record.execute("DELETE FROM parley_events WHERE notification_id > $1", position)
        await record.execute(
            "UPDATE head SET position = $1, hash = (SELECT hash FROM parley_events WHERE notification_id = $1)",
            position,
        )
