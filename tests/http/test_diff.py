"""What changed between two readings: appeared, changed, contested, settled, went, on other evidence; and by what."""

import csv
import io
from typing import Any

import httpx
import pytest

from tests.http.openapi import Described
from tests.http.test_reading import read
from tests.http.test_routing import problem
from tests.http.world import BRUSSELS, DEMAND, GENEVA, SOURCE, N, fact, record, record_catalogue, record_frame

VETO = {"kind": "demand", "id": "veto"}
UNITED_STATES = [{"party": "united-states"}]
PATH = "/v1/negotiations/{negotiation}/diff"


def answer_given(answer: str, occurred: str, published: str = "2022-01-14") -> dict[str, Any]:
    given = fact("AnswerGiven", occurred, on=VETO, answer=answer, by=UNITED_STATES)
    return {**given, "sources": [{**SOURCE, "published": published}]}


@pytest.fixture
async def frame(recorder: httpx.AsyncClient) -> int:
    """The frame and a demand; gives the position of the demand."""
    await record_frame(recorder)
    [demand] = await record(recorder, f"{GENEVA}/events", DEMAND)
    return int(demand["position"])


async def changes(client: httpx.AsyncClient, **clocks: Any) -> dict[str, dict[str, Any]]:
    """What changed, by register and what it is about."""
    found = read(await client.get(f"{N}/diff", params=clocks))
    assert found["reading"]["total"] == len(found["items"])
    return {
        f"{one['register']} {'/'.join(map(str, one['about'].values()))}": one
        for one in found["items"]
        if "register" in one
    }


async def the_change(client: httpx.AsyncClient, since: int) -> tuple[str, list[int]]:
    """What became of the answer of the United States since a position, and the positions of the events that did it."""
    [one] = [one for name, one in (await changes(client, from_as_of=since)).items() if name.startswith("answer ")]
    return one["change"], [event["position"] for event in one["events"]]


TREATY = fact("DocumentTabled", "2022-01-10", document="treaty", kind="draft")
APPLIED = fact("ProvisionallyApplied", "2022-01-11", document="treaty", until="2022-06-30")


async def test_diff_between_dates_with_the_end_of_a_status_between_them_says_that_it_went(
    recorder: httpx.AsyncClient, described: Described
) -> None:
    """Nothing was recorded of that day: the fact that held until then did it."""
    await record_frame(recorder)
    _, applied = await record(recorder, f"{GENEVA}/events", TREATY, APPLIED)
    clocks = {"from_happened_by": "2022-06-30", "to_happened_by": "2022-07-01"}

    found = read(await recorder.get(f"{N}/diff", params=clocks))

    described.check_answer(PATH, "get", 200, found)
    [change] = found["items"]
    assert (change["change"], change["register"]) == ("went", "status")
    assert [one["event"] for one in change["events"]] == [applied["id"]]
    assert change["after"]["values"] == []
    assert [value["value"]["until"] for value in change["after"]["ended"]] == ["2022-06-30"]


async def test_diff_a_text_that_a_reader_takes_for_the_same_is_other_evidence(
    recorder: httpx.AsyncClient, frame: int
) -> None:
    """A correction that takes a space away changes nothing that can be seen."""
    assert frame
    held = fact("TalksHeld", session="day-1", venue="Palais  des Nations")
    [talks] = await record(recorder, f"{GENEVA}/events", held)
    content = {**held["event"], "venue": "Palais des Nations"}
    correction = {"type": "EventCorrected", "target": talks["id"], "reason": "A space.", "replacement": content}
    await record(recorder, f"{GENEVA}/events", {**held, "event": correction})

    [change] = (await changes(recorder, from_as_of=talks["position"])).values()

    assert (change["register"], change["change"]) == ("session", "evidence")


