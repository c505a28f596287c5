"""Positions as a matrix: small enough for all parties and provisions of a large negotiation at once."""

from collections.abc import Collection, Sequence
from itertools import groupby
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from negotiation.state.dossier import Dossier
from negotiation.tables.cells import Cell, Given, Left, On, Voice, blocs_among, cells
from negotiation.tables.positions import Of, OnColumn, OptionOf, ProvisionOf, VersionOf
from negotiation.tables.table import told

CODES: Final[dict[Given | Left, str]] = {
    "accept": "A",
    "no-objection": "O",
    "reserve": "V",
    "counter": "C",
    "defer": "D",
    "reject": "R",
    "withdraw": "W",
    "none": "N",
    "wants": "P",
    "unknown": "?",
    "not-put": "-",
}
CONDITIONAL: Final = "*"


class MatrixColumn(Struct, frozen=True, kw_only=True, gc=False):
    """What is answered, and how many cells below it have which code."""

    on: OnColumn
    of: Of
    version: VersionOf
    provision: ProvisionOf
    option: OptionOf
    counts: Annotated[dict[str, int], Meta(description="By code.", examples=[{"R": 1, "?": 2}])]


class MatrixReferences(Struct, frozen=True, kw_only=True, gc=False):
    """Where the cells come from; the lists are of the same length."""

    position: Annotated[
        tuple[int, ...], Meta(description="The events: `/v1/events/{position}` is the address.", examples=[[17]])
    ]
    since: Annotated[tuple[str, ...], Meta(description="Since when it has stood (EDTF).", examples=[["2022-01-10"]])]
    sources: Annotated[
        tuple[tuple[int, ...], ...], Meta(description="Who says so: places in `sources`.", examples=[[[0]]])
    ]


class PositionMatrix(Struct, frozen=True, kw_only=True, gc=False):
    """Positions as a matrix: a row a party, a column a demand, document, provision or option.

    A cell is a word of codes, one a value. Capitals are the party's own answer; small letters are its blocs', beside
    its own or in its place. `Ra`: it rejects, though its bloc accepts; `a`: it stands by its bloc's acceptance; `AR`:
    sources differ. `*` behind a code: on a condition. Empty: it answered the whole, or another part or option, or the
    text is its own.
    """

    codes: Annotated[dict[str, str], Meta(description="What each code means.", examples=[{"A": "accept"}])]
    parties: Annotated[tuple[str, ...], Meta(description="The rows.", examples=[["nato", "united-states"]])]
    blocs: Annotated[tuple[str, ...], Meta(description="Which of them are blocs.", examples=[["nato"]])]
    columns: tuple[MatrixColumn, ...]
    cells: Annotated[
        tuple[tuple[str, ...], ...],
        Meta(description="By party, then by column: the codes.", examples=[[["R"], ["Ra"]]]),
    ]
    cited: Annotated[
        tuple[tuple[tuple[int, ...], ...], ...],
        Meta(description="By party, then by column: for each letter its place in `references`.", examples=[[[[0]]]]),
    ]
    references: MatrixReferences
    sources: Annotated[
        tuple[str, ...], Meta(description="Publisher and date.", examples=[["The Example Gazette, 2022-01-11"]])
    ]


def matrix(
    dossier: Dossier,
    parties: Dossier,
    *,
    on: On | None = None,
    of: str | None = None,
    by: Literal["party", "bloc"] | None = None,
) -> PositionMatrix:
    """The matrix of all positions, or of those on one kind of thing, on one demand or document, of parties or blocs."""
    found = [
        cell
        for cell in cells(dossier, parties)
        if (on is None or cell.subject.on == on) and (of is None or cell.subject.of == of)
    ]
    blocs = blocs_among(parties, found)
    if by is not None:
        found = [cell for cell in found if (cell.party in blocs) == (by == "bloc")]
    return _of(found, blocs)


def _of(found: Sequence[Cell], blocs: Collection[str]) -> PositionMatrix:
    names = sorted({cell.party for cell in found})
    references = _References()
    columns, by_column = [], []
    for subject, in_column in groupby(found, key=lambda cell: cell.subject):
        by_party = {cell.party: _coded(cell, references) for cell in in_column}
        counts: dict[str, int] = {}
        for code, _ in by_party.values():
            counts[code] = counts.get(code, 0) + 1
        columns.append(MatrixColumn(**subject._asdict(), counts=dict(sorted(counts.items()))))
        by_column.append([by_party.get(name, _EMPTY) for name in names])
    by_row = list(zip(*by_column, strict=True))
    return PositionMatrix(
        codes={code: answer for answer, code in CODES.items()} | {CONDITIONAL: "on a condition"},
        parties=tuple(names),
        blocs=tuple(name for name in names if name in blocs),
        columns=tuple(columns),
        cells=tuple([tuple([code for code, _ in row]) for row in by_row]),
        cited=tuple([tuple([where for _, where in row]) for row in by_row]),
        references=MatrixReferences(
            position=tuple(references.position), since=tuple(references.since), sources=tuple(references.sources)
        ),
        sources=tuple(references.told),
    )


_Coded = tuple[str, tuple[int, ...]]
_EMPTY: Final[_Coded] = ("", ())


def _coded(cell: Cell, references: "_References") -> _Coded:
    if cell.left is not None:
        return CODES[cell.left], ()
    of_blocs = list({voice.same: voice for _, voice in cell.blocs}.values())
    codes = [_code(voice) for voice in cell.own] + [_code(voice).lower() for voice in of_blocs]
    return "".join(codes), tuple([references.place(voice) for voice in (*cell.own, *of_blocs)])


def _code(voice: Voice) -> str:
    return CODES[voice.answer] + CONDITIONAL if voice.known.event.conditions else CODES[voice.answer]


class _References:
    """The references of a matrix, each once."""

    def __init__(self) -> None:
        self.position: list[int] = []
        self.since: list[str] = []
        self.sources: list[tuple[int, ...]] = []
        self.told: dict[str, int] = {}
        self._places: dict[tuple[str, str | None, str], int] = {}

    def place(self, voice: Voice) -> int:
        """Where the reference of a value is."""
        known = voice.known
        key = known.id, known.account, voice.since
        found = self._places.get(key)
        if found is None:
            found = self._places[key] = len(self.position)
            self.position.append(known.position)
            self.since.append(voice.since)
            words = [told(source) for source in known.sources]
            places = [self.told.setdefault(one, len(self.told)) for one in words]
            self.sources.append(tuple(places if len(places) == 1 else dict.fromkeys(places)))
        return found
