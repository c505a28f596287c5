"""A table as a workbook for spreadsheets (XLSX): one sheet, written row by row into a folder, never whole in memory.

Texts stay texts: a slug, a code or a date is never taken for a number, a date of the spreadsheet's own or a formula.
"""

import errno
import re
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, Final, Self

import msgspec

from parley.http.response.cells import Cell
from parley.http.response.columns import Table
from parley.http.response.errors import MalformedRequest
from parley.http.response.renditions import without_controls

MOST_ROWS: Final = 1_048_575
"""So many rows has a sheet beneath its heading."""
MOST_CHARACTERS: Final = 32_767
"""So many has a cell."""
_CUT: Final = " ... (cut here: the list as .csv has all of it)"
_NARROWEST, _WIDEST = 9, 60
_MEASURED: Final = 200
"""So many rows tell how wide columns are."""
_NO_CHARACTER: Final = re.compile("[\ufffe\uffff]")
"""What XML cannot hold."""


class Workbook:
    """A workbook that is being written, with which nothing stays open. ``title`` is the name of its sheet."""

    def __init__(self, folder: Path, title: str, table: Table) -> None:
        import xlsxwriter  # it takes 0.1 s to import

        self._table = table
        self._path = folder / "list.xlsx"
        self._book = xlsxwriter.Workbook(self._path, {"constant_memory": True, "tmpdir": str(folder)})
        self._sheet = self._book.add_worksheet(title[:31])
        self._sheet.freeze_panes(1, 0)
        bold = self._book.add_format({"bold": True})
        self._rows = 0
        self._widths = [max(_NARROWEST, len(name) + 4) for name in self._table.columns]  # with the arrow of the filter
        for column, name in enumerate(self._table.columns):
            self._sheet.write_string(0, column, name, bold)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._sheet.row_data_fh.close()  # the library closes it only when it finishes

    def add(self, documents: Sequence[bytes]) -> None:
        """Write the rows of some items; raises MalformedRequest where there is no room for them."""
        try:
            for document in documents:
                for row in self._table.rows(msgspec.json.decode(document)):
                    self._add(row)
        except OSError as error:
            raise _no_room(error) from error

    def _add(self, row: Sequence[Cell]) -> None:
        self._rows += 1
        if self._rows > MOST_ROWS:
            raise MalformedRequest(
                name="limit",
                remedy=f"a sheet has {MOST_ROWS:,} rows at most, and this list has more: filter it, take it page by "
                "page with `limit`, or as .csv",
            )
        for column, value in enumerate(row):
            shown = _shown(value)
            if isinstance(shown, int):
                self._sheet.write_number(self._rows, column, shown)
            elif shown:
                self._sheet.write_string(self._rows, column, shown)
            if self._rows <= _MEASURED:
                self._widths[column] = max(self._widths[column], min(_WIDEST, len(str(shown)) + 2))

    def finish(self) -> BinaryIO:
        """The finished workbook, to be read. It may outlast the folder. Raises MalformedRequest."""
        for column, width in enumerate(self._widths):
            self._sheet.set_column(column, column, width)
        self._sheet.autofilter(0, 0, max(self._rows, 1), len(self._widths) - 1)
        try:
            self._book.close()
        except Exception as error:  # the library wraps what the system says
            raise _no_room(error) from error
        return self._path.open("rb")


def _shown(value: Cell) -> str | int:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int():
            return value
        case _:
            text = _NO_CHARACTER.sub("\ufffd", without_controls(value))
            return text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - len(_CUT)] + _CUT


def _no_room(error: BaseException) -> BaseException:
    """What to raise: where the disk is full, that less has to be asked for; else the error itself."""
    found: BaseException | None = error
    while found is not None:
        if isinstance(found, OSError) and found.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
            return MalformedRequest(
                name="limit",
                remedy="the service has no room for a workbook of the whole list: take it page by page with `limit`, "
                "or as .csv",
            )
        found = found.__cause__ or found.__context__
    return error
