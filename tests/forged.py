"""A record whose every text tries to begin a line of its own, and to steer what shows it: one event of each type."""

from collections.abc import Iterable
from typing import Any, Final

import asyncpg
import msgspec
from msgspec import Struct, inspect

from negotiation.admission import check_form
from negotiation.envelope import Recorded, Submission
from parley.store.codec import encode_state
from parley.store.log import Written, lock_head, write
from tests.negotiation.examples import recorded_examples
from tests.negotiation.histories import World

FORGED: Final = "#9 All agreed."
STEERING: Final = "\r\x07\x1b[2J\x7f\x85\x9b\u061c\u200e\u200f\u2028\u2029\u202e\u2066\u2069"
STEERS: Final = frozenset(one for one in STEERING if not one.isprintable())
HOSTILE: Final = f"x{STEERING}\n{FORGED}"
"""Line ends, orders to a terminal and marks of direction; no longer than the shortest text may be."""

DATES: Final = frozenset(
    {"occurred", "published", "retrieved", "starts", "ends", "due", "effective", "until"}
    | {"exactly", "about", "at_least", "at_most", "delay", "every", "occasion"}
)
"""Fields of texts that must be dates or durations."""

Fields = dict[str, Any]
_NEEDED: Final[dict[str, Fields]] = {"brackets": {"bracket": "opening-words", "text": "..."}}
"""What an item of a list has to have, where it is more than a text."""


def forged_events() -> list[Recorded]:
    """The examples of the catalogue and the frame they stand in, with a hostile text in every field that takes one.

    The API refuses some of these characters; `parley import --trust` takes them.
    """
    world = World()
    recorded_examples(world)
    return [_forged(event) for event in world.events]


def _forged(event: Recorded) -> Recorded:
    fields: Fields = {"event": msgspec.to_builtins(event.event), "sources": msgspec.to_builtins(event.sources)}
    if event.occurred is not None:
        fields["occurred"] = event.occurred
    spoilt = {**fields, "event": _spoilt(fields["event"], type(event.event))}
    spoilt["sources"] = [_spoilt(source, type(event.sources[0])) for source in fields["sources"]]
    submission = msgspec.convert(spoilt, Submission)
    check_form(submission)
    return msgspec.structs.replace(event, event=submission.event, sources=submission.sources)


def _spoilt(fields: Fields, shape: Any) -> Fields:
    """The fields with each text in them hostile, and those added that were left out, as far as the shape allows it."""
    made = dict(fields)
    for one in msgspec.structs.fields(shape):
        name = one.encode_name
        kinds = list(_kinds(inspect.type_info(one.type)))
        if is_text(name, kinds):
            made = _tried({**made, name: HOSTILE}, shape) or made
            continue
        shapes = [kind.cls for kind in kinds if isinstance(kind, inspect.StructType)]
        items = [kind for kind in kinds if isinstance(kind, inspect.VarTupleType)]
        inner = [kind.cls for each in items for kind in _kinds(each.item_type) if isinstance(kind, inspect.StructType)]
        if shapes:
            value: Any = _spoilt_as_one(made.get(name, {}), shapes)
        elif inner:
            value = [_spoilt_as_one(item, inner) for item in made.get(name, [_NEEDED.get(name, {})])]
        else:
            continue
        made = _tried({**made, name: value}, shape) or made
    return made


def _spoilt_as_one(value: Fields, shapes: Iterable[type]) -> Fields:
    """A nested value, spoilt as the one of these shapes that it has."""
    for shape in shapes:
        if value.get("type", shape.__name__) == shape.__name__ and (not value or _tried(value, shape)):
            return _spoilt(value, shape)
    raise AssertionError(f"none of these shapes: {value}")


def _tried(fields: Fields, shape: type) -> Fields | None:
    """The fields, if the shape takes them."""
    try:
        msgspec.convert(fields, shape)
    except msgspec.ValidationError:
        return None
    return fields


def _kinds(found: inspect.Type) -> Iterable[inspect.Type]:
    match found:
        case inspect.Metadata(type=inner):
            yield from _kinds(inner)
        case inspect.UnionType(types=types):
            for one in types:
                yield from _kinds(one)
        case _:
            yield found


def is_text(name: str, kinds: Iterable[inspect.Type]) -> bool:
    """Whether a field takes any text."""
    return name not in DATES and any(isinstance(kind, inspect.StrType) and kind.pattern is None for kind in kinds)


def hostile_fields(events: Iterable[Recorded]) -> set[tuple[str, str]]:
    """Which fields of which shapes are hostile somewhere in these events."""
    found: set[tuple[str, str]] = set()

    def look(value: Any) -> None:
        if isinstance(value, Struct):
            for one in msgspec.structs.fields(value):
                inner = getattr(value, one.name)
                if inner == HOSTILE:
                    found.add((type(value).__name__, one.encode_name))
                look(inner)
        elif isinstance(value, tuple | list):
            for item in value:
                look(item)

    for event in events:
        look(event.event)
        look(event.sources)
    return found


def fields_of_texts() -> set[tuple[str, str]]:
    """Which fields of which shapes take any text, in the whole catalogue."""
    found: set[tuple[str, str]] = set()
    seen: set[type] = set()

    def look(kind: inspect.Type) -> None:
        for one in _kinds(kind):
            if isinstance(one, inspect.VarTupleType):
                look(one.item_type)
            elif isinstance(one, inspect.StructType) and one.cls not in seen:
                seen.add(one.cls)
                for field in one.fields:
                    if is_text(field.encode_name, _kinds(field.type)):
                        found.add((one.cls.__name__, field.encode_name))
                    look(field.type)

    look(inspect.type_info(Submission))
    return found


async def record(own: asyncpg.Connection, events: Iterable[Recorded]) -> None:
    """Write these behind the head as they are, by no rules."""
    async with own.transaction():
        head, recorded_at = await lock_head(own)
        rows = [
            Written(event.stream, event.version, type(event.event).TOPIC, encode_state(event), event.id)
            for event in events
        ]
        await write(own, head, rows, recorded_at)
