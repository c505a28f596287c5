"""The log's promises, checked on the raw rows by code that shares nothing with the one that wrote them."""

import hashlib
from datetime import datetime
from typing import Any

import asyncpg
import msgspec


async def assert_whole(connection: asyncpg.Connection | asyncpg.Pool, *, schema: str = "parley") -> int:
    """Positions and versions are dense from 1, the chain is unbroken up to the head, time never runs backwards.

    Gives the last position.
    """
    rows = await connection.fetch(f"SELECT * FROM {schema}.parley_events ORDER BY notification_id")
    head = await connection.fetchrow(f"SELECT * FROM {schema}.head")
    assert head is not None
    assert [row["notification_id"] for row in rows] == list(range(1, len(rows) + 1))
    assert (head["position"], head["hash"]) == (len(rows), hashes(rows)[-1])
    assert [row["hash"] for row in rows] == hashes(rows)[1:]
    versions: dict[str, int] = {}
    for row in rows:
        versions[row["originator_id"]] = versions.get(row["originator_id"], 0) + 1
        assert row["originator_version"] == versions[row["originator_id"]]
    states = [msgspec.json.decode(row["state"]) for row in rows]
    times = [datetime.fromisoformat(state["recorded_at"]) for state in states]
    assert times == sorted(times)
    assert not times or head["recorded_at"] == times[-1]
    assert [state["id"] for state in states] == [str(row["event_id"]) for row in rows]
    return len(rows)


def hashes(rows: list[Any]) -> list[bytes]:
    """The chain as it has to be: 32 zero bytes, then the hash of each row."""
    chain = [b"\x00" * 32]
    for row in rows:
        digest = hashlib.sha256(chain[-1])
        digest.update(row["notification_id"].to_bytes(8, "big"))
        for text, number in ((row["originator_id"], row["originator_version"]), (row["topic"], None)):
            digest.update(len(text.encode()).to_bytes(4, "big") + text.encode())
            digest.update(b"" if number is None else number.to_bytes(8, "big"))
        digest.update(len(row["state"]).to_bytes(4, "big") + row["state"])
        chain.append(digest.digest())
    return chain
