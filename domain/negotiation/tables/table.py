"""What every table has: its name, the shape of its rows, and the columns that say where a row comes from."""

from collections.abc import Callable, Iterable
from typing import Annotated, Final, NamedTuple, TypeAlias

from msgspec import Meta, Struct

from negotiation.dates import Interval, day_text
from negotiation.references import SLUG_PATTERN
from negotiation.sources import Source, date_of
from negotiation.state.dossier import Dossier
from negotiation.state.facts import Known
from negotiation.state.history import History
from negotiation.state.register_keys import Key

Make: TypeAlias = Callable[[Dossier, Dossier], Iterable[Struct]]
"""Makes the rows of a table from the negotiation's dossier and that of the parties, at one reading."""


class Hidden(NamedTuple):
    """Rows that are left out unless they are asked for: by ``flag``, or by a filter on ``column``.

    They are those that have one of ``values`` in that column. ``description`` says what the flag does.
    """

    flag: str
    column: str
    values: tuple[str, ...]
    description: str


class Table(NamedTuple):
    """A table of a negotiation.

    ``name`` ends its address. ``title`` is a plural in small letters. ``row`` is a flat Struct: its fields are texts,
    numbers, yes or no, or tuples of texts, and each has a description. The docstring of ``row`` says what a row is.
    ``on_a_day``: its rows stand from one day to another, so that people ask for those of one day.
    """

    name: str
    title: str
    row: type[Struct]
    rows: Make
    hidden: Hidden | None = None
    on_a_day: bool = False

    @property
    def id(self) -> str:
        """What operations are called after it: ``Deadlines``."""
        return "".join(word.capitalize() for word in self.name.split("-"))


_SLUG: Final = Meta(pattern=f"^{SLUG_PATTERN}$", max_length=64)

# Columns that several tables have, each with its sentence and an example.
PartySlug = Annotated[str, _SLUG, Meta(description="The party.", examples=["russia"])]
RoundSlug = Annotated[
    str,
    Meta(
        pattern=f"^({SLUG_PATTERN})?$",
        max_length=64,
        description="The round; empty: between rounds.",
        examples=["geneva"],
    ),
]
Contested = Annotated[bool, Meta(description="Whether sources differ: then each value has a row of its own.")]
Occurred = Annotated[str, Meta(description="When it happened, as the source dates it (EDTF).", examples=["2022-01-10"])]
Earliest = Annotated[
    str | None, Meta(description="The first day that `occurred` can mean; null: not known.", examples=["2022-01-10"])
]
Latest = Annotated[
    str | None, Meta(description="The last day that `occurred` can mean; null: not known.", examples=["2022-01-10"])
]
Sources = Annotated[
    tuple[str, ...],
    Meta(description="Who says so: publisher and date.", examples=[["The Example Gazette, 2022-01-11"]]),
]
EventOf = Annotated[
    str,
    Meta(
        description="The event that says it: `/v1/events/{event}` is its address.",
        examples=["00000000-0000-4000-8000-000000000017"],
    ),
]
PositionOf = Annotated[int, Meta(description="The position of that event in the record.", examples=[17])]


def days(interval: Interval) -> tuple[str | None, str | None]:
    """The first and the last day of an interval, as ISO dates; None where it has no bound."""
    return day_text(interval.begins), day_text(interval.ends - 1)


def span(known: Known) -> tuple[str | None, str | None]:
    """The first and the last day of a fact: that a moment can lie on, or that what lasts is asserted for."""
    last = known.start if known.when.shape == "moment" else known.when.until or known.stands
    return days(known.start)[0], days(last)[1]


def values(history: History, key: Key) -> list[list[Known]]:
    """The current values of a register: of each the facts that it rests on, by date. Several values are contested."""
    found: dict[bytes, list[Known]] = {}
    for one in history.standing(key):
        found.setdefault(one.same, []).append(one.known)
    return list(found.values())


def told(source: Source) -> str:
    """A source in a cell: publisher and date."""
    return f"{source.publisher}, {date_of(source)}"


def cited(known: Known) -> "Cited":
    """Where a row comes from: its date, who says so, and the event."""
    earliest, latest = days(known.start)
    return Cited(
        occurred=known.occurred,
        earliest=earliest,
        latest=latest,
        sources=tuple(dict.fromkeys(map(told, known.sources))),
        event=known.id,
        position=known.position,
    )


class Cited(NamedTuple):
    """The columns at the end of a row: a row takes them with ``**cited(known)._asdict()``."""

    occurred: str
    earliest: str | None
    latest: str | None
    sources: tuple[str, ...]
    event: str
    position: int
