"""Tables of a negotiation: an address for each, with a filter for each column that can have one."""

import difflib
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp
from msgspec import Struct, json

from negotiation.documents.party import party_exists
from negotiation.state.dossier import Dossier
from negotiation.tables.table import Hidden, Table
from parley.http.operations import Call, Operation, Parameter, missing, reads
from parley.http.request.clocks import pinned_clocks
from parley.http.request.parameters import HAPPENED_BY, PAGING_AT
from parley.http.request.queries import Query
from parley.http.response import answers, paging
from parley.http.response.errors import MalformedRequest, NotFound, NotYetAtThisReading
from parley.queries.tables import Compose, composed, rows_page
from parley.store.reading import Document
from parley.telling.tables import TABLES

MOST_CHARACTERS: Final = 300
"""Of a filter."""


def filters_of(row: type[Struct]) -> dict[str, Parameter]:
    """A query parameter for each column that holds texts or yes and no."""
    _, found = json.schema_components([row])
    return {
        name: Parameter(name, f"Only rows with this `{name}`.", taken, example)
        for name, schema in found[row.__name__]["properties"].items()
        for taken, example in _taken(schema)
    }


def _taken(schema: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], str]]:
    """What a filter on a column takes, and an example; nothing for a number."""
    kinds = {one.get("type") for one in schema.get("anyOf", [schema])}
    if "enum" in schema:
        named = [one for one in schema["enum"] if one is not None]
        yield {"type": "string", "enum": named}, named[0]
    elif "boolean" in kinds:
        yield {"type": "string", "enum": ["true", "false"]}, "true"
    elif "integer" not in kinds:
        (example, *_) = schema["examples"]
        text = {"type": "string", "minLength": 1, "maxLength": MOST_CHARACTERS}
        yield text, example if isinstance(example, str) else example[0]


_TRUE: Final = {"type": "string", "enum": ["true"]}

FROM: Final = Parameter(
    "from", "Only rows that can lie on this day or later.", {"type": "string", "format": "date"}, "2022-01-10"
)
TO: Final = Parameter(
    "to", "Only rows that can lie on this day or before.", {"type": "string", "format": "date"}, "2022-01-12"
)


ON: Final = Parameter(
    "on", "Only what stood on this day: the same as `happened_by`.", {"type": "string", "format": "date"}, "2022-01-10"
)


def _route(table: Table) -> HTTPRouteHandler:
    filters = filters_of(table.row)
    columns = set(table.row.__struct_fields__)
    assert not columns & {one.name for one in (*PAGING_AT, FROM, TO)}, "a column is named as a parameter of every table"
    range_ = (FROM, TO) if columns >= {"earliest", "latest"} else ()
    flag = _flag(table.hidden)

    @reads(
        f"/negotiations/{{negotiation:str}}/{table.name}",
        Operation(
            id=f"list{table.id}",
            tag="Tables",
            summary=f"List the {table.title} of a negotiation",
            description=(table.row.__doc__ or "").partition("\n")[0],
            query=(*PAGING_AT, *((ON,) if table.on_a_day else ()), *flag, *range_, *filters.values()),
            items=table.row.__name__,
        ),
    )
    async def list_rows(call: Call) -> ASGIApp:
        if table.on_a_day:
            call = _on_a_day(call)
        cursor, limit = paging.asked(paging.ROWS, call.address, call.query)
        wanted = wanted_of(filters, call.query)
        hidden = None if is_set(flag, call.query) or _asked_for(table.hidden, wanted) else table.hidden
        first, last = day(call.query, FROM.name), day(call.query, TO.name)
        negotiation, recording = call.path["negotiation"], call.recording
        clocks = await pinned_clocks(call)

        def rows(dossier: Dossier, parties: Dossier) -> Sequence[Struct]:
            found = filtered(list(table.rows(dossier, parties)), wanted, filters, parties)
            if hidden is not None:
                found = [row for row in found if getattr(row, hidden.column) not in hidden.values]
            return [row for row in found if _overlaps(row, first, last)] if range_ else found

        found = await rows_page(
            recording.pool,
            recording.folds,
            clocks,
            negotiation,
            rows,
            after=int(cursor[0]) if cursor else 0,
            limit=sys.maxsize if call.whole else limit,
        )
        if found is None:
            raise await absent(call, call.path["negotiation"])
        # Later pages are of the same reading, whatever is recorded meanwhile.
        pinned = {**call.query, "as_of": str(clocks.reading.as_of)}
        return answers.page(call._replace(query=pinned), paging.ROWS, found)

    return list_rows


