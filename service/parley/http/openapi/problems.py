"""The problems of the table as the OpenAPI document tells them: their schema, and each kind with an example."""

import string
from typing import Any, Final

import msgspec

from negotiation.events.examples import EVENT_ID
from negotiation.refusals import Refusal
from parley.access.errors import AccessError
from parley.http.openapi.shapes import TEXT, Schema, component, fields, items, ref
from parley.http.request import ids as requestid
from parley.http.response import errors
from parley.http.response.problems import (
    BAD_REQUEST,
    INTERNAL_ERROR,
    KINDS,
    MEDIA_TYPE,
    METHOD_NOT_ALLOWED,
    NAMED,
    Kind,
    told,
)
from parley.store.errors import RecordError

Json = Any

_REQUEST_ID: Final = "9d4d1d1bb2b0a3a1-0000002a"
_HEADERS: Final = {
    401: {"WWW-Authenticate": "Challenge"},
    403: {"WWW-Authenticate": "Challenge"},
    405: {"Allow": "Allow"},
    429: {"Retry-After": "RetryAfter", "RateLimit": "RateLimit", "RateLimit-Policy": "RateLimitPolicy"},
    503: {"Retry-After": "RetryAfter"},
}
"""What goes with problems of a status: the fields, and their header components."""

_SAMPLES: Final = {
    "ref": "demand veto-on-enlargement",
    "event": EVENT_ID.format(25),
    "id": EVENT_ID.format(25),
    "party": "russia",
    "demand": "veto-on-enlargement",
    "target": EVENT_ID.format(27),
    "head": EVENT_ID.format(43),
    "date": "2099-01-01",
    "lasting": "2026-11-22/2026-12-05",
    "known": "2026-11-22/..",
    "clock": "2026-11-22T10:00:00Z",
    "type": "TalksHeld",
    "stream": "european-security/geneva",
    "act": "a correction",
    "fact": EVENT_ID.format(27),
    "was": "AnswerGiven",
    "now": "DemandTabled",
    "version": "5",
    "place": "/event/by/0/party",
    "name": "happend_by",
    "found": "The body is sent as text/plain, not as JSON",
    "what": "There is no round vienna of european-security on record",
    "reason": "the database does not answer",
    "kind": "round",
    "key": "desk-officer",
    "role": "reader",
    "needed": "recorder or admin",
    "covered": "european-security",
    "limit": "6,000",
    "seconds": "30",
    "unit": "european-security",
    "position": "42",
    "taker": "the event at position 42",
    "units": "3",
    "memory": "256 MiB",
}
_REMEDIES: Final = {
    "BelongsElsewhere": "the stream of its round",
    "NotOpenedYet": "its RoundScheduled",
    "TargetUnfit": "Correct the fact; retract an account or a retraction and record another.",
    "MalformedRequest": "there is no such parameter here",
    "InvalidField": "write a slug: small letters and digits with single hyphens between, at most 64 characters",
    "NotFound": "Look it up in the list, or record it first",
}
_REASONS: Final = {
    "MalformedBody": "/event: stands twice in its object: give it once",
    "AccountDoesNotFit": "Expected `str`, got `int` - at `$.text`",
    "EventUnreadable": "JSON is malformed: invalid character (byte 0)",
    "ReadModelBroken": "EventUnreadable: the event at position 42 cannot be read",
    "RecordDamaged": "it ends before position 42",
    "KeyRefused": "the key k7f3q9zxa2 of desk-officer was revoked; ask who runs the service for another",
    "ReadsBusy": "1,000 reads are under way, which is as many as may",
    "FeedBusy": "2000 readers follow the record, which is as many as may",
}


def _example(cls: type[Exception]) -> Json:
    """The problem that a class of errors is answered as, with facts of an invented case."""
    facts = {**_SAMPLES, "remedy": _REMEDIES.get(cls.__name__, "")}
    facts["reason"] = _REASONS.get(cls.__name__, facts["reason"])
    if cls.__name__ == "NegotiationNotCovered":
        facts["what"] = "the negotiation trade-talks"
    named = [name for _, name, _, _ in string.Formatter().parse(str(cls.__doc__)) if name]
    pointer = _SAMPLES["place"] if issubclass(cls, Refusal) or cls is errors.InvalidField else ""
    if issubclass(cls, Refusal | RecordError):
        error: Exception = cls(pointer, **{name: facts[name] for name in named})
    elif issubclass(cls, AccessError):
        error = cls(retry_after_s=None, **{name: facts[name] for name in named})
    elif issubclass(cls, errors.HttpError):
        error = cls(pointer or None, None, **{name: facts[name] for name in named})
    else:
        raise TypeError(f"{cls.__name__} is no problem of ours")
    return msgspec.to_builtins(msgspec.structs.replace(told(error)[1], request_id=_REQUEST_ID))


def _of_kind(kind: Kind, detail: str) -> Json:
    return {
        "type": kind.uri,
        "title": kind.title,
        "status": kind.status,
        "detail": detail,
        "request_id": _REQUEST_ID,
    }


def examples() -> dict[str, Json]:
    """An example of every kind of problem, by its name."""
    return {kind.name: _example(cls) for cls, kind in KINDS.items()} | {
        BAD_REQUEST.name: _of_kind(BAD_REQUEST, "Invalid host header"),
        METHOD_NOT_ALLOWED.name: _of_kind(METHOD_NOT_ALLOWED, "This address takes GET, HEAD, OPTIONS."),
        INTERNAL_ERROR.name: _of_kind(INTERNAL_ERROR, INTERNAL_ERROR.meaning),
    }


def schemas() -> dict[str, Schema]:
    """The components: what every problem fits, and what those of each status do."""
    place = fields("A place in the body.", None, pointer={**TEXT, "format": "json-pointer"}, detail=TEXT)
    found = {"Place": place, "Problem": _schema({"type": "integer", "minimum": 400, "maximum": 599}, [*NAMED.values()])}
    return found | {
        f"Problem{status}": _schema({"type": "integer", "enum": [status]}, kinds) for status, kinds in _by_status()
    }


def _by_status() -> list[tuple[int, list[Kind]]]:
    found: dict[int, list[Kind]] = {}
    for kind in NAMED.values():
        found.setdefault(kind.status, []).append(kind)
    return sorted(found.items())


def _schema(status: Schema, kinds: list[Kind]) -> Schema:
    optional = {
        "errors": items(ref("Place")),
        "current": {**TEXT, "description": "Where to read what If-Match did not fit."},
    }
    return fields(
        "What is answered instead of what was asked for (RFC 9457).",
        optional,
        type={"type": "string", "format": "uri-reference", "enum": sorted(kind.uri for kind in kinds)},
        title=TEXT,
        status=status,
        detail={**TEXT, "description": "What is wrong in this case, and what to do."},
        request_id={
            **TEXT,
            "pattern": f"^{requestid.PATTERN}$",
            "description": "The id under which the service's log has the case: `X-Request-ID`.",
        },
    )


def responses() -> dict[str, Any]:
    """A response for each status, with every kind of problem that has it."""
    named = examples()
    return {f"Problem{status}": _response(status, kinds, named) for status, kinds in _by_status()}


def _response(status: int, kinds: list[Kind], named: dict[str, Json]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "description": " ".join(f"{kind.title}." for kind in kinds),
        "content": {
            MEDIA_TYPE: {
                "schema": ref(f"Problem{status}"),
                "examples": {kind.name: {"summary": kind.title, "value": named[kind.name]} for kind in kinds},
            }
        },
    }
    if status in _HEADERS:
        found["headers"] = {field: component("headers", name) for field, name in _HEADERS[status].items()}
    return found
