"""Recording: every POST goes this way. Body, key, guard; the record decides; 201 with what was recorded.

With `dry_run=true` it goes the same way and is only tried: 200 with what would be recorded, or with all that is wrong.
"""

from collections.abc import Callable, MutableMapping, Sequence
from functools import partial
from typing import Any, Final, NamedTuple, cast

from msgspec import UNSET

from negotiation.admission import Malformed
from negotiation.envelope import Submission
from negotiation.refusals import Refusal
from negotiation.streams import stream as stream_named
from parley.commands.request import Entry, Receipt, Request, Trial, weight_of
from parley.http.operations import DRY_RUN, Call
from parley.http.request import bodies
from parley.http.request.conditions import fingerprint, guard, idempotency_key, prefers_minimal
from parley.http.request.trying import Examined, Flaw, examine
from parley.http.response import answers, dry_runs
from parley.http.response.addresses import address_of, address_of_event
from parley.http.response.errors import InvalidField, MalformedBody, MalformedRequest
from parley.http.response.paging import is_slug
from parley.store.errors import RecordError

Placing = Callable[[int, str], str]
"""Turns the number of an entry and a JSON pointer into it into a pointer into the body."""

_ID_REMEDY: Final = "a key that is limited to some negotiations gives random UUIDs alone, of version 4 or 7, or no id"
_AROUND: Final = ("id", "occurred", "sources")


async def record_events(call: Call, stream: str) -> answers.Answer:
    """Record one submission or a list of them in one stream."""
    raw = await bodies.read(call.request)
    if _is_dry(call):
        return await _try_events(call, raw, stream)
    submissions, is_list = await bodies.decoded(raw, lambda body: bodies.submissions(bodies.parse(body)))
    placing: Placing = (lambda entry, pointer: f"/{entry}{pointer}") if is_list else (lambda _, pointer: pointer)
    minimal = prefers_minimal(call.request)
    receipt = await _record(call, raw, stream, submissions, placing)
    address = address_of_event(receipt.first_position)
    return answers.created(receipt.body, address, replayed=receipt.replayed, minimal=minimal)


async def record_short(call: Call, event_type: str, name: str, stream_of: Callable[[str], str]) -> answers.Answer:
    """Record one event whose fields stand beside `occurred` and `sources`; ``name`` is the field with the new slug."""
    raw = await bodies.read(call.request)
    if _is_dry(call):
        return await _try_short(call, raw, event_type, name, stream_of)
    slug, submission = await bodies.decoded(raw, lambda body: _decode_short(body, event_type, name))
    stream = stream_of(slug)
    minimal = prefers_minimal(call.request)
    receipt = await _record(call, raw, stream, (submission,), lambda _, pointer: _lifted(pointer))
    return answers.created(receipt.body, address_of(stream), replayed=receipt.replayed, minimal=minimal)


def _decode_short(raw: bytes, event_type: str, name: str) -> tuple[str, Submission]:
    """The new slug and the submission in a short body."""
    value = bodies.parse(raw)
    slug = _slug(value, name)
    if "type" in value:
        raise _has_type(event_type)
    return slug, bodies.submission(_whole(value, event_type, name), _lifted)


def _whole(value: dict[str, Any], event_type: str, name: str) -> dict[str, Any]:
    """The submission that a short body stands for."""
    around: dict[str, Any] = {field: value[field] for field in _AROUND if field in value}
    own = {field: item for field, item in value.items() if field not in _AROUND and field != "type"}
    if name not in _FIELDS_OF_EVENT:
        own.pop(name, None)
    return {**around, "event": {"type": event_type, **own}}


def _has_type(event_type: str) -> InvalidField:
    return InvalidField("/type", place="/type", remedy=f"leave it out: what is sent here is a {event_type}")


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
        if not _may_have_its_id(call, submission):
            raise _id_refused(placing(number, "/id"))
    _count(call, len(decoded), raw)
    request = _request(call, raw, stream, decoded)
    try:
        return await call.recording.record(request, minimal=prefers_minimal(call.request))
    except (Refusal, Malformed, RecordError) as error:
        entry = getattr(error, "entry", None)
        if entry is not None:
            error.pointer = placing(entry, error.pointer)
        raise


def _may_have_its_id(call: Call, submission: Submission) -> bool:
    return submission.id is None or call.caller.may_choose(submission.id)


def _id_refused(place: str) -> InvalidField:
    return InvalidField(place, place=place, remedy=_ID_REMEDY)


def _count(call: Call, events: int, raw: bytes) -> None:
    scope = cast("MutableMapping[str, Any]", call.request.scope)
    call.gate.count_events(scope, call.caller, weight_of(events, len(raw)))


def _request(
    call: Call, raw: bytes, stream: str, submissions: Sequence[Submission], trial: Trial | None = None
) -> Request:
    return Request(
        entries=tuple(Entry(stream, submission) for submission in submissions),
        recorded_by=call.caller.name,
        size=len(raw),
        client=call.client,
        key=idempotency_key(call.request),
        fingerprint=fingerprint(call.request, raw),
        if_match=guard(call.request, stream),
        trial=trial,
    )


# -- only tried


