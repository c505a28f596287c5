"""Workbooks and tables of facts: what a desk types is the event that was meant, and a fault names its cell."""

import csv
import datetime as dt
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pytest
from openpyxl import Workbook, load_workbook

from negotiation.events.examples import EXAMPLES
from parley import seedfile, workbook
from parley.seedfile import SeedError

SOURCE: Final = {"source.publisher": "A desk", "source.published": "2022-01-11", "source.kind": "outlet"}
ROW: Final = {"id": "one", "stream": "european-security", "occurred": "2022-01-10", **SOURCE}


def table(folder: Path, *rows: Mapping[str, str], name: str = "facts.csv", separator: str = ",") -> Path:
    """A .csv with these rows."""
    text = io.StringIO()
    columns = list(dict.fromkeys(column for row in rows for column in row))
    writer = csv.DictWriter(text, columns, delimiter=separator)
    writer.writeheader()
    writer.writerows(rows)
    path = folder / name
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


def book(folder: Path, sheets: Mapping[str, Sequence[Sequence[Any]]], name: str = "facts.xlsx") -> Path:
    """A workbook with these sheets, cell by cell."""
    made = Workbook()
    made.remove(made.worksheets[0])
    for title, rows in sheets.items():
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    made.save(folder / name)
    return folder / name


def event(folder: Path, **cells: str) -> dict[str, Any]:
    [entry] = seedfile.read(table(folder, {**ROW, **cells})).entries
    seedfile.check(entry)
    found: dict[str, Any] = entry.submission["event"]
    return found


def checked(path: Path) -> None:
    for entry in seedfile.read(path).entries:
        seedfile.check(entry)


def refused(path: Path, place: str, field: str, remedy: str) -> None:
    with pytest.raises(SeedError) as caught:
        checked(path)
    assert str(caught.value).startswith(f"{path}:{place}: "), str(caught.value)
    assert caught.value.field == field
    assert remedy in caught.value.remedy


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_of_the_catalogue_can_be_written_in_columns(tmp_path: Path, name: str) -> None:
    example = EXAMPLES[name]
    [entry] = seedfile.read(table(tmp_path, {**ROW, **dict(workbook.flat(example))})).entries
    if name not in {"EventRetracted", "AccountAdded"}:
        seedfile.check(entry)
    assert entry.submission["event"] == example


def test_the_template_opens_with_a_sheet_a_family_and_loads_once_it_is_filled_in(tmp_path: Path) -> None:
    path = tmp_path / "our-desk.xlsx"
    path.write_bytes(workbook.template())
    with pytest.raises(SeedError, match="has no facts"):
        seedfile.read(path)
    made = load_workbook(path)
    assert made.sheetnames == ["Start", "Sources", *workbook.families()]
    for family, types in workbook.families().items():
        [choices] = [rule.formula1 for rule in made[family].data_validations.dataValidation if "D3" in rule.cells]
        assert choices == '"' + ",".join(type_.__name__ for type_ in types) + '"'

    def fill(sheet: str, row: int, **cells: str) -> None:
        head = [cell.value for cell in made[sheet][1]]
        for column, value in cells.items():
            made[sheet].cell(row, head.index(column.replace("__", ".")) + 1, value)

    fill("Sources", 3, name="gazette", publisher="The Gazette", kind="outlet", published="2022-01-11")
    fill(
        "Identity", 3, occurred="../2022-01-11", type="PartyIdentified", party="russia", name="Russia", source="gazette"
    )
    fill("Identity", 3, kind="state", codes__iso3166="RUS")
    fill("Frame", 5, stream="talks", occurred="2021-12", type="NegotiationOpened", title="Talks", source="gazette")
    made.save(path)
    party, opened = seedfile.read(path).entries
    assert (party.name, party.stream, opened.stream) == ("identity-1", "parties/russia", "talks")
    assert party.submission["event"]["codes"] == {"iso3166": "RUS"}
    assert party.submission["sources"] == [{"publisher": "The Gazette", "kind": "outlet", "published": "2022-01-11"}]
    assert party.submission["id"] == seedfile.event_id("our-desk", "identity-1")
    assert opened.name == "frame-3"


def test_lists_are_cells_with_semicolons_and_second_parts_have_numbers(tmp_path: Path) -> None:
    made = event(
        tmp_path,
        **{
            "type": "WarningIssued",
            "text": "Consequences; grave ones.",
            "to": "russia; nato ",
            "by.party": "united-states",
            "by.speaker": "W. Sherman",
            "by.2.party": "ukraine",
        },
    )
    assert made["to"] == ["russia", "nato"]
    assert made["by"] == [{"party": "united-states", "speaker": "W. Sherman"}, {"party": "ukraine"}]
    assert made["text"] == "Consequences; grave ones."


def test_numbers_and_truths_are_what_the_field_expects(tmp_path: Path) -> None:
    made = event(
        tmp_path,
        **{
            "type": "VoteTaken",
            "electorate": "Council",
            "on.kind": "demand",
            "on.id": "veto",
            "counts.for": "12",
            "result": "adopted",
        },
    )
    assert made["counts"] == {"for": 12}
    demand = event(tmp_path, type="DemandTabled", demand="d", text="2022", indivisible="yes", **{"by.party": "russia"})
    assert (demand["text"], demand["indivisible"]) == ("2022", True)


