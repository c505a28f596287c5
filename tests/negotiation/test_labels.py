"""What registers are about, in words: every kind of register has its names."""

import msgspec

from negotiation.documents import lists
from negotiation.documents.labels import label
from negotiation.findings.reach import REACH
from negotiation.state.changes import MOVED
from negotiation.state.dossier import Dossier
from negotiation.state.families import FAMILY_OF
from negotiation.state.register_keys import KINDS, kind_of
from tests.negotiation.examples import recorded_examples


def test_label_every_register_of_the_catalogue_names_what_it_is_about() -> None:
    """No type of event has a register without a label, and no part of a key is lost in it."""
    events = recorded_examples()
    dossier = Dossier()
    dossier.apply_all(event for event in events if type(event.event).__name__ != "EventRetracted")
    kinds = set()
    for key in dossier.history.all_keys():
        kinds.add(kind_of(key))
        named = msgspec.json.encode(label(key)).decode()
        parts = [piece for part in key[1:] for piece in ([part] if part.startswith("{") else part.split("/"))]
        assert [part for part in parts if part not in named] == []
    assert set(KINDS) - kinds == set()


def test_lists_leave_out_no_kind_of_register_and_no_family_by_oversight() -> None:
    """Each is shown in a list or said to be in none: not both."""
    assert sorted([*lists.KINDS_IN_LISTS, *lists.KINDS_IN_NO_LIST]) == sorted(KINDS)
    assert sorted([*lists.FACT_LISTS, *lists.FAMILIES_IN_NO_LIST]) == sorted(set(FAMILY_OF.values()))


def test_reach_is_told_of_every_register_that_reaches_facts() -> None:
    """A kind that reaches facts and is not told of would reach none, silently."""
    assert {kind for kind, reach in REACH.items() if reach is not None} <= MOVED
