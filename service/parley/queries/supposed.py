"""Events that are not on record, told and judged as if they were: on folds that are let go afterwards."""

from collections.abc import Sequence
from typing import NamedTuple

from negotiation.documents.views import FindingShown, show_finding
from negotiation.envelope import Recorded
from negotiation.events.fact import Fact
from negotiation.streams import PARTIES, stream
from parley.projections.source import Queries
from parley.projections.units import Unit
from parley.queries.folds import Folds
from parley.telling.accounts import Teller, subject_of
from parley.telling.phrases import Names


class Told(NamedTuple):
    """A sentence for each event, and what would not add up with them."""

    sentences: Sequence[str]
    findings: Sequence[FindingShown]


async def suppose(folds: Folds, queries: Queries, position: int, events: Sequence[Recorded]) -> Told:
    """Tell events that would come behind a position, in the order in which they would be recorded.

    Raises ReadsBusy and ReadingTooLarge.
    """
    units = list(dict.fromkeys(stream(event.stream).unit for event in events))
    parties_too = PARTIES in units
    sentences: dict[str, str] = {}
    found: dict[str, list[FindingShown]] = {}
    for name in sorted(units, key=lambda unit: unit == PARTIES):
        if name in found:  # the parties, told with a negotiation
            continue
        async with folds.to_change(queries, position, name, parties=parties_too) as (unit, parties):
            here = [event for event in events if stream(event.stream).unit in {name, PARTIES}]
            size = len(here) + unit.size
            sides = {PARTIES: parties, name: unit}
            sentences |= await folds.aside.work(size, lambda: _put(here, sides))  # noqa: B023 - it has ended by then
            for side in sides.values():
                found[side.name] = _findings(side, here)
    return Told([sentences[event.id] for event in events], [one for name in units for one in found[name]])


def _put(events: Sequence[Recorded], units: dict[str, Unit]) -> dict[str, str]:
    """Take the events in, and tell each as it stands then: sentences by the ids of events."""
    parties = units[PARTIES]
    names = Names(parties.dossier)
    tellers = {name: Teller(unit.dossier.history.lives.events, names) for name, unit in units.items()}
    sentences: dict[str, str] = {}
    for event in events:
        name = stream(event.stream).unit
        unit, lives = units[name], units[name].dossier.history.lives
        about = None
        if not isinstance(event.event, Fact):
            about = subject_of(lives.root(event.event.target) or "", unit.dossier, lives)
        unit.put([event])
        sentences[event.id] = tellers[name].sentence(event, about, beside=False).plain
    for unit in units.values():
        if unit is not parties:
            unit.meet(parties)
    return sentences


def _findings(unit: Unit, events: Sequence[Recorded]) -> list[FindingShown]:
    own = [event for event in events if stream(event.stream).unit == unit.name]
    return [
        show_finding(unit.dossier, one) for one in unit.findings([one.position for one in own], [one.id for one in own])
    ]
