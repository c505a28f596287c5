"""Workbooks (.xlsx) and tables (.csv) of facts, read as the same tree as a seed file in YAML.

A row is an event. The head of a column says where its cells belong: `id`, `stream`, `occurred`, or a field of the
event, such as `type`, `text`, `by.party`, `on.id`. A list of names is one cell with semicolons: `russia; nato`. Of a
list of things the second has `by.2.party`. `source` names sources of the sheet "Sources"; `source.quote`,
`source.locator` and so on are added to the first, and `source.publisher` with the others writes a source out. Rows
whose first cell begins with `#`, or that have an id and nothing else, are left out, and so are sheets without `type`.
"""

import csv
import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias

from msgspec import inspect

from negotiation.events.catalogue import EVENT_TYPES
from negotiation.events.parties import Identity, Membership
from parley.yamltree import Node, YamlError

SUFFIXES: Final = frozenset({".xlsx", ".csv"})
SOURCES: Final = "Sources"
"""The sheet that names sources."""
MOST_ROWS: Final = 100_000
MOST_COLUMNS: Final = 500

_OWN: Final = ("id", "stream", "occurred", "source")
_WHOLE: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_TRUTHS: Final = {"true": True, "yes": True, "false": False, "no": False}
_SEPARATOR: Final = re.compile(r"\s*;\s*")
_NOT_IN_A_SLUG: Final = re.compile("[^a-z0-9]+")


class SheetError(YamlError):
    """What is wrong with a table: in which cell (`Demands!F7`, or `F7` in a .csv), in which field, and the remedy."""


class _Cell(NamedTuple):
    place: str
    text: str


_Row: TypeAlias = list[_Cell]


class _Sheet(NamedTuple):
    name: str
    head: dict[int, _Cell]
    rows: Iterator[dict[int, _Cell]]


def tree(path: Path, content: bytes) -> Node:
    """A file's tree: its name, its named sources, and its events, each in a group of its own. Raises SheetError."""
    sheets = [_with_head(name, rows) for name, rows in _sheets(path, content)]
    sources = [sheet for sheet in sheets if sheet is not None and sheet.name == SOURCES]
    named = {name.text: fields for sheet in sources for name, fields in _sources(sheet)}
    groups = [group for sheet in sheets if sheet is not None and sheet.name != SOURCES for group in _groups(sheet)]
    if not groups:
        raise SheetError(
            "A1", "", "has no facts: give a sheet with the columns `id`, `stream`, `type`, and a row a fact"
        )
    name = _NOT_IN_A_SLUG.sub("-", path.stem.lower()).strip("-")[:64].strip("-") or "facts"
    return Node({"name": Node(name, 0), "sources": Node(named, 0), "record": Node(groups, 0)}, 0)


# -- cells


def _sheets(path: Path, content: bytes) -> Iterator[tuple[str, Iterator[_Row]]]:
    """The sheets of a file by name, each with its rows."""
    if path.suffix.lower() == ".csv":
        yield "", _of_csv(content)
        return
    from openpyxl import load_workbook  # it takes 0.2 s to import
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise SheetError("A1", "", "is no workbook: save it as .xlsx (not .xls or .ods)") from error
    for sheet in book.worksheets:
        yield sheet.title, _of_sheet(sheet)


def _of_sheet(sheet: Any) -> Iterator[_Row]:
    for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
        if number > MOST_ROWS:
            raise SheetError(_place(sheet.title, number, 0), "", f"has more than {MOST_ROWS:,} rows: split it")
        if any(value is not None for value in row[MOST_COLUMNS:]):
            raise SheetError(
                _place(sheet.title, number, MOST_COLUMNS), "", f"lies beyond {MOST_COLUMNS} columns: move it"
            )
        places = (_place(sheet.title, number, column) for column in range(min(len(row), MOST_COLUMNS)))
        yield [_Cell(place, _text(value, place)) for place, value in zip(places, row, strict=False)]


def _of_csv(content: bytes) -> Iterator[_Row]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SheetError(f"A{line}", "", "is not UTF-8: save it as CSV UTF-8") from error
    head = text.partition("\n")[0]
    # Excel writes the separator of the country it is set to.
    separator = max(",;\t", key=head.count)
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True), 1):
            yield [_Cell(_place("", number, column), value.strip()) for column, value in enumerate(row)]
    except csv.Error as error:
        raise SheetError("A1", "", f"is no CSV ({error}): save it from the spreadsheet again") from error


