"""Recording over HTTP: what is answered, what is refused, what is tried again, what is guarded."""

from typing import Any

import httpx
import pytest

from negotiation.events.examples import EVENT_ID
from negotiation.refusals import REFUSALS
from tests.http.openapi import Described
from tests.http.test_routing import problem
from tests.http.world import (
    BRUSSELS,
    DEMAND,
    GENEVA,
    OUTCOME,
    RETRACTION,
    TALKS,
    N,
    fact,
    identified,
    opened,
    post,
    record,
    record_frame,
    scheduled,
)

ANSWER = fact("AnswerGiven", on={"kind": "demand", "id": "veto"}, answer="reject", by=[{"party": "united-states"}])


async def test_post_the_short_forms_create_party_negotiation_and_round(
    recorder: httpx.AsyncClient, described: Described
) -> None:
    for path, route, body, location in (
        ("/v1/parties", "/v1/parties", identified("russia"), "/v1/parties/russia"),
        ("/v1/negotiations", "/v1/negotiations", opened(), N),
        (f"{N}/rounds", "/v1/negotiations/{negotiation}/rounds", scheduled("geneva"), GENEVA),
    ):
        answer = await post(recorder, path, body)
        assert answer.status_code == 201, answer.text
        assert answer.headers["location"] == location
        described.check_answer(route, "post", 201, answer.json())
        assert (await recorder.get(location)).status_code == 200


async def test_post_one_event_answers_with_its_envelope_and_address(recorder: httpx.AsyncClient) -> None:
    await record_frame(recorder)
    answer = await post(recorder, f"{GENEVA}/events", TALKS)
    assert answer.status_code == 201
    assert "parley-replayed" not in answer.headers
    (event,) = answer.json()["events"]
    assert (event["position"], event["version"], event["stream"]) == (7, 2, "european-security/geneva")
    assert event["recorded_by"] == "local"
    assert event["event"] == TALKS["event"]
    assert answer.headers["location"] == "/v1/events/7"
    read = (await recorder.get("/v1/events/7")).json()
    assert read == {**event, "life": read["life"]}


async def test_post_a_list_records_all_in_order(recorder: httpx.AsyncClient) -> None:
    await record_frame(recorder)
    answer = await post(recorder, f"{GENEVA}/events", [TALKS, DEMAND, ANSWER])
    assert [event["position"] for event in answer.json()["events"]] == [7, 8, 9]
    assert answer.headers["location"] == "/v1/events/7"


async def test_post_a_list_with_one_that_is_refused_records_none_and_points_to_it(recorder: httpx.AsyncClient) -> None:
    await record_frame(recorder)
    found = problem(await post(recorder, f"{GENEVA}/events", [TALKS, ANSWER]), 409, "unknown-reference")
    assert found["errors"] == [{"pointer": "/1/event/on", "detail": found["detail"]}]
    assert "demand veto" in str(found["detail"])
    assert (await recorder.get("/v1/log/head")).json()["position"] == 6


async def test_post_an_outcome_without_talks_is_taken_and_raises_a_finding_until_there_are_talks(
    recorder: httpx.AsyncClient,
) -> None:
    await record_frame(recorder)
    answer = await post(recorder, f"{BRUSSELS}/events", OUTCOME)
    assert [finding["type"] for finding in answer.json()["findings"]] == ["OutcomeWithoutTalks"]
    assert (await recorder.get(BRUSSELS)).json()["findings"]["total"] == 1
    await record(recorder, f"{BRUSSELS}/events", TALKS)
    assert (await recorder.get(BRUSSELS)).json()["findings"]["total"] == 0
    assert (await recorder.get(f"{N}/findings")).json()["items"] == []


def _with_id(submission: dict[str, Any], number: int) -> dict[str, Any]:
    return {**submission, "id": EVENT_ID.format(number)}


def _answer(**more: Any) -> dict[str, Any]:
    return {**ANSWER, "event": {**ANSWER["event"], **more}}


