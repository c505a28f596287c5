"""The one table from errors to RFC 9457 problems, and the only place where an error becomes an answer.

An answer is ``{"type", "title", "status", "detail", "errors"?, "current"?, "request_id"}``. ``type`` is stable and
``title`` constant for it; ``detail`` tells this very case and what to do; ``errors`` point into the body (RFC 6901);
what the log has of the case stands there under ``request_id``.
"""

import logging
import re
from typing import Any, Final

import asyncpg
import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.status_codes import HTTP_503_SERVICE_UNAVAILABLE
from msgspec import Struct

from negotiation.admission import Malformed
from negotiation.refusals import REFUSALS, Refusal
from parley.access import errors as access
from parley.http.request.ids import CURRENT
from parley.http.response import errors
from parley.http.response.addresses import address_of
from parley.store import errors as record

MEDIA_TYPE: Final = "application/problem+json"
RETRY_AFTER_S: Final = 2
"""Seconds after which a client may try again what a 503 did not do."""

_log = logging.getLogger(__name__)


class Kind(Struct, frozen=True):
    """A type of problem: its name in ``/problems/<name>``, its status and title, what it means with the remedy."""

    name: str
    status: int
    title: str
    meaning: str

    @property
    def uri(self) -> str:
        """The ``type`` of the problem: a URI reference that stays."""
        return f"/problems/{self.name}"


class Place(Struct, frozen=True):
    """Where in the body something is wrong: a JSON pointer, and the remedy."""

    pointer: str
    detail: str


