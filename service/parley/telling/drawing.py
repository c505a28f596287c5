"""The timeline as a picture (SVG): a lane a forum, rounds as bands, a mark a fact, with its sentence as its title.

A mark is a form and not a colour alone. A moment that is not known to the day is drawn as hollow, with a dashed line
over the days that it can lie on; what lasted has a solid one. Where too many marks would stand in one place, a circle
says how many there are.
"""

from base64 import b64encode
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from hashlib import sha256
from typing import Final, NamedTuple
from xml.etree import ElementTree as ET

from msgspec.structs import replace

from parley.harmless import xml_line
from parley.telling.timeline import Kind, TimelineRow

WIDTH: Final = 1000
_LEFT, _RIGHT = 16, 16
_TOP: Final = 34
_LANE_NAME: Final = 20
_STEP: Final = 16
"""The height of a row of marks."""
_LABELLED: Final = 80
"""Up to so many facts have their sentences beside their marks."""
_LABEL: Final = 72
_LETTER: Final = 6.2
"""A letter takes about so many units of width."""
_MOST_ROWS: Final = 12
"""So many rows of marks a lane has at most; what does not fit is counted in a circle."""
_BUCKET: Final = 14

STYLE: Final = """
svg{color:#1b1f24;background:#fff;font:12px system-ui,sans-serif}
text{fill:currentColor}
.axis,.tick{stroke:currentColor;stroke-opacity:.25}
.tick+text,.small{font-size:11px}
.lane{font-weight:600}
.label{font-size:11px;paint-order:stroke;stroke:#fff;stroke-width:4px;stroke-linejoin:round}
.band{fill:#3b6ea5;fill-opacity:.14;stroke:#3b6ea5;stroke-opacity:.6}
.mark{fill:currentColor;stroke:currentColor}
.hollow{fill:#fff}
.demand .mark{color:#9a3412}.answer .mark{color:#166534}.talks .mark{color:#1d4ed8}.outcome .mark{color:#6b21a8}
.text .mark,.vote .mark{color:#0f766e}.conduct .mark{color:#b91c1c}
.span{stroke:currentColor;stroke-opacity:.55;stroke-width:2}
.unsure{stroke-dasharray:3 3}
.clock{stroke:#b91c1c;stroke-width:2}
a:focus-visible .mark{stroke:#000;stroke-width:3}
@media (prefers-color-scheme:dark){
svg{color:#e6e9ed;background:#15181c}.hollow{fill:#15181c}.label{stroke:#15181c}
.band{fill:#8ab4e8;fill-opacity:.16;stroke:#8ab4e8}
.demand .mark{color:#fdba74}.answer .mark{color:#86efac}.talks .mark{color:#93c5fd}.outcome .mark{color:#d8b4fe}
.text .mark,.vote .mark{color:#5eead4}.conduct .mark{color:#fca5a5}.clock{stroke:#fca5a5}}
@media print{svg{color:#000;background:#fff}.hollow{fill:#fff}.label{stroke:#fff}.mark{color:#000!important}}
"""
STYLE_HASH: Final = "sha256-" + b64encode(sha256(STYLE.encode()).digest()).decode()
"""What a content security policy allows this style by."""


class _Scale(NamedTuple):
    """From days to units of width."""

    first: date
    last: date

    def begin(self, day: date) -> float:
        """Where a day begins."""
        return self._at((day - self.first).days)

    def end(self, day: date) -> float:
        """Where a day ends."""
        return self._at((day - self.first).days + 1)

    def _at(self, days: int) -> float:
        whole = (self.last - self.first).days + 1
        return round(_LEFT + (WIDTH - _LEFT - _RIGHT) * days / whole, 1)


class _Placed(NamedTuple):
    """A mark with its place: the row in its lane, where it stands, and the stretch that it can lie on."""

    row: TimelineRow
    level: int
    x: float
    begins: float
    ends: float
    label: str


def draw(rows: Iterable[TimelineRow], *, title: str, clock: str | None = None, address: str = "/v1/events/") -> bytes:
    """Draw a timeline. ``clock``: a bar stands at the end of this day; ``address``: before the ids of events."""
    every = [_harmless(row) for row in rows if (row.earliest or row.latest) is not None]
    return _Drawing(every, xml_line(title), clock, address).encoded()


