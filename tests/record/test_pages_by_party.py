"""Events that name a party are found by what they say, not by letters that look alike."""

import asyncpg
import msgspec

from negotiation.envelope import Submission
from parley.commands.request import Entry, Request
from parley.store import reader
from tests.record.desk import at_work

SOURCE = {"publisher": "A desk", "kind": "outlet", "published": "2022-01-11"}


def entry(stream: str, **event: object) -> Entry:
    """An entry of a request."""
    submission = {"occurred": "../2022-01-11", "sources": [SOURCE], "event": event}
    return Entry(stream, msgspec.convert(submission, Submission))


async def positions(pool: asyncpg.Pool, party: str, limit: int = 10) -> list[int]:
    """The positions of all events that name a party, page by page."""
    found: list[int] = []
    after = 0
    while True:
        page = await reader.page(pool, after, limit, party=party)
        found += [msgspec.json.decode(item)["position"] for item in page.items]
        if page.next is None:
            return found
        after = int(page.next[0])


async def test_page_events_by_party_finds_what_names_it_and_nothing_that_looks_like_it(database: str) -> None:
    """A party called `state` is not found in every party of the kind `state`."""
    entries = (
        entry("parties/state", type="PartyIdentified", party="state", name="The State", kind="other"),
        entry("parties/union", type="PartyIdentified", party="union", name="The Union", kind="state"),
        entry("parties/union", type="MemberJoined", group="union", member="state"),
        entry("talks", type="NegotiationOpened", title="state"),
        entry("talks", type="StatementMade", text="state", by=[{"party": "state"}]),
        entry("talks", type="StatementMade", text="state", by=[{"party": "union"}]),
    )
    async with at_work(database) as recording:
        await recording.record(Request(entries=entries, recorded_by="local"))
        assert await positions(recording.pool, "state") == [1, 3, 5]
        assert await positions(recording.pool, "state", limit=1) == [1, 3, 5]
        assert await positions(recording.pool, "union") == [2, 3, 6]
