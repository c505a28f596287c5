"""The timeline: every fact once, in its lane, where its dates put it; as rows and as a picture."""

from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from parley.telling import timeline
from parley.telling.drawing import STYLE, WIDTH, draw
from tests.negotiation.desk import DEMAND, NO_BREAKTHROUGH, RUSSIA, TALKS, Desk, set_table
from tests.negotiation.histories import GENEVA, NEGOTIATION

SVG = "{http://www.w3.org/2000/svg}"


def rows(desk: Desk) -> list[timeline.TimelineRow]:
    return list(timeline.rows(desk.world.talks, desk.world.parties))


def drawn(every: Sequence[timeline.TimelineRow], clock: str | None = None) -> ET.Element:
    return ET.fromstring(draw(every, title="Talks", clock=clock))


def marks(svg: ET.Element) -> dict[str, dict[str, Any]]:
    """The marks by the event that they link to: whether hollow, and where."""
    found = {}
    for link in svg.iter(f"{SVG}a"):
        path = link.find(f"{SVG}path")
        if path is not None:
            x = float(path.attrib["transform"].removeprefix("translate(").split()[0])
            found[link.attrib["href"]] = {"x": x, "hollow": "hollow" in path.attrib["class"], "link": link}
    return found


def test_facts_stand_in_the_lane_of_their_forum_with_their_sentence() -> None:
    desk = set_table()
    talks = desk.record(TALKS)
    event = {"type": "RoundScheduled", "round": "geneva", "forum": "Strategic Stability Dialogue"}
    desk.record(event | {"starts": "2022-01-10", "ends": "2022-01-11"}, GENEVA, "2022-01-04")
    found = {row.event: row for row in rows(desk) if row.kind != "round"}
    assert found[talks.id].lane == "Strategic Stability Dialogue"
    assert found[talks.id].sentence == "united-states and russia held talks."
    assert {row.lane for row in found.values() if not row.round} == {"Between rounds"}
    assert len(found) == sum(1 for event in desk.world.events if not event.stream.startswith("parties/"))
    [band] = [row for row in rows(desk) if row.kind == "round"]
    assert (band.earliest, band.latest) == ("2022-01-10", "2022-01-11")


def test_rows_are_in_the_order_of_their_dates() -> None:
    desk = set_table()
    desk.record(TALKS, GENEVA, "2022-01-10")
    desk.record(NO_BREAKTHROUGH, GENEVA, "2022-01-09")
    first_days = [row.earliest or row.latest for row in rows(desk)]
    assert first_days == sorted(first_days, key=str)


def test_a_mark_stands_at_its_day_and_is_hollow_where_that_is_not_known() -> None:
    desk = set_table()
    certain = desk.record(TALKS, GENEVA, "2022-01-10")
    month = desk.record(NO_BREAKTHROUGH, GENEVA, "2022-01", published="2022-02-10")
    lasting = desk.record({**TALKS, "session": "day-2"}, GENEVA, "2022-01-20/2022-01-25", published="2022-02-10")
    svg = drawn(rows(desk))
    found = marks(svg)
    at = {name: found[f"/v1/events/{event.id}"] for name, event in
          (("certain", certain), ("month", month), ("lasting", lasting))}  # fmt: skip
    assert [at[name]["hollow"] for name in ("certain", "month", "lasting")] == [False, True, False]
    assert at["certain"]["x"] < at["month"]["x"] < at["lasting"]["x"]
    spans = {name: [line.attrib["class"] for line in one["link"].iter(f"{SVG}line")] for name, one in at.items()}
    assert spans == {"certain": [], "month": ["span unsure"], "lasting": ["span"]}


@pytest.mark.parametrize("clock", ["2022-01-11", "2022-03-01"])
def test_a_bar_stands_at_the_clock(clock: str) -> None:
    desk = set_table()
    desk.record(TALKS)
    [bar] = [line for line in drawn(rows(desk), clock).iter(f"{SVG}line") if line.attrib["class"] == "clock"]
    assert 0 < float(bar.attrib["x1"]) < WIDTH
    assert not [line for line in drawn(rows(desk)).iter(f"{SVG}line") if line.attrib["class"] == "clock"]


def test_every_mark_and_lane_can_be_read_aloud() -> None:
    desk = set_table()
    desk.record(TALKS)
    svg = drawn(rows(desk))
    assert svg.attrib["role"] == "graphics-document"
    assert svg.findtext(f"{SVG}title") == "Talks"
    for link in svg.iter(f"{SVG}a"):
        assert link.attrib["aria-label"] == link.findtext(f"{SVG}title") != ""
    [lanes] = [group for group in svg.findall(f"{SVG}g") if group.attrib.get("role") == "list"]
    assert [lane.attrib["aria-label"] for lane in lanes] == ["Between rounds", "geneva", "brussels"]


@pytest.mark.parametrize("facts", [0, 5, 500])
def test_marks_never_cover_each_other_and_none_is_lost(facts: int) -> None:
    desk = set_table()
    for number in range(facts):
        day = f"2022-{number % 3 + 1:02}-{number % 28 + 1:02}"
        demand = {**DEMAND, "demand": f"demand-{number}", "by": RUSSIA}
        desk.record(demand, NEGOTIATION, day, published="2022-06-01")
    every = rows(desk)
    svg = drawn(every)
    places = [(one["link"].find(f"{SVG}path").attrib["transform"]) for one in marks(svg).values()]
    assert len(places) == len(set(places))
    crowds = [
        int(text.text or "")
        for group in svg.iter(f"{SVG}g")
        if "more facts" in group.attrib.get("aria-label", "")
        for text in group.iter(f"{SVG}text")
    ]
    assert len(places) + sum(crowds) == sum(row.kind != "round" for row in every)
    assert float(svg.attrib["height"]) < 1500
    texts = [float(text.attrib["x"]) for text in svg.iter(f"{SVG}text")]
    assert all(0 <= x <= WIDTH for x in texts)


def test_words_of_the_record_are_no_markup() -> None:
    desk = set_table()
    text = '</text><script>alert(1)</script>&amp;"'
    desk.record({**DEMAND, "demand": "another", "text": text}, NEGOTIATION, "2021-12-18")
    svg = drawn(rows(desk))
    assert not list(svg.iter(f"{SVG}script"))
    assert svg.findtext(f"{SVG}style") == STYLE


@pytest.mark.parametrize("date", ["0001-01-01", "[..2022-01-11]", "XXXX", "../2022", "2022/.."])
def test_any_date_can_be_drawn(date: str) -> None:
    desk = set_table()
    talks = desk.record(TALKS, GENEVA, date, published="2022-12-31")
    assert f"/v1/events/{talks.id}" in marks(drawn(rows(desk)))


@pytest.mark.parametrize(("starts", "ends"), [("9999-12-31", None), ("0001-01-01", "9999-12-31"), ("2022~", "2023")])
def test_any_schedule_can_be_drawn(starts: str, ends: str | None) -> None:
    desk = set_table()
    desk.record({"type": "RoundScheduled", "round": "geneva", "starts": starts, "ends": ends}, GENEVA, "2022-01-04")
    assert sum("band" in rect.attrib["class"] for rect in drawn(rows(desk)).iter(f"{SVG}rect")) == 1