def _harmless(row: TimelineRow) -> TimelineRow:
    """A row whose texts XML can hold."""
    sources = tuple(map(xml_line, row.sources))
    return replace(row, lane=xml_line(row.lane), sentence=xml_line(row.sentence), sources=sources)


class _Drawing:
    """A drawing of some rows."""

    def __init__(self, rows: Sequence[TimelineRow], title: str, clock: str | None, address: str) -> None:
        self._scale = _scale(rows, clock)
        self._address = address
        self._labelled = sum(row.kind != "round" for row in rows) <= _LABELLED
        self._svg = ET.Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "role": "graphics-document"})
        ET.SubElement(self._svg, "title").text = title
        ET.SubElement(self._svg, "desc").text = _described(rows, self._scale)
        ET.SubElement(self._svg, "style").text = STYLE
        lanes = ET.SubElement(self._svg, "g", {"role": "list"})
        height: float = _TOP
        for lane in dict.fromkeys(row.lane for row in rows):
            height = self._lane(lanes, lane, [row for row in rows if row.lane == lane], height)
        self._axis(height)
        if clock is not None:
            self._clock(clock, height)
        height = _legend(self._svg, {row.kind for row in rows}, height + 34)
        self._svg.set("viewBox", f"0 0 {WIDTH} {height:g}")
        self._svg.set("width", str(WIDTH))
        self._svg.set("height", f"{height:g}")

    def encoded(self) -> bytes:
        """The drawing as XML."""
        found: bytes = ET.tostring(self._svg, encoding="utf-8", xml_declaration=True)
        return found

    def _clock(self, clock: str, height: float) -> None:
        x = self._scale.end(date.fromisoformat(clock))
        bar = _line(self._svg, "clock", (x, x), (18, height))
        ET.SubElement(bar, "title").text = f"As of {clock}"
        _text(self._svg, (min(x + 4, WIDTH - 110), height + 14), f"as of {clock}", "small")

    # -- a lane

    def _lane(self, parent: ET.Element, lane: str, rows: Sequence[TimelineRow], top: float) -> float:
        """Draw a lane below ``top``, and tell where it ends."""
        group = ET.SubElement(parent, "g", {"role": "listitem", "aria-label": lane})
        _text(group, (_LEFT, top + 14), lane, "lane")
        placed, crowds, levels = self._places([row for row in rows if row.kind != "round"])
        height = _LANE_NAME + levels * _STEP + 12
        inside = ET.SubElement(group, "g", {"role": "list"})
        for row in rows:
            if row.kind == "round":
                self._band(inside, row, top + _LANE_NAME - 2, height - _LANE_NAME)
        for one in placed:
            self._mark(inside, one, top + _LANE_NAME + one.level * _STEP + 8)
        for x, crowd in crowds:
            _crowd(inside, (x, top + _LANE_NAME + (_MOST_ROWS - 1) * _STEP + 8), crowd)
        _line(group, "axis", (0, WIDTH), (top + height, top + height))
        return top + height

    def _places(self, rows: Sequence[TimelineRow]) -> tuple[list[_Placed], list[tuple[float, list[TimelineRow]]], int]:
        """Where each mark stands so that none covers another; where the rest is counted; how many rows there are."""
        taken: list[float] = []
        placed: list[_Placed] = []
        crowds: dict[int, list[TimelineRow]] = {}
        for row in rows:
            begins, ends, x = self._extent(row)
            label = _shortened(row.sentence) if self._labelled else ""
            width = len(label) * _LETTER + 10 if label else 0
            if x + width > WIDTH - _RIGHT:  # the label stands before the mark
                left, right = min(begins, x - width), max(ends, x + 8)
            else:
                left, right = begins, max(ends, x + width)
            level = next((level for level, until in enumerate(taken) if until < left - 4), len(taken))
            if not self._labelled and level >= _MOST_ROWS - 1:
                crowds.setdefault(int(x // _BUCKET), []).append(row)
                continue
            taken[level : level + 1] = [right]
            placed.append(_Placed(row, level, x, begins, ends, label))
        found = [(bucket * _BUCKET + _BUCKET / 2, crowd) for bucket, crowd in crowds.items()]
        return placed, found, _MOST_ROWS if found else len(taken)

    def _extent(self, row: TimelineRow) -> tuple[float, float, float]:
        """From where to where a fact can lie, and where its mark stands: between, or at the bound that is known."""
        first = None if row.earliest is None else self._scale.begin(date.fromisoformat(row.earliest))
        last = None if row.latest is None else self._scale.end(date.fromisoformat(row.latest))
        if first is not None and last is not None:
            middle = (first + last) / 2
            return min(first, middle - 5), max(last, middle + 5), middle
        if last is not None:
            return last - 40, last + 5, last
        assert first is not None, "what has no date is not drawn"
        return first - 5, first + 40, first

    # -- what stands in it

    def _band(self, group: ET.Element, row: TimelineRow, top: float, height: float) -> None:
        begins, ends, _ = self._extent(row)
        box = {"x": f"{begins:g}", "y": f"{top:g}", "width": f"{max(ends - begins, 6):g}", "height": f"{height:g}"}
        ET.SubElement(self._link(group, row), "rect", {"class": "band", "rx": "3", **box})

    def _mark(self, group: ET.Element, one: _Placed, y: float) -> None:
        row = one.row
        link = self._link(group, row)
        unsure = row.earliest is None or row.latest is None or (row.earliest != row.latest and not row.lasting)
        if unsure or row.lasting:
            _line(link, "span unsure" if unsure else "span", (one.begins, one.ends), (y, y))
        form = {"class": "mark hollow" if unsure or row.possible else "mark", "d": _FORMS[row.kind]}
        ET.SubElement(link, "path", {**form, "transform": f"translate({one.x:g} {y:g})"})
        if one.label and one.x + len(one.label) * _LETTER + 10 > WIDTH - _RIGHT:
            _text(link, (one.x - 8, y + 4), one.label, "label", anchor="end")
        elif one.label:
            _text(link, (one.x + 8, y + 4), one.label, "label")

    def _link(self, group: ET.Element, row: TimelineRow) -> ET.Element:
        item = ET.SubElement(group, "g", {"role": "listitem", "class": row.kind})
        said = f"{row.sentence} {row.occurred}. {'; '.join(row.sources)}"
        link = ET.SubElement(item, "a", {"href": f"{self._address}{row.event}", "aria-label": said})
        ET.SubElement(link, "title").text = said
        return link

    def _axis(self, height: float) -> None:
        group = ET.SubElement(self._svg, "g", {"aria-hidden": "true"})
        for day, words in _ticks(self._scale):
            x = self._scale.begin(day)
            _line(group, "tick", (x, x), (22, height))
            if x + 3 + len(words) * _LETTER < WIDTH:
                _text(group, (x + 3, 16), words, "small")


def _scale(rows: Sequence[TimelineRow], clock: str | None) -> _Scale:
    dated = [day for row in rows for day in (row.earliest, row.latest) if day is not None]
    every = [date.fromisoformat(day) for day in (*dated, *([clock] if clock else []))]
    first, last = min(every, default=date(2000, 1, 1)), max(every, default=date(2000, 1, 1))
    # A little room on both sides, so that nothing is cut off at the edges.
    room = timedelta(days=max(1, (last - first).days // 40))
    return _Scale(max(first, date.min + room) - room, min(last, date.max - room) + room)


def _described(rows: Sequence[TimelineRow], scale: _Scale) -> str:
    rounds = sum(row.kind == "round" for row in rows)
    lanes = len({row.lane for row in rows})
    return (
        f"{rounds} rounds and {len(rows) - rounds} facts in {lanes} lanes, from {scale.first} to {scale.last}. "
        "Every mark is a link to its event."
    )


def _shortened(text: str) -> str:
    return text if len(text) <= _LABEL else f"{text[: _LABEL - 1].rstrip()}…"


def _crowd(group: ET.Element, at: tuple[float, float], rows: Sequence[TimelineRow]) -> None:
    """A circle that says how many more facts lie in one place."""
    item = ET.SubElement(group, "g", {"role": "listitem", "aria-label": f"{len(rows)} more facts here"})
    ET.SubElement(item, "title").text = "\n".join(f"{row.occurred}: {row.sentence}" for row in rows[:20])
    ET.SubElement(item, "circle", {"class": "mark hollow", "cx": f"{at[0]:g}", "cy": f"{at[1]:g}", "r": "7"})
    _text(item, (at[0], at[1] + 3), str(len(rows)), "small", anchor="middle")


_DOT: Final = "M-3 0a3 3 0 1 0 6 0a3 3 0 1 0 -6 0"
_SHEET: Final = "M-4 -5h8v10h-8z"
_FORMS: Final[dict[Kind, str]] = {
    "round": "",
    "talks": "M-5 0a5 5 0 1 0 10 0a5 5 0 1 0 -10 0",
    "demand": "M0 -6l6 6l-6 6l-6 -6z",
    "answer": "M-5 -5h10l-5 10z",
    "text": _SHEET,
    "vote": _SHEET,
    "outcome": "M0 -6l6 11h-12z",
    "conduct": "M-5 -2h3v-3h4v3h3v4h-3v3h-4v-3h-3z",
    "statement": _DOT,
    "other": _DOT,
}
"""The form of each kind around its place, about ten units wide."""

_LEGEND: Final[dict[Kind, str]] = {
    "talks": "talks",
    "demand": "demand",
    "answer": "answer",
    "text": "text, agreement or vote",
    "outcome": "outcome",
    "conduct": "conduct",
    "other": "anything else",
}


def _legend(svg: ET.Element, kinds: set[Kind], top: float) -> float:
    """Say what the forms mean, and tell where that ends."""
    group = ET.SubElement(svg, "g", {"aria-hidden": "true"})
    x = float(_LEFT)
    shown = {_FORMS[kind] for kind in kinds}
    for kind, words in _LEGEND.items():
        if _FORMS[kind] in shown:
            item = ET.SubElement(group, "g", {"class": kind})
            ET.SubElement(
                item, "path", {"class": "mark", "d": _FORMS[kind], "transform": f"translate({x + 6:g} {top:g})"}
            )
            _text(item, (x + 16, top + 4), words, "small")
            x += 30 + len(words) * _LETTER
    _text(group, (x, top + 4), "band: a round. Hollow, dashed: the day is not known.", "small")
    return top + 16


def _ticks(scale: _Scale) -> list[tuple[date, str]]:
    """At most some twelve days, months or years, as fine as there is room for."""
    first, length = scale.first.toordinal(), (scale.last - scale.first).days + 1
    for step in (1, 2, 7, 14):
        if length <= 12 * step:
            every = map(date.fromordinal, range(first, first + length, step))
            return [(day, day.isoformat()) for day in every]
    for months in (1, 3, 6):
        if length <= 12 * 30 * months:
            return [(day, day.isoformat()[:7]) for day in _firsts(scale, months)]
    years = -(-length // (12 * 365))
    named = range(scale.first.year + 1, scale.last.year + 1)
    return [(date(year, 1, 1), str(year)) for year in named if year % years == 0]


def _firsts(scale: _Scale, months: int) -> list[date]:
    """The first days of every so many months."""
    begin, end = (day.year * 12 + day.month - 1 for day in (scale.first, scale.last))
    return [date(month // 12, month % 12 + 1, 1) for month in range(begin + 1, end + 1) if month % months == 0]


def _line(parent: ET.Element, kind: str, x: tuple[float, float], y: tuple[float, float]) -> ET.Element:
    ends = {"x1": f"{x[0]:g}", "x2": f"{x[1]:g}", "y1": f"{y[0]:g}", "y2": f"{y[1]:g}"}
    return ET.SubElement(parent, "line", {"class": kind, **ends})


def _text(parent: ET.Element, at: tuple[float, float], words: str, kind: str, *, anchor: str = "start") -> None:
    place = {"x": f"{at[0]:g}", "y": f"{at[1]:g}", "text-anchor": anchor}
    ET.SubElement(parent, "text", {"class": kind, **place}).text = words
