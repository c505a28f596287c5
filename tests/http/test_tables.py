"""Tables of a negotiation: rows, filters, forms, pages of one reading, clocks."""

import csv
import io
from typing import Any

import httpx
import pytest

from tests.http.openapi import Described
from tests.http.test_reading import read
from tests.http.test_routing import problem
from tests.http.world import SOURCE, N, fact, record, record_frame

TABLE = f"{N}/deadlines"
PATH = "/v1/negotiations/{negotiation}/deadlines"


def deadline(name: str, due: str, **more: Any) -> dict[str, Any]:
    by = [{"party": "united-states"}]
    return fact("DeadlineSet", "2022-01-10", deadline=name, what=f"Answer {name}", due=due, by=by, **more)


@pytest.fixture
async def deadlines(recorder: httpx.AsyncClient) -> list[dict[str, Any]]:
    """Three deadlines, by when they are due."""
    await record_frame(recorder)
    return await record(
        recorder,
        f"{N}/events",
        deadline("first", "2022-01-26", kind="agreed"),
        deadline("second", "2022-02"),
        deadline("third", "2022-03-01", kind="imposed"),
    )


async def test_rows_between_rounds_fit_the_document(
    recorder: httpx.AsyncClient, deadlines: list[dict[str, Any]], described: Described
) -> None:
    for name in ("calendar", "timeline"):
        answer = read(await recorder.get(f"{N}/{name}"))
        assert "" in {row["round"] for row in answer["items"]}
        described.check_answer(f"/v1/negotiations/{{negotiation}}/{name}", "get", 200, answer)


async def test_a_row_has_its_dates_its_source_and_its_event(
    recorder: httpx.AsyncClient, deadlines: list[dict[str, Any]], described: Described
) -> None:
    found = read(await recorder.get(TABLE, params={"deadline": "second"}))
    described.check_answer(PATH, "get", 200, found)
    assert found["total"] == 1
    assert found["items"] == [
        {
            "deadline": "second",
            "what": "Answer second",
            "due": "2022-02",
            "due_earliest": "2022-02-01",
            "due_latest": "2022-02-28",
            "kind": None,
            "state": "open",
            "by": ["united-states"],
            "contested": False,
            "occurred": "2022-01-10",
            "earliest": "2022-01-10",
            "latest": "2022-01-10",
            "sources": [f"{SOURCE['publisher']}, {SOURCE['published']}"],
            "event": deadlines[1]["id"],
            "position": deadlines[1]["position"],
        }
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["first", "second", "third"]),
        ({"kind": "imposed"}, ["third"]),
        ({"by": "united-states", "state": "open"}, ["first", "second", "third"]),
        ({"contested": "true"}, []),
        ({"by": "russia"}, []),
    ],
)
async def test_every_column_filters(
    recorder: httpx.AsyncClient, deadlines: list[dict[str, Any]], query: dict[str, str], expected: list[str]
) -> None:
    found = read(await recorder.get(TABLE, params=query))
    assert [row["deadline"] for row in found["items"]] == expected


async def test_a_filter_that_no_row_can_have_names_what_is_accepted(
    recorder: httpx.AsyncClient, deadlines: list[dict[str, Any]]
) -> None:
    refused = problem(await recorder.get(TABLE, params={"state": "opne"}), 400, "malformed-request")
    assert "state" in str(refused["detail"])
    assert "did you mean open?" in str(refused["detail"])
    problem(await recorder.get(TABLE, params={"by": ""}), 400, "malformed-request")
    near = problem(await recorder.get(TABLE, params={"deadline": "secnod"}), 400, "malformed-request")
    assert "did you mean second?" in str(near["detail"])
    problem(await recorder.get(TABLE, params={"by": "atlantis"}), 400, "malformed-request")


async def test_later_pages_are_of_the_reading_of_the_first(
    recorder: httpx.AsyncClient, deadlines: list[dict[str, Any]]
) -> None:
    first = read(await recorder.get(TABLE, params={"limit": 2}))
    await record(recorder, f"{N}/events", deadline("before-all", "2022-01-01"))
    second = read(await recorder.get(first["next"]))
    assert [row["deadline"] for row in first["items"] + second["items"]] == ["first", "second", "third"]
    assert second["next"] is None
    assert second["reading"] == first["reading"]
    now = read(await recorder.get(TABLE))
    assert now["items"][0]["deadline"] == "before-all"


async def test_the_clocks_hide_what_was_not_known(recorder: httpx.AsyncClient, deadlines: list[dict[str, Any]]) -> None:
    at = {"as_of": deadlines[0]["position"]}
    assert [row["deadline"] for row in read(await recorder.get(TABLE, params=at))["items"]] == ["first"]
    nothing = await recorder.get(TABLE, params={"as_of": 0})
    problem(nothing, 404, "not-yet-at-this-reading")
    assert read(await recorder.get(TABLE, params={"happened_by": "2022-01-09"}))["items"] == []
    problem(await recorder.get(f"{N}-2/deadlines"), 404, "not-found")