REFUSED: dict[str, tuple[str, dict[str, Any], str | None]] = {
    "unknown-reference": (f"{GENEVA}/events", _answer(on={"kind": "demand", "id": "nothing"}), "/event/on"),
    "already-introduced": (f"{GENEVA}/events", DEMAND, "/event/demand"),
    "answer-to-own-demand": (f"{GENEVA}/events", _answer(by=[{"party": "russia"}]), "/event/by/0/party"),
    "starts-after-the-clock": (f"{GENEVA}/events", {**OUTCOME, "occurred": "2999"}, "/occurred"),
    "lasts-beyond-the-clock": (f"{GENEVA}/events", {**OUTCOME, "occurred": "2022/2999"}, "/occurred"),
    "belongs-elsewhere": (f"{N}/events", TALKS, "/event/type"),
    "not-opened-yet": (f"{N}/rounds/vienna/events", TALKS, None),
    "target-elsewhere": (f"{BRUSSELS}/events", RETRACTION, "/event/target"),
    "already-retracted": (f"{GENEVA}/events", RETRACTION, "/event/target"),
    "stream-name-taken": ("/v1/negotiations", {**opened(), "negotiation": "parties"}, None),
    "event-id-taken": (f"{GENEVA}/events", _with_id(OUTCOME, 10), "/id"),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_post_what_the_record_does_not_take_is_refused_by_name(
    framed: httpx.AsyncClient, described: Described, name: str
) -> None:
    path, refused, pointer = REFUSED[name]
    head = (await framed.get("/v1/log/head")).json()
    found = problem(await post(framed, path, refused), 409, name)
    described.check_answer("/v1/negotiations/{negotiation}/events", "post", 409, found)
    errors = found.get("errors", [])
    assert isinstance(errors, list)
    assert [one["pointer"] for one in errors] == ([] if pointer is None else [pointer])
    assert (await framed.get("/v1/log/head")).json() == head


def test_refusals_by_name_are_refusals() -> None:
    kebab = {"".join(f"-{c.lower()}" if c.isupper() else c for c in refusal.__name__)[1:] for refusal in REFUSALS}
    assert set(REFUSED) - {"event-id-taken"} <= kebab


async def test_post_a_short_form_that_is_refused_points_into_the_short_body(recorder: httpx.AsyncClient) -> None:
    await record_frame(recorder)
    found = problem(
        await post(recorder, "/v1/negotiations", {**opened(), "parent": "nowhere"}), 409, "already-introduced"
    )
    assert found["type"]
    body = {**opened(), "negotiation": "other", "parent": "nowhere"}
    found = problem(await post(recorder, "/v1/negotiations", body), 409, "unknown-reference")
    assert found["errors"] == [{"pointer": "/parent", "detail": found["detail"]}]


async def test_post_what_is_not_well_formed_points_into_the_body(recorder: httpx.AsyncClient) -> None:
    """The form is checked before anything is queued, and the pointer is into what was sent."""
    await record_frame(recorder)
    party = {"party": "sweden", "kind": "state", "name": "Sweden"}
    short = problem(await post(recorder, "/v1/parties", party), 422, "invalid-field")
    assert short["errors"] == [{"pointer": "/occurred", "detail": short["detail"]}]
    several = [TALKS, {**TALKS, "sources": []}]
    listed = problem(await post(recorder, f"{GENEVA}/events", several), 422, "invalid-field")
    assert listed["errors"] == [{"pointer": "/1/sources", "detail": listed["detail"]}]
    assert (await recorder.get("/v1/parties/sweden")).status_code == 404


async def test_post_with_prefer_minimal_answers_with_ids_and_positions(recorder: httpx.AsyncClient) -> None:
    await record_frame(recorder)
    answer = await recorder.post(f"{GENEVA}/events", json=TALKS, headers={"Prefer": "respond-async, return=minimal"})
    assert answer.status_code == 201
    assert answer.headers["preference-applied"] == "return=minimal"
    [event] = answer.json()["events"]
    assert set(event) == {"id", "position"}
    whole = await recorder.get(f"/v1/events/{event['position']}")
    assert whole.json()["id"] == event["id"]
    again = await recorder.post(f"{GENEVA}/events", json=TALKS, headers={"Prefer": "return=representation"})
    assert "preference-applied" not in again.headers
    assert again.json()["findings"] == []


async def test_post_the_same_event_id_again_records_nothing_and_answers_alike(recorder: httpx.AsyncClient) -> None:
    await record_frame(recorder)
    body = _with_id(TALKS, 50)
    first, second = [await post(recorder, f"{GENEVA}/events", body) for _ in range(2)]
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.json()["events"] == first.json()["events"]
    assert second.headers["parley-replayed"] == "true"
    assert (await recorder.get("/v1/log/head")).json()["position"] == 7


async def test_post_known_and_new_event_ids_together_is_refused(recorder: httpx.AsyncClient) -> None:
    await record_frame(recorder)
    await record(recorder, f"{GENEVA}/events", _with_id(TALKS, 50))
    answer = await post(recorder, f"{GENEVA}/events", [_with_id(TALKS, 50), _with_id(OUTCOME, 51)])
    problem(answer, 409, "event-ids-partly-taken")


async def test_post_the_same_key_and_body_again_gives_the_first_answer(recorder: httpx.AsyncClient) -> None:
    await record_frame(recorder)
    first = await post(recorder, f"{GENEVA}/events", OUTCOME, Idempotency_Key='"once"')
    second = await post(recorder, f"{GENEVA}/events", OUTCOME, Idempotency_Key="once")
    assert second.status_code == 201
    assert second.content == first.content
    assert second.headers["location"] == first.headers["location"]
    assert second.headers["parley-replayed"] == "true"
    assert (await recorder.get("/v1/log/head")).json()["position"] == 7


async def test_post_the_same_key_for_another_body_or_address_is_refused(
    recorder: httpx.AsyncClient, described: Described
) -> None:
    await record_frame(recorder)
    await post(recorder, f"{GENEVA}/events", OUTCOME, Idempotency_Key='"once"')
    found = problem(await post(recorder, f"{GENEVA}/events", TALKS, Idempotency_Key='"once"'), 422, "key-reused")
    described.check_answer("/v1/negotiations/{negotiation}/events", "post", 422, found)
    problem(await post(recorder, f"{BRUSSELS}/events", OUTCOME, Idempotency_Key='"once"'), 422, "key-reused")


async def test_post_a_key_after_a_refusal_is_decided_anew(recorder: httpx.AsyncClient) -> None:
    await record_frame(recorder)
    assert (await post(recorder, f"{GENEVA}/events", ANSWER, Idempotency_Key='"once"')).status_code == 409
    await record(recorder, f"{GENEVA}/events", DEMAND)
    assert (await post(recorder, f"{GENEVA}/events", ANSWER, Idempotency_Key='"once"')).status_code == 201


@pytest.mark.parametrize("path", [GENEVA, N, "/v1/parties/russia"])
async def test_post_with_the_etag_that_was_read_is_recorded_once(recorder: httpx.AsyncClient, path: str) -> None:
    await record_frame(recorder)
    body = (
        fact("PartyRenamed", party="russia", name="Russia") if "parties" in path else fact("IntentDenied", text="No.")
    )
    tag = (await recorder.get(path)).headers["etag"]
    assert (await post(recorder, f"{path}/events", body, If_Match=tag)).status_code == 201
    answer = await post(recorder, f"{path}/events", body, If_Match=tag)
    found = problem(answer, 412, "precondition-failed")
    assert found["current"] == path
    renewed = (await recorder.get(path)).headers["etag"]
    assert f"version {renewed[1:].partition('-')[0]}," in str(found["detail"])
    assert (await post(recorder, f"{path}/events", body, If_Match=renewed)).status_code == 201


async def test_post_if_match_star_needs_that_it_exists(recorder: httpx.AsyncClient) -> None:
    await record_frame(recorder)
    assert (await post(recorder, f"{GENEVA}/events", TALKS, If_Match="*")).status_code == 201
    answer = await post(recorder, f"{N}/rounds", scheduled("vienna"), If_Match="*")
    problem(answer, 412, "precondition-failed")


async def test_post_if_none_match_star_needs_that_it_does_not(recorder: httpx.AsyncClient) -> None:
    await record_frame(recorder)
    assert (await post(recorder, f"{N}/rounds", scheduled("vienna"), If_None_Match="*")).status_code == 201
    problem(await post(recorder, f"{N}/rounds", scheduled("vienna"), If_None_Match="*"), 412, "precondition-failed")
    problem(await post(recorder, "/v1/parties", identified("russia"), If_None_Match="*"), 412, "precondition-failed")
    problem(await post(recorder, "/v1/negotiations", opened(), If_None_Match="*"), 412, "precondition-failed")


@pytest.mark.parametrize("tag", ['W/"2-1-00000000"', '"nothing"', '"1-0-00000000"'])
async def test_post_with_an_etag_that_fits_nothing_fails(framed: httpx.AsyncClient, tag: str) -> None:
    problem(await post(framed, f"{GENEVA}/events", TALKS, If_Match=tag), 412, "precondition-failed")


async def test_a_key_is_looked_up_before_the_guard(recorder: httpx.AsyncClient) -> None:
    await record_frame(recorder)
    tag = (await recorder.get(GENEVA)).headers["etag"]
    for expected in ("", "true"):
        answer = await post(recorder, f"{GENEVA}/events", TALKS, If_Match=tag, Idempotency_Key='"once"')
        assert answer.status_code == 201
        assert answer.headers.get("parley-replayed", "") == expected
