"""Lists in other forms than JSON: a line an item (NDJSON), or a table that is safe in a spreadsheet (CSV, XLSX).

CSV is as RFC 4180 has it. What a workbook (XLSX) is made of stands in `workbook.py`.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import msgspec

from parley.http.response.cells import Cell
from parley.http.response.columns import TABLES, Table


class Form(NamedTuple):
    """A form: what addresses end with, what is added to an operation's id, and its media type."""

    suffix: str
    id: str
    media_type: str


NDJSON: Final = Form(".ndjson", "AsNdjson", "application/x-ndjson")
CSV: Final = Form(".csv", "AsCsv", "text/csv")
XLSX: Final = Form(".xlsx", "AsXlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
FORMS: Final = (NDJSON, CSV, XLSX)

BOM: Final = b"\xef\xbb\xbf"
"""What tells Excel that a text is UTF-8."""

_SIGN: Final = "[=+\\-@\uff1d\uff0b\uff0d\uff20]"
_STARTS_A_FORMULA: Final = re.compile(f"[\t\r\n]|[\\s\u200b-\u200f\u2060\ufeff]*{_SIGN}")
"""What makes a spreadsheet take a cell for a formula, wide forms and white space that it may skip included."""
_SEPARATED: Final = re.compile(f"(?<=[;\t])(?={_SIGN})")
"""Where one would start, if the spreadsheet takes another separator for that of the cells."""
_CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
"""What no table shows, and what a program may take for the end of a row."""


def said(form: Form, items: str) -> str:
    """What a list in a form is, in words."""
    whole = "The whole list; a page of it where `limit` or `cursor` is given, and then the next page is in Link."
    if form == NDJSON:
        return f"The items of the list, a line of JSON each. {whole}"
    columns = ", ".join(f"`{name}`" for name in TABLES[items].columns)
    table = (
        f"{whole} Columns: {columns}. New ones come last. Where several values, parties or sources are meant they "
        "stand in one cell, ` | ` between."
    )
    if form == XLSX:
        return (
            f"The list as a workbook for spreadsheets. {table} Positions and counts are numbers; everything else, "
            "dates and slugs too, is text. It has to be made whole within the time for a read: where that is too "
            "short, take pages or CSV."
        )
    return f"The list as a table for spreadsheets. {table} A cell that would be a formula stands behind an apostrophe."


def body(form: Form, table: Table, documents: Sequence[bytes]) -> bytes:
    """The beginning of a list in a form."""
    return head(form, table) + lines(form, table, documents)


def head(form: Form, table: Table) -> bytes:
    """What a list in a form begins with."""
    return b"" if form == NDJSON else _csv([table.columns])


def lines(form: Form, table: Table, documents: Sequence[bytes]) -> bytes:
    """Items of a list in a form."""
    if form == NDJSON:
        return b"".join(item + b"\n" for item in documents)
    return _csv(row for document in documents for row in table.rows(msgspec.json.decode(document)))


def _csv(rows: Iterable[Sequence[Cell]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue().encode()


def _cell(value: Cell) -> str:
    """What stands in a cell; behind an apostrophe, which spreadsheets hide, where it would be a formula."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int():
            return str(value)
        case _:
            text = _SEPARATED.sub("'", without_controls(value))
            return f"'{text}" if _STARTS_A_FORMULA.match(text) else text


def without_controls(text: str) -> str:
    """A text with a space for each character that no table shows."""
    return _CONTROL.sub(" ", text)