class Problem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is answered instead of what was asked for (RFC 9457).

    ``current``: where to read what an If-Match did not fit. ``request_id``: what the log has of it
    stands under this id.
    """

    type: str
    title: str
    status: int
    detail: str
    errors: tuple[Place, ...] = ()
    current: str | None = None
    request_id: str = ""


def _words(cls: type) -> list[str]:
    return re.findall(r"[A-Z][a-z]+", cls.__name__)


def _kind(cls: type[Exception], status: int) -> Kind:
    """The kind of problem that a class of errors is: named after the class, its docstring is what it means."""
    words = [word.lower() for word in _words(cls)]
    meaning = " ".join(str(cls.__doc__).split("``entry``")[0].split())
    return Kind("-".join(words), status, " ".join(words).capitalize(), meaning)


KINDS: Final[dict[type[Exception], Kind]] = {
    errors.MalformedBody: Kind(
        "malformed-body",
        400,
        "Malformed body",
        "The body is not JSON as it is taken here: UTF-8, no key twice in an object, no NaN, no control characters or "
        "halves of surrogate pairs in texts, nested at most 32 deep. Correct the place that is named.",
    ),
    errors.MalformedRequest: Kind(
        "malformed-request",
        400,
        "Malformed request",
        "A query parameter, a cursor or a header is unknown, given twice or not well formed. Correct what is named.",
    ),
    access.KeyMissing: Kind(
        "key-missing",
        401,
        "Key missing",
        "This address takes a key, and none was sent. Send one as `Authorization: Bearer parley_...`.",
    ),
    access.KeyRefused: Kind(
        "key-refused",
        401,
        "Key refused",
        "The key that was sent is not one of this service, was revoked, has expired, or is not sent as a Bearer token.",
    ),
    access.RoleLacking: _kind(access.RoleLacking, 403),
    access.NegotiationNotCovered: _kind(access.NegotiationNotCovered, 403),
    errors.NotFound: Kind(
        "not-found", 404, "Not found", "Nothing is on record under this address. See the lists for what there is."
    ),
    errors.NotYetAtThisReading: Kind(
        "not-yet-at-this-reading",
        404,
        "Not yet at this reading",
        "It is on record, but had not happened, was not reported or was not recorded by the clocks that were given. "
        "Ask for a later date or position, or leave them out.",
    ),
    errors.NoSigningKey: _kind(errors.NoSigningKey, 404),
    **{refusal: _kind(refusal, 409) for refusal in REFUSALS},
    record.EventIdTaken: _kind(record.EventIdTaken, 409),
    record.EventIdsPartlyTaken: _kind(record.EventIdsPartlyTaken, 409),
    record.PreconditionFailed: _kind(record.PreconditionFailed, 412),
    errors.RequestTooSlow: _kind(errors.RequestTooSlow, 408),
    errors.BodyTooLarge: _kind(errors.BodyTooLarge, 413),
    errors.UnsupportedMediaType: Kind(
        "unsupported-media-type",
        415,
        "Unsupported media type",
        "The body is not sent as JSON. Send it as it is, in UTF-8, with `Content-Type: application/json`.",
    ),
    errors.InvalidField: Kind(
        "invalid-field",
        422,
        "Invalid field",
        "The body is JSON, and a field in it is unknown, missing or not what it must be. `errors` points to it.",
    ),
    access.MisdirectedRequest: _kind(access.MisdirectedRequest, 421),
    record.KeyReused: _kind(record.KeyReused, 422),
    errors.HeadTooLarge: _kind(errors.HeadTooLarge, 431),
    access.RateLimited: _kind(access.RateLimited, 429),
    access.StreamsTaken: _kind(access.StreamsTaken, 429),
    access.AttemptsSlowed: _kind(access.AttemptsSlowed, 429),
    access.KeysUnknown: _kind(access.KeysUnknown, 503),
    errors.Stopping: _kind(errors.Stopping, 503),
    record.ReadsBusy: Kind(
        "reads-busy",
        503,
        "Reads busy",
        "More is being read than the service can answer in time: as many reads are under way as may be, or as many "
        "readings of the past wait as can be folded in time. Try again after the seconds in `Retry-After`.",
    ),
    record.ReadingTooLarge: Kind(
        "reading-too-large",
        503,
        "Reading too large",
        "The negotiation has more events by these clocks than the service holds in memory for readings of the past. "
        "Ask for an earlier position, or have the operator raise `PARLEY_PAST_MIB`.",
    ),
    errors.ReadTooSlow: _kind(errors.ReadTooSlow, 503),
    record.RecordBusy: _kind(record.RecordBusy, 503),
    record.FeedBusy: _kind(record.FeedBusy, 503),
    record.DatabaseUnavailable: _kind(record.DatabaseUnavailable, 503),
    record.RecordUnavailable: _kind(record.RecordUnavailable, 503),
    record.RecordDamaged: _kind(record.RecordDamaged, 503),
    record.ReadModelBroken: _kind(record.ReadModelBroken, 503),
    record.EventUnreadable: _kind(record.EventUnreadable, 503),
    record.ReadModelsBehind: _kind(record.ReadModelsBehind, 503),
    errors.NotReady: _kind(errors.NotReady, 503),
}
"""Every kind of problem that has a class of errors."""

METHOD_NOT_ALLOWED: Final = Kind(
    "method-not-allowed",
    405,
    "Method not allowed",
    "This address does not take this method. `Allow` lists what it takes.",
)
BAD_REQUEST: Final = Kind("bad-request", 400, "Bad request", "The request is not well-formed HTTP for this service.")
INTERNAL_ERROR: Final = Kind(
    "internal-error",
    500,
    "Internal error",
    "The service failed. Nothing is told of why; its log tells it under the id in `request_id`.",
)
NAMED: Final[dict[str, Kind]] = {
    kind.name: kind for kind in (*KINDS.values(), METHOD_NOT_ALLOWED, BAD_REQUEST, INTERNAL_ERROR)
}
"""Every kind of problem by its name."""


_DATABASE_AWAY: Final = (*record.DATABASE_AWAY, asyncpg.InterfaceError)
"""What a read meets while the database is away, is being switched over or takes no more connections."""


def answer(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Turn any error into the answer. What nobody foresaw is logged, and answered without saying why."""
    status, problem, headers = told(error)
    body = msgspec.json.encode(msgspec.structs.replace(problem, request_id=CURRENT.get()))
    sent = {"Cache-Control": "no-store", "Content-Type": MEDIA_TYPE, "Content-Length": str(len(body)), **headers}
    if request.method == "HEAD":
        body = b""
    return Response(body, media_type=MEDIA_TYPE, status_code=status, headers=sent)


def encoded(error: Exception, request_id: str) -> tuple[int, bytes]:
    """Status and JSON of an error that is answered before there is a request."""
    status, problem, _ = told(error)
    return status, msgspec.json.encode(msgspec.structs.replace(problem, request_id=request_id))


