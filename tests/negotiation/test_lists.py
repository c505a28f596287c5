"""The lists in documents: the latest items of each, out of all that there are."""

from collections.abc import Iterator

import pytest

from bench.generator.record import record
from bench.generator.size import Size
from negotiation.clocks import NOW, Reading
from negotiation.dates import interval_of_date
from negotiation.documents.lists import LISTS_OF_FACTS, Item, items, latest
from negotiation.documents.views import SHOWN
from negotiation.envelope import Recorded
from negotiation.state.dossier import Dossier
from negotiation.streams import PARTIES, stream
from parley.store.codec import decode_state


def generated() -> Iterator[Recorded]:
    """A negotiation in which lists are longer than documents show them."""
    for one in record(Size(events=1_500, negotiations=1, rounds=3, related=0), 1):
        written = one.written
        yield decode_state(written.state, stream=written.stream, version=written.version, position=one.position)


@pytest.mark.parametrize("reading", [NOW, Reading(happened_by=interval_of_date("2000-06"))])
def test_document_lists_the_latest_of_all_items_of_its_place(reading: Reading) -> None:
    every = list(generated())
    lengths = set()
    for unit in {stream(event.stream).unit for event in every}:
        dossier = Dossier(reading)
        dossier.apply_all(event for event in every if stream(event.stream).unit == unit)
        listed: dict[tuple[str, str], list[Item]] = {}
        for item in items(dossier, unit):
            listed.setdefault((item.place, item.kind), []).append(item)
        shown = {
            (place, kind): [item.document for item in in_order(kind, found)] for (place, kind), found in listed.items()
        }
        places = {name for name in dossier.history.versions if stream(name).part or unit != PARTIES}
        assert {
            (place, kind): found for place in places for kind, found in latest(dossier, unit, place).items()
        } == shown
        lengths |= set(map(len, listed.values()))
    assert max(lengths) > SHOWN > min(lengths)


def in_order(kind: str, found: list[Item]) -> list[Item]:
    """The latest, and of one date what people gave ids as they count."""
    last = sorted(found, key=by_date, reverse=True)[:SHOWN]
    return last if kind in LISTS_OF_FACTS else sorted(last, key=lambda item: (-item.begins, -item.ends, item.id))


def by_date(item: Item) -> tuple[int, int, str]:
    return item.begins, item.ends, item.id
