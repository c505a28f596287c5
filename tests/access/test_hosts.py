"""Without keys a service answers to the names of its own machine, so that no page of another site can call it."""

from litestar import Litestar

from parley.app import create_app
from tests.access.desk import holder_of, make_key
from tests.http.conftest import client_of, running
from tests.http.test_routing import problem

OURS = ("localhost", "localhost:8080", "127.0.0.1:8080", "127.0.0.2", "[::1]:8080", "[::1]", "LocalHost:1")
OTHERS = ("parley.example", "parley.example:80", "localhost.example:80", "10.0.0.1", "[2001:db8::1]:80", "0.0.0.0")
NEARLY_OURS = ("[::1].evil.example", "[::1]evil", "localhost:evil.example", "localhost:80:80", "::1", "[localhost")


async def test_request_by_a_name_of_this_machine_is_answered_and_by_another_is_misdirected(service: Litestar) -> None:
    async with client_of(service) as client:
        for host in OURS:
            assert (await client.get("/v1/parties", headers={"Host": host})).status_code == 200, host
        for host in (*OTHERS, *NEARLY_OURS):
            problem(await client.get("/v1/parties", headers={"Host": host}), 421, "misdirected-request")
            answer = await client.post("/v1/parties", json={}, headers={"Host": host})
            problem(answer, 421, "misdirected-request")
            assert (await client.get("/health/live", headers={"Host": host})).status_code == 200


async def test_service_with_keys_answers_to_any_name(service: Litestar, database: str) -> None:
    async with holder_of(service, await make_key(database, "desk", "reader")) as desk:
        assert (await desk.get("/v1/parties", headers={"Host": "parley.example"})).status_code == 200


async def test_service_that_is_open_answers_to_any_name(database: str) -> None:
    async with running(create_app(dsn=database, open_=True)) as app, client_of(app) as client:
        assert (await client.get("/v1/parties", headers={"Host": "parley.example"})).status_code == 200


async def test_key_sent_to_a_service_without_keys_is_refused(service: Litestar) -> None:
    """Else somebody would record as nobody, where they meant to be known."""
    async with client_of(service) as client:
        answer = await client.get("/v1/parties", headers={"Authorization": "Bearer x"})
        assert "this service has none" in str(problem(answer, 401, "key-refused")["detail"])
