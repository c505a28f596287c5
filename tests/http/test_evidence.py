"""Documents without their evidence, with references, or in full: what stands is the same in each."""

import json
from typing import Any

import httpx
import pytest

from negotiation.events.examples import EVENT_ID
from tests.http.openapi import Described
from tests.http.test_reading import read
from tests.http.test_routing import problem
from tests.http.world import (
    DEMAND,
    GENEVA,
    OUTCOME,
    SOURCE,
    TALKS,
    N,
    fact,
    record,
    record_catalogue,
    record_frame,
)

DOCUMENTS = {
    "/v1/negotiations/{negotiation}": N,
    "/v1/negotiations/{negotiation}/rounds/{round}": GENEVA,
    "/v1/negotiations/{negotiation}/demands/{demand}": f"{N}/demands/veto-on-enlargement",
    "/v1/parties/{party}": "/v1/parties/russia",
    "/v1/events/{position}": "/v1/events/20",
}


def without_refs(told: Any) -> Any:
    """A plain reading less what leads to events."""
    if isinstance(told, list):
        return [without_refs(one) for one in told]
    if not isinstance(told, dict):
        return told
    finding = "message" in told
    return {
        name: without_refs(one)
        for name, one in told.items()
        if name not in {"ref", "facts"} and not (finding and name == "event")
    }


async def test_every_document_of_the_whole_catalogue_reads_plainly(
    recorder: httpx.AsyncClient, described: Described
) -> None:
    await record_catalogue(recorder)
    last = read(await recorder.get("/v1/log/head"))["position"]
    addresses = [*DOCUMENTS.items(), *(("/v1/events/{position}", f"/v1/events/{one}") for one in range(1, last + 1))]
    addresses += [("/v1/parties/{party}", f"/v1/parties/{party}") for party in ("nato", "osce", "czechoslovakia")]
    for path, address in addresses:
        short = read(await recorder.get(address, params={"evidence": "short"}))
        none = read(await recorder.get(address, params={"evidence": "none"}))
        for told in (short, none):
            described.check(told, {"$ref": f"#/components/schemas/{_component(described, path)}"}, closed=True)
        envelope = {"sources"} if path.startswith("/v1/events") else set()
        assert without_refs({name: one for name, one in short.items() if name not in envelope}) == none


def _component(described: Described, path: str) -> str:
    content = described.document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]
    full, short = [one["$ref"].rpartition("/")[2] for one in content["schema"]["anyOf"]]
    assert short == f"Plain{full}"
    return str(short)


async def test_short_is_what_is_told_unless_something_else_is_asked_for(recorder: httpx.AsyncClient) -> None:
    await record_frame(recorder)
    async with httpx.AsyncClient(transport=recorder._transport, base_url="http://127.0.0.1") as stranger:
        told = read(await stranger.get(GENEVA))
    assert told == read(await recorder.get(GENEVA, params={"evidence": "short"}))
    assert told == {
        "negotiation": "european-security",
        "round": "geneva",
        "version": 1,
        "schedule": {"starts": "2022-01-10", "ref": 5},
    }


async def test_what_sources_differ_over_stands_side_by_side_each_with_its_event(recorder: httpx.AsyncClient) -> None:
    await record_frame(recorder)
    lasting = {**TALKS["event"], "venue": "Geneva", "duration": {"at_least": "PT7H"}}
    [talks] = await record(recorder, f"{GENEVA}/events", {**TALKS, "event": lasting})
    differs = {"duration": {"about": "PT8H"}}
    account = {"type": "AccountAdded", "target": talks["id"], "stance": "differs", "differs": differs}
    [told] = await record(recorder, f"{GENEVA}/events", {"sources": [SOURCE], "event": account})
    found = read(await recorder.get(GENEVA, params={"evidence": "short"}))
    assert found["sessions"] == [
        {
            "session": "day-1",
            "rooms": "russia, united-states",
            "venue": "Geneva",
            "since": "2022-01-10",
            "contested": [
                {"duration": "at least PT7H", "ref": talks["position"]},
                {"duration": "about PT8H", "ref": told["id"]},
            ],
        }
    ]