async def test_diff_an_answer_through_its_life_says_what_became_of_it_and_why(
    recorder: httpx.AsyncClient, frame: int
) -> None:
    """Each step of an answer is told apart, and names the facts, corrections and retractions that made it."""
    events = f"{GENEVA}/events"
    [defer] = await record(recorder, events, answer_given("defer", "2022-01-10"))
    assert await the_change(recorder, frame) == ("appeared", [frame + 1])

    [reject] = await record(recorder, events, answer_given("reject", "2022-01-11"))
    assert await the_change(recorder, frame + 1) == ("changed", [frame + 2])
    assert await the_change(recorder, frame) == ("appeared", [frame + 1, frame + 2])

    [accept] = await record(recorder, events, answer_given("accept", "2022-01-11"))
    assert await the_change(recorder, frame + 2) == ("contested", [frame + 3])

    retraction = {"event": {"type": "EventRetracted", "target": accept["id"], "reason": "Wrong."}}
    [retracted] = await record(recorder, events, retraction)
    assert await the_change(recorder, frame + 3) == ("settled", [frame + 4])

    agreeing = {"type": "AccountAdded", "target": reject["id"], "stance": "agrees"}
    await record(recorder, events, {"sources": [SOURCE], "event": agreeing})
    assert await the_change(recorder, frame + 4) == ("evidence", [frame + 5])

    for one in (defer, reject):
        await record(recorder, events, {"event": {"type": "EventRetracted", "target": one["id"], "reason": "Wrong."}})
    assert await the_change(recorder, frame + 5) == ("went", [frame + 6, frame + 7])
    assert retracted["position"] == frame + 4


async def test_diff_a_correction_names_the_correction(recorder: httpx.AsyncClient, frame: int) -> None:
    """What a correction changed is laid to it, not to the fact that it corrects."""
    given = answer_given("defer", "2022-01-10")
    [defer] = await record(recorder, f"{GENEVA}/events", given)
    replacement = {**given["event"], "answer": "reject"}
    correction = {"type": "EventCorrected", "target": defer["id"], "reason": "Misread.", "replacement": replacement}
    [correcting] = await record(recorder, f"{GENEVA}/events", {**given, "event": correction})

    assert await the_change(recorder, frame + 1) == ("changed", [correcting["position"]])


@pytest.mark.usefixtures("frame")
async def test_diff_by_what_was_reported_names_the_facts(recorder: httpx.AsyncClient) -> None:
    """Two readings at the same position, of different days: what the newspapers of the days between told."""
    [early, late] = await record(
        recorder,
        f"{GENEVA}/events",
        answer_given("defer", "2022-01-10", "2022-01-11"),
        answer_given("reject", "2022-01-11", "2022-01-14"),
    )
    found = await changes(recorder, from_reported_by="2022-01-12", to_reported_by="2022-01-14")

    [one] = found.values()
    assert (one["register"], one["change"]) == ("answer", "changed")
    assert [event["event"] for event in one["events"]] == [late["id"]]
    before, after = one["before"]["values"], one["after"]["values"]
    assert [value["value"]["answer"] for value in (*before, *after)] == ["defer", "reject"]
    assert before[0]["evidence"][0]["event"] == early["id"]


async def test_diff_since_i_last_looked_takes_the_position_that_the_last_one_told(
    recorder: httpx.AsyncClient, frame: int
) -> None:
    """`reading.to.as_of` of one is `from_as_of` of the next; a round, a finding and nothing else came between."""
    looked = read(await recorder.get(f"{N}/diff", params={"from_as_of": frame}))
    assert (looked["items"], looked["reading"]["total"]) == ([], 0)
    since = looked["reading"]["to"]["as_of"]
    await record(recorder, f"{N}/rounds", {**SCHEDULED, "round": "vienna"})
    await record(recorder, f"{BRUSSELS}/events", fact("NoBreakthrough", assessed_by={"outlet": "The Example Gazette"}))

    found = read(await recorder.get(f"{N}/diff", params={"from_as_of": since}))

    assert [(one.get("register"), one["change"]) for one in found["items"]] == [
        ("outcome", "appeared"),
        ("schedule", "appeared"),
        (None, "appeared"),
    ]
    assert found["items"][2]["finding"]["type"] == "OutcomeWithoutTalks"
    assert found["reading"]["from"] == {"as_of": since}
    again = read(await recorder.get(f"{N}/diff", params={"from_as_of": found["reading"]["to"]["as_of"]}))
    assert again["items"] == []
    back = read(await recorder.get(f"{N}/diff", params={"from_happened_by": "2023", "to_as_of": since}))
    assert [one["change"] for one in back["items"]] == ["went"] * 3


SCHEDULED: dict[str, Any] = {"occurred": "[..2022-01-11]", "sources": [SOURCE], "starts": "2022-01-13"}


