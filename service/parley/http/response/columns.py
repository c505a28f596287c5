"""Tables: what stands in the columns of a list as CSV. Columns are never renamed, removed or moved; new ones come last.

Where several values are current, or several parties, sources and so on are meant, they stand in one cell, with `` | ``
between. What an event says in fields of its own stands in the table of fields (`negotiation.tables.fields`).
"""

import difflib
from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple

import msgspec

from negotiation.dates import parse
from negotiation.events.parties import SCHEMES
from negotiation.streams import stream
from negotiation.tables.moves import MoveRow
from negotiation.tables.search import SearchRow
from negotiation.tables.table import days
from parley.http.request.queries import Query
from parley.http.response.cells import Item, Row, joined, told_sources
from parley.http.response.changes import CHANGE_COLUMNS, change_rows
from parley.http.response.errors import MalformedRequest
from parley.telling.tables import TABLES as FLAT


class Table(NamedTuple):
    """The columns of a list, and the rows of one of its items."""

    columns: tuple[str, ...]
    rows: Callable[[Item], Iterator[Row]]


def _span(*written: str | None) -> tuple[str | None, str | None]:
    """The first and the last day that dates can mean, as ISO dates."""
    found = [days(parse(one).start) for one in written if one]
    first, last = [one for one, _ in found], [one for _, one in found]
    return (
        None if not first or None in first else min(filter(None, first)),
        None if not last or None in last else max(filter(None, last)),
    )


def _place(stream_name: str) -> tuple[str, str]:
    """The negotiation and the round of a stream; empty where there is none."""
    here = stream(stream_name)
    return ("", "") if here.is_party else (here.unit, here.part)


def _of(register: Item, field: str) -> str:
    """One field of a register's current values: of its brief form, or of one with evidence."""
    values = (value.get("value", value) if isinstance(value, dict) else value for value in register["values"])
    return joined(value.get(field) for value in values)


def _actors(by: Iterable[Item]) -> str:
    return joined(": ".join(filter(None, (one.get("party"), one.get("speaker")))) or one.get("as") for one in by)


def _ref(ref: Item) -> str:
    return " ".join(str(part) for part in ref.values())


def _negotiation(item: Item) -> Iterator[Row]:
    frame = item["frame"]
    yield (
        item["negotiation"],
        _of(frame, "title"),
        frame["contested"],
        item["rounds"],
        item["demands"],
        item["findings"],
        item["version"],
    )


_SCHEDULED: Final = ("forum", "starts", "ends", "venue", "format", "track")


def _round(item: Item) -> Iterator[Row]:
    schedule = item["schedule"]
    yield (
        item["negotiation"],
        item["round"],
        *(_of(schedule, field) for field in _SCHEDULED),
        schedule["contested"],
        _of(item["proceedings"], "type"),
        item["sessions"],
        joined(f"{_of(one, 'type')} ({_ref(one['assessed_by'])})" for one in item["outcomes"]),
        item["findings"],
        item["version"],
        *_span(*_each(schedule, "starts")),
        *_span(*_each(schedule, "ends")),
    )


def _each(register: Item, field: str) -> list[str]:
    return [value[field] for value in register["values"] if value.get(field)]


def _party(item: Item) -> Iterator[Row]:
    codes = [joined(item["codes"].get(scheme, ())) for scheme in SCHEMES]
    yield (item["party"], joined(item["names"]), joined(item["kinds"]), item["version"], *codes)


def _demand(item: Item) -> Iterator[Row]:
    """A row an answer; parties without one, where they are asked for, have theirs, too: ``unknown``, ``not put``."""
    totals = (item["unknown"]["total"], item["not_put"]["total"])
    demand = (
        item["demand"],
        joined(item["by"]),
        joined(item["to"]),
        _of(item["text"], "text"),
        item["withdrawn"],
        joined(item["tabled_in"]),
    )
    evidence = [one for answer in item["answers"] for value in answer["values"] for one in value["evidence"]]
    negotiation = next((_place(one)[0] for one in (*item["tabled_in"], *(one["stream"] for one in evidence))), "")
    for answer in item["answers"]:
        for value in answer["values"]:
            first = value["evidence"][0]
            yield (
                *demand,
                answer["party"],
                answer["basis"],
                answer.get("through"),
                answer.get("provision"),
                value["value"].get("answer"),
                value["since"],
                answer["contested"],
                told_sources(source for one in value["evidence"] for source in one["sources"]),
                answer.get("alternatives", False),
                joined(condition["text"] for condition in value["value"].get("if", ())),
                *totals,
                negotiation,
                first["event"],
                first["position"],
                *_span(value["since"]),
            )
    silent = [(party, "unknown") for party in item["unknown"].get("parties", ())]
    silent += [(party, "not put") for party in item["not_put"].get("parties", ())]
    if not silent and not any(answer["values"] for answer in item["answers"]):
        silent = [("", "")]
    for party, basis in silent:
        yield (
            *demand,
            party,
            basis,
            None,
            None,
            None,
            None,
            None,
            None,
            None,
            None,
            *totals,
            negotiation,
            None,
            None,
            None,
            None,
        )


