"""Lists of events show which of them were corrected or retracted since; what was recorded stays as it is."""

import csv
import io
from typing import Any

import httpx

from tests.http.world import DEMAND, GENEVA, OUTCOME, TALKS, N, record, record_frame


def retraction(of: str) -> dict[str, Any]:
    return {"event": {"type": "EventRetracted", "target": of, "reason": "Wrong."}}


def correction(of: str, text: str) -> dict[str, Any]:
    replacement = {**DEMAND["event"], "text": text}
    return {**DEMAND, "event": {"type": "EventCorrected", "target": of, "reason": "Typo.", "replacement": replacement}}


async def record_revisions(client: httpx.AsyncClient) -> None:
    """Positions 7 to 9 are facts; 10 corrects the first, 11 retracts the second, 12 the third; 13 retracts 12."""
    await record_frame(client)
    demand, talks, outcome = (one["id"] for one in await record(client, f"{GENEVA}/events", DEMAND, TALKS, OUTCOME))
    await record(client, f"{GENEVA}/events", correction(demand, "None."), retraction(talks))
    (mistaken,) = await record(client, f"{GENEVA}/events", retraction(outcome))
    await record(client, f"{GENEVA}/events", retraction(mistaken["id"]))


WANTED = {
    7: {"standing": "corrected", "by": [10]},
    8: {"standing": "retracted", "by": [11]},
    12: {"standing": "retracted", "by": [13]},
}


async def test_lists_of_events_show_what_became_of_each(recorder: httpx.AsyncClient) -> None:
    """A retraction that is retracted itself leaves the fact as it was; so it is in every list and filter."""
    await record_revisions(recorder)
    for path in ("/v1/events", f"{GENEVA}/events", f"{N}/events?rounds=true", "/v1/events?party=russia"):
        items = (await recorder.get(path)).json()["items"]
        shown = {one["position"]: one["revised"] for one in items if "revised" in one}
        listed = {one["position"] for one in items}
        assert shown == {position: found for position, found in WANTED.items() if position in listed}
        assert shown


async def test_table_of_events_has_columns_for_it(recorder: httpx.AsyncClient) -> None:
    await record_revisions(recorder)
    rows = list(csv.DictReader(io.StringIO((await recorder.get("/v1/events.csv")).text)))
    shown = {int(row["position"]): (row["standing"], row["revised_by"]) for row in rows if row["standing"]}
    assert shown == {7: ("corrected", "10"), 8: ("retracted", "11"), 12: ("retracted", "13")}
