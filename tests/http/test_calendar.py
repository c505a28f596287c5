"""The calendar as a subscription, read back by a library of others."""

from typing import Any

import httpx
from icalendar import Calendar

from tests.http.world import N, fact, record, record_frame

PARIS = f"{N}/rounds/paris"
LIMA = f"{N}/rounds/lima"
ADDRESS = f"{N}/calendar.ics"


async def entries(client: httpx.AsyncClient, **clocks: Any) -> dict[str, Any]:
    """The entries by UID."""
    answer = await client.get(ADDRESS, params=clocks)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    found = Calendar.from_ical(answer.content)
    assert found["X-WR-CALNAME"] == "Security"
    every = {str(event["UID"]): event for event in found.walk("VEVENT")}
    assert len(every) == len(found.walk("VEVENT"))
    return every


def lasting(event: Any) -> tuple[str, str]:
    return str(event["DTSTART"].dt), str(event["DTEND"].dt)


def scheduled(round_: str, starts: str | None = None, **more: Any) -> dict[str, Any]:
    dated = {} if starts is None else {"starts": starts}
    return fact("RoundScheduled", round=round_, **dated, **more)


async def test_entries_have_days_places_and_stable_names(recorder: httpx.AsyncClient) -> None:
    await record_frame(recorder)
    await record(recorder, f"{PARIS}/events", scheduled("paris", "2022-01-10", ends="2022-01-11", venue="Paris"))
    await record(recorder, f"{PARIS}/events", fact("TalksHeld", "2022-01-10T09:00:00+01:00", session="day-1"))
    due = fact("DeadlineSet", deadline="answer", what="A written answer; soon, please", due="2022-02")
    await record(recorder, f"{N}/events", due)
    found = await entries(recorder)
    round_ = found["round-paris-paris@european-security.parley.invalid"]
    assert lasting(round_) == ("2022-01-10", "2022-01-12")  # the day after the last
    assert (round_["LOCATION"], round_["STATUS"]) == ("Paris", "CONFIRMED")
    talks = found["talks-paris-day-1@european-security.parley.invalid"]
    assert talks["DTSTART"].dt.isoformat() == "2022-01-10T08:00:00+00:00"
    deadline = found["deadline-answer@european-security.parley.invalid"]
    assert lasting(deadline) == ("2022-02-01", "2022-03-01")
    assert deadline["SUMMARY"] == "Deadline answer: A written answer; soon, please (date uncertain)"


async def test_what_was_called_off_or_put_off_stays_as_cancelled_and_goes_up_in_sequence(
    recorder: httpx.AsyncClient,
) -> None:
    await record_frame(recorder)
    await record(recorder, f"{PARIS}/events", scheduled("paris", "2022-01-10"))
    await record(recorder, f"{LIMA}/events", scheduled("lima", "2022-01-12"))
    before = await entries(recorder)
    paris, lima = (f"round-{name}-{name}@european-security.parley.invalid" for name in ("paris", "lima"))
    assert {str(before[uid]["STATUS"]) for uid in (paris, lima)} == {"TENTATIVE"}
    put_off = {**scheduled("paris"), "occurred": "2022-01-11"}
    await record(recorder, f"{PARIS}/events", put_off)
    await record(recorder, f"{LIMA}/events", fact("RoundCancelled", "2022-01-11"))
    after = await entries(recorder)
    for uid, day in ((paris, "2022-01-10"), (lima, "2022-01-12")):
        assert after[uid]["STATUS"] == "CANCELLED"
        assert str(after[uid]["DTSTART"].dt) == day
        assert after[uid]["SEQUENCE"] > before[uid]["SEQUENCE"]


async def test_it_is_read_at_clocks_and_kept(recorder: httpx.AsyncClient) -> None:
    await record_frame(recorder)
    [first] = await record(recorder, f"{PARIS}/events", scheduled("paris", "2022-01-10"))
    await record(recorder, f"{PARIS}/events", fact("TalksHeld", session="day-1"))
    assert "talks-paris-day-1@european-security.parley.invalid" not in await entries(recorder, as_of=first["position"])
    tag = (await recorder.get(ADDRESS)).headers["etag"]
    assert (await recorder.get(ADDRESS, headers={"If-None-Match": tag})).status_code == 304


async def test_a_text_cannot_add_lines_of_its_own(recorder: httpx.AsyncClient) -> None:
    await record_frame(recorder)
    venue = "Paris\nSTATUS:CANCELLED"
    await record(recorder, f"{PARIS}/events", scheduled("paris", "2022-01-10", venue=venue))
    found = (await entries(recorder))["round-paris-paris@european-security.parley.invalid"]
    assert (found["LOCATION"], found["STATUS"]) == (venue.replace("\n", " "), "TENTATIVE")


async def test_a_date_at_the_end_of_the_calendar_is_an_entry_like_others(recorder: httpx.AsyncClient) -> None:
    await record_frame(recorder)
    for name, due in (("never", "9999"), ("last", "9999-12-31")):
        await record(recorder, f"{N}/events", fact("DeadlineSet", deadline=name, what="Something", due=due))
    found = await entries(recorder)
    for name in ("never", "last"):
        assert str(found[f"deadline-{name}@european-security.parley.invalid"]["DTEND"].dt) == "9999-12-31"
    for address in ("calendar", "deadlines", "timeline", "talk-days"):
        assert (await recorder.get(f"{N}/{address}")).status_code == 200
    assert (await recorder.get(f"{N}/timeline.svg")).status_code == 200
