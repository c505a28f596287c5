"""Lists as lines and as tables: the same items and pages as in JSON, safe in a spreadsheet."""

import csv
import io
import json
from typing import Any

import httpx
import pytest

from parley.http.response.cells import words
from parley.http.response.columns import TABLES
from parley.telling.tables import TABLES as FLAT
from tests import hostile
from tests.http.openapi import Described
from tests.http.world import DEMAND, GENEVA, OUTCOME, TALKS, N, fact, record, record_catalogue, record_frame

LISTS = (
    "/v1/negotiations",
    f"{N}/rounds",
    f"{N}/demands",
    f"{N}/findings",
    f"{N}/diff?from_as_of=1",
    f"{N}/moves?from_as_of=1",
    f"{N}/events",
    *(FLAT_LISTS := tuple(f"{N}/{table.name}" for table in FLAT)),
    f"{GENEVA}/events",
    "/v1/parties",
    "/v1/parties/russia/events",
    "/v1/events",
    "/v1/search?q=gazette",
)


def as_(path: str, suffix: str) -> str:
    """The address of the same list in another form."""
    address, question, query = path.partition("?")
    return address + suffix + question + query


def answered(by: str, answer: str, **more: Any) -> dict[str, Any]:
    return fact("AnswerGiven", on={"kind": "demand", "id": "veto"}, answer=answer, by=[{"party": by, **more}])


async def told(client: httpx.AsyncClient) -> None:
    await record_frame(client)
    await record(client, f"{GENEVA}/events", OUTCOME, DEMAND, answered("united-states", "reject", speaker="W. Sherman"))


async def something_for(client: httpx.AsyncClient, path: str) -> None:
    """Record something that the list at this address has items of."""
    await (record_catalogue if path in FLAT_LISTS else told)(client)


async def table(client: httpx.AsyncClient, path: str) -> list[dict[str, str]]:
    answer = await client.get(as_(path, ".csv"))
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


@pytest.mark.parametrize("path", LISTS)
async def test_list_as_ndjson_is_the_items_of_the_list_a_line_each(recorder: httpx.AsyncClient, path: str) -> None:
    await something_for(recorder, path)
    answer = await recorder.get(as_(path, ".ndjson"))
    assert answer.headers["content-type"] == "application/x-ndjson"
    every = await recorder.get(f"{path}{'&' if '?' in path else '?'}limit=500")
    assert [json.loads(line) for line in answer.text.splitlines()] == every.json()["items"]


@pytest.mark.parametrize("path", LISTS)
async def test_list_as_csv_has_the_columns_of_its_table_and_all_its_items(
    recorder: httpx.AsyncClient, described: Described, path: str
) -> None:
    await something_for(recorder, path)
    rows = await table(recorder, path)
    items = (await recorder.get(path)).json()["items"]
    assert len(rows) >= len(items) > 0
    assert any(list(rows[0]) == list(one.columns) for one in TABLES.values())


async def test_ledger_as_csv_has_a_row_an_answer_and_tells_who_gave_none(recorder: httpx.AsyncClient) -> None:
    await told(recorder)
    (answered,) = await table(recorder, f"{N}/demands")
    assert (answered["party"], answered["unknown"], answered["not_put"]) == ("united-states", "1", "0")
    answer = await recorder.get(as_(f"{N}/demands", ".csv") + "?silent=true")
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert [(row["demand"], row["party"], row["basis"], row["answer"]) for row in rows] == [
        ("veto", "united-states", "own", "reject"),
        ("veto", "nato", "unknown", ""),
    ]
    assert rows[0]["text"] == "No further."
    assert rows[0]["sources"] == "The Example Gazette, 2022-01-11"
    assert rows[0]["contested"] == "no"


