"""Tables: what stands in the columns of a list as CSV. Columns are never renamed, removed or moved; new ones come last.

Where several values are current, or several parties, sources and so on are meant, they stand in one cell, with `` | ``
between. What has no columns of its own is a cell of JSON.
"""

import difflib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, NamedTuple

import msgspec

from negotiation.tables.moves import MoveRow
from parley.http.request.queries import Query
from parley.http.response.cells import Item, Row, joined, told_sources
from parley.http.response.changes import CHANGE_COLUMNS, change_rows
from parley.http.response.errors import MalformedRequest
from parley.telling.tables import TABLES as FLAT


class Table(NamedTuple):
    """The columns of a list, and the rows of one of its items."""

    columns: tuple[str, ...]
    rows: Callable[[Item], Iterator[Row]]


def _json(value: Any) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()


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
    )


def _party(item: Item) -> Iterator[Row]:
    kinds = joined(one.get("kind") for one in item["identities"])
    yield (item["party"], joined(item["names"]), kinds, item["version"])


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
    for answer in item["answers"]:
        for value in answer["values"]:
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
            )
    silent = [(party, "unknown") for party in item["unknown"].get("parties", ())]
    silent += [(party, "not put") for party in item["not_put"].get("parties", ())]
    if not silent and not any(answer["values"] for answer in item["answers"]):
        silent = [("", "")]
    for party, basis in silent:
        yield (*demand, party, basis, None, None, None, None, None, None, None, None, *totals)


def _finding(item: Item) -> Iterator[Row]:
    related = joined(item.get("related", ()))
    yield (item["type"], item["message"], item["event_type"], item["occurred"], item["stream"], item["event"], related)


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
        _json(event),
        revised.get("standing"),
        joined(revised.get("by", ())),
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
        ),
        _round,
    ),
    "PartySummary": Table(("party", "name", "kind", "version"), _party),
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
        ),
        _demand,
    ),
    "Finding": Table(("type", "message", "event_type", "occurred", "stream", "event", "related"), _finding),
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
