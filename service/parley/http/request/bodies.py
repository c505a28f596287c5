"""From the bytes of a body to submissions: read within limits, parsed strictly, decoded, each fault with its place.

JSON is taken as I-JSON (RFC 7493) and a little stricter: UTF-8 without a byte order mark, at most 32 levels deep, no
key twice, no NaN, no half of a surrogate pair, no control characters but line feed and tab, no fractions.
"""

import asyncio
import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate
from typing import Any, Final, TypeVar

import msgspec
from litestar import Request
from litestar.datastructures import Headers
from litestar.exceptions import InternalServerException

from negotiation.envelope import Submission
from parley.http.response.errors import ClientGone, InvalidField, MalformedBody, UnsupportedMediaType
from parley.pace import Pace
from parley.pointers import escaped
from parley.remedies import remedy_of

MAX_BYTES: Final = 1024 * 1024
"""Bytes in a body. The framework stops reading there (`request_max_body_size`)."""

MAX_DEPTH: Final = 32
"""Objects and lists within each other."""

MAX_VALUES: Final = 100_000
"""Values and names together, each of which costs time. 500 events with ten sources each have 60,000."""

MAX_ENTRIES: Final = 500
"""Events in one list."""

MAX_WHOLE: Final = 2**53 - 1
"""Beyond this, whole numbers are not safe from JSON reader to JSON reader."""

_DEEPER: Final = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_NOT_BRACKETS: Final = bytes(set(range(256)) - set(_DEEPER))
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")

_Fault = Callable[[str], MalformedBody | InvalidField]
"""Makes the error of something that is wrong in a body, given its pointer."""


class _Faulty:
    """Stands in the parsed tree where a value is not acceptable, until its place is known."""

    __slots__ = ("fault",)

    def __init__(self, fault: _Fault) -> None:
        self.fault = fault


LARGE: Final = 16 * 1024
"""Bytes from which a body is decoded on a thread, where it takes milliseconds that others can use."""

BYTES_A_TURN: Final = 64 * 1024
"""Of smaller bodies, which are decoded at once; those beyond it wait for the next turn of the event loop."""

_PACE: Final = Pace(BYTES_A_TURN)
_DECODER: Final = ThreadPoolExecutor(1, thread_name_prefix="parley-decoder")

T = TypeVar("T")


async def decoded(raw: bytes, decode: Callable[[bytes], T]) -> T:
    """What ``decode`` makes of a body; other requests go on while a large one, or many, are decoded."""
    if len(raw) < LARGE:
        await _PACE.spend(len(raw))
        return decode(raw)
    return await asyncio.get_running_loop().run_in_executor(_DECODER, decode, raw)


# -- reading


async def read(request: Request[Any, Any, Any]) -> bytes:
    """Read the body of a request that says it is JSON; raises UnsupportedMediaType for another one."""
    _check_media_type(request.headers)
    try:
        return await request.body()
    except InternalServerException as error:
        raise ClientGone from error


def _check_media_type(headers: Headers) -> None:
    sent = headers.get("content-type")
    if sent is None:
        raise UnsupportedMediaType(found="The request does not say what its body is")
    media_type, _, parameters = sent.partition(";")
    if media_type.strip().lower() != "application/json":
        raise UnsupportedMediaType(found=f"The body is sent as {_printable(media_type)}, not as JSON")
    charset = re.search(r'(?i)charset\s*=\s*"?([^\s";]*)', parameters)
    if charset is not None and charset[1].lower() not in {"utf-8", "utf8"}:
        raise UnsupportedMediaType(found=f"The body is sent in {_printable(charset[1])}")
    if (coding := headers.get("content-encoding", "identity").strip().lower()) != "identity":
        raise UnsupportedMediaType(found=f"The body is compressed ({_printable(coding)})")


def _printable(text: str) -> str:
    return text.strip()[:80].encode("unicode_escape").decode()


# -- parsing


def parse(raw: bytes) -> Any:
    """Parse JSON into dicts, lists, texts, whole numbers, booleans and None; raises MalformedBody or InvalidField."""
    value = _tree(raw)
    if not _is_sound(value):
        pointer, fault = next(_faults(value, ""))
        raise fault(pointer)
    return value


def parse_all(raw: bytes) -> tuple[Any, list[MalformedBody | InvalidField]]:
    """As `parse`, but with every place that is not acceptable, and null there; raises MalformedBody for no JSON."""
    value = _tree(raw)
    if _is_sound(value):
        return value, []
    faults = [fault(pointer) for pointer, fault in _faults(value, "")]
    return _without_faulty(value), faults


def _without_faulty(value: Any) -> Any:
    match value:
        case dict():
            return {name: _without_faulty(item) for name, item in value.items()}
        case list():
            return [_without_faulty(item) for item in value]
        case _Faulty():
            return None
        case _:
            return value


