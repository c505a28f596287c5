"""The calendar of a negotiation as iCalendar (RFC 5545), for people who subscribe to it.

An entry keeps its UID for good. SEQUENCE is the last position in the negotiation, so it never goes back. What was
called off or put off stays as CANCELLED, on the last days that it had.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, assert_never

from icalendar import Calendar, Event
from msgspec.structs import replace

from negotiation.dates import When, parse
from negotiation.state import register_keys
from negotiation.state.dossier import Dossier
from negotiation.state.registers import chronological
from negotiation.tables.calendar import CalendarRow, rows
from negotiation.tables.table import days
from parley.harmless import one_line
from parley.telling.phrases import Names
from parley.telling.titles import title_of

REFRESH: Final = timedelta(hours=1)
"""How often a program is asked to look again."""

_STATUS: Final = {
    "planned": "TENTATIVE",
    "postponed": "CANCELLED",
    "cancelled": "CANCELLED",
    "lifted": "CANCELLED",
}


def subscription(negotiation: str, dossier: Dossier, parties: Dossier) -> bytes:
    """The calendar: every round, session, pause and deadline that has, or had, a date."""
    latest = dossier.history.latest
    last = next(event for event in dossier.history.lives.events.values() if event.position == latest)
    stamp = datetime.fromisoformat(last.recorded_at)
    calendar = Calendar()
    calendar.add("prodid", "-//Parley//Record of negotiations//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", one_line(title_of(negotiation, dossier)))
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", REFRESH)
    names = Names(parties)
    for row in _dated(dossier, parties):
        calendar.add_component(_entry(row, negotiation, names, latest, stamp))
    return bytes(calendar.to_ical())


def _dated(dossier: Dossier, parties: Dossier) -> Iterator[CalendarRow]:
    for row in rows(dossier, parties):
        dated = row if row.starts is not None else _as_it_was(row, dossier)
        if (dated.earliest or dated.latest) is not None:
            yield dated


def _as_it_was(row: CalendarRow, dossier: Dossier) -> CalendarRow:
    """An entry that has lost its date, with the last that it had; unchanged where it never had one."""
    key = register_keys.schedule(row.round) if row.kind == "round" else register_keys.deadline(row.name)
    field = "starts" if row.kind == "round" else "due"
    for one in sorted(dossier.history.assertions(key).values(), key=chronological, reverse=True):
        starts = getattr(one.known.event, field)
        if starts is not None:
            earliest, latest = days(parse(starts).last)
            return replace(row, starts=starts, earliest=earliest, latest=latest)
    return row


def _entry(row: CalendarRow, negotiation: str, names: Names, sequence: int, stamp: datetime) -> Event:
    entry = Event()
    # Sources that differ give one thing several entries: then the event tells them apart.
    parts = [row.kind, row.round, row.name, *([row.event] if row.contested else [])]
    entry.add("uid", f"{'-'.join(filter(None, parts))}@{negotiation}.parley.invalid")
    entry.add("sequence", sequence)
    entry.add("dtstamp", stamp)
    entry.add("status", _STATUS.get(row.state, "CONFIRMED"))
    entry.add("summary", one_line(_summary(row, names)))
    entry.add("description", _description(row))
    entry.add("categories", [row.kind])
    entry.add("transp", "TRANSPARENT")
    if row.venue:
        entry.add("location", one_line(row.venue))
    moment = _moment(row)
    if moment is not None:
        entry.add("dtstart", moment)
        return entry
    first = date.fromisoformat(row.earliest or row.latest or "")
    last = first if row.latest is None else date.fromisoformat(row.latest)
    entry.add("dtstart", first)
    entry.add("dtend", date.fromordinal(min(last.toordinal() + 1, date.max.toordinal())))
    return entry


def _moment(row: CalendarRow) -> datetime | None:
    """The moment of what is dated to a time and does not last."""
    if row.starts is None or row.ends is not None or "T" not in row.starts:
        return None
    try:
        return datetime.fromisoformat(row.starts).astimezone(UTC)
    except ValueError:  # a stretch with times
        return None


def _summary(row: CalendarRow, names: Names) -> str:
    unsure = " (date uncertain)" if _is_unsure(row) else ""
    return f"{_what(row, names)}{unsure}{' (contested)' if row.contested else ''}"


def _what(row: CalendarRow, names: Names) -> str:
    match row.kind:
        case "round":
            return f"Round {row.name}" + (f" ({row.detail})" if row.detail else "")
        case "talks":
            who = f": {names.parties(row.parties).plain}" if row.parties else ""
            return f"Talks in {row.round}, {row.name}{who}"
        case "pause":
            return f"Pause{f' of {row.round}' if row.round else ''}: {row.detail}"
        case "deadline":
            return f"Deadline {row.name}: {row.detail}"
        case _ as never:
            assert_never(never)


def _is_unsure(row: CalendarRow) -> bool:
    """Whether the days at which it starts or ends are not known."""
    return any(_spans_days(parse(written)) for written in (row.starts, row.ends) if written is not None)


def _spans_days(when: When) -> bool:
    intervals = (when.start, *(() if when.until is None else (when.until,)))
    return any(first is None or first != last for first, last in map(days, intervals))


def _description(row: CalendarRow) -> str:
    """Lines of our own: those of the record are one line each."""
    dates = " to ".join(one for one in (row.starts, row.ends) if one)
    lines: list[Any] = [f"State: {row.state}", f"Dated: {dates}", f"Sources: {one_line('; '.join(row.sources))}"]
    if row.kind == "talks" and row.detail:
        lines.append(f"Rooms: {one_line(row.detail)}")
    return "\n".join([*lines, f"Event: {row.event} (position {row.position})"])
