"""Lists of events that would be empty because what was asked for does not exist: they say so."""

import httpx
import pytest

from tests.http.test_routing import problem
from tests.http.world import N, record_frame

HEAD = 6


@pytest.mark.parametrize(
    ("query", "kind", "name"),
    [
        ("negotiation=nope", "negotiation", "nope"),
        ("negotiation=european-security&round=nope", "round", "nope"),
        ("party=nobody", "party", "nobody"),
        ("negotiation=nope&type=TalksHeld", "negotiation", "nope"),
    ],
)
async def test_get_events_of_what_does_not_exist_is_not_found(
    recorder: httpx.AsyncClient, query: str, kind: str, name: str
) -> None:
    await record_frame(recorder)
    answer = await recorder.get(f"/v1/events?{query}")
    problem(answer, 404, "not-found")
    assert f"There is no {kind} {name} on record" in answer.json()["detail"]


@pytest.mark.parametrize(
    "query", ["type=TalksHeld", "negotiation=european-security&type=TalksHeld", "party=nato&type=TalksHeld"]
)
async def test_get_events_of_what_exists_is_a_list_though_there_are_none(
    recorder: httpx.AsyncClient, query: str
) -> None:
    await record_frame(recorder)
    answer = await recorder.get(f"/v1/events?{query}")
    assert (answer.status_code, answer.json()["items"]) == (200, [])


@pytest.mark.parametrize("path", ["/v1/events", f"{N}/events", f"{N}/rounds/geneva/events", "/v1/parties/nato/events"])
async def test_get_events_after_a_position_behind_the_end_is_refused_and_after_the_last_is_empty(
    recorder: httpx.AsyncClient, path: str
) -> None:
    """A client that has read all asks for what comes after the last position; one beyond it has mixed up records."""
    await record_frame(recorder)
    answer = await recorder.get(f"{path}?after={HEAD}")
    assert (answer.status_code, answer.json()["items"]) == (200, [])
    refused = await recorder.get(f"{path}?after={HEAD + 1}")
    problem(refused, 400, "malformed-request")
    assert f"the record ends at position {HEAD}" in refused.json()["detail"]


async def test_get_events_of_a_negotiation_with_its_rounds_lists_all_of_them(recorder: httpx.AsyncClient) -> None:
    """Its own list has what stands between the rounds, which the description says; `rounds=true` has the rest, too."""
    await record_frame(recorder)
    own = (await recorder.get(f"{N}/events")).json()["items"]
    both = (await recorder.get(f"{N}/events?rounds=true&limit=2")).json()
    rest = (await recorder.get(both["next"])).json()
    assert [one["position"] for one in own] == [4]
    assert [one["position"] for one in (*both["items"], *rest["items"])] == [4, 5, 6]
    problem(await recorder.get(f"{N}/events?rounds=yes"), 400, "malformed-request")