@pytest.mark.usefixtures("frame")
async def test_page_through_a_diff_while_others_record_is_of_the_same_two_readings(
    recorder: httpx.AsyncClient,
) -> None:
    """Nothing is missing or doubled over the pages, and nothing recorded meanwhile slips in."""
    whole = read(await recorder.get(f"{N}/diff", params={"from_as_of": "0"}))
    seen: list[Any] = []
    following: str | None = f"{N}/diff?from_as_of=0&limit=1"
    while following is not None:
        page = read(await recorder.get(following))
        assert page["reading"] == whole["reading"]
        seen += page["items"]
        following = page["next"]
        await record(recorder, f"{GENEVA}/events", fact("StatementMade", text="More.", by=UNITED_STATES))
    assert seen == whole["items"]


@pytest.mark.usefixtures("frame")
async def test_diff_between_positions_may_be_kept_for_good(recorder: httpx.AsyncClient, described: Described) -> None:
    """Between two positions nothing ever changes; and every answer fits the document."""
    settled = await recorder.get(f"{N}/diff", params={"from_as_of": "0", "to_as_of": "7"})
    assert settled.headers["cache-control"] == "private, max-age=31536000, immutable"
    described.check_answer(PATH, "get", 200, read(settled))
    moving = await recorder.get(f"{N}/diff", params={"from_as_of": "0", "to_reported_by": "2023"})
    assert moving.headers["cache-control"] == "no-cache"
    described.check_answer(PATH, "get", 200, read(moving))


@pytest.mark.usefixtures("frame")
async def test_diff_without_a_beginning_or_of_nothing_is_refused(recorder: httpx.AsyncClient) -> None:
    """Since when has to be said; each clock is checked by its own name; a negotiation has to be there."""
    found = problem(await recorder.get(f"{N}/diff"), 400, "malformed-request")
    assert str(found["detail"]).startswith("from_as_of: say since when")
    found = problem(await recorder.get(f"{N}/diff?from_as_of=0&to_happened_by=soon"), 400, "malformed-request")
    assert str(found["detail"]).startswith("to_happened_by: ")
    found = problem(await recorder.get(f"{N}/diff?from_as_of=99"), 400, "malformed-request")
    assert str(found["detail"]).startswith("from_as_of: the record ends")
    problem(await recorder.get("/v1/negotiations/nowhere/diff?from_as_of=0"), 404, "not-found")


def rows_of(response: httpx.Response) -> list[dict[str, str]]:
    assert response.status_code == 200, response.text
    return list(csv.DictReader(io.StringIO(response.text)))


@pytest.mark.usefixtures("frame")
async def test_diff_as_csv_has_a_row_for_each_field_in_words(recorder: httpx.AsyncClient, frame: int) -> None:
    [reject] = await record(recorder, f"{GENEVA}/events", answer_given("reject", "2022-01-10", "2022-01-12"))
    since = reject["position"]
    accept = answer_given("accept", "2022-01-11", "2022-01-13")
    accept["event"]["if"] = [{"condition": "verified", "text": "If it is verified"}]
    [accepted] = await record(recorder, f"{GENEVA}/events", accept)
    later = {"occurred": "2022-01-12", "sources": [{**SOURCE, "published": "2022-01-13"}]}
    moved = {**SCHEDULED, **later, "round": "brussels", "venue": "Brussels"}
    [rescheduled] = await record(recorder, f"{N}/rounds", moved)

    rows = rows_of(await recorder.get(f"{N}/diff.csv", params={"from_as_of": since}))

    common = {"change": "changed", "register": "answer", "kind": "demand", "id": "veto", "party": "united-states"}
    answers = [row for row in rows if row["register"] == "answer"]
    assert [(row["field"], row["before"], row["after"]) for row in answers] == [
        ("answer", "reject", "accept"),
        ("if", "", "verified: If it is verified"),
    ]
    for row in answers:
        assert {name: row[name] for name in common} == common
        assert (row["positions"], row["events"]) == (str(accepted["position"]), accepted["id"])
        assert (row["types"], row["sources"]) == ("AnswerGiven", f"{SOURCE['publisher']}, 2022-01-13")
    scheduled = {row["field"]: row for row in rows if row["register"] == "schedule"}
    assert {name: (row["before"], row["after"]) for name, row in scheduled.items()} == {
        "starts": ("2022-01-12", "2022-01-13"),
        "venue": ("", "Brussels"),
    }
    assert (scheduled["venue"]["kind"], scheduled["venue"]["id"], scheduled["venue"]["round"]) == (
        *("round", "brussels"),
        "brussels",
    )
    assert scheduled["venue"]["positions"] == str(rescheduled["position"])