def test_dates_and_numbers_of_a_workbook_are_what_they_show(tmp_path: Path) -> None:
    head = ["id", "stream", "occurred", "type", "round", "starts", "track", *SOURCE]
    row = [1, "talks/geneva", dt.date(2022, 1, 10), "RoundScheduled", "geneva", 2022, 1, *SOURCE.values()]
    path = book(tmp_path, {"Rounds": [head, [*row]], "Notes": [["anything", "else"]]})
    [entry] = seedfile.read(path).entries
    assert entry.submission["occurred"] == "2022-01-10"
    assert entry.submission["event"] == {"type": "RoundScheduled", "round": "geneva", "starts": "2022", "track": "1"}


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_table_may_have_the_separator_of_any_country(tmp_path: Path, separator: str) -> None:
    cells = {**ROW, "type": "NegotiationOpened", "title": "Talks"}
    [entry] = seedfile.read(table(tmp_path, cells, separator=separator)).entries
    assert entry.submission["event"]["title"] == "Talks"


def test_loaded_again_a_row_has_the_same_id(tmp_path: Path) -> None:
    path = table(tmp_path, {**ROW, "type": "NegotiationOpened", "title": "Talks"})
    first, second = (seedfile.read(path).entries[0].submission["id"] for _ in range(2))
    assert first == second


def test_rows_that_are_not_filled_in_and_comments_are_left_out(tmp_path: Path) -> None:
    filled = {**ROW, "type": "NegotiationOpened", "title": "Talks"}
    rows = [{**filled, "id": "# example"}, {"id": "two"}, filled, {"id": ""}]
    assert [entry.name for entry in seedfile.read(table(tmp_path, *rows)).entries] == ["one"]


def test_named_sources_are_added_to(tmp_path: Path) -> None:
    sources = [["name", "publisher", "published", "kind"], ["gazette", "The Gazette", "2022-01-11", "outlet"]]
    head = ["id", "stream", "occurred", "type", "text", "by.party", "source", "source.kind", "source.quote"]
    row = ["one", "talks", "2022-01-10", "StatementMade", "No.", "russia", "gazette", "quote", "No."]
    path = book(tmp_path, {"Sources": sources, "Statements": [head, row]})
    [entry] = seedfile.read(path).entries
    quoted = {"publisher": "The Gazette", "published": "2022-01-11", "kind": "quote", "quote": "No."}
    assert entry.submission["sources"] == [quoted]


@pytest.mark.parametrize(
    ("cells", "place", "field", "remedy"),
    [
        ({"type": "RoundScheduled", "round": "Geneva"}, "H2", "event/round", "write a slug"),
        ({"type": "RoundScheduled"}, "G2", "event/round", "is missing"),
        ({"type": "MeetingHeld", "round": "geneva"}, "G2", "event/type", "no such type"),
        ({"type": "", "round": "geneva"}, "A2", "type", "choose the type"),
        ({"type": "RoundScheduled", "round": "geneva", "starts": "10.1.2022"}, "I2", "event/starts", "10.1.2022"),
        ({"type": "RoundScheduled", "round": "geneva", "venu": "Geneva"}, "I2", "event/venu", "did you mean `venue`?"),
        ({"type": "DeadlineSet", "deadline": "d", "what": "w", "on": "x", "on.id": "y"}, "K2", "on.id", "leave one"),
        (
            {"type": "StatementMade", "text": "No.", "by.1.party": "russia", "by.party": "nato"},
            "J2",
            "event/by",
            "keep one kind",
        ),
        ({"type": "RoundScheduled", "round": "geneva", "source": "nobody"}, "I2", "sources/0/from", "no source"),
        (
            {"type": "RoundScheduled", "round": "geneva", "stream": "a/b/c"},
            "B2",
            "record/0/stream",
            "name a negotiation",
        ),
    ],
)
def test_a_fault_names_its_cell_its_field_and_the_remedy(
    tmp_path: Path, cells: dict[str, str], place: str, field: str, remedy: str
) -> None:
    refused(table(tmp_path, {**ROW, **cells}), place, field, remedy)


def test_a_fault_in_a_workbook_names_the_sheet(tmp_path: Path) -> None:
    head = ["id", "stream", "occurred", "type", "round", *SOURCE]
    row = ["one", "talks/geneva", "2022-13", "RoundScheduled", "geneva", *SOURCE.values()]
    refused(book(tmp_path, {"Our rounds": [["Rounds of 2022"], head, row]}), "Our rounds!C3", "occurred", "2022-13")


def test_what_is_no_table_is_refused_with_what_to_do(tmp_path: Path) -> None:
    old = tmp_path / "old.xlsx"
    old.write_bytes(b"\xd0\xcf\x11\xe0 an .xls")
    refused(old, "A1", "file", "save it as .xlsx")
    latin = tmp_path / "latin.csv"
    latin.write_bytes("id,type\n1,Größe".encode("latin-1"))
    refused(latin, "A2", "file", "CSV UTF-8")
    twice = tmp_path / "twice.csv"
    twice.write_text("id,type,type\n1,a,b\n")
    refused(twice, "C1", "type", "stands twice")
    beyond = tmp_path / "beyond.csv"
    beyond.write_text("id,type\none,TalksHeld,here\n")
    refused(beyond, "C2", "file", "without a head")
    far = book(tmp_path, {"Sheet": [["id", "type", *[""] * 498, "far"]]}, "far.xlsx")
    refused(far, "Sheet!SG1", "file", "beyond 500 columns")
    error = book(tmp_path, {"Sheet": [["id", "type"], ["one", "#REF!"]]})
    refused(error, "Sheet!B2", "file", "mend the formula")


def test_two_rows_with_one_id_are_told_with_both_cells(tmp_path: Path) -> None:
    row = {**ROW, "type": "NegotiationOpened", "title": "Talks"}
    refused(table(tmp_path, row, row), "A3", "id", "first in line A2")