async def test_as_csv_the_columns_are_the_fields_of_a_row(
    recorder: httpx.AsyncClient, deadlines: list[dict[str, Any]]
) -> None:
    response = await recorder.get(f"{TABLE}.csv")
    rows = list(csv.DictReader(io.StringIO(response.text)))
    assert [row["deadline"] for row in rows] == ["first", "second", "third"]
    assert list(rows[0]) == list(read(await recorder.get(TABLE))["items"][0])
    assert rows[0]["by"] == "united-states"
    assert rows[0]["contested"] == "no"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"from": "2022-02-10"}, ["second", "third"]),  # some day in February
        ({"to": "2022-01-31"}, ["first"]),
        ({"from": "2022-02-01", "to": "2022-02-01"}, ["second"]),
        ({"from": "2022-04-01"}, []),
    ],
)
async def test_from_and_to_keep_what_can_lie_between(
    recorder: httpx.AsyncClient, deadlines: list[dict[str, Any]], query: dict[str, str], expected: list[str]
) -> None:
    found = read(await recorder.get(f"{N}/calendar", params={**query, "kind": "deadline"}))
    assert [row["name"] for row in found["items"]] == expected


async def test_from_that_is_no_day_is_refused_by_name(recorder: httpx.AsyncClient) -> None:
    await record_frame(recorder)
    for day in ("2022-02-30", "2022", "2022-01-10T00:00:00Z", ""):
        refused = problem(await recorder.get(f"{N}/calendar", params={"from": day}), 400, "malformed-request")
        assert "YYYY-MM-DD" in str(refused["detail"])


async def test_days_of_talks_are_counted_in_one_request(recorder: httpx.AsyncClient, described: Described) -> None:
    await record_frame(recorder)
    await record(
        recorder,
        f"{N}/rounds/geneva/events",
        fact("TalksHeld", session="day-1", rooms=[["united-states", "russia"]]),
        fact("TalksHeld", "2022-01-11", session="day-2", rooms=[["united-states", "russia"]]),
    )
    address = f"{N}/talk-days/count"
    response = await recorder.get(address)
    found = read(response)
    described.check_answer("/v1/negotiations/{negotiation}/talk-days/count", "get", 200, found)
    assert (found["at_least"], found["at_most"], found["longest_gap_days"]) == (2, 2, 0)
    assert (await recorder.get(address, headers={"If-None-Match": response.headers["etag"]})).status_code == 304
    then = read(await recorder.get(address, params={"happened_by": "2022-01-10"}))
    assert (then["at_least"], then["reading"]["happened_by"]) == (1, "2022-01-10")


async def test_consents_of_a_large_agreement_have_totals_and_pages(
    recorder: httpx.AsyncClient, described: Described
) -> None:
    """The document shows fifty of sixty and counts them; the table has all, page by page; both fit their schemas."""
    await record_frame(recorder)
    parties = [f"state-{number}" for number in range(1, 61)]
    for party in parties:
        known = fact("PartyIdentified", "2022-01-01", party=party, name=party, kind="state")
        await record(recorder, f"/v1/parties/{party}/events", known)
    threshold = {"threshold": "half", "parties": 30, "counts": ["signature"]}
    await record(
        recorder,
        f"{N}/events",
        fact("DocumentTabled", "2022-01-02", document="treaty", kind="agreement"),
        fact("EntryConditionsSet", "2022-01-02", document="treaty", thresholds=[threshold], approvals=["Members"]),
        fact("TextCorrected", "2022-01-03", document="treaty", version="1", **{"from": "shall", "into": "should"}),
        fact("TextEndorsed", "2022-01-03", document="treaty", by=[{"party": "state-1"}]),
        fact("TextStateAnnounced", "2022-01-03", document="treaty", figures=[{"unit": "pages", "about": 48}]),
        fact("AgreementSigned", "2022-01-04", document="treaty", version="1", parties=parties),
    )

    negotiation = read(await recorder.get(N, params={"evidence": "full"}))
    described.check_answer("/v1/negotiations/{negotiation}", "get", 200, negotiation)
    [treaty] = negotiation["documents"]["shown"]
    assert (treaty["consents"]["total"], len(treaty["consents"]["shown"])) == (60, 50)
    assert treaty["entry_into_force"]["thresholds"][0]["met_on"] == "2022-01-04"
    assert treaty["entry_into_force"]["approvals"] == [{"electorate": "Members", "approved": None}]

    found: list[str] = []
    page = read(await recorder.get(f"{N}/consents", params={"document": "treaty", "limit": 25}))
    while True:
        described.check_answer("/v1/negotiations/{negotiation}/consents", "get", 200, page)
        assert page["total"] == 60
        found += [row["party"] for row in page["items"]]
        if page["next"] is None:
            break
        page = read(await recorder.get(page["next"]))
    assert found == parties


async def test_who_spoke_for_a_party_on_a_day(recorder: httpx.AsyncClient, described: Described) -> None:
    await record_frame(recorder)
    for person, occurred in (("A. Head", "2022-01-09"), ("B. Next", "2022-01-12")):
        members = [{"person": person, "capacity": "head"}]
        named = fact("DelegationNamed", occurred, party="united-states", members=members)
        sources = [{**SOURCE, "published": "2022-01-13"}]
        await record(recorder, f"{N}/rounds/geneva/events", {**named, "sources": sources})
    address = f"{N}/delegations"
    for day, person in (("2022-01-10", "A. Head"), ("2022-01-12", "B. Next")):
        found = read(await recorder.get(address, params={"on": day}))
        described.check_answer("/v1/negotiations/{negotiation}/delegations", "get", 200, found)
        assert [row["person"] for row in found["items"]] == [person]
        assert found["reading"]["happened_by"] == day
    both = await recorder.get(address, params={"on": "2022-01-10", "happened_by": "2022-01-10"})
    assert "give one of them" in str(problem(both, 400, "malformed-request")["detail"])
