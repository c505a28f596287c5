"""What a dossier says of how many bytes it takes, beside what Python says."""

import gc
import tracemalloc
from collections.abc import Iterable, Sequence
from itertools import count
from typing import Any, Final
from uuid import UUID

import msgspec
import pytest

from bench.generator.record import record
from bench.generator.size import Size
from negotiation.clocks import NOW, Reading
from negotiation.dates import interval_of_date
from negotiation.documents.negotiation import negotiation_document
from negotiation.envelope import Recorded, Submission
from negotiation.state.dossier import Dossier
from parley.store.codec import decode_state, encode_state

GENEVA: Final = "talks/geneva"
SOURCE: Final = {"publisher": "The Gazette", "kind": "outlet", "published": "2022-01-12"}
BY: Final = [{"party": "russia"}]
Written = tuple[bytes, str]
"""The JSON of an event, and its stream."""


def generated() -> list[Written]:
    every = record(Size(events=4_000, negotiations=1, related=0), 1)
    return [(one.written.state, one.written.stream) for one in every if not one.written.stream.startswith("parties/")]


def written(events: Iterable[dict[str, Any]], sources: Sequence[dict[str, Any]] = (SOURCE,)) -> list[Written]:
    found = []
    for number, event in zip(count(1), events, strict=False):
        fields = {"event": event, "id": str(UUID(int=number)), "sources": sources, "occurred": "2022-01-10"}
        submission = msgspec.convert(fields, Submission)
        recorded = Recorded(
            event=submission.event,
            id=submission.id or "",
            occurred=submission.occurred,
            position=number,
            recorded_at="2022-01-12T00:00:00.000000Z",
            recorded_by="desk",
            sources=submission.sources,
            stream=GENEVA,
            version=number,
        )
        found.append((encode_state(recorded), GENEVA))
    return found


def numbered(prefix: str, number: int) -> list[str]:
    return [f"{prefix}-{index}" for index in range(number)]


def said(number: int, text: str = "No.") -> dict[str, Any]:
    return {"type": "StatementMade", "text": f"{number} {text}", "by": BY}


def answered(number: int) -> dict[str, Any]:
    by = [{"party": party} for party in numbered(f"party-{number % 10}", 20)]
    return {"type": "AnswerGiven", "on": {"kind": "demand", "id": f"d-{number % 50}"}, "answer": "reject", "by": by}


def tabled(number: int) -> dict[str, Any]:
    parts = [{"part": part, "text": "No."} for part in numbered("part", 20)]
    return {"type": "DemandTabled", "demand": f"demand-{number}", "text": "No.", "by": BY, "parts": parts}


def signed(number: int) -> dict[str, Any]:
    parties = numbered("party", 200)
    return {"type": "AgreementSigned", "document": "treaty", "version": f"{number % 2}", "parties": parties}


def provided(number: int) -> dict[str, Any]:
    provisions = [{"id": one, "number": "1", "text": "Peace."} for one in numbered("article", 100)]
    document = {"document": f"draft-{number}", "version": "1", "kind": "draft", "authors": ["russia"]}
    return {"type": "DocumentTabled", **document, "provisions": provisions}


def sat(number: int) -> dict[str, Any]:
    rooms = [numbered("party", 100), numbered("other", 100)]
    return {"type": "TalksHeld", "session": f"day-{number}", "rooms": rooms}


CITED = [{**SOURCE, "title": f"Title {number}", "url": f"https://example.org/{number}"} for number in range(50)]
KINDS: Final = {
    "generated": generated(),
    "short": written(map(said, range(1_000))),
    "long texts": written(said(number, "No further. " * 200) for number in range(500)),
    "many sources": written(map(said, range(200)), CITED),
    "answers of many": written(map(answered, range(500))),
    "demands in parts": written(map(tabled, range(300))),
    "signed by many": written(map(signed, range(60))),
    "long drafts": written(map(provided, range(60))),
    "large rooms": written(map(sat, range(100))),
}


@pytest.mark.parametrize("kind", KINDS)
def test_weight_is_about_what_the_dossier_takes(kind: str) -> None:
    told, taken = weigh(KINDS[kind], NOW)
    assert 0.6 * taken <= told <= 1.5 * taken


def test_weight_at_a_date_is_about_what_the_dossier_takes() -> None:
    told, taken = weigh(KINDS["generated"], Reading(happened_by=interval_of_date("2005")))
    assert 0.6 * taken <= told <= 1.5 * taken


def weigh(events: Sequence[Written], reading: Reading) -> tuple[int, int]:
    """What a dossier of these says, and what Python says, after its document was made."""
    gc.collect()
    tracemalloc.start()
    try:
        dossier = Dossier(reading, lambda _: True)
        dossier.apply_all(
            decode_state(state, stream=stream, version=number, position=number)
            for number, (state, stream) in enumerate(events, 1)
        )
        negotiation_document(dossier, events[0][1].partition("/")[0])
        gc.collect()
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return dossier.weight(sum(len(state) for state, _ in events)), taken