async def test_ledger_is_paged_with_those_who_gave_no_answer(recorder: httpx.AsyncClient) -> None:
    """A page ends behind a demand with all its rows, and the next one names them, too."""
    await told(recorder)
    other = fact("DemandTabled", demand="bases", text="None.", by=[{"party": "russia"}], to=["nato", "united-states"])
    await record(recorder, f"{GENEVA}/events", other)
    found: list[tuple[str, dict[str, Any]]] = []
    address: str | None = f"{N}/demands?limit=1&silent=true"
    while address is not None:
        page = (await recorder.get(address)).json()
        assert len(page["items"]) == 1
        found += [(item["demand"], item["unknown"]) for item in page["items"]]
        address = page["next"]
    both = {"total": 2, "parties": ["nato", "united-states"]}
    assert found == [("bases", both), ("veto", {"total": 1, "parties": ["nato"]})]
    refused = await recorder.get(f"{N}/demands?silent=yes")
    assert (refused.status_code, "silent" in refused.text) == (400, True)


@pytest.mark.parametrize("path", LISTS)
async def test_no_cell_of_a_table_holds_json(recorder: httpx.AsyncClient, path: str) -> None:
    await record_catalogue(recorder)
    cells = [cell for row in await table(recorder, path) for cell in row.values()]
    assert not [cell for cell in cells if cell.startswith(('{"', '["', "[{"))]


async def test_rows_have_their_place_their_event_and_the_days_that_dates_mean(recorder: httpx.AsyncClient) -> None:
    await told(recorder)
    answer, silent = await table(recorder, f"{N}/demands?silent=true")
    events = {row["id"]: row for row in await table(recorder, f"{GENEVA}/events")}
    given = events[answer["event"]]
    assert (given["type"], given["position"], given["event"]) == ("AnswerGiven", answer["position"], answer["event"])
    assert (given["negotiation"], given["round"]) == ("european-security", "geneva")
    assert (given["occurred"], given["earliest"], given["latest"]) == ("2022-01-10", "2022-01-10", "2022-01-10")
    assert (answer["since_earliest"], answer["since_latest"]) == ("2022-01-10", "2022-01-10")
    assert answer["negotiation"] == silent["negotiation"] == "european-security"
    scheduled = next(row for row in events.values() if row["type"] == "RoundScheduled")
    assert (scheduled["occurred"], scheduled["earliest"], scheduled["latest"]) == ("[..2022-01-11]", "", "2022-01-11")
    (finding,) = await table(recorder, f"{N}/findings")
    assert (finding["negotiation"], finding["round"], finding["latest"]) == (
        "european-security",
        "geneva",
        "2022-01-10",
    )
    rounds = {row["round"]: row for row in await table(recorder, f"{N}/rounds")}
    assert (rounds["brussels"]["starts_earliest"], rounds["brussels"]["starts_latest"]) == ("2022-01-12", "2022-01-12")


async def test_parties_have_their_codes(recorder: httpx.AsyncClient) -> None:
    await record_catalogue(recorder)
    rows = {row["party"]: row for row in await table(recorder, "/v1/parties")}
    assert rows["russia"]["iso3166"] == "RUS"


async def test_contested_value_as_csv_shows_every_value(recorder: httpx.AsyncClient) -> None:
    await told(recorder)
    await record(recorder, f"{GENEVA}/events", answered("united-states", "defer"))
    rows = [row for row in await table(recorder, f"{N}/demands") if row["party"] == "united-states"]
    assert sorted((row["answer"], row["contested"]) for row in rows) == [("defer", "yes"), ("reject", "yes")]


@pytest.mark.parametrize("text", [*hostile.FORMULAS, "\uff1d1+1", " =1+1", "\u00a0=1+1", "\u200b=1+1", "\ufeff@A1"])
async def test_text_that_a_spreadsheet_would_compute_stands_behind_an_apostrophe(
    recorder: httpx.AsyncClient, text: str
) -> None:
    await record_frame(recorder)
    await record(
        recorder, f"{GENEVA}/events", fact("StatementMade", text=text, by=[{"party": "russia", "speaker": text}])
    )
    (row,) = [row for row in await table(recorder, f"{GENEVA}/events") if row["type"] == "StatementMade"]
    assert row["text"].startswith("'")
    assert row["text"].replace("'", "") == text.replace("'", "")
    for path in (f"{GENEVA}/events", "/v1/events"):
        answer = await recorder.get(as_(path, ".csv"))
        for cells in csv.reader(io.StringIO(answer.text, newline="")):
            assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d")) for cell in cells)


