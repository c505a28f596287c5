"""The table of problems: every error has a kind, and nothing of what failed inside is told."""

import logging
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx
import pytest
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from negotiation.admission import Malformed
from negotiation.refusals import REFUSALS, Refusal
from parley.access import errors as access
from parley.access.gate import Gate
from parley.access.keyring import Keyring
from parley.app import assemble
from parley.http.openapi.problems import examples
from parley.http.response import errors, problems
from parley.store import errors as record
from tests.http.conftest import client_of
from tests.http.openapi import Described
from tests.http.test_routing import problem


def test_every_class_of_errors_has_a_kind_with_its_name() -> None:
    found = (record.RecordError, record.RecordDamaged, errors.HttpError, access.AccessError)
    classes = {*REFUSALS, *(one for cls in found for one in cls.__subclasses__())} - {
        errors.ClientGone,
        errors.NotHttp,
        errors.NoTunnel,
        # Only a command meets these.
        record.RebuildCutShort,
        record.RebuildUnderWay,
    }
    assert set(problems.KINDS) == classes
    assert set(Refusal.__subclasses__()) == set(REFUSALS)
    assert problems.KINDS[REFUSALS[0]].uri == "/problems/unknown-reference"


def test_kinds_have_names_of_their_own() -> None:
    assert len(problems.NAMED) == len(problems.KINDS) + 3


def test_every_kind_says_what_it_means() -> None:
    for kind in problems.NAMED.values():
        assert kind.meaning
        assert "``" not in kind.meaning
        assert 400 <= kind.status < 600


@pytest.mark.parametrize("name", sorted(problems.NAMED))
def test_every_kind_has_an_example_of_its_type(name: str) -> None:
    example = examples()[name]
    kind = problems.NAMED[name]
    assert (example["type"], example["status"], example["title"]) == (kind.uri, kind.status, kind.title)
    assert "{" not in example["detail"]


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_refusal_is_answered_by_its_name_with_its_place(refusal: type[Refusal]) -> None:
    class Facts(dict[str, str]):
        def __missing__(self, _: str) -> str:
            return "x"

    error = refusal.__new__(refusal)
    Exception.__init__(error, str(refusal.__doc__).format_map(Facts()))
    error.pointer, error.facts = "/3/event/by/0/party", {}
    status, found, _ = problems.told(error)
    assert status == 409
    assert found.type == problems.KINDS[refusal].uri
    assert [place.pointer for place in found.errors] == ["/3/event/by/0/party"]


def test_what_is_malformed_for_the_record_is_an_invalid_field() -> None:
    status, found, _ = problems.told(Malformed("/sources", "say where it comes from."))
    assert (status, found.type) == (422, "/problems/invalid-field")
    assert found.detail == "/sources: say where it comes from."


def test_a_failed_precondition_tells_the_version_and_where_to_read() -> None:
    status, found, _ = problems.told(record.PreconditionFailed(stream="european-security/geneva", version="7"))
    assert status == 412
    assert "version 7" in found.detail
    assert found.current == "/v1/negotiations/european-security/rounds/geneva"


def test_a_busy_record_says_when_to_come_back() -> None:
    for error in (
        record.RecordBusy(),
        record.DatabaseUnavailable(),
        record.RecordUnavailable(),
        record.RecordDamaged(reason="x"),
        errors.NotReady(reason="x"),
    ):
        status, _, headers = problems.told(error)
        assert (status, headers["Retry-After"]) == (503, str(problems.RETRY_AFTER_S))


AWAY = [
    ConnectionRefusedError("secret-host:5432"),
    TimeoutError(),
    asyncpg.ConnectionDoesNotExistError("secret"),
    asyncpg.CannotConnectNowError("secret"),
    asyncpg.AdminShutdownError("secret"),
    asyncpg.TooManyConnectionsError("secret"),
    asyncpg.QueryCanceledError("secret"),
    asyncpg.InterfaceError("pool is closing"),
]
FAULTS = [ValueError("secret"), KeyError("secret"), asyncpg.UndefinedTableError("secret"), RecursionError("secret")]
RAISED: dict[str, Exception] = {}


async def _raising() -> None:
    raise RAISED["now"]


@pytest.fixture
async def failing() -> AsyncIterator[httpx.AsyncClient]:
    app: Litestar = assemble(Gate(Keyring()))
    route: Any = HTTPRouteHandler("/failing", http_method=["GET", "HEAD"])
    app.register(route(_raising))
    async with client_of(app) as client:
        yield client


@pytest.mark.parametrize("error", AWAY, ids=lambda error: type(error).__name__)
async def test_get_while_the_database_is_away_asks_to_come_back(
    failing: httpx.AsyncClient, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    RAISED["now"] = error
    answer = await failing.get("/failing")
    problem(answer, 503, "database-unavailable")
    assert answer.headers["retry-after"] == "2"
    assert "secret" not in answer.text
    assert "did not answer" in caplog.text


@pytest.mark.parametrize("error", FAULTS, ids=lambda error: type(error).__name__)
async def test_a_fault_is_logged_and_not_told(
    failing: httpx.AsyncClient, described: Described, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    RAISED["now"] = error
    with caplog.at_level(logging.ERROR):
        answer = await failing.get("/failing")
    found = problem(answer, 500, "internal-error")
    described.check_answer("/v1/parties", "get", 500, found)
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert found["request_id"] == answer.headers["x-request-id"]
    assert "secret" in caplog.text


async def test_head_of_a_fault_has_no_body(failing: httpx.AsyncClient) -> None:
    RAISED["now"] = ValueError("secret")
    answer = await failing.head("/failing")
    assert (answer.status_code, answer.content) == (500, b"")