def told(error: Exception) -> tuple[int, Problem, dict[str, str]]:  # noqa: PLR0911 - one sort of error a line
    """Look the error up in the table: the status, what is answered, and headers to go with it."""
    match error:
        case RequestEntityTooLarge():
            # The rest of the body is never read: the connection cannot carry another request.
            return told(errors.BodyTooLarge(headers={"Connection": "close"}))
        case Malformed():
            place = error.pointer or "body"
            return told(errors.InvalidField(error.pointer, place=place, remedy=error.remedy.rstrip(".")))
        case record.PreconditionFailed():
            return _precondition_failed(error)
        case Refusal() | record.RecordError():
            return _of_kind(KINDS[type(error)], str(error), error.pointer or None, _retry_after(error))
        case access.AccessError():
            return _of_kind(KINDS[type(error)], str(error), headers=_of_access(error))
        case errors.ClientGone() | errors.NotHttp() | errors.NoTunnel():
            return _of_kind(BAD_REQUEST, str(error))
        case errors.HttpError():
            return _of_kind(KINDS[type(error)], str(error), error.pointer, error.headers)
        case HTTPException():
            return _of_litestar(error)
        case _ if isinstance(error, _DATABASE_AWAY) and not isinstance(error, ValueError):
            _log.warning("The database did not answer: %s: %s", type(error).__name__, error)
            return told(record.DatabaseUnavailable())
        case _:
            return _unforeseen(error)


def _of_kind(
    kind: Kind, detail: str, pointer: str | None = None, headers: dict[str, str] | None = None
) -> tuple[int, Problem, dict[str, str]]:
    places = () if pointer is None else (Place(pointer, detail),)
    problem = Problem(type=kind.uri, title=kind.title, status=kind.status, detail=detail, errors=places)
    retry = {"Retry-After": str(RETRY_AFTER_S)} if kind.status == HTTP_503_SERVICE_UNAVAILABLE else {}
    return kind.status, problem, {**retry, **(headers or {})}


def _retry_after(error: Refusal | record.RecordError) -> dict[str, str]:
    after = error.retry_after_s if isinstance(error, record.RecordError) else None
    return {} if after is None else {"Retry-After": str(after)}


_CHALLENGES: Final[dict[type[Exception], str]] = {
    access.KeyMissing: "",
    access.KeyRefused: ', error="invalid_token"',
    access.RoleLacking: ', error="insufficient_scope"',
    access.NegotiationNotCovered: ', error="insufficient_scope"',
}
"""What the challenge says beside the realm (RFC 6750, section 3)."""


def _of_access(error: access.AccessError) -> dict[str, str]:
    headers = {} if error.retry_after_s is None else {"Retry-After": str(error.retry_after_s)}
    if (said := _CHALLENGES.get(type(error))) is not None:
        headers["WWW-Authenticate"] = f'Bearer realm="parley"{said}'
    return headers


def _precondition_failed(error: record.PreconditionFailed) -> tuple[int, Problem, dict[str, str]]:
    status, problem, headers = _of_kind(KINDS[record.PreconditionFailed], str(error))
    return status, msgspec.structs.replace(problem, current=address_of(error.facts["stream"])), headers


def _of_litestar(error: HTTPException) -> tuple[int, Problem, dict[str, str]]:
    """What the framework found before any of our code ran: no such path or method, a host that is none."""
    match error.status_code:
        case 404:
            return told(errors.NotFound(what="There is no such address", remedy="See /docs for what there is"))
        case 405:
            allowed = (error.headers or {}).get("allow", "")
            allow = {"Allow": ", ".join(sorted(allowed.split(", ")))}
            return _of_kind(METHOD_NOT_ALLOWED, f"This address takes {allow['Allow']}.", headers=allow)
        case status if 400 <= status < 500:
            return _of_kind(BAD_REQUEST, error.detail)
        case _:
            return _unforeseen(error)


def _unforeseen(error: Exception) -> tuple[int, Problem, dict[str, str]]:
    _log.error("a request failed for a reason nobody foresaw", exc_info=error)
    return _of_kind(
        INTERNAL_ERROR, "The service failed. Its log tells why, under the id in `request_id`: give it to the operator."
    )
