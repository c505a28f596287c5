"""A fact's whole life, read at any of its events: corrections, accounts, retractions, and what rests on it."""

from typing import Any

import httpx
import pytest

from tests.http.openapi import Described
from tests.http.test_reading import read
from tests.http.test_routing import problem
from tests.http.world import DEMAND, GENEVA, SOURCE, TALKS, N, fact, record, record_frame


async def life(client: httpx.AsyncClient, event: dict[str, Any], described: Described) -> dict[str, Any]:
    """The life that is told at an event's position; the envelope stands beside it as it was answered."""
    answer = read(await client.get(f"/v1/events/{event['position']}"))
    described.check_answer("/v1/events/{position}", "get", 200, answer)
    found: dict[str, Any] = answer.pop("life")
    assert answer == event
    return found


async def test_read_an_event_tells_its_corrections_accounts_and_what_rests_on_it(
    recorder: httpx.AsyncClient, described: Described
) -> None:
    """How long did Geneva last: more than seven hours, nearly eight, nine? All three stand, at each of the events."""
    await record_frame(recorder)
    [talks] = await record(recorder, f"{GENEVA}/events", TALKS)
    hours = {**TALKS["event"], "duration": {"at_least": "PT7H"}}
    correction = {"type": "EventCorrected", "target": talks["id"], "reason": "Read anew.", "replacement": hours}
    differing = {
        "type": "AccountAdded",
        "target": talks["id"],
        "stance": "differs",
        "differs": {"duration": {"about": "PT8H"}},
    }
    [corrected] = await record(recorder, f"{GENEVA}/events", {**TALKS, "event": correction})
    [account] = await record(recorder, f"{GENEVA}/events", {"sources": [SOURCE], "event": differing})
    about = {"kind": "session", "id": "geneva/day-1"}
    [resting] = await record(
        recorder, f"{GENEVA}/events", fact("StatementMade", text="Long.", by=[{"party": "russia"}], about=[about])
    )
    [later] = await record(
        recorder, f"{N}/events", fact("StatementMade", text="So.", by=[{"party": "nato"}], after=[talks["id"]])
    )

    for event in (talks, corrected, account):
        found = await life(recorder, event, described)
        assert (found["id"], found["head"]) == (talks["id"], corrected["id"])
        assert found["now"]["event"]["duration"] == {"at_least": "PT7H"}
        assert [one["event"]["duration"] for one in found["told_otherwise"]] == [{"about": "PT8H"}]
        assert found["record"]["shown"] == [corrected, account]
        assert [one["event"] for one in found["rests_on_it"]["shown"]] == [resting["id"], later["id"]]
    assert (await life(recorder, resting, described))["rests_on_it"]["total"] == 0


@pytest.mark.usefixtures("described")
async def test_read_a_withdrawn_event_tells_so_and_what_rested_on_it(
    recorder: httpx.AsyncClient, described: Described
) -> None:
    """Withdrawn, it reads as nothing now; the answers to it are still named; restored, it reads again."""
    await record_frame(recorder)
    [demand] = await record(recorder, f"{GENEVA}/events", DEMAND)
    answer = fact("AnswerGiven", on={"kind": "demand", "id": "veto"}, answer="reject", by=[{"party": "nato"}])
    [given] = await record(recorder, f"{GENEVA}/events", answer)
    withdrawal = {"event": {"type": "EventRetracted", "target": demand["id"], "reason": "Wrong."}}
    [withdrawn] = await record(recorder, f"{GENEVA}/events", withdrawal)

    found = await life(recorder, demand, described)
    assert (found["now"], found["record"]["shown"]) == (None, [withdrawn])
    assert [one["event"] for one in found["rests_on_it"]["shown"]] == [given["id"]]

    restoring = {"event": {"type": "EventRetracted", "target": withdrawn["id"], "reason": "It was right."}}
    [restored] = await record(recorder, f"{GENEVA}/events", restoring)
    found = await life(recorder, restored, described)
    assert found["now"]["event"] == demand["event"]
    assert found["record"]["shown"] == [withdrawn, restored]


async def test_read_an_event_whose_life_goes_on_has_another_tag(recorder: httpx.AsyncClient) -> None:
    """The envelope never changes, its life does: who kept an older one is told."""
    await record_frame(recorder)
    [demand] = await record(recorder, f"{GENEVA}/events", DEMAND)
    address = f"/v1/events/{demand['position']}"
    kept = {"If-None-Match": (await recorder.get(address)).headers["etag"]}
    assert (await recorder.get(address, headers=kept)).status_code == 304

    await record(
        recorder, f"{GENEVA}/events", {"event": {"type": "EventRetracted", "target": demand["id"], "reason": "No."}}
    )

    assert (await recorder.get(address, headers=kept)).status_code == 200


async def test_an_event_is_read_by_its_id_as_by_its_position(recorder: httpx.AsyncClient, described: Described) -> None:
    await record_frame(recorder)
    [talks] = await record(recorder, f"{GENEVA}/events", TALKS)
    by_position, by_id = [await recorder.get(f"/v1/events/{talks[name]}") for name in ("position", "id")]
    assert by_id.content == by_position.content
    params = {"evidence": "full"}
    tags = {
        (await recorder.get(f"/v1/events/{talks[name]}", params=params)).headers["etag"] for name in ("position", "id")
    }
    assert len(tags) == 1
    unknown = await recorder.get("/v1/events/00000000-0000-4000-8000-00000000ffff")
    assert "There is no event 00000000" in str(problem(unknown, 404, "not-found")["detail"])
    for wrong in (talks["id"].upper(), talks["id"][:-1], f"{talks['id']}0"):
        assert "UUIDs in lower case" in str(
            problem(await recorder.get(f"/v1/events/{wrong}"), 404, "not-found")["detail"]
        )
