"""`parley template`: a workbook to write facts in, with a sheet for each family of the catalogue, and drop-downs."""

import io
from collections.abc import Iterator
from typing import Any, Final

import xlsxwriter
from msgspec import inspect

from negotiation.events.catalogue import EVENT_TYPES
from negotiation.events.examples import EXAMPLES
from negotiation.events.fact import Event, Fact
from negotiation.sources import Source
from parley.sheets import SOURCES

ROWS: Final = 200
"""So many rows of a sheet have their ids and drop-downs."""
_DEEPEST: Final = 3
_MOST_LETTERS_OF_A_LIST: Final = 255
_WIDTHS: Final = {"id": 18, "stream": 28, "occurred": 14, "type": 22, "text": 50, "source": 18}

_HELP: Final = (
    "Write one fact in one row. Then: parley load --check facts.xlsx tells what is wrong, and records nothing.",
    "parley load facts.xlsx records all of it, or nothing. Loaded again, it records nothing twice: the ids tell.",
    "",
    "id: a name of your own, unique in this file. Rows that have an id alone, or begin with #, are left out.",
    "stream: the negotiation (european-security), or the round (european-security/geneva). Parties need none.",
    "occurred: when it happened: 2022-01-10, 2022-01, 2022; [..2022-01-11] by that day; ../2022-01-11 already so then.",
    "source: names from the sheet Sources, with semicolons between. source.quote and the like are about the first.",
    "Lists of names take semicolons: russia; nato. A second actor: add a column by.2.party.",
    "The grey row is an example. Columns that you do not need may be removed, and others added by their names.",
)


def template() -> bytes:
    """The workbook."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        template_ = _Template(book)
        template_.start()
        template_.sources()
        for family, types in families().items():
            template_.family(family, types)
    return content.getvalue()


def families() -> dict[str, list[type[Event]]]:
    """The types by family, in an order in which what is named comes before what names it."""
    found: dict[str, list[type[Event]]] = {}
    for name in EXAMPLES:
        type_ = EVENT_TYPES[name]
        found.setdefault(type_.__mro__[1].__name__, []).append(type_)
    return found


class _Template:
    """The workbook on its way."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self._book = book
        self._head = book.add_format({"bold": True, "bottom": 1, "bg_color": "#DDE6F0"})
        self._grey = book.add_format({"italic": True, "font_color": "#707070", "num_format": "@"})
        # Text, so that a spreadsheet makes no date, number or formula of what is typed.
        self._text = book.add_format({"num_format": "@"})

    def start(self) -> None:
        """What to do, on a sheet of its own."""
        sheet = self._book.add_worksheet("Start")
        sheet.set_column(0, 0, 110)
        sheet.write_column(0, 0, _HELP)

    def sources(self) -> None:
        """The sheet that names sources."""
        own = {field.encode_name: _choices(field.type) for field in _fields(Source)}
        columns = {"name": [], **{name: own[name] for name in own if name not in {"quote", "speaker", "locator"}}}
        example = {"name": "# national", "publisher": "The National", "kind": "outlet", "published": "2022-01-11"}
        self._sheet(SOURCES, columns, example)

    def family(self, family: str, types: list[type[Event]]) -> None:
        """The sheet of a family: the columns of all its types."""
        columns: dict[str, list[str]] = {
            "id": [],
            "stream": [],
            "occurred": [],
            "type": [one.__name__ for one in types],
        }
        shared: dict[str, list[str]] = {}
        for type_ in types:
            for name, choices in _columns(type_):
                into = shared if issubclass(type_, Fact) and name.partition(".")[0] in _SHARED else columns
                into.setdefault(name, choices)
        example = {"id": "# example", "stream": "european-security/geneva", "occurred": "2022-01-10"}
        example |= {"source": "national", **dict(flat(EXAMPLES[types[0].__name__]))}
        columns |= {name: [] for name in example if name not in {*columns, *shared, "source"}}
        columns |= {"source": [], "source.kind": _choices(_field(Source, "kind"))}
        columns |= {"source.quote": [], "source.speaker": [], "source.locator": []} | shared
        sheet = self._sheet(family, columns, example)
        for row in range(ROWS):
            sheet.write_string(row + 2, 0, f"{family.lower()}-{row + 1}", self._text)

    def _sheet(self, name: str, columns: dict[str, list[str]], example: dict[str, str]) -> Any:
        sheet = self._book.add_worksheet(name)
        sheet.freeze_panes(1, 1)
        for number, (column, choices) in enumerate(columns.items()):
            sheet.set_column(number, number, _WIDTHS.get(column, max(len(column) + 2, 12)), self._text)
            sheet.write_string(0, number, column, self._head)
            if column in example:
                sheet.write_string(1, number, example[column], self._grey)
            if choices:
                assert len(",".join(choices)) <= _MOST_LETTERS_OF_A_LIST, "a drop-down holds no more"
                sheet.data_validation(2, number, ROWS + 1, number, {"validate": "list", "source": choices})
            elif column == "source":
                sheet.data_validation(2, number, ROWS + 1, number, _NAMES_OF_SOURCES)
        return sheet


_NAMES_OF_SOURCES: Final = {
    "validate": "list",
    "source": f"='{SOURCES}'!$A$3:$A${ROWS + 2}",
    "error_type": "information",
    "error_message": f"Names of the sheet {SOURCES}, with semicolons between.",
}
_SHARED: Final = frozenset({"to", "via", "session", "after", "effective", "if"})


# -- columns from the catalogue


def _fields(type_: type) -> tuple[inspect.Field, ...]:
    found = inspect.type_info(type_)
    assert isinstance(found, inspect.StructType), "events and sources are structs"
    return found.fields


def _field(type_: type, name: str) -> inspect.Type:
    return next(field.type for field in _fields(type_) if field.encode_name == name)


def _columns(type_: type, before: str = "", depth: int = 1) -> Iterator[tuple[str, list[str]]]:
    """The columns of a type, each with its choices; of a list of things those of the first."""
    for field in _fields(type_):
        name, inner = f"{before}{field.encode_name}", _inner(field.type)
        if isinstance(inner, inspect.UnionType):
            yield f"{name}.type", []
        elif isinstance(inner, inspect.StructType) and depth < _DEEPEST:
            yield from _columns(inner.cls, f"{name}.", depth + 1)
        else:
            yield name, _choices(field.type)


def _inner(kind: inspect.Type) -> inspect.Type:
    """A type without what stands around it: constraints, null, a list."""
    while True:
        match kind:
            case inspect.Metadata():
                kind = kind.type
            case inspect.UnionType():
                kinds = [one for one in kind.types if not isinstance(one, inspect.NoneType)]
                if len(kinds) > 1:
                    return kind
                (kind,) = kinds
            case inspect.VarTupleType():
                kind = kind.item_type
            case _:
                return kind


def _choices(kind: inspect.Type) -> list[str]:
    inner = _inner(kind)
    return [str(value) for value in inner.values] if isinstance(inner, inspect.LiteralType) else []


def flat(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """An event in columns: what `sheets` reads back."""
    match value:
        case dict():
            for field, inside in value.items():
                yield from flat(inside, f"{name}.{field}" if name else field)
        case list() if all(isinstance(one, str) for one in value):
            yield name, "; ".join(value)
        case list():
            for number, one in enumerate(value, 1):
                yield from flat(one, name if number == 1 and isinstance(one, dict) else f"{name}.{number}")
        case bool():
            yield name, "true" if value else "false"
        case _:
            yield name, str(value)
