"""Positions over HTTP: the table with its filters, the matrix, totals and history of a cell."""

import csv
import io
from typing import Any

import httpx
import pytest

from tests.http.openapi import Described
from tests.http.test_reading import read
from tests.http.test_routing import problem
from tests.http.world import DEMAND, GENEVA, SOURCE, N, fact, identified, record, record_frame

TABLE = f"{N}/positions"
PATH = "/v1/negotiations/{negotiation}/positions"


def answered(answer: str, by: str, occurred: str = "2022-01-10", as_: str = "self", **more: Any) -> dict[str, Any]:
    on = {"kind": "demand", "id": "veto"}
    return fact("AnswerGiven", occurred, on=on, answer=answer, by=[{"party": by, "as": as_}], **more)


@pytest.fixture
async def events(recorder: httpx.AsyncClient) -> list[dict[str, Any]]:
    """Russia's demand to NATO, which rejects it for its members; Norway, one of them, accepts. Gives the answers."""
    await record_frame(recorder)
    await record(recorder, "/v1/parties", identified("norway"))
    for member in ("norway", "united-states"):
        joined = fact("MemberJoined", "1949-04-04", group="nato", member=member)
        await record(recorder, "/v1/parties/nato/events", joined)
    await record(recorder, f"{GENEVA}/events", DEMAND)
    return await record(
        recorder,
        f"{GENEVA}/events",
        answered("reject", "nato", as_="for-members"),
        answered("accept", "norway", "2022-01-11"),
    )


async def test_a_row_has_the_answer_beside_the_blocs_with_date_source_and_event(
    recorder: httpx.AsyncClient, events: list[dict[str, Any]], described: Described
) -> None:
    found = read(await recorder.get(TABLE, params={"party": "norway"}))
    described.check_answer(PATH, "get", 200, found)
    assert found["items"] == [
        {
            "on": "demand",
            "of": "veto",
            "version": "",
            "provision": "",
            "option": "",
            "party": "norway",
            "by": "party",
            "answer": "accept",
            "basis": "own",
            "through": [],
            "bloc": ["nato"],
            "bloc_answer": ["reject"],
            "deviates": True,
            "contested": False,
            "may_have_changed": False,
            "conditions": [],
            "instead": None,
            "text": None,
            "since": "2022-01-11",
            "occurred": "2022-01-11",
            "earliest": "2022-01-11",
            "latest": "2022-01-11",
            "sources": [f"{SOURCE['publisher']}, {SOURCE['published']}"],
            "event": events[1]["id"],
            "position": events[1]["position"],
        }
    ]
    assert read(await recorder.get(f"/v1/events/{found['items'][0]['position']}"))["id"] == events[1]["id"]


@pytest.mark.usefixtures("events")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"on": "demand", "of": "veto"}, ["nato", "norway", "russia", "united-states"]),
        ({"by": "bloc"}, ["nato"]),
        ({"answer": "reject"}, ["nato", "united-states"]),
        ({"answer": "reject", "basis": "inherited"}, ["united-states"]),
        ({"deviates": "true"}, ["norway"]),
        ({"through": "nato"}, ["united-states"]),
        ({"on": "option"}, []),
        ({"happened_by": "2022-01-10", "answer": "accept"}, []),
    ],
)
async def test_who_said_what_is_one_request(
    recorder: httpx.AsyncClient, query: dict[str, str], expected: list[str]
) -> None:
    assert [row["party"] for row in read(await recorder.get(TABLE, params=query))["items"]] == expected


async def test_unknown_and_not_put_are_rows_only_if_asked_for_and_always_counted(
    recorder: httpx.AsyncClient, described: Described
) -> None:
    await record_frame(recorder)
    await record(recorder, f"{GENEVA}/events", DEMAND)
    named = fact("PartyAdmitted", party="united-states", role="party", scope="negotiation")
    await record(recorder, f"{GENEVA}/events", named)

    async def rows(**query: str) -> dict[str, str]:
        return {row["party"]: row["answer"] for row in read(await recorder.get(TABLE, params=query))["items"]}

    assert await rows() == {"russia": "wants"}
    everybody = {"nato": "unknown", "russia": "wants", "united-states": "not-put"}
    assert await rows(silent="true") == everybody
    assert await rows(answer="not-put") == {"united-states": "not-put"}
    refused = problem(await recorder.get(TABLE, params={"silent": "no"}), 400, "malformed-request")
    assert str(refused["detail"]).startswith("silent: write one of true")
    found = read(await recorder.get(f"{N}/position-totals"))
    described.check_answer("/v1/negotiations/{negotiation}/position-totals", "get", 200, found)
    (row,) = found["items"]
    assert (row["by"], row["wants"], row["unknown"], row["not_put"], row["accept"]) == ("party", 1, 1, 1, 0)


async def test_the_matrix_has_codes_with_references_and_its_clocks(
    recorder: httpx.AsyncClient, events: list[dict[str, Any]], described: Described
) -> None:
    address = f"{TABLE}/matrix"
    response = await recorder.get(address)
    found = read(response)
    described.check_answer(f"{PATH}/matrix", "get", 200, found)
    assert found["parties"] == ["nato", "norway", "russia", "united-states"]
    assert found["cells"] == [["R"], ["Ar"], ["P"], ["r"]]
    assert [found["references"]["position"][place] for place in found["cited"][1][0]] == [
        events[1]["position"],
        events[0]["position"],
    ]
    assert (await recorder.get(address, headers={"If-None-Match": response.headers["etag"]})).status_code == 304
    then = read(await recorder.get(address, params={"happened_by": "2022-01-10", "by": "party"}))
    assert (then["parties"], then["cells"]) == (["norway", "russia", "united-states"], [["r"], ["P"], ["r"]])
    assert then["reading"]["happened_by"] == "2022-01-10"
    near = problem(await recorder.get(address, params={"of": "vetto"}), 400, "malformed-request")
    assert "did you mean veto?" in str(near["detail"])
    problem(await recorder.get(address, params={"on": "clause"}), 400, "malformed-request")
    problem(await recorder.get(f"{N}-2/positions/matrix"), 404, "not-found")


@pytest.mark.usefixtures("events")
async def test_the_history_of_one_cell(recorder: httpx.AsyncClient, described: Described) -> None:
    await record(recorder, f"{GENEVA}/events", answered("defer", "norway", "2022-01-12", text="Later."))
    query = {"on": "demand", "of": "veto", "party": "norway"}
    found = read(await recorder.get(f"{N}/position-history", params=query))
    described.check_answer("/v1/negotiations/{negotiation}/position-history", "get", 200, found)
    assert [(row["answer"], row["through"], row["current"], row["text"]) for row in found["items"]] == [
        ("reject", "nato", True, None),
        ("accept", None, False, None),
        ("defer", None, True, "Later."),
    ]


@pytest.mark.usefixtures("events")
async def test_as_csv_no_cell_is_json(recorder: httpx.AsyncClient) -> None:
    response = await recorder.get(f"{TABLE}.csv", params={"silent": "true"})
    rows = list(csv.DictReader(io.StringIO(response.text)))
    assert [(row["party"], row["answer"], row["bloc_answer"], row["deviates"]) for row in rows] == [
        ("nato", "reject", "", "no"),
        ("norway", "accept", "reject", "yes"),
        ("russia", "wants", "", "no"),
        ("united-states", "reject", "reject", "no"),
    ]
    assert not any("{" in cell or "[" in cell for row in rows for cell in row.values())
