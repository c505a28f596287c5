"""`dry_run=true`: nothing is recorded, and the answer tells what would be, or all that is wrong at once."""

from copy import deepcopy
from typing import Any

import httpx
import pytest

from negotiation.events.examples import EVENT_ID
from tests.http.openapi import Described
from tests.http.test_recording import ANSWER
from tests.http.test_routing import problem
from tests.http.world import (
    DEMAND,
    GENEVA,
    OUTCOME,
    RETRACTION,
    TALKS,
    TALKS_ID,
    N,
    fact,
    identified,
    opened,
    post,
    record,
    record_catalogue,
    record_frame,
    scheduled,
)

EVENTS = f"{GENEVA}/events"
ROUTE = "/v1/negotiations/{negotiation}/rounds/{round}/events"


async def dry(client: httpx.AsyncClient, path: str, body: Any, **headers: str) -> dict[str, Any]:
    """The answer to a dry run, during which the record did not change."""
    before = (await client.get("/v1/log/head")).json()
    answer = await post(client, f"{path}?dry_run=true", body, **headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert "location" not in answer.headers
    assert (await client.get("/v1/log/head")).json() == before
    told: dict[str, Any] = answer.json()
    return told


def places(told: dict[str, Any]) -> list[tuple[str, str | None]]:
    """The faults: which problem, where."""
    assert told["result"] == "refused"
    assert told["events"] == []
    return [(fault["type"].removeprefix("/problems/"), fault["pointer"]) for fault in told["faults"]]


async def test_dry_run_tells_what_would_be_recorded_and_found(
    recorder: httpx.AsyncClient, described: Described
) -> None:
    await record_frame(recorder)
    told = await dry(recorder, EVENTS, [DEMAND, OUTCOME], idempotency_key='"once"')
    described.check_answer(ROUTE, "post", 200, told)
    assert told["result"] == "would-record"
    assert [one["type"] for one in told["events"]] == ["DemandTabled", "NoBreakthrough"]
    assert told["events"][0]["sentence"] == "Russia tabled the demand veto to Nato: No further."
    assert [one["type"] for one in told["findings"]] == ["OutcomeWithoutTalks"]
    assert told["findings"][0]["event"] == told["events"][1]["id"]
    real = await post(recorder, EVENTS, [DEMAND, OUTCOME], idempotency_key='"once"')
    assert real.status_code == 201
    assert "parley-replayed" not in real.headers
    assert [one["type"] for one in real.json()["findings"]] == ["OutcomeWithoutTalks"]
    again = await dry(recorder, EVENTS, [DEMAND, OUTCOME], idempotency_key='"once"')
    described.check_answer(ROUTE, "post", 200, again)
    assert (again["result"], again["on_record"], again["events"]) == ("on-record", [7, 8], [])


async def test_dry_run_of_the_short_forms(recorder: httpx.AsyncClient, described: Described) -> None:
    told = await dry(recorder, "/v1/parties", identified("russia"))
    assert told["events"][0]["stream"] == "parties/russia"
    told = await dry(recorder, f"{N}/rounds", scheduled("geneva"))
    described.check_answer("/v1/negotiations/{negotiation}/rounds", "post", 200, told)
    assert places(told) == [("not-opened-yet", "")]
    told = await dry(recorder, "/v1/negotiations", opened())
    assert told["events"][0]["sentence"] == "The negotiation was opened: Security."
    wrong = {**opened(), "negotiation": "No Slug", "titel": "x", "type": "NegotiationOpened", "occurred": "2022-13"}
    del wrong["title"]
    told = await dry(recorder, "/v1/negotiations", wrong)
    described.check_answer("/v1/negotiations", "post", 200, told)
    assert {pointer for _, pointer in places(told)} == {"/negotiation", "/titel", "/type", "/title", "/occurred"}
    wrong = {**scheduled("geneva"), "round": 7, "starts": 7.5}
    told = await dry(recorder, f"{N}/rounds", wrong)
    assert {pointer for _, pointer in places(told)} == {"/round", "/starts"}
    wrong = {**identified("russia"), "kind": "empire", "sources": []}
    told = await dry(recorder, "/v1/parties", wrong)
    assert {pointer for _, pointer in places(told)} == {"/kind", "/sources"}


async def test_dry_run_tells_all_faults_at_once_with_what_is_accepted(
    recorder: httpx.AsyncClient, described: Described
) -> None:
    await record_frame(recorder)
    answer = deepcopy(ANSWER)
    answer["event"] |= {"answer": "maybe", "by": [{"party": "atlantis"}], "extra": 1}
    answer["sources"] = [{"publisher": "The Example Gazette", "kind": "rumour", "published": "2022-13"}]
    demand = deepcopy(DEMAND)
    demand["event"]["by"] = [{"party": "lemuria"}]
    demand["occurred"] = "2099-01-01"
    talks = deepcopy(TALKS)
    del talks["occurred"]
    talks["event"]["type"] = "TalksHold"
    told = await dry(recorder, EVENTS, [demand, answer, talks])
    described.check_answer(ROUTE, "post", 200, told)
    assert set(places(told)) == {
        ("invalid-field", "/1/event/answer"),
        ("invalid-field", "/1/event/extra"),
        ("invalid-field", "/1/sources/0/kind"),
        ("invalid-field", "/1/sources/0/published"),
        ("invalid-field", "/2/event/type"),
        ("starts-after-the-clock", "/0/occurred"),
        ("unknown-reference", "/0/event/by/0/party"),
        ("unknown-reference", "/1/event/by/0/party"),
    }
    by_place = {fault["pointer"]: fault for fault in told["faults"]}
    assert "reject" in by_place["/1/event/answer"]["accepted"]
    shown = described.document["paths"]["/v1/parties"]["post"]["responses"]["200"]
    (as_shown,) = (
        fault
        for fault in shown["content"]["application/json"]["examples"]["refused"]["value"]["faults"]
        if fault["pointer"] == "/1/event/answer"
    )
    assert as_shown == by_place["/1/event/answer"]
    assert by_place["/1/event/answer"]["example"] in by_place["/1/event/answer"]["accepted"]
    assert "with" in by_place["/1/event/extra"]["accepted"]
    assert "TalksHeld" in by_place["/2/event/type"]["accepted"]
    assert by_place["/1/sources/0/published"]["example"] == "2022-01-11"
    assert told["more"] is True  # what the type of the third is to be is not known, nor what else it has


async def test_dry_run_first_fault_of_one_thing_wrong_is_the_problem_of_a_real_request(
    recorder: httpx.AsyncClient, described: Described
) -> None:
    await record_frame(recorder)
    await record(recorder, EVENTS, {**TALKS, "id": TALKS_ID})
    changes: list[dict[str, Any]] = [
        {"occurred": "2022-13"},
        {"occurred": None},
        {"sources": []},
        {"sources": [{}]},
        {"id": TALKS_ID},
        {"id": "x"},
        {"more": 1},
        {"event": None},
        {"event": {"type": "TalksHeld"}},
        {"event": {**TALKS["event"], "venue": " "}},
        {"event": {**TALKS["event"], "venue": "a\u0000b"}},
        {"event": {**TALKS["event"], "rooms": [["russia", 7.5]]}},
        {"event": {**TALKS["event"], "rooms": [["russia", "atlantis"]]}},
        {"event": {"type": "RoundScheduled", "round": "vienna"}},
        {"event": {"type": "EventRetracted", "target": TALKS_ID, "reason": "x"}},
    ]
    for change in changes:
        body = {**fact("StatementMade", text="So.", by=[{"party": "russia"}]), **change}
        told = await dry(recorder, EVENTS, body)
        described.check_answer(ROUTE, "post", 200, told)
        real = await post(recorder, EVENTS, body)
        assert real.status_code >= 400, body
        first, expected = told["faults"][0], real.json()
        assert {name: first[name] for name in ("type", "title", "status")} == {
            name: expected[name] for name in ("type", "title", "status")
        }
        assert first["detail"].partition(" (2")[0] == expected["detail"].partition(" (2")[0]
        assert first["pointer"] == (expected["errors"][0]["pointer"] if "errors" in expected else "")


async def test_dry_run_of_every_example_says_what_recording_it_then_says(
    recorder: httpx.AsyncClient, described: Described
) -> None:
    """Each example of the catalogue is tried right before it is recorded, on a record that grows."""
    seen: dict[str, dict[str, Any]] = {}
    send = recorder.send

    async def tried_first(request: httpx.Request, **options: Any) -> httpx.Response:
        if request.method != "POST":
            return await send(request, **options)
        address = request.url.copy_add_param("dry_run", "true")
        trial = await send(httpx.Request("POST", address, headers=request.headers, content=request.content))
        real = await send(request, **options)
        told, body = trial.json(), real.json()
        described.check_answer(ROUTE, "post", 200, told)
        assert (told["result"] == "would-record") == (real.status_code == 201), told
        assert len(told["findings"]) == len(body["findings"])
        (event,) = body["events"]
        if told["events"][0]["id"] == event["id"]:
            assert told["findings"] == body["findings"]
        assert told["events"][0]["sentence"]
        seen[event["event"]["type"]] = told
        return real

    recorder.send = tried_first  # type: ignore[method-assign]
    answers = await record_catalogue(recorder)
    assert set(answers) <= set(seen)


async def test_dry_run_guards_and_keys_are_heeded(recorder: httpx.AsyncClient) -> None:
    await record_frame(recorder)
    await post(recorder, EVENTS, TALKS, idempotency_key='"used"')
    told = await dry(recorder, EVENTS, OUTCOME, idempotency_key='"used"', if_match='"1-1-00000000"')
    assert places(told) == [("key-reused", None), ("precondition-failed", None)]
    told = await dry(recorder, EVENTS, OUTCOME, if_none_match="*")
    assert places(told) == [("precondition-failed", None)]


async def test_dry_run_of_what_is_no_json_or_asked_for_wrongly_is_answered_as_always(
    recorder: httpx.AsyncClient,
) -> None:
    for content in (b"{", b"", b"\xff"):
        answer = await recorder.post(
            f"{EVENTS}?dry_run=true", content=content, headers={"content-type": "application/json"}
        )
        problem(answer, 400, "malformed-body")
    answer = await recorder.post(f"{EVENTS}?dry_run=yes", json=TALKS)
    assert answer.status_code == 400
    assert "`true`" in answer.json()["detail"]
    answer = await recorder.post(f"{EVENTS}?dry_run=true", json=TALKS, headers={"idempotency-key": ""})
    assert answer.status_code == 400


@pytest.mark.parametrize("body", [[], 7, "text", [7], [None, []], {}, [[TALKS]], [{"event": []}] * 500, [{}] * 501])
async def test_dry_run_of_nonsense_names_what_is_wrong(
    recorder: httpx.AsyncClient, described: Described, body: Any
) -> None:
    for path, route in ((EVENTS, ROUTE), ("/v1/parties", "/v1/parties"), ("/v1/negotiations", "/v1/negotiations")):
        told = await dry(recorder, path, body)
        described.check_answer(route, "post", 200, told)
        assert places(told)
        assert len(told["faults"]) <= 100


async def test_dry_run_tells_a_hundred_faults_and_that_there_are_more(recorder: httpx.AsyncClient) -> None:
    await record_frame(recorder)
    told = await dry(recorder, EVENTS, [{**TALKS, "occurred": "2022-13"}] * 500)
    assert len(told["faults"]) == 100
    assert told["more"] is True


async def test_dry_run_of_a_list_of_500_is_told_whole(recorder: httpx.AsyncClient) -> None:
    await record_frame(recorder)
    bodies = [fact("StatementMade", text=f"No. {number}.", by=[{"party": "russia"}]) for number in range(500)]
    told = await dry(recorder, EVENTS, bodies)
    assert len(told["events"]) == 500
    assert told["events"][-1]["sentence"] == "Russia made a statement: No. 499."


async def test_dry_run_of_a_retraction_tells_what_is_withdrawn(recorder: httpx.AsyncClient) -> None:
    await record_frame(recorder)
    await record(recorder, EVENTS, {**TALKS, "id": TALKS_ID})
    told = await dry(recorder, EVENTS, {**RETRACTION, "id": EVENT_ID.format(99)})
    assert told["events"][0]["sentence"].endswith("Withdrawn: Wrong.")
    assert told["events"][0]["id"] == EVENT_ID.format(99)