def _place(sheet: str, row: int, column: int) -> str:
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{sheet}!{letters}{row}" if sheet else f"{letters}{row}"


def _text(value: Any, place: str) -> str:
    """What stands in a cell of a workbook, as a person would have typed it."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case dt.datetime():
            return value.date().isoformat() if value.time() == dt.time() else value.isoformat()
        case dt.date():
            return value.isoformat()
        case float():
            return str(int(value)) if value.is_integer() else str(value)
        case str() if value.startswith("#") and value.endswith(("!", "?", "/A")) and " " not in value:
            raise SheetError(place, "", f"holds the error {value}: mend the formula, or type the value")
        case _:
            return str(value).strip()


# -- rows


def _with_head(name: str, rows: Iterator[_Row]) -> _Sheet | None:
    """A sheet with its head, which is the first row that has `type` or, of sources, `name`; None where it has none."""
    wanted = "name" if name == SOURCES else "type"
    for row in rows:
        head = {column: cell for column, cell in enumerate(row) if cell.text}
        if wanted in {cell.text for cell in head.values()}:
            seen: dict[str, str] = {}
            for cell in head.values():
                if cell.text in seen:
                    raise SheetError(cell.place, cell.text, f"stands twice, first in {seen[cell.text]}: keep one")
                seen[cell.text] = cell.place
            return _Sheet(name, head, _filled(head, rows))
    return None


def _filled(head: dict[int, _Cell], rows: Iterable[_Row]) -> Iterator[dict[int, _Cell]]:
    for row in rows:
        filled = {column: cell for column, cell in enumerate(row) if cell.text}
        if not filled or row[0].text.startswith("#"):
            continue
        for column, cell in filled.items():
            if column not in head:
                raise SheetError(cell.place, "", "stands in a column without a head: name the column, or remove it")
        # Ids are written down beforehand: a row that has nothing else is not filled in yet.
        if {head[column].text for column in filled} != {"id"}:
            yield filled


def _sources(sheet: _Sheet) -> Iterator[tuple[_Cell, Node]]:
    for row in sheet.rows:
        fields = {sheet.head[column].text: cell for column, cell in row.items()}
        if "name" not in fields:
            raise SheetError(next(iter(fields.values())).place, "name", "is missing: give the source a name")
        name = fields.pop("name")
        yield name, Node({field: Node(cell.text, cell.place) for field, cell in fields.items()}, name.place)


def _groups(sheet: _Sheet) -> Iterator[Node]:
    """A group of one event for each row."""
    for row in sheet.rows:
        cells = {sheet.head[column].text: cell for column, cell in row.items()}
        first = next(iter(row.values())).place
        event: dict[str, Any] = {}
        for head, cell in cells.items():
            if head not in _OWN and not head.startswith("source."):
                _put(event, head.split("."), cell)
        built = _coerced(_node(event, first), _type_of(cells, first), "/event")
        submission: dict[str, Node] = {"sources": _sources_of(cells, first), "event": built}
        for name in ("id", "occurred"):
            if name in cells:
                submission[name] = Node(cells[name].text, cells[name].place)
        group = {"events": Node([Node(submission, first)], first)}
        stream = _stream(cells, built)
        yield Node(group if stream is None else {"stream": stream, **group}, first)


def _stream(cells: dict[str, _Cell], event: Node) -> Node | None:
    """The stream of a row: as written, else that of the party whose identity or members it is about."""
    if "stream" in cells:
        return Node(cells["stream"].text, cells["stream"].place)
    fields = event.value if isinstance(event.value, dict) else {}
    kind = cells["type"].text
    for field, types in (("party", _IDENTITIES), ("group", _MEMBERSHIPS)):
        if kind in types and field in fields:
            return Node(f"parties/{fields[field].value}", fields[field].line)
    return None


_IDENTITIES: Final = frozenset(name for name, type_ in EVENT_TYPES.items() if issubclass(type_, Identity))
_MEMBERSHIPS: Final = frozenset(name for name, type_ in EVENT_TYPES.items() if issubclass(type_, Membership))


def _type_of(cells: dict[str, _Cell], place: str) -> inspect.Type:
    if "type" not in cells:
        raise SheetError(place, "type", "is missing: choose the type of the event")
    found = EVENT_TYPES.get(cells["type"].text)
    # What is no type is refused with the others' words, once the whole row is there.
    return inspect.AnyType() if found is None else inspect.type_info(found)


def _sources_of(cells: dict[str, _Cell], place: str) -> Node:
    """The sources of a row: those named, with what is added to the first; or one written out."""
    own = {head.removeprefix("source."): cell for head, cell in cells.items() if head.startswith("source.")}
    fields: dict[str, Node] = {name: Node(cell.text, cell.place) for name, cell in own.items()}
    if "source" not in cells:
        return Node([Node(fields, place)] if fields else [], place)
    cell = cells["source"]
    first, *others = (Node(name, cell.place) for name in _SEPARATOR.split(cell.text) if name)
    if fields:
        first = Node({"from": first, **fields}, cell.place)
    return Node([first, *others], cell.place)


# -- from columns to an event


def _put(into: dict[str, Any], steps: list[str], cell: _Cell) -> None:
    """Put a cell where the head of its column says."""
    for step in steps[:-1]:
        inside = into.setdefault(step, {})
        if isinstance(inside, _Cell):
            raise SheetError(
                cell.place, ".".join(steps), f"{step} has a column of its own, too: leave one of them empty"
            )
        into = inside
    if isinstance(into.get(steps[-1]), dict):
        raise SheetError(cell.place, ".".join(steps), "has columns for its parts, too: leave one of them empty")
    into[steps[-1]] = cell


def _node(value: Any, place: str) -> Node:
    if isinstance(value, _Cell):
        return Node(value.text, value.place)
    nodes = {name: _node(inside, place) for name, inside in value.items()}
    return Node(nodes, next(iter(nodes.values())).line if nodes else place)


def _coerced(node: Node, kind: inspect.Type, field: str) -> Node:
    """What a cell, or several, mean where this is expected; what cannot be meant stays text, and is refused later."""
    while isinstance(kind, inspect.Metadata):
        kind = kind.type
    if isinstance(kind, inspect.UnionType):
        kind = _meant(node, kind)
    match kind:
        case inspect.StructType() if isinstance(node.value, dict):
            types = {one.encode_name: one.type for one in kind.fields}
            unknown = inspect.AnyType()
            inside = {
                name: _coerced(each, types.get(name, unknown), f"{field}/{name}") for name, each in node.value.items()
            }
            return Node(inside, node.line)
        case inspect.VarTupleType(item_type=item) | inspect.ListType(item_type=item):
            return _listed(node, item, field)
        case inspect.BoolType() if isinstance(node.value, str):
            return Node(_TRUTHS.get(node.value.lower(), node.value), node.line)
        case inspect.IntType() if isinstance(node.value, str) and _WHOLE.fullmatch(node.value):
            return Node(int(node.value), node.line)
        case _:
            return node


def _listed(node: Node, item: inspect.Type, field: str) -> Node:
    """A list: of texts one cell with semicolons; else parts by number, where those without a number are the first's."""
    if isinstance(node.value, str):
        parts = [Node(part, node.line) for part in _SEPARATOR.split(node.value) if part]
        if _is_list(item):
            parts = [node]
        return Node([_coerced(part, item, field) for part in parts], node.line)
    assert isinstance(node.value, dict), "it is one or the other until now"
    numbered: dict[int, dict[str, Node] | Node] = {}
    for name, each in node.value.items():
        if name.isascii() and name.isdigit() and len(name) <= 3:
            numbered[int(name)] = each
        else:
            first = numbered.setdefault(1, {})
            if isinstance(first, Node):
                raise SheetError(str(each.line), field, "has columns with the number 1 and without: keep one kind")
            first[name] = each
    items = [
        _coerced(each if isinstance(each, Node) else Node(each, node.line), item, f"{field}/{number - 1}")
        for number, each in sorted(numbered.items())
    ]
    return Node(items, node.line)


def _is_list(kind: inspect.Type) -> bool:
    while isinstance(kind, inspect.Metadata):
        kind = kind.type
    return isinstance(kind, inspect.VarTupleType | inspect.ListType)


def _meant(node: Node, union: inspect.UnionType) -> inspect.Type:
    """Which of several shapes is meant: that of the `type` which is named, else the first that is no null."""
    kinds = [kind for kind in union.types if not isinstance(kind, inspect.NoneType)]
    if isinstance(node.value, dict) and "type" in node.value:
        named = EVENT_TYPES.get(str(node.value["type"].value))
        if named is not None:
            return inspect.type_info(named)
    return kinds[0]
