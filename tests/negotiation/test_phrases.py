"""What people want to say: each phrase names a type of the catalogue, and what it writes is an event of that type."""

import msgspec
import pytest

from negotiation.envelope import AnyEvent
from negotiation.events.catalogue import EVENT_TYPES
from negotiation.events.examples import EXAMPLES
from negotiation.events.phrases import PHRASES, Phrase


@pytest.mark.parametrize("phrase", PHRASES, ids=lambda phrase: str(phrase.say))
def test_phrase_writes_what_its_type_takes(phrase: Phrase) -> None:
    """Every field is one of the type, and the values fit."""
    fields = {field.encode_name for field in msgspec.structs.fields(EVENT_TYPES[phrase.type])}
    assert phrase.writes
    assert phrase.writes.keys() <= fields
    event = msgspec.convert(EXAMPLES[phrase.type] | phrase.writes, AnyEvent)
    assert type(event).__name__ == phrase.type


def test_phrases_are_many_and_say_each_type_of_the_catalogue() -> None:
    """Whoever reads them finds every type, and no phrase twice."""
    assert len({phrase.say for phrase in PHRASES}) == len(PHRASES) >= 60
    assert {phrase.type for phrase in PHRASES} == EVENT_TYPES.keys()
