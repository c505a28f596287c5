"""What an import admits: events as the API could have recorded them.

Right hashes prove nothing of a file whose author computed them. The form of each event is checked here. Whether the
events fit together, which the rules of recording decide, is not.
"""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from negotiation.admission import Malformed, check_form
from negotiation.envelope import Recorded, Submission
from negotiation.references import SLUG_PATTERN
from parley.store.codec import State, encode_state

_SLUG: Final = re.compile(SLUG_PATTERN)
_STREAM: Final = re.compile(f"{SLUG_PATTERN}(/{SLUG_PATTERN})?")
_MOST_IN_A_SLUG: Final = 64
_TIME: Final = re.compile(r"[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]\.[0-9]{6}Z")
_CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_PERHAPS_CONTROL: Final = re.compile(
    rb"\\u00[0189][0-9a-f]|\\u007f|\\ud[89a-f]|\\[bfr]|[\x00-\x1f\x7f]|\xc2[\x80-\x9f]", re.IGNORECASE
)
_FIELDS: Final = frozenset(State.__struct_fields__)


def fault_of(event: Recorded, state: bytes, *, before: str, now: str) -> str | None:
    """Why the API cannot have recorded an event whose stored bytes these are; None where it can.

    ``before``: when the event before it was recorded; ``now``: the time (RFC 3339, UTC, microseconds).
    """
    return next(_faults(event, state, before, now), None)


def _faults(event: Recorded, state: bytes, before: str, now: str) -> Iterator[str]:
    if not _STREAM.fullmatch(event.stream) or any(len(part) > _MOST_IN_A_SLUG for part in event.stream.split("/")):
        yield "subject: it is no stream: a negotiation, negotiation/round or parties/party, each a slug"
    if not _TIME.fullmatch(event.recorded_at):
        yield "data: recorded_at is no time of a record: write it like 2022-01-12T09:30:00.000000Z"
    if not before <= event.recorded_at <= now:
        yield f"data: recorded_at is {event.recorded_at}, which is before the event before it, or in the future"
    if not _SLUG.fullmatch(event.recorded_by) or len(event.recorded_by) > _MOST_IN_A_SLUG:
        yield f"data: recorded_by is no name of a key: a slug of at most {_MOST_IN_A_SLUG} characters"
    if encode_state(event) != state:
        yield from _faults_of_json(state)
    if _PERHAPS_CONTROL.search(state) and _CONTROL.search("".join(_texts(json.loads(state)))):
        yield "data: a text has a control character: of these only line feed and tab are taken"
    try:
        check_form(Submission(event=event.event, id=event.id, occurred=event.occurred, sources=event.sources))
    except Malformed as malformed:
        yield f"data{malformed.pointer}: {malformed}"


def _faults_of_json(state: bytes) -> Iterator[str]:
    """What the decoder lets through: a key twice, a field of the envelope that it does not know."""
    twice: list[str] = []

    def distinct(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        twice.extend(name for name in names if names.count(name) > 1)
        return dict(pairs)

    value = json.loads(state, object_pairs_hook=distinct)
    yield from (f"data: the field {name!r} is there twice" for name in twice)
    yield from (f"data: the field {name!r} is not known" for name in sorted(value.keys() - _FIELDS))


def _texts(value: Any) -> list[str]:
    """Every text in a JSON value."""
    match value:
        case dict():
            return [text for name, item in value.items() for text in (name, *_texts(item))]
        case list():
            return [text for item in value for text in _texts(item)]
        case str():
            return [value]
        case _:
            return []
