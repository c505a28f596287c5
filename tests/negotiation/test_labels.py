"""What registers are about, in words: every kind of register has its names."""

import msgspec

from negotiation.documents.labels import label
from negotiation.state.dossier import Dossier
from tests.negotiation.examples import recorded_examples


def test_label_every_register_of_the_catalogue_names_what_it_is_about() -> None:
    """No type of event has a register without a label, and no part of a key is lost in it."""
    events = recorded_examples()
    dossier = Dossier()
    dossier.apply_all(event for event in events if type(event.event).__name__ != "EventRetracted")
    kinds = set()
    for key in dossier.history.all_keys():
        kinds.add(key[0])
        named = msgspec.json.encode(label(key)).decode()
        parts = [piece for part in key[1:] for piece in ([part] if part.startswith("{") else part.split("/"))]
        assert [part for part in parts if part not in named] == []
    assert len(kinds) >= 23
