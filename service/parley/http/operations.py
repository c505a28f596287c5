"""Routes: what each takes and answers, said once. Requests are checked against it, and OpenAPI is written from it."""

from asyncio import timeout
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Final, Literal, NamedTuple, TypeAlias, cast

from litestar import Request
from litestar.handlers import HTTPRouteHandler
from litestar.response.base import ASGIResponse
from litestar.status_codes import HTTP_204_NO_CONTENT
from litestar.types import ASGIApp
from msgspec import Struct
from msgspec.structs import replace

from negotiation.streams import PARTIES
from parley.access.callers import Caller
from parley.access.gate import Gate
from parley.checkpoints.notes import SigningKey
from parley.feed.feed import Feed
from parley.http.request.permissions import permission_of
from parley.http.request.queries import MAX_POSITION, Query, digits, read_query
from parley.http.response.errors import NotFound, ReadTooSlow
from parley.http.response.paging import is_event_id, is_slug
from parley.http.response.renditions import Form
from parley.recording import Recording
from parley.store.errors import ReadsBusy, RecordDamaged

Tag = Literal[
    "Negotiations", "Rounds", "Parties", "Demands", "Findings", "Tables", "Search", "Events", "Log", "Service"
]


class Parameter(Struct, frozen=True):
    """A query parameter or a header: its name, what it does, its JSON Schema, an example."""

    name: str
    description: str
    schema: Mapping[str, Any]
    example: str
    required: bool = False


class Operation(Struct, frozen=True, kw_only=True):
    """What a route does, takes and answers.

    ``answers``: the name of a component of the OpenAPI document, or a media type that is not JSON. ``items``: the
    component of a list's items. ``takes``: the component of the body. ``headers``: those of the request that it heeds
    besides what ``conditional`` brings; that and ``missing`` tell which parameters and problems go with it. ``form``: a
    list's, if it is not JSON. ``one_reading``: a whole list is read at one position, however many pages it takes.
    """

    id: str
    tag: Tag
    summary: str
    description: str = ""
    query: tuple[Parameter, ...] = ()
    headers: tuple[Parameter, ...] = ()
    takes: str = ""
    answers: str = ""
    items: str = ""
    conditional: bool = False
    missing: bool = True
    problems: tuple[str, ...] = ()
    media_type: str = "application/json"
    form: Form | None = None
    one_reading: bool = True


class Reads:
    """Reads under way: how many there are and may be, and how long each may take, in seconds.

    A stream counts until it begins.
    """

    __slots__ = ("limit", "under_way", "within_s")

    def __init__(self, limit: int = 1000, within_s: float = 30) -> None:
        self.limit, self.within_s = limit, within_s
        self.under_way = 0


class Call(NamedTuple):
    """A request that ``caller`` may make, and whose path and query have been checked: slugs, known parameters.

    ``whole``: all of a list is wanted. What is composed as a whole anyway is then one page.
    """

    request: Request[Any, Any, Any]
    path: Mapping[str, str]
    query: Query
    caller: Caller
    operation: Operation
    whole: bool = False

    @property
    def client(self) -> str:
        """Who takes turns with others: the caller's key, or the address where there is none."""
        return self.caller.key or (self.request.scope.get("client") or ("",))[0]

    @property
    def address(self) -> str:
        """The path that was asked for."""
        return str(self.request.scope["path"])

    @property
    def recording(self) -> Recording:
        """The record that is served."""
        return cast("Recording", self.request.app.state["recording"])

    @property
    def feed(self) -> Feed:
        """What follows the record."""
        return cast("Feed", self.request.app.state["feed"])

    @property
    def gate(self) -> Gate:
        """What decides who may do what."""
        return cast("Gate", self.request.app.state[GATE])

    @property
    def reads(self) -> Reads:
        """The reads under way."""
        return cast("Reads", self.request.app.state[READS])

    @property
    def signing_key(self) -> SigningKey | None:
        """What signs checkpoints, where there is such a key."""
        return cast("SigningKey | None", self.request.app.state[SIGNING_KEY])


Handler: TypeAlias = Callable[[Call], Awaitable[ASGIApp]]

GATE: Final = "gate"
"""Under this name the gate stands in the application's state."""

READS: Final = "reads"
"""Under this name the `Reads` stand in the application's state."""

SIGNING_KEY: Final = "signing_key"
"""Under this name what signs checkpoints, or None, stands in the application's state."""

OPERATION: Final = "operation"
"""Under this name a route's `Operation` stands in its options."""

HANDLE: Final = "handle"
"""Under this name what a route does with a call stands in its options."""

_SLUGS: Final = frozenset({"negotiation", "round", "party", "demand"})


