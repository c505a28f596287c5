"""Reading over HTTP: documents, lists, pages, and that every answer is what the OpenAPI document says."""

import json
from typing import Any

import httpx
import pytest
from litestar import Litestar

from negotiation.events.catalogue import EVENT_TYPES
from tests.http.openapi import Described
from tests.http.test_routing import problem
from tests.http.world import (
    BRUSSELS,
    GENEVA,
    N,
    fact,
    identified,
    record,
    record_catalogue,
    record_frame,
    record_shared,
)
from tests.record.desk import connection


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    assert len(names) == len(set(names)), f"a key twice: {sorted(names)}"
    return dict(pairs)


def read(answer: httpx.Response) -> Any:
    """The JSON of an answer in which no key stands twice."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    return json.loads(answer.content, object_pairs_hook=_once)


async def test_every_answer_about_the_whole_catalogue_fits_the_document(
    recorder: httpx.AsyncClient, described: Described
) -> None:
    answers = await record_catalogue(recorder)
    assert set(answers) == set(EVENT_TYPES)
    for answer in answers.values():
        described.check_answer("/v1/negotiations/{negotiation}/rounds/{round}/events", "post", 201, answer.json())
    negotiation, round_ = "/v1/negotiations/{negotiation}", "/v1/negotiations/{negotiation}/rounds/{round}"
    for path, address in (
        (negotiation, N),
        (round_, GENEVA),
        (round_, BRUSSELS),
        ("/v1/negotiations", "/v1/negotiations"),
        (f"{negotiation}/rounds", f"{N}/rounds"),
        (f"{negotiation}/events", f"{N}/events"),
        (f"{round_}/events", f"{GENEVA}/events?limit=500"),
        (f"{negotiation}/demands", f"{N}/demands"),
        (f"{negotiation}/demands/{{demand}}", f"{N}/demands/veto-on-enlargement"),
        (f"{negotiation}/findings", f"{N}/findings"),
        ("/v1/parties", "/v1/parties"),
        *(("/v1/parties/{party}", f"/v1/parties/{party}") for party in ("nato", "russia", "osce", "czechoslovakia")),
        ("/v1/parties/{party}/events", "/v1/parties/nato/events"),
        ("/v1/events", "/v1/events?limit=500"),
        ("/v1/events/{position}", "/v1/events/1"),
        ("/v1/log/head", "/v1/log/head"),
        ("/health/live", "/health/live"),
        ("/health/ready", "/health/ready"),
    ):
        answer = await recorder.get(address)
        described.check_answer(path, "get", 200, read(answer))
        assert answer.headers["cache-control"] in {"no-cache", "no-store"}


async def test_answers_of_an_empty_record_fit_the_document(recorder: httpx.AsyncClient, described: Described) -> None:
    for path in ("/v1/parties", "/v1/negotiations", "/v1/events", "/v1/log/head", "/health/ready"):
        described.check_answer(path, "get", 200, read(await recorder.get(path)))


@pytest.mark.parametrize(
    "path",
    [
        "/v1/parties/atlantis",
        "/v1/parties/atlantis/events",
        "/v1/negotiations/nothing",
        "/v1/negotiations/nothing/rounds",
        "/v1/negotiations/nothing/events",
        "/v1/negotiations/nothing/demands",
        "/v1/negotiations/nothing/findings",
        f"{N}/rounds/vienna",
        f"{N}/rounds/vienna/events",
        f"{N}/demands/nothing",
        "/v1/events/11",
        "/v1/events/9223372036854775807",
    ],
)
async def test_get_what_is_not_on_record_is_not_found(framed: httpx.AsyncClient, path: str) -> None:
    found = problem(await framed.get(path), 404, "not-found")
    assert "on record" in str(found["detail"])
    assert (await framed.head(path)).status_code == 404


DOCUMENTS = [N, GENEVA, "/v1/parties/russia", "/v1/events/1", f"{N}/demands/veto"]


@pytest.mark.parametrize("path", DOCUMENTS)
async def test_get_a_document_again_with_its_etag_is_not_modified(framed: httpx.AsyncClient, path: str) -> None:
    answer = await framed.get(path)
    again = await framed.get(path, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == answer.headers["etag"]
    assert again.headers["cache-control"] == "no-cache"
    headed = await framed.head(path, headers={"X-Request-ID": answer.headers["x-request-id"]})
    assert headed.content == b""
    assert dict(headed.headers) == dict(answer.headers)


async def test_get_a_document_with_its_etag_after_it_changed_gives_it_anew(recorder: httpx.AsyncClient) -> None:
    await record_shared(recorder)
    tags = {path: (await recorder.get(path)).headers["etag"] for path in DOCUMENTS}
    await record(recorder, "/v1/parties/russia/events", fact("PartyRenamed", party="russia", name="Russian Federation"))
    await record(recorder, f"{GENEVA}/events", fact("IntentDenied", text="No.", by=[{"party": "russia"}]))
    reject = fact("AnswerGiven", on={"kind": "demand", "id": "veto"}, answer="reject", by=[{"party": "nato"}])
    await record(recorder, f"{N}/events", reject)
    statuses = {
        path: (await recorder.get(path, headers={"If-None-Match": tag})).status_code for path, tag in tags.items()
    }
    assert statuses == dict.fromkeys(DOCUMENTS, 200)


async def test_etag_of_a_party_changes_with_its_groups(recorder: httpx.AsyncClient) -> None:
    await record_frame(recorder)
    before = await recorder.get("/v1/parties/united-states")
    await record(recorder, "/v1/parties/nato/events", fact("MemberJoined", group="nato", member="united-states"))
    after = await recorder.get("/v1/parties/united-states")
    assert after.content != before.content
    assert after.headers["etag"] != before.headers["etag"]


async def test_what_was_just_recorded_is_what_is_read(recorder: httpx.AsyncClient) -> None:
    await record_frame(recorder)
    talks = fact("TalksHeld", session="day-1", rooms=[["russia", "united-states"]], duration={"at_least": "PT7H"})
    await record(recorder, f"{GENEVA}/events", talks)
    session = read(await recorder.get(GENEVA))["sessions"]["shown"][0]
    assert session["session"] == "day-1"
    assert session["values"][0]["value"]["duration"] == {"at_least": "PT7H"}
    assert session["values"][0]["evidence"][0]["occurred"] == "2022-01-10"


async def _pages(client: httpx.AsyncClient, path: str) -> list[list[dict[str, Any]]]:
    pages = []
    following: str | None = path
    while following is not None:
        answer = await client.get(following)
        page = read(answer)
        pages.append(page["items"])
        following = page["next"]
        link = f'<{following}>; rel="next"' if following else None
        assert answer.headers.get("link") == link
    return pages


async def test_get_a_list_page_by_page_gives_all_once_while_others_write(recorder: httpx.AsyncClient) -> None:
    await record(recorder, "/v1/parties", *(identified(f"p{number}") for number in range(7)))
    first = read(await recorder.get("/v1/parties?limit=3"))
    await record(recorder, "/v1/parties", identified("p0-late"), identified("p9-late"))
    rest = [one for page in await _pages(recorder, first["next"]) for one in page]
    names = [one["party"] for one in [*first["items"], *rest]]
    assert names == [*(f"p{number}" for number in range(7)), "p9-late"]


async def test_get_rounds_by_their_start(recorder: httpx.AsyncClient) -> None:
    await record_frame(recorder)
    body = {**fact("RoundScheduled", round="vienna"), "event": {"type": "RoundScheduled", "round": "vienna"}}
    await record(recorder, f"{N}/rounds/vienna/events", body)
    pages = await _pages(recorder, f"{N}/rounds?limit=1")
    assert [one["round"] for page in pages for one in page] == ["geneva", "brussels", "vienna"]


async def test_get_demands_and_findings_page_by_page(recorder: httpx.AsyncClient) -> None:
    await record_frame(recorder)
    for name in ("c", "a", "b"):
        demand = fact("DemandTabled", demand=name, text="No.", by=[{"party": "russia"}])
        outcome = fact("NoBreakthrough", assessed_by={"outlet": f"Gazette {name}"})
        await record(recorder, f"{GENEVA}/events", demand, outcome)
    demands = await _pages(recorder, f"{N}/demands?limit=2")
    assert [[one["demand"] for one in page] for page in demands] == [["a", "b"], ["c"]]
    findings = await _pages(recorder, f"{N}/findings?limit=1")
    assert [len(page) for page in findings] == [1, 1, 1]
    assert len({page[0]["event"] for page in findings}) == 3


async def test_get_events_filtered_and_after_a_position(recorder: httpx.AsyncClient) -> None:
    await record_frame(recorder)
    await record(recorder, f"{GENEVA}/events", *(fact("IntentDenied", text=f"No {n}.") for n in range(3)))
    await record(recorder, f"{N}/events", fact("IntentDenied", text="No.", by=[{"party": "russia"}]))

    async def positions(query: str) -> list[int]:
        return [one["position"] for page in await _pages(recorder, f"/v1/events?{query}") for one in page]

    assert await positions("limit=2") == list(range(1, 11))
    assert await positions("after=8") == [9, 10]
    assert await positions("after=10") == []
    assert await positions("type=IntentDenied&limit=1") == [7, 8, 9, 10]
    assert await positions("negotiation=european-security&limit=3") == [4, 5, 6, 7, 8, 9, 10]
    assert await positions("negotiation=european-security&round=geneva") == [5, 7, 8, 9]
    assert await positions("party=russia") == [1, 10]
    own = await _pages(recorder, f"{N}/events?limit=1")
    assert [one["position"] for page in own for one in page] == [4, 10]
    assert read(await recorder.get(f"{N}/events?after=10"))["items"] == []


async def test_get_the_head_tells_the_last_position_and_its_hash(recorder: httpx.AsyncClient) -> None:
    assert read(await recorder.get("/v1/log/head")) == {"position": 0, "hash": "0" * 64, "recorded_at": None}
    await record_frame(recorder)
    head = read(await recorder.get("/v1/log/head"))
    last = read(await recorder.get("/v1/events/6"))
    assert (head["position"], head["recorded_at"]) == (6, last["recorded_at"])
    assert head["hash"] != "0" * 64


async def test_readiness_of_a_service_whose_database_is_gone_says_so(
    service: Litestar, recorder: httpx.AsyncClient
) -> None:
    await service.state["recording"].pool.close()
    answer = await recorder.get("/health/ready")
    assert "does not answer" in str(problem(answer, 503, "not-ready")["detail"])
    answer = await recorder.get("/v1/parties")
    problem(answer, 503, "database-unavailable")
    assert answer.headers["retry-after"]
    assert (await recorder.get("/health/live")).status_code == 200


async def test_readiness_of_a_service_whose_schema_was_migrated_further_says_so(
    recorder: httpx.AsyncClient, database: str
) -> None:
    async with connection(database) as own:
        await own.execute("INSERT INTO migrations (version) VALUES (9999)")
    found = problem(await recorder.get("/health/ready"), 503, "not-ready")
    assert "schema version 9999" in str(found["detail"])
