"""How long parties are there: since they are identified, where that has a date, and until others succeed them.

A party that was already there (`../2022`), or whose beginning nobody dates, has no known beginning. Only parties with
a known beginning or end are kept, so that what parties do is compared with few.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple, TypeAlias

from negotiation.dates import BEGINNING, Interval
from negotiation.events.parties import PartyIdentified, PartySplit, PartySucceeded
from negotiation.state.facts import Known
from negotiation.state.register_keys import Kind
from negotiation.state.registers import Assertion

OF_LIFETIMES: Final[frozenset[Kind]] = frozenset({"party", "succession"})
"""The kinds of registers that tell how long a party is there."""


class Dated(NamedTuple):
    """A fact by which a party began or ended: its id, when that was, and how it is written."""

    fact: str
    date: Interval
    written: str


_Dates: TypeAlias = tuple[Dated, ...]


class Lifetime(NamedTuple):
    """By which facts a party began, and by which it ended; none where that is not known."""

    began: _Dates = ()
    ended: _Dates = ()

    def not_yet(self, start: Interval) -> bool:
        """Whether it certainly was not there yet when something began."""
        return bool(self.began) and all(start.before(one.date) for one in self.began)

    def no_more(self, start: Interval) -> bool:
        """Whether it certainly was there no more when something began."""
        return bool(self.ended) and all(one.date.before(start) for one in self.ended)


def lifetime(identified: Iterable[Assertion], succeeded: Iterable[Assertion]) -> Lifetime:
    """A party's lifetime, from all that identifies it and from what stands of its succession."""
    began = [one.known for one in identified if type(one.known.event) is PartyIdentified]
    ended = [one.known for one in succeeded]
    return Lifetime(
        _dates((one, one.start) for one in began) if all(one.start.begins > BEGINNING for one in began) else (),
        _dates((one, one.stands) for one in ended) if all(map(_ends, ended)) else (),
    )


def _dates(dates: Iterable[tuple[Known, Interval]]) -> _Dates:
    return tuple(sorted({Dated(known.id, date, known.occurred) for known, date in dates}))


def _ends(known: Known) -> bool:
    """Whether a succession ends the party: one that goes on is among those that it split into."""
    event = known.event
    return isinstance(event, PartySplit | PartySucceeded) and event.party not in event.into