async def test_an_answer_has_its_words_and_its_date(recorder: httpx.AsyncClient) -> None:
    await record_frame(recorder)
    said = fact(
        "AnswerGiven",
        on={"kind": "demand", "id": "veto"},
        answer="reject",
        text="A non-starter",
        by=[{"party": "nato", "speaker": "Jens Stoltenberg", "as": "for-members"}],
    )
    events = await record(recorder, f"{GENEVA}/events", DEMAND, said, {**said, "id": EVENT_ID.format(1)})
    found = read(await recorder.get(f"{N}/demands/veto", params={"evidence": "short"}))
    assert found["text"] == {
        "text": "No further.",
        "by": "russia",
        "to": "nato",
        "since": "2022-01-10",
        "ref": events[0]["position"],
    }
    (answer,) = found["answers"]
    positions = {one["id"]: one["position"] for one in events}
    first = min(events[1]["id"], EVENT_ID.format(1))
    assert answer == {
        "party": "nato",
        "basis": "own",
        "for_members": True,
        "rounds": ["geneva"],
        "answer": "reject",
        "since": "2022-01-10",
        "text": "A non-starter",
        "ref": positions[first],
        "facts": 2,
    }
    listed = read(await recorder.get(GENEVA, params={"evidence": "short"}))["answers"]
    assert {one["by"] for one in listed} == {"nato (Jens Stoltenberg, for its members)"}
    assert {one["on"] for one in listed} == {"demand veto"}


async def test_lists_have_the_totals_of_the_full_document(recorder: httpx.AsyncClient) -> None:
    await record_frame(recorder)
    statements = [fact("StatementMade", text=f"{number}", by=[{"party": "russia"}]) for number in range(60)]
    answer = await recorder.post(f"{GENEVA}/events", json=statements)
    assert answer.status_code == 201
    await record(recorder, f"{GENEVA}/events", OUTCOME)
    found = read(await recorder.get(GENEVA, params={"evidence": "short"}))
    assert len(found["statements"]) == 50
    assert found["totals"] == {"statements": 60}
    assert [one["type"] for one in found["findings"]] == ["OutcomeWithoutTalks"]


async def test_each_reading_has_an_etag_of_its_own_and_all_guard_the_same_version(recorder: httpx.AsyncClient) -> None:
    await record_frame(recorder)
    await record(recorder, f"{GENEVA}/events", TALKS)
    tags = []
    for evidence in ("none", "short", "full"):
        params = {"evidence": evidence}
        tags.append(tag := (await recorder.get(GENEVA, params=params)).headers["etag"])
        assert (await recorder.get(GENEVA, params=params, headers={"If-None-Match": tag})).status_code == 304
        assert (await recorder.head(GENEVA, params=params)).headers["etag"] == tag
        written = await recorder.post(f"{GENEVA}/events?dry_run=true", json=OUTCOME, headers={"If-Match": tag})
        assert written.json()["result"] == "would-record"
    assert len(set(tags)) == 3


async def test_a_reading_follows_what_is_recorded(recorder: httpx.AsyncClient) -> None:
    await record_frame(recorder)
    assert "sessions" not in read(await recorder.get(GENEVA, params={"evidence": "short"}))
    await record(recorder, f"{GENEVA}/events", TALKS)
    assert read(await recorder.get(GENEVA, params={"evidence": "short"}))["sessions"]


async def test_the_clocks_are_told_in_every_reading(recorder: httpx.AsyncClient) -> None:
    await record_frame(recorder)
    for evidence in ("none", "short", "full"):
        found = read(await recorder.get(GENEVA, params={"evidence": evidence, "as_of": 6}))
        assert found["reading"] == {"as_of": 6}


@pytest.mark.parametrize("evidence", ["", "brief", "FULL"])
async def test_other_evidence_is_refused_with_what_there_is(recorder: httpx.AsyncClient, evidence: str) -> None:
    await record_frame(recorder)
    for address in (N, GENEVA, "/v1/parties/russia", "/v1/events/1"):
        refused = problem(await recorder.get(address, params={"evidence": evidence}), 400, "malformed-request")
        assert "evidence: write one of full, none, short" in json.dumps(refused)
