"""Recording: every POST goes this way. Body, key, guard; the record decides; 201 with what was recorded."""

from collections.abc import Callable, MutableMapping
from typing import Any, Final, cast

from negotiation.admission import Malformed
from negotiation.envelope import Submission
from negotiation.refusals import Refusal
from parley.commands.request import Entry, Receipt, Request, weight_of
from parley.http.operations import Call
from parley.http.request import bodies
from parley.http.request.conditions import fingerprint, guard, idempotency_key, prefers_minimal
from parley.http.response import answers
from parley.http.response.addresses import address_of, address_of_event
from parley.http.response.errors import InvalidField
from parley.http.response.paging import is_slug
from parley.store.errors import RecordError

Placing = Callable[[int, str], str]
"""Turns the number of an entry and a JSON pointer into it into a pointer into the body."""

_ID_REMEDY: Final = "a key that is limited to some negotiations gives random UUIDs alone, of version 4 or 7, or no id"
_AROUND: Final = ("id", "occurred", "sources")


async def record_events(call: Call, stream: str) -> answers.Answer:
    """Record one submission or a list of them in one stream."""
    raw = await bodies.read(call.request)
    submissions, is_list = await bodies.decoded(raw, lambda body: bodies.submissions(bodies.parse(body)))
    placing: Placing = (lambda entry, pointer: f"/{entry}{pointer}") if is_list else (lambda _, pointer: pointer)
    minimal = prefers_minimal(call.request)
    receipt = await _record(call, raw, stream, submissions, placing)
    address = address_of_event(receipt.first_position)
    return answers.created(receipt.body, address, replayed=receipt.replayed, minimal=minimal)


async def record_short(call: Call, event_type: str, name: str, stream_of: Callable[[str], str]) -> answers.Answer:
    """Record one event whose fields stand beside `occurred` and `sources`; ``name`` is the field with the new slug."""
    raw = await bodies.read(call.request)
    slug, submission = await bodies.decoded(raw, lambda body: _decode_short(body, event_type, name))
    stream = stream_of(slug)
    minimal = prefers_minimal(call.request)
    receipt = await _record(call, raw, stream, (submission,), lambda _, pointer: _lifted(pointer))
    return answers.created(receipt.body, address_of(stream), replayed=receipt.replayed, minimal=minimal)


def _decode_short(raw: bytes, event_type: str, name: str) -> tuple[str, Submission]:
    """The new slug and the submission in a short body."""
    value = bodies.parse(raw)
    slug = _slug(value, name)
    around = {field: value[field] for field in _AROUND if field in value}
    event = {field: item for field, item in value.items() if field not in _AROUND}
    if "type" in event:
        raise InvalidField("/type", place="/type", remedy=f"leave it out: what is sent here is a {event_type}")
    if name not in _FIELDS_OF_EVENT:
        del event[name]
    return slug, bodies.submission({**around, "event": {"type": event_type, **event}}, _lifted)


_FIELDS_OF_EVENT: Final = frozenset({"round", "party"})
"""Slugs that the event itself carries too; a negotiation's is only the name of its stream."""


def _slug(value: Any, name: str) -> str:
    if not isinstance(value, dict):
        raise InvalidField("", place="body", remedy="send one JSON object")
    place = f"/{name}"
    if name not in value:
        raise InvalidField(place, place=place, remedy=f"is missing: give the {name} its name in addresses, a slug")
    slug = value[name]
    if not is_slug(slug):
        raise InvalidField(
            place,
            place=place,
            remedy="write a slug: small letters and digits with single hyphens between, at most 64 characters",
        )
    return str(slug)


def _lifted(pointer: str) -> str:
    """From a place in a submission to the same in a short body, where the event's fields stand beside the others."""
    return pointer.removeprefix("/event")


async def _record(call: Call, raw: bytes, stream: str, decoded: tuple[Submission, ...], placing: Placing) -> Receipt:
    call.caller.check_recording(stream)
    for number, submission in enumerate(decoded):
        if submission.id is not None and not call.caller.may_choose(submission.id):
            place = placing(number, "/id")
            raise InvalidField(place, place=place, remedy=_ID_REMEDY)
    call.gate.count_events(
        cast("MutableMapping[str, Any]", call.request.scope), call.caller, weight_of(len(decoded), len(raw))
    )
    request = Request(
        entries=tuple(Entry(stream, submission) for submission in decoded),
        recorded_by=call.caller.name,
        size=len(raw),
        client=call.client,
        key=idempotency_key(call.request),
        fingerprint=fingerprint(call.request, raw),
        if_match=guard(call.request, stream),
    )
    try:
        return await call.recording.record(request, minimal=prefers_minimal(call.request))
    except (Refusal, Malformed, RecordError) as error:
        entry = getattr(error, "entry", None)
        if entry is not None:
            error.pointer = placing(entry, error.pointer)
        raise
