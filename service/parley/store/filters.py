"""Which events somebody wants: asked of the database, or of an event in hand."""

from functools import cached_property
from typing import Any, Final, NamedTuple

import asyncpg

from negotiation.events.catalogue import EventCorrected
from negotiation.events.fact import Fact
from negotiation.state.grounds import grounds, introductions
from negotiation.streams import stream as taken_apart
from parley.store.damage import check_dense, check_streams, event_of
from parley.store.log import read_head

LAST: Final = 2**63 - 1
"""The last position that there can be."""

_COLUMNS: Final = "notification_id, originator_id, originator_version, unit, topic, state, event_id"
_EVENTS: Final = f"SELECT (SELECT position FROM head) AS head, {_COLUMNS} FROM parley_events WHERE "  # noqa: S608 - ours
# Each column that may be asked for has an index with the positions behind it. Rows are compared, not columns one by
# one, so that no other index has the order, and no plan goes through the whole record for a few of its events. Streams
# have a second index, by version, which such a comparison might use for all of a stream: of them there are many.
_END: Final = "least($2, (SELECT position FROM head))"
"""What lies behind the head is not on record, however it came there."""
_BEHIND: Final = f"({{0}}, notification_id) > ({{1}}, $1) AND ({{0}}, notification_id) <= ({{1}}, {_END})"
_BEHIND_IN_STREAM: Final = f"originator_id = $4 AND notification_id > $1 AND notification_id <= {_END}"
# The first of each unit by its own index, and of these the first: many units may come before one of these.
_OF_UNITS: Final = f"""
SELECT found.* FROM unnest($4::text[]) AS wanted (unit) CROSS JOIN LATERAL (
    {_EVENTS}{_BEHIND.format("parley_events.unit", "wanted.unit")}{{}}
    ORDER BY parley_events.unit, notification_id LIMIT $3
) AS found ORDER BY notification_id LIMIT $3
"""  # noqa: S608 - as above


class Filter(NamedTuple):
    """Only events of a stream, of a unit (a negotiation, or ``parties``), of a type, or that name a party.

    ``units``: only of these, whatever else is asked; None: of all.
    """

    stream: str | None = None
    unit: str | None = None
    type: str | None = None
    party: str | None = None
    units: frozenset[str] | None = None

    def columns(self) -> list[tuple[str, str]]:
        """What the table's columns must be; the party is in none of them."""
        topic = None if self.type is None else f"negotiation.{self.type}"
        wanted = (("originator_id", self.stream), ("unit", self.unit), ("topic", topic))
        return [(column, value) for column, value in wanted if value is not None]


ALL: Final = Filter()


class Event:
    """An event in hand. The parties that it names are looked for once, where anybody wants to know."""

    def __init__(self, row: asyncpg.Record) -> None:
        self.row = row
        self.position: int = row["notification_id"]
        self.stream: str = row["originator_id"]
        self.unit: str = row["unit"]
        self.type: str = row["topic"].rpartition(".")[2]

    def is_wanted(self, by: Filter) -> bool:
        """Whether it is as the filter asks."""
        return (
            (by.units is None or self.unit in by.units)
            and by.unit in {None, self.unit}
            and by.stream in {None, self.stream}
            and by.type in {None, self.type}
            and (by.party is None or self._names(by.party))
        )

    def _names(self, party: str) -> bool:
        # Most events are told apart by their letters already.
        return f'"{party}"'.encode() in self.row["state"] and party in self.parties

    @cached_property
    def parties(self) -> frozenset[str]:
        """The parties that it names."""
        return parties_named(self.row)


def statement(wanted: Filter) -> tuple[str, list[Any]]:
    """The query for events behind $1, up to $2, whose columns are as wanted, $3 of them; and the values of the rest."""
    columns = wanted.columns()
    values = [value for _, value in columns]
    if wanted.units is not None:
        conditions = "".join(f" AND {column} = ${index}" for index, (column, _) in enumerate(columns, 5))
        return _OF_UNITS.format(conditions), [sorted(wanted.units), *values]
    if not columns:
        return f"{_EVENTS}notification_id > $1 AND notification_id <= {_END} ORDER BY notification_id LIMIT $3", []
    (first, _), *others = columns
    behind = _BEHIND_IN_STREAM if first == "originator_id" else _BEHIND.format(first, "$4")
    conditions = "".join(f" AND {column} = ${index}" for index, (column, _) in enumerate(others, 5))
    return f"{_EVENTS}{behind}{conditions} ORDER BY {first}, notification_id LIMIT $3", values


async def rows(
    connection: asyncpg.Connection | asyncpg.Pool, wanted: Filter, after: int, until: int, limit: int
) -> list[asyncpg.Record]:
    """The first events behind ``after``, up to ``until``, whose columns are as wanted.

    Raises RecordDamaged where it shows that there were more.
    """
    query, values = statement(wanted)
    found = list(await connection.fetch(query, after, until, limit, *values))
    if not found or found[0]["head"] is None:
        await read_head(connection)  # which tells where it is missing
    if wanted.type is None:
        check_streams(found, after)
        if wanted.units is None and wanted.unit is None and wanted.stream is None:
            check_dense(found, after)
    return found


def parties_named(row: asyncpg.Record) -> frozenset[str]:
    """The parties that the event's payload names, wherever in it."""
    event = event_of(row).event
    fact = event.replacement if isinstance(event, EventCorrected) else event
    if not isinstance(fact, Fact):
        return frozenset()
    named = [ground.name for ground in grounds(fact)]
    named += [introduction.name for introduction in introductions(fact, taken_apart(row["originator_id"]))]
    return frozenset(name.id for name in named if name.kind == "party")