@pytest.mark.parametrize("text", ["x;=1+1", "x;y;@A1", "x\t-1"])
async def test_text_that_another_separator_would_make_a_formula_of_has_an_apostrophe_there(
    recorder: httpx.AsyncClient, text: str
) -> None:
    await record_frame(recorder)
    await record(recorder, f"{GENEVA}/events", fact("StatementMade", text=text, by=[{"party": "russia"}]))
    answer = await recorder.get(f"{GENEVA}/events.csv")
    for separator in ";\t":
        for cells in csv.reader(io.StringIO(answer.text, newline=""), delimiter=separator):
            assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)


@pytest.mark.parametrize("text", [*hostile.TABLES, *hostile.HTML, *hostile.SQL])
async def test_text_with_separators_and_quotes_is_one_cell(recorder: httpx.AsyncClient, text: str) -> None:
    await record_frame(recorder)
    await record(recorder, f"{GENEVA}/events", fact("StatementMade", text=text, by=[{"party": "russia"}]))
    (row,) = [row for row in await table(recorder, f"{GENEVA}/events") if row["type"] == "StatementMade"]
    assert row["text"].removeprefix("'") == text.removeprefix("'")
    assert None not in row


@pytest.mark.parametrize("suffix", [".csv", ".ndjson"])
async def test_page_through_a_form_by_its_links_gives_every_item_once(recorder: httpx.AsyncClient, suffix: str) -> None:
    await told(recorder)
    await record(recorder, f"{GENEVA}/events", TALKS)
    every = [item["id"] for item in (await recorder.get("/v1/events")).json()["items"]]
    address: str | None = f"/v1/events{suffix}?limit=2"
    found: list[str] = []
    while address is not None:
        answer = await recorder.get(address)
        lines = answer.text.splitlines()
        rows = csv.DictReader(io.StringIO(answer.text, newline="")) if suffix == ".csv" else map(json.loads, lines)
        found += [row["id"] for row in rows]
        address = answer.links["next"]["url"] if "next" in answer.links else None
        assert address is None or address.startswith(f"/v1/events{suffix}?")
    assert found == every


async def test_form_of_a_list_that_there_is_not_is_refused_like_the_list(recorder: httpx.AsyncClient) -> None:
    answer = await recorder.get("/v1/negotiations/no-such-talks/demands.csv")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_every_list_has_its_forms_in_the_document(described: Described) -> None:
    paths = described.document["paths"]
    lists = {path for path, entry in paths.items() if "Page" in json.dumps(entry.get("get", {}).get("responses"))}
    assert {as_(path, suffix) for path in lists for suffix in (".csv", ".ndjson", ".xlsx")} <= set(paths)
    assert len(lists) == len(LISTS)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, ""),
        (True, "yes"),
        (7, "7"),
        (["russia", "nato"], "russia | nato"),
        ([["russia", "nato"], ["osce"]], "russia, nato | osce"),
        ({"kind": "document", "id": "treaty", "version": "2"}, "document treaty 2"),
        ({"name": "wage rise", "value": "7.5", "unit": "percent"}, "wage rise 7.5 percent"),
        ({"for": 12, "against": 3}, "for 12, against 3"),
        ({"at_least": "PT7H"}, "at least PT7H"),
        ([{"condition": "verified", "text": "If it is verified"}], "verified: If it is verified"),
    ],
)
def test_values_of_facts_are_told_in_words(value: Any, told: str) -> None:
    assert words(value) == told


async def test_only_the_columns_that_are_asked_for_in_that_order(recorder: httpx.AsyncClient) -> None:
    await told(recorder)
    answer = await recorder.get(f"{N}/demands.csv", params={"fields": "answer,party", "limit": 1})
    rows = answer.text.splitlines()
    assert rows[0] == "answer,party"
    assert "reject,united-states" in rows
    assert (await recorder.get(f"{N}/demands.xlsx", params={"fields": "party"})).status_code == 200
    refused = await recorder.get(f"{N}/demands.csv", params={"fields": "answer,partie"})
    assert refused.status_code == 400
    assert "did you mean party?" in refused.json()["detail"]