def _tree(raw: bytes) -> Any:
    """The values, with `_Faulty` where there are none that could be; raises MalformedBody."""
    if raw.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        raise MalformedBody(reason="The body begins with a byte order mark. Send plain UTF-8 without one")
    if not raw.strip():
        raise MalformedBody(reason="The body is empty. Send a JSON object, or a list of them")
    outside = _outside_texts(raw) if len(raw) > MAX_DEPTH else raw
    if _depth(outside) > MAX_DEPTH:
        raise MalformedBody(reason=f"The body is nested more than {MAX_DEPTH} levels deep. No event needs half of that")
    if outside.count(b",") + outside.count(b":") >= MAX_VALUES:
        raise MalformedBody(reason=f"The body has more than {MAX_VALUES:,} values. Send fewer events at a time")
    try:
        value = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_float=_fraction,
            parse_int=_whole,
        )
    except UnicodeDecodeError as error:
        raise MalformedBody(reason=f"The body is not UTF-8 at byte {error.start}. Send it in that encoding") from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise MalformedBody(reason=f"The body is not JSON: {error.msg} ({where}). Correct it there") from error
    return value


def _outside_texts(raw: bytes) -> bytes:
    """What of a body is not in texts. A regular expression takes ten times as long, and holds the event loop for it."""
    return b"".join(raw.replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')[::2])


def _depth(outside: bytes) -> int:
    """How deep objects and lists stand within each other."""
    if outside.count(b"[") + outside.count(b"{") <= MAX_DEPTH:
        return 0
    brackets = outside.translate(None, _NOT_BRACKETS)
    return max(accumulate(map(_DEEPER.__getitem__, brackets)), default=0)


def _object(pairs: list[tuple[str, Any]]) -> Any:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    seen: set[str] = set()
    twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
    return _Faulty(
        lambda pointer: _malformed(f"{pointer}/{escaped(twice)}", "stands twice in its object: give it once")
    )


def _constant(name: str) -> _Faulty:
    return _Faulty(lambda pointer: _malformed(pointer, f"{name} is not a JSON value: write figures as text"))


def _fraction(text: str) -> _Faulty:
    return _Faulty(
        lambda pointer: _invalid(pointer, f"{text[:40]} may be rounded: write figures as text or whole numbers")
    )


def _whole(text: str) -> int | _Faulty:
    number = int(text) if len(text) <= len(str(-MAX_WHOLE)) else MAX_WHOLE + 1
    if abs(number) <= MAX_WHOLE:
        return number
    return _Faulty(lambda pointer: _invalid(pointer, f"{text[:40]} is too large: write figures beyond 2^53 as text"))


def _is_sound(value: Any) -> bool:
    """Whether there is no fault in the tree: quick, for nearly every body is sound."""
    rest = [value]
    while rest:
        item = rest.pop()
        if isinstance(item, str):
            if not item.isprintable() and _fault_of_text(item):
                return False
        elif isinstance(item, dict):
            rest += item.keys()
            rest += item.values()
        elif isinstance(item, list):
            rest += item
        elif isinstance(item, _Faulty):
            return False
    return True


def _faults(value: Any, pointer: str) -> Iterator[tuple[str, _Fault]]:
    """Every place whose value is not acceptable, in order."""
    match value:
        case str():
            if not value.isprintable() and (fault := _fault_of_text(value)):
                yield pointer, fault
        case dict():
            for name, item in value.items():
                below = f"{pointer}/{escaped(name)}"
                if not name.isprintable() and (fault := _fault_of_text(name)):
                    yield below, fault
                yield from _faults(item, below)
        case list():
            for index, item in enumerate(value):
                yield from _faults(item, f"{pointer}/{index}")
        case _Faulty():
            yield pointer, value.fault
        case _:
            pass


def _fault_of_text(text: str) -> _Fault | None:
    if found := _SURROGATE.search(text):
        named = f"\\u{ord(found[0]):04x}"
        return lambda pointer: _malformed(pointer, f"{named} is half of a surrogate pair: write the whole character")
    if found := _CONTROL.search(text):
        named = f"\\u{ord(found[0]):04x}"
        return lambda pointer: _malformed(
            pointer, f"the control character {named} is not taken: of these only line feed (\\n) and tab (\\t) are"
        )
    return None


def _malformed(pointer: str, remedy: str) -> MalformedBody:
    return MalformedBody(pointer, reason=f"{pointer or 'body'}: {remedy}")


def _invalid(pointer: str, remedy: str) -> InvalidField:
    return InvalidField(pointer, place=pointer or "body", remedy=remedy)


# -- decoding


def submissions(value: Any) -> tuple[tuple[Submission, ...], bool]:
    """One submission, or a list of 1 to 500; and whether it was a list. Raises InvalidField."""
    check_length(value)
    if not isinstance(value, list):
        return (submission(value, lambda pointer: pointer),), False
    return tuple(submission(item, f"/{index}".__add__) for index, item in enumerate(value)), True


def check_length(value: Any) -> None:
    """Raise InvalidField for a list of none, or of more than may be."""
    if isinstance(value, list) and not 1 <= len(value) <= MAX_ENTRIES:
        remedy = "send them in several requests" if value else "put the events into it"
        raise _invalid("", f"a list has 1 to {MAX_ENTRIES} events, this one {len(value)}: {remedy}")


def submission(value: Any, place: Callable[[str], str]) -> Submission:
    """Decode one submission; ``place`` turns a pointer into it into one into the body."""
    try:
        return msgspec.convert(value, Submission, strict=True)
    except msgspec.ValidationError as error:
        pointer, remedy = remedy_of(error, value)
        raise _invalid(place(pointer), remedy) from error