def _finding(item: Item) -> Iterator[Row]:
    related = joined([*item.get("related", ()), *(["..."] if item.get("related_more") else [])])
    said = (item["type"], item["message"], item["event_type"], item["occurred"], item["stream"], item["event"], related)
    yield (*said, *_place(item["stream"]), *_span(item["occurred"]))


def _event(item: Item) -> Iterator[Row]:
    event, revised = item["event"], item.get("revised", {})
    yield (
        item["position"],
        item["stream"],
        item["version"],
        item["id"],
        event["type"],
        item.get("occurred"),
        item["recorded_at"],
        item["recorded_by"],
        _actors(event.get("by", ())),
        event.get("text"),
        told_sources(item.get("sources", ())),
        item["id"],
        revised.get("standing"),
        joined(revised.get("by", ())),
        *_place(item["stream"]),
        *_span(item.get("occurred")),
    )


def _flat(row: type[msgspec.Struct]) -> Table:
    """The columns of what is flat already: its fields."""
    fields = row.__struct_fields__

    def cells(item: Item) -> Iterator[Row]:
        values = (item.get(field) for field in fields)
        yield tuple([joined(value) if isinstance(value, list) else value for value in values])

    return Table(fields, cells)


TABLES: Final = {
    **{table.row.__name__: _flat(table.row) for table in FLAT},
    SearchRow.__name__: _flat(SearchRow),
    "NegotiationSummary": Table(
        ("negotiation", "title", "contested", "rounds", "demands", "findings", "version"), _negotiation
    ),
    "RoundSummary": Table(
        (
            "negotiation",
            "round",
            *_SCHEDULED,
            "contested",
            "proceedings",
            "sessions",
            "outcomes",
            "findings",
            "version",
            "starts_earliest",
            "starts_latest",
            "ends_earliest",
            "ends_latest",
        ),
        _round,
    ),
    "PartySummary": Table(("party", "name", "kind", "version", *SCHEMES), _party),
    "Demand": Table(
        (
            "demand",
            "by",
            "to",
            "text",
            "withdrawn",
            "tabled_in",
            "party",
            "basis",
            "through",
            "provision",
            "answer",
            "since",
            "contested",
            "sources",
            "alternatives",
            "conditions",
            "unknown",
            "not_put",
            "negotiation",
            "event",
            "position",
            "since_earliest",
            "since_latest",
        ),
        _demand,
    ),
    "Finding": Table(
        (
            *("type", "message", "event_type", "occurred", "stream", "event", "related"),
            *("negotiation", "round", "earliest", "latest"),
        ),
        _finding,
    ),
    "ListedEvent": Table(
        (
            "position",
            "stream",
            "version",
            "id",
            "type",
            "occurred",
            "recorded_at",
            "recorded_by",
            "by",
            "text",
            "sources",
            "event",
            "standing",
            "revised_by",
            "negotiation",
            "round",
            "earliest",
            "latest",
        ),
        _event,
    ),
    "Change": Table(CHANGE_COLUMNS, change_rows),
    "MoveRow": _flat(MoveRow),
}
"""By the component of the OpenAPI document that an item is."""


def table_of(items: str, query: Query) -> Table:
    """The table of a list, with the columns that are asked for; raises MalformedRequest for one that it has not."""
    table = TABLES[items]
    text = query.get("fields")
    if text is None:
        return table
    wanted = tuple(dict.fromkeys(text.split(",")))
    for name in wanted:
        if name not in table.columns:
            near = difflib.get_close_matches(name, table.columns, 1)
            meant = f"; did you mean {near[0]}?" if near else ""
            shown = name[:60].encode("unicode_escape").decode()
            remedy = f"there is no column `{shown}` here, there are {', '.join(table.columns)}{meant}"
            raise MalformedRequest(name="fields", remedy=remedy)
    places = [table.columns.index(name) for name in wanted]
    return Table(wanted, lambda item: (tuple([row[place] for place in places]) for row in table.rows(item)))
