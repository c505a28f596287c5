"""Lists as workbooks, and as CSV for a double-click: what a spreadsheet and what an analyst's program read in them."""

import errno
import io
from pathlib import Path
from typing import Any

import httpx
import msgspec
import openpyxl
import pandas as pd
import pytest

from parley.http.response import workbook
from parley.http.response.columns import TABLES
from parley.http.response.errors import MalformedRequest
from parley.http.response.renditions import XLSX
from parley.http.response.workbook import Workbook
from tests import hostile
from tests.http.test_renditions import LISTS, as_, something_for
from tests.http.test_routing import problem
from tests.http.test_whole import MANY, demand
from tests.http.world import GENEVA, N, fact, post, record, record_frame


async def sheet(client: httpx.AsyncClient, address: str) -> Any:
    answer = await client.get(address)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == XLSX.media_type
    assert int(answer.headers["content-length"]) == len(answer.content)
    return openpyxl.load_workbook(io.BytesIO(answer.content)).active


def cells(found: Any) -> list[list[Any]]:
    return [[cell.value for cell in row] for row in found.iter_rows()]


@pytest.mark.parametrize("path", LISTS)
async def test_a_list_as_a_workbook_is_its_table(recorder: httpx.AsyncClient, path: str) -> None:
    await something_for(recorder, path)
    found = await sheet(recorder, as_(path, ".xlsx"))
    csv = pd.read_csv(io.StringIO((await recorder.get(as_(path, ".csv"))).text), dtype=str, keep_default_na=False)
    heading, *rows = cells(found)
    assert heading == list(csv.columns)
    assert len(rows) == len(csv) > 0
    told = [["" if cell is None else str(cell) for cell in row] for row in rows]
    plain = csv.replace("^'", "", regex=True).to_numpy().tolist()  # CSV puts an apostrophe before what could compute
    assert [[cell.removeprefix("'") for cell in row] for row in told] == plain


async def test_a_workbook_is_ready_to_be_worked_with(recorder: httpx.AsyncClient) -> None:
    await record_frame(recorder)
    found = await sheet(recorder, f"{N}/events.xlsx?rounds=true")
    assert found.title == "events"
    assert found.freeze_panes == "A2"
    assert found.auto_filter.ref == f"A1:{found.cell(1, found.max_column).column_letter}{found.max_row}"
    assert all(cell.font.bold for cell in found[1])
    assert not any(cell.font.bold for cell in found[2])
    assert all(8 < one.width <= 62 for one in found.column_dimensions.values())
    numbers = {cell.column_letter for row in found.iter_rows(min_row=2) for cell in row if cell.data_type == "n"}
    named = {found[f"{letter}1"].value for letter in numbers if found[f"{letter}2"].value is not None}
    assert named == {"position", "version"}


@pytest.mark.parametrize("text", ["007", "2022-01", "1e5", "TRUE", *hostile.FORMULAS])
async def test_a_text_stays_the_text_that_it_is(recorder: httpx.AsyncClient, text: str) -> None:
    await record_frame(recorder)
    await record(recorder, f"{GENEVA}/events", fact("StatementMade", text=text, by=[{"party": "russia"}]))
    found = await sheet(recorder, f"{GENEVA}/events.xlsx?type=StatementMade")
    heading, row = found.iter_rows()
    (cell,) = [one for one, name in zip(row, heading, strict=True) if name.value == "text"]
    assert cell.data_type in {"s", "inlineStr"}
    assert str(cell.value).strip() == text.strip()


async def test_an_analyst_reads_a_whole_list_in_one_line(recorder: httpx.AsyncClient) -> None:
    await record_frame(recorder)
    answer = await post(recorder, f"{GENEVA}/events", [demand(number) for number in range(MANY)])
    assert answer.status_code == 201
    workbook_ = pd.read_excel(io.BytesIO((await recorder.get(f"{N}/demands.xlsx")).content))
    csv = pd.read_csv(io.BytesIO((await recorder.get(f"{N}/demands.csv")).content))
    expected = [f"demand-{number:03}" for number in range(MANY)]
    assert list(workbook_["demand"]) == list(csv["demand"]) == expected
    assert len(pd.read_excel(io.BytesIO((await recorder.get(f"{N}/demands.xlsx?limit=7")).content))) == 7


async def test_csv_for_a_double_click_says_that_it_is_utf_8(recorder: httpx.AsyncClient) -> None:
    await record_frame(recorder)
    await record(recorder, f"{GENEVA}/events", fact("StatementMade", text="Überfällig – 停", by=[{"party": "russia"}]))
    plain, marked = [(await recorder.get(f"{GENEVA}/events.csv{query}")).content for query in ("", "?bom=true")]
    assert marked == b"\xef\xbb\xbf" + plain
    assert "Überfällig – 停" in list(pd.read_csv(io.BytesIO(marked))["text"])
    page = await recorder.get(f"{GENEVA}/events.csv?bom=true&limit=1")
    assert page.content.startswith(b"\xef\xbb\xbf")
    assert (await recorder.get(page.links["next"]["url"])).content.startswith(b"\xef\xbb\xbf")
    refused = problem(await recorder.get(f"{GENEVA}/events.csv?bom=yes"), 400, "malformed-request")
    assert "bom" in str(refused["detail"])


async def test_head_of_a_workbook_makes_none(recorder: httpx.AsyncClient) -> None:
    await record_frame(recorder)
    answer = await recorder.head("/v1/parties.xlsx")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"] == XLSX.media_type


async def test_a_workbook_of_a_list_that_there_is_not_is_refused(recorder: httpx.AsyncClient) -> None:
    problem(await recorder.get("/v1/negotiations/no-such-talks/demands.xlsx"), 404, "not-found")


FINDING = msgspec.json.encode(
    {
        "type": "TalksAfterConclusion",
        "message": "x" * 40_000,
        "event_type": "TalksHeld",
        "occurred": "2022",
        "stream": "s",
        "event": "\ufffe_x0041_",
    }
)


def test_what_a_cell_cannot_hold_is_cut_and_says_so(tmp_path: Path) -> None:
    with Workbook(tmp_path, "findings", TABLES["Finding"]) as book:
        book.add([FINDING])
        with book.finish() as file:
            heading, row = cells(openpyxl.load_workbook(file).active)
    message = row[heading.index("message")]
    assert len(message) == workbook.MOST_CHARACTERS
    assert message.endswith("(cut here: the list as .csv has all of it)")
    assert row[heading.index("event")].startswith("\ufffd")


def test_more_rows_than_a_sheet_has_are_refused(tmp_path: Path) -> None:
    with Workbook(tmp_path, "findings", TABLES["Finding"]) as book:
        book._rows = workbook.MOST_ROWS - 1
        book.add([FINDING])
        with pytest.raises(MalformedRequest, match="limit: a sheet has 1,048,575 rows"):
            book.add([FINDING])


def test_a_full_disk_is_told_with_the_remedy() -> None:
    with pytest.raises(MalformedRequest, match="no room for a workbook"):
        raise workbook._no_room(OSError(errno.ENOSPC, "No space left on device"))
    with pytest.raises(OSError, match="broken"):
        raise workbook._no_room(OSError(errno.EIO, "broken"))


def test_every_table_has_no_two_columns_of_one_name() -> None:
    assert all(len(set(one.columns)) == len(one.columns) for one in TABLES.values())