def _on_a_day(call: Call) -> Call:
    """The call with its day as the clock that it is; raises MalformedRequest where that is given, too."""
    asked = day(call.query, ON.name)
    if asked is None:
        return call
    if HAPPENED_BY.name in call.query:
        raise MalformedRequest(name=ON.name, remedy="is the same as `happened_by`: give one of them")
    rest = {name: value for name, value in call.query.items() if name != ON.name}
    return call._replace(query={**rest, HAPPENED_BY.name: asked})


def _flag(hidden: Hidden | None) -> tuple[Parameter, ...]:
    return () if hidden is None else (Parameter(hidden.flag, hidden.description, _TRUE, "true"),)


def _asked_for(hidden: Hidden | None, wanted: Mapping[str, str]) -> bool:
    return hidden is not None and wanted.get(hidden.column) in hidden.values


def is_set(flags: Sequence[Parameter], query: Query) -> bool:
    """Whether a flag is `true`; raises MalformedRequest for anything else."""
    return bool(wanted_of({flag.name: flag for flag in flags}, query))


def filtered(
    every: Sequence[Struct], wanted: Mapping[str, str], filters: Mapping[str, Parameter], parties: Dossier
) -> Sequence[Struct]:
    """The rows that have what is wanted; raises MalformedRequest for a value that there is nowhere."""
    for name, value in wanted.items():
        if not any(_matches(getattr(row, name), value) for row in every):
            check_exists(name, value, filters[name], every, parties)
    return [row for row in every if _has(row, wanted)]


async def composed_of(call: Call, compose: Compose[bytes | None], *, with_reading: bool = True) -> Document:
    """What is composed of the negotiation of a request, at its clocks; raises NotFound or NotYetAtThisReading.

    ``with_reading``: it is JSON, and tells the clocks as its last field.
    """
    recording = call.recording
    clocks = await pinned_clocks(call)
    found = await composed(
        recording.pool, recording.folds, clocks, call.path["negotiation"], compose, with_reading=with_reading
    )
    if found is None:
        raise await absent(call, call.path["negotiation"])
    return found


async def absent(call: Call, negotiation: str) -> NotFound | NotYetAtThisReading:
    """Why there is no such negotiation at the clocks of a request."""
    if await call.recording.live.negotiation(negotiation) is not None:
        return NotYetAtThisReading(kind="negotiation", name=negotiation)
    return missing("negotiation", negotiation)


def wanted_of(filters: Mapping[str, Parameter], query: Query) -> dict[str, str]:
    """The filters of a query; raises MalformedRequest for what a column cannot hold."""
    found = {name: value for name, value in query.items() if name in filters}
    for name, value in found.items():
        schema = filters[name].schema
        allowed = schema.get("enum")
        if allowed is not None and value not in allowed:
            near = difflib.get_close_matches(value, allowed, 1)
            meant = f"; did you mean {near[0]}?" if near else ""
            raise MalformedRequest(name=name, remedy=f"write one of {', '.join(allowed)}{meant}")
        if not 0 < len(value) <= MOST_CHARACTERS:
            raise MalformedRequest(name=name, remedy=f"write 1 to {MOST_CHARACTERS} characters")
    return found


def day(query: Query, name: str) -> str | None:
    """A parameter that is a day; raises MalformedRequest."""
    value = query.get(name)
    try:
        return None if value is None else date.fromisoformat(value).isoformat()
    except ValueError as error:
        raise MalformedRequest(name=name, remedy="write a day as YYYY-MM-DD, such as 2022-01-10") from error


def _overlaps(row: Any, first: str | None, last: str | None) -> bool:
    """Whether a row can lie on a day from the first to the last."""
    begins_in_time = last is None or row.earliest is None or row.earliest <= last
    return begins_in_time and (first is None or row.latest is None or row.latest >= first)


def check_exists(name: str, value: str, parameter: Parameter, every: Sequence[Struct], parties: Dossier) -> None:
    """Raise MalformedRequest for a value that no row has, and that neither the column nor the parties know."""
    if "enum" in parameter.schema or (paging.is_slug(value) and party_exists(parties, value)):
        return
    cells = (getattr(row, name) for row in every)
    known = sorted({one for cell in cells for one in (cell if isinstance(cell, tuple) else (cell,)) if one})
    near = difflib.get_close_matches(value, known, 1)
    remedy = f"did you mean {near[0]}?" if near else "leave it out to see what there is"
    raise MalformedRequest(name=name, remedy=f"no row has this value; {remedy}")


def _has(row: Struct, wanted: Mapping[str, str]) -> bool:
    return all(_matches(getattr(row, name), value) for name, value in wanted.items())


def _matches(cell: object, value: str) -> bool:
    match cell:
        case bool():
            return value == ("true" if cell else "false")
        case tuple():
            return value in cell
        case _:
            return cell == value


HANDLERS: Final = tuple(map(_route, TABLES))
