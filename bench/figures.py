"""What was measured: rows, their table, build/bench.json, and the same for a page, build/bench.md."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median
from typing import Self

import msgspec
from msgspec import Struct
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text


class Measured(Struct, frozen=True):
    """One side of a row: the median of its repetitions, the least and the most of them."""

    value: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Self:
        """Sum repetitions up."""
        return cls(median(values), min(values), max(values))

    def __str__(self) -> str:
        spread = f" ({_short(self.least)}-{_short(self.most)})" if self.least != self.most else ""
        return _short(self.value) + spread


class Figure(Struct, frozen=True, kw_only=True):
    """A row. ``ratio``: ours by the peer's; ``reach``: what it is to be; ``note``: what it includes and leaves out.

    A row that could not be measured has no figures, and its note says why.
    """

    name: str
    ours: float | None
    unit: str
    peer: str
    peer_value: float | None
    ratio: float | None
    ours_spread: tuple[float, float] | None = None
    peer_spread: tuple[float, float] | None = None
    reach: str = ""
    note: str = ""

    @classmethod
    def measured(
        cls, name: str, ours: Measured, unit: str, peer: str = "", theirs: Measured | None = None, **more: str
    ) -> Self:
        """A row of two sides, or of one, with nothing to compare it with."""
        return cls(
            name=name,
            ours=ours.value,
            unit=unit,
            peer=peer,
            peer_value=theirs.value if theirs else None,
            ratio=ours.value / theirs.value if theirs and theirs.value else None,
            ours_spread=(ours.least, ours.most),
            peer_spread=(theirs.least, theirs.most) if theirs else None,
            **more,
        )

    @classmethod
    def missing(cls, name: str, unit: str, peer: str, why: str, reach: str = "") -> Self:
        """A row that could not be measured here."""
        return cls(
            name=name, ours=None, unit=unit, peer=peer, peer_value=None, ratio=None, reach=reach,
            note=f"not measured: {why}",
        )  # fmt: skip


def table(figures: Sequence[Figure]) -> RenderableType:
    """The table for a terminal, and under it against whom, and what a row includes and leaves out."""
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("row", "ours", "", "peer", "ratio", "to reach"):
        shown.add_column(heading, justify="right" if heading in {"ours", "peer", "ratio"} else "left", no_wrap=True)
    notes = []
    for figure in figures:
        ratio = f"{figure.ratio:.2f}x" if figure.ratio is not None else ""
        ours, peer = _spread(figure.ours, figure.ours_spread), _spread(figure.peer_value, figure.peer_spread)
        shown.add_row(figure.name, ours or "not measured", figure.unit, peer, ratio, figure.reach)
        told = "; ".join(each for each in (figure.peer and f"against {figure.peer}", figure.note) if each)
        notes.append(Text.assemble((figure.name, "bold"), f": {told}"))
    return Group(shown, *notes)


def markdown(figures: Iterable[Figure]) -> str:
    """The same, for a page."""
    lines = ["| row | ours | peer | ratio | to reach | note |", "|---|---|---|---|---|---|"]
    for figure in figures:
        ours = f"{_spread(figure.ours, figure.ours_spread)} {figure.unit}" if figure.ours is not None else ""
        peer = f"{_spread(figure.peer_value, figure.peer_spread)} {figure.peer}".strip()
        ratio = f"{figure.ratio:.2f}x" if figure.ratio is not None else ""
        lines.append(f"| `{figure.name}` | {ours} | {peer} | {ratio} | {figure.reach} | {figure.note} |")
    return "\n".join(lines)


def _spread(value: float | None, spread: tuple[float, float] | None) -> str:
    if value is None:
        return ""
    return str(Measured(value, *(spread or (value, value))))


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def read(path: Path) -> list[Figure]:
    """What an earlier run wrote; nothing where there was none, or one of another form."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=list[Figure])
    except (FileNotFoundError, msgspec.DecodeError):
        return []


def write(path: Path, figures: Sequence[Figure], order: Sequence[str]) -> None:
    """Write these, and of an earlier run those that were not measured again; in the order of the names."""
    names = {figure.name for figure in figures}
    kept = [figure for figure in read(path) if figure.name not in names]
    place = {name: number for number, name in enumerate(order)}
    several = sorted([*kept, *figures], key=lambda figure: place.get(figure.name, len(place)))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(several), indent=2) + b"\n")
    path.with_suffix(".md").write_text(markdown(several) + "\n", encoding="utf-8")
