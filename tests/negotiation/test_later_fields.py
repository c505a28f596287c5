"""Fields that came later into types that were there: what is stored with them stays readable, byte for byte."""

import json
from pathlib import Path

import pytest

from negotiation.events.catalogue import TOPICS
from parley.store.codec import decode_state, encode_state

GOLDEN = Path(__file__).parent / "golden" / "decisions.jsonl"
LATER = {
    "negotiation.VoteTaken": {"also_on", "motion", "yes_means"},
    "negotiation.AnswerGiven": {"terms"},
    "negotiation.CommitmentMade": {"every", "until"},
    "negotiation.PerformanceAssessed": {"occasion"},
}


@pytest.mark.parametrize("line", GOLDEN.read_text(encoding="utf-8").splitlines(), ids=lambda line: line[2:30])
def test_stored_event_with_later_fields_is_read_and_stored_as_before(line: str) -> None:
    place, state = line.split("\t", 1)
    topic, stream, version = json.loads(place)

    recorded = decode_state(state.encode(), stream=stream, version=version)

    assert type(recorded.event) is TOPICS[topic]
    assert json.loads(state)["event"].keys() >= LATER[topic]
    assert encode_state(recorded) == state.encode()


def test_golden_file_has_every_type_with_later_fields() -> None:
    topics = [json.loads(line.split("\t", 1)[0])[0] for line in GOLDEN.read_text(encoding="utf-8").splitlines()]
    assert sorted(topics) == sorted(LATER)