def reads(path: str, operation: Operation) -> Callable[[Handler], HTTPRouteHandler]:
    """Make a handler of GET and HEAD."""
    return _routes(path, ("GET", "HEAD"), operation)


DRY_RUN: Final = Parameter(
    "dry_run",
    "`true`: only try it. Nothing is recorded; the answer tells what would be, or everything that is wrong.",
    {"type": "string", "enum": ["true"]},
    "true",
)


def writes(path: str, operation: Operation) -> Callable[[Handler], HTTPRouteHandler]:
    """Make a handler of POST, which records something, or only tries it."""
    return _routes(path, ("POST",), replace(operation, query=(*operation.query, DRY_RUN)))


def _routes(
    path: str, methods: tuple[Literal["GET", "HEAD", "POST"], ...], operation: Operation
) -> Callable[[Handler], HTTPRouteHandler]:
    known = frozenset(parameter.name for parameter in operation.query)
    permission = permission_of(operation.id)
    # Recording has bounds of its own; and how the service is doing is asked when it is busy.
    bounded = "GET" in methods and operation.tag != "Service"

    def decorate(handle: Handler) -> HTTPRouteHandler:
        async def handler(request: Request[Any, Any, Any]) -> ASGIApp:
            path_parameters = request.scope["path_params"]
            caller = await request.app.state[GATE].admit(request.scope, path_parameters, permission)
            for name, value in path_parameters.items():
                _check_path(name, value)
            call = Call(request, path_parameters, read_query(request.scope["query_string"], known), caller, operation)
            return await (read(handle, call) if bounded else _handled(handle, call))

        route = HTTPRouteHandler(
            path,
            http_method=methods,
            name=operation.id,
            opt={OPERATION: operation, HANDLE: handle},
            include_in_schema=False,
        )
        return route(handler)

    return decorate


async def _handled(handle: Handler, call: Call) -> ASGIApp:
    try:
        return await handle(call)
    except RecordDamaged as damage:
        call.recording.stop_at(damage)
        raise


async def read(handle: Handler, call: Call, *, begun: bool = False) -> ASGIApp:
    """Read something within the bounds of reads; raises ReadsBusy and ReadTooSlow.

    ``begun``: the answer has begun, and this is a further part of it: it is not refused for the number of others.
    """
    reads_ = call.reads
    if reads_.under_way >= reads_.limit and not begun:
        raise ReadsBusy(reason=f"{reads_.limit:,} reads are under way, which is as many as may")
    reads_.under_way += 1
    time = timeout(reads_.within_s)
    try:
        async with time:
            return await _handled(handle, call)
    except TimeoutError as error:
        if time.expired():
            raise ReadTooSlow(seconds=f"{reads_.within_s:g}") from error
        raise
    finally:
        reads_.under_way -= 1


def with_options(handlers: Iterable[HTTPRouteHandler]) -> list[HTTPRouteHandler]:
    """Add what answers OPTIONS; the framework's own tells only the methods of one handler of several at an address."""
    found = list(handlers)
    methods: dict[str, set[str]] = {}
    for handler in found:
        for path in handler.paths:
            methods.setdefault(path, {"OPTIONS"}).update(str(method) for method in handler.http_methods)
    # First, so that the framework sees OPTIONS answered and adds none of its own.
    return [*(_options(path, ", ".join(sorted(taken))) for path, taken in methods.items()), *found]


def _options(path: str, allow: str) -> HTTPRouteHandler:
    async def handler() -> ASGIApp:
        return ASGIResponse(status_code=HTTP_204_NO_CONTENT, headers=[("Allow", allow)])

    return HTTPRouteHandler(path, http_method="OPTIONS", include_in_schema=False)(handler)


def _check_path(name: str, value: str) -> None:
    if name in _SLUGS and not is_slug(value):
        shown = value[:80].encode("unicode_escape").decode()
        raise NotFound(
            what=f"No {name} is called {shown}",
            remedy="Names in addresses are slugs: small letters and digits with single hyphens between, at most 64",
        )
    if name == "negotiation" and value == PARTIES:
        raise NotFound(what=f"No negotiation is called {PARTIES}", remedy="The parties are under /v1/parties")
    if name == "position" and not (is_event_id(value) or 1 <= (digits(value) or 0) <= MAX_POSITION):
        raise NotFound(
            what="No event has this position or id",
            remedy=f"Positions are whole numbers from 1 to {MAX_POSITION}, in plain digits, ids UUIDs in lower case",
        )


def missing(kind: str, name: str) -> NotFound:
    """The error of what is not on record, or not yet."""
    return NotFound(what=f"There is no {kind} {name} on record", remedy="Look it up in the list, or record it first")