def _is_dry(call: Call) -> bool:
    value = call.query.get(DRY_RUN.name)
    if value not in {None, "true"}:
        raise MalformedRequest(name=DRY_RUN.name, remedy="write `true`, or leave it out")
    return value is not None


async def _try_events(call: Call, raw: bytes, stream: str) -> answers.Answer:
    """Try one submission, or a list of them."""
    call.caller.check_recording(stream)
    value, faults = await bodies.decoded(raw, bodies.parse_all)
    try:
        bodies.check_length(value)
    except InvalidField as error:
        return dry_runs.refused([*map(Flaw, faults), Flaw(error)])
    is_list = isinstance(value, list)
    placing: Placing = (lambda entry, pointer: f"/{entry}{pointer}") if is_list else (lambda _, pointer: pointer)
    entries = value if is_list else [value]
    _count(call, len(entries), raw)
    examined = await bodies.decoded(raw, lambda _: _look_through(entries, placing, faults))
    return await _try(call, raw, stream, _Looked([*map(Flaw, faults)], examined, placing))


async def _try_short(
    call: Call, raw: bytes, event_type: str, name: str, stream_of: Callable[[str], str]
) -> answers.Answer:
    """Try a short form."""
    value, faults = await bodies.decoded(raw, bodies.parse_all)
    flaws = [*map(Flaw, faults)]
    slug = None
    try:
        slug = _slug(value, name)
    except InvalidField as error:
        if not isinstance(value, dict):
            return dry_runs.refused([*flaws, Flaw(error)])
        if error.pointer not in {fault.pointer for fault in faults}:
            flaws.append(Flaw(error, example="european-security" if name == "negotiation" else UNSET))
    if slug is not None:
        call.caller.check_recording(stream_of(slug))
    _count(call, 1, raw)
    if "type" in value:
        flaws.append(Flaw(_has_type(event_type)))
    known = [InvalidField(f"/event{one.pointer}", place="", remedy="") for one in faults]
    known += [InvalidField(f"/event/{name}", place="", remedy="")] if slug is None else []
    whole = _whole(value, event_type, name)
    if slug is None and name in _FIELDS_OF_EVENT:
        whole["event"].pop(name, None)
    examined = _look_through([whole], lambda _, pointer: _lifted(pointer), [*faults, *known])
    looked = _Looked(flaws, examined, lambda _, pointer: _lifted(pointer))
    if slug is None:
        return dry_runs.refused(looked.flaws, cut=looked.cut)
    return await _try(call, raw, stream_of(slug), looked)


class _Looked(NamedTuple):
    """A body that was looked through: what is wrong with it as a whole, its entries, and where they stand."""

    first: list[Flaw]
    entries: list[Examined]
    placing: Placing

    @property
    def cut(self) -> bool:
        """Whether some entries were not looked at, or not to their end."""
        return any(one.submission is None for one in self.entries)

    @property
    def flaws(self) -> list[Flaw]:
        """All faults of form."""
        return [*self.first, *(flaw for one in self.entries for flaw in one.flaws)]


def _look_through(
    entries: Sequence[Any], placing: Placing, faults: Sequence[MalformedBody | InvalidField]
) -> list[Examined]:
    """Every entry, until there are as many faults as are told."""
    pointers = [fault.pointer or "" for fault in faults]
    examined: list[Examined] = []
    told = len(faults)
    for number, value in enumerate(entries):
        before = placing(number, "")
        known = tuple(one.removeprefix(before) for one in pointers if one.startswith(f"{before}/"))
        found = examine(value, partial(placing, number), known) if told < dry_runs.MOST_FAULTS else Examined(None)
        told += len(found.flaws)
        examined.append(found)
    return examined


async def _try(call: Call, raw: bytes, stream: str, looked: _Looked) -> answers.Answer:
    """Have the record decide what is left of a body that was looked through."""
    flaws, placing, here = looked.flaws, looked.placing, stream_named(stream)
    numbers: list[int] = []
    submissions: list[Submission] = []
    unsure_after: int | None = None
    for number, one in enumerate(looked.entries):
        if one.submission is not None:
            numbers.append(number)
            submissions.append(one.submission)
            if not one.covers("/id") and not _may_have_its_id(call, one.submission):
                flaws.append(Flaw(_id_refused(placing(number, "/id"))))
        if unsure_after is None and one.gives_other_names(here):
            unsure_after = len(submissions) - 1
    unsound = frozenset(index for index, number in enumerate(numbers) if looked.entries[number].mended)
    request = _request(call, raw, stream, submissions, Trial(unsound, unsure_after))
    if not submissions:
        return dry_runs.refused(flaws, cut=looked.cut)
    rehearsal = await call.recording.rehearse(request)
    tried = rehearsal.tried
    if not flaws and not tried.faults:
        return dry_runs.accepted(rehearsal, submissions)
    errors = []
    for error in tried.faults:
        if error.entry is not None:
            number = numbers[error.entry]
            if looked.entries[number].covers(error.pointer):
                continue
            error.pointer = placing(number, error.pointer)
        errors.append(error)
    undecided = [placing(numbers[index], "") for index in tried.undecided]
    return dry_runs.refused(flaws, errors, undecided, cut=looked.cut)