async def test_diff_as_csv_of_the_whole_catalogue_has_no_cell_of_json(recorder: httpx.AsyncClient) -> None:
    await record_catalogue(recorder)
    outcome = fact("NoBreakthrough", assessed_by={"outlet": "The Example Gazette"})
    await record(recorder, f"{N}/rounds", {**SCHEDULED, "round": "vienna"})
    await record(recorder, f"{N}/rounds/vienna/events", outcome)
    rows = rows_of(await recorder.get(f"{N}/diff.csv", params={"from_as_of": 0, "limit": 500}))
    assert len({row["register"] for row in rows}) > 15
    for row in rows:
        assert not any(mark in cell for mark in ('{"', '["', "{'", "['", "None") for cell in row.values()), row
        assert row["kind"]
        assert row["positions"] or row["register"] == "finding"
    [finding, *_] = [row for row in rows if row["register"] == "finding"]
    assert finding["finding"]
    assert finding["message"]


@pytest.mark.usefixtures("frame")
async def test_diff_on_other_evidence_alone_is_one_row(recorder: httpx.AsyncClient) -> None:
    [reject] = await record(recorder, f"{GENEVA}/events", answer_given("reject", "2022-01-10"))
    agreeing = {"type": "AccountAdded", "target": reject["id"], "stance": "agrees"}
    await record(recorder, f"{GENEVA}/events", {"sources": [SOURCE], "event": agreeing})
    [row] = rows_of(await recorder.get(f"{N}/diff.csv", params={"from_as_of": reject["position"]}))
    assert (row["change"], row["field"], row["before"], row["after"]) == ("evidence", "", "", "")
    assert row["types"] == "AccountAdded"


@pytest.mark.usefixtures("frame")
async def test_moves_are_rows_with_filters_pages_and_both_readings(
    recorder: httpx.AsyncClient, frame: int, described: Described
) -> None:
    [reject] = await record(recorder, f"{GENEVA}/events", answer_given("reject", "2022-01-10"))
    conceded = fact("ConcessionMade", text="Not in writing.", about=[VETO], by=[{"party": "russia"}])
    [accept, concession] = await record(recorder, f"{GENEVA}/events", answer_given("accept", "2022-01-11"), conceded)
    address, path = f"{N}/moves", "/v1/negotiations/{negotiation}/moves"

    found = read(await recorder.get(address, params={"from_as_of": reject["position"]}))

    described.check_answer(path, "get", 200, found)
    assert [
        (row["of"], row["party"], row["side"], row["move"], row["before"], row["after"]) for row in found["items"]
    ] == [
        ("veto", "russia", "makes", "conceded", [], ["Not in writing."]),
        ("veto", "united-states", "answers", "moved", ["reject"], ["accept"]),
    ]
    assert [row["position"] for row in found["items"]] == [concession["position"], accept["position"]]
    assert found["reading"] == {"from": {"as_of": frame + 1}, "to": {"as_of": frame + 3}, "total": 2}

    async def parties(**query: Any) -> list[str]:
        response = await recorder.get(address, params={"from_as_of": frame, **query})
        return [row["party"] for row in read(response)["items"]]

    assert await parties() == ["russia", "united-states"]
    assert await parties(side="makes") == ["russia"]
    assert await parties(move="answered", to_as_of=frame + 1) == ["united-states"]
    assert await parties(of="veto", party="nato") == []
    first = read(await recorder.get(address, params={"from_as_of": frame, "limit": 1}))
    await record(recorder, f"{GENEVA}/events", answer_given("defer", "2022-01-13"))
    second = read(await recorder.get(first["next"]))
    assert [row["after"] for row in first["items"] + second["items"]] == [["Not in writing."], ["accept"]]
    assert second["next"] is None
    rows = rows_of(await recorder.get(f"{address}.csv", params={"from_as_of": frame}))
    assert [(row["party"], row["before"], row["after"]) for row in rows] == [
        ("russia", "", "Not in writing."),
        ("united-states", "", "defer"),
    ]


@pytest.mark.usefixtures("frame")
async def test_moves_that_cannot_be_are_refused_by_name(recorder: httpx.AsyncClient) -> None:
    found = problem(await recorder.get(f"{N}/moves"), 400, "malformed-request")
    assert str(found["detail"]).startswith("from_as_of: say since when")
    found = problem(await recorder.get(f"{N}/moves?from_as_of=0&move=movd"), 400, "malformed-request")
    assert "did you mean moved?" in str(found["detail"])
    problem(await recorder.get("/v1/negotiations/nowhere/moves?from_as_of=0"), 404, "not-found")
