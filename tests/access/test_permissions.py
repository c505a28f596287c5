"""Every route is in the table of who may call it, and is called by those and nobody else."""

import re
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import httpx
import pytest

from parley.access.attempts import Attempts
from parley.access.gate import Limited, Permission
from parley.access.keys import RANK
from parley.embedded import EmbeddedPostgres
from parley.http.request.permissions import PERMISSIONS
from tests import databases
from tests.access.conftest import serving
from tests.access.desk import make_key, revoke_key, with_key
from tests.http.conftest import client_of
from tests.http.openapi import Described
from tests.http.test_routing import problem

HERE, ELSEWHERE = "european-security", "trade-talks"


def test_table_names_every_route_of_the_document_and_no_other(described: Described) -> None:
    ids = {operation["operationId"] for _, _, operation in described.operations()}
    assert ids == set(PERMISSIONS)


def test_document_says_of_every_route_what_the_table_says(described: Described) -> None:
    schemes = described.document["components"]["securitySchemes"]
    for path, _, operation in described.operations():
        role = PERMISSIONS[operation["operationId"]].role
        assert operation["security"] == ([{"key": [role]}] if role else []), path
        assert {"401", "403", "429"} <= set(operation["responses"]) or role is None
    assert schemes["key"]["scheme"] == "bearer"


def test_every_route_below_v1_takes_a_key_and_numbers_an_admin_s(described: Described) -> None:
    """What is served without a key is the same for everybody who has this program."""
    for path, _, operation in described.operations():
        role = PERMISSIONS[operation["operationId"]].role
        assert (role is not None) == (path.startswith("/v1/") or path == "/metrics"), path
        assert (role == "admin") == (path == "/metrics")


def test_every_route_that_records_takes_a_recorder(described: Described) -> None:
    for path, method, operation in described.operations():
        assert (PERMISSIONS[operation["operationId"]].role == "recorder") == (method == "post"), path


def test_every_route_of_one_negotiation_is_for_keys_that_cover_it(described: Described) -> None:
    for path, _, operation in described.operations():
        in_path = PERMISSIONS[operation["operationId"]].limited is Limited.PATH
        assert in_path == path.startswith("/v1/negotiations/{negotiation}"), path


HOLDERS: dict[str, tuple[Any, ...]] = {
    "reader": ("reader",),
    "recorder": ("recorder",),
    "admin": ("admin",),
    "reader-here": ("reader", HERE),
    "recorder-here": ("recorder", HERE),
    "recorder-elsewhere": ("recorder", ELSEWHERE),
    "admin-elsewhere": ("admin", ELSEWHERE, "third-talks"),
}


class World(NamedTuple):
    """A client of a service, and a key for each kind of holder, and some that are not taken."""

    client: httpx.AsyncClient
    keys: Mapping[str, str]


@pytest.fixture(scope="module")
async def world(template: EmbeddedPostgres) -> AsyncIterator[World]:
    async with databases.database(template) as dsn, serving(dsn) as app, client_of(app) as client:
        keys = {name: await make_key(dsn, name, *what) for name, what in HOLDERS.items()}
        yesterday = datetime.now(UTC) - timedelta(days=1)
        keys["expired"] = await make_key(dsn, "expired", "admin", expires_at=yesterday)
        keys["revoked"] = await make_key(dsn, "revoked", "admin")
        await revoke_key(dsn, "revoked")
        keys["mistyped"] = keys["admin"][:-1] + ("A" if keys["admin"][-1] != "A" else "B")
        keys["unknown"] = f"parley_{'a' * 10}_{'b' * 43}"
        gate = app.state["gate"]
        gate._attempts = Attempts(slow_s=0)
        while keys["revoked"][7:17] not in gate.keyring._gone:
            await gate.keyring.next_look()
        yield World(client, keys)


def expected(holder: str | None, permission: Permission) -> int:
    """The status of a refusal by the table; 0 where it says that the holder may."""
    if permission.role is None:
        return 0
    if holder not in HOLDERS:
        return 401
    role, *only = HOLDERS[holder]
    if RANK[role] < RANK[permission.role]:
        return 403
    if only and permission.limited is Limited.PATH and HERE not in only:
        return 403
    return 403 if only and permission.limited in {Limited.PARTIES, Limited.NOTHING, Limited.BODY} else 0


async def test_every_route_is_called_by_those_whom_the_table_names_and_nobody_else(
    world: World, described: Described
) -> None:
    fact = {"occurred": "2022-01-10", "sources": [{"publisher": "P", "kind": "outlet", "published": "2022"}]}
    bodies = {"/v1/negotiations": {**fact, "negotiation": "fourth-talks", "title": "Talks"}}
    calls = 0
    for path, method, operation in described.operations():
        permission = PERMISSIONS[operation["operationId"]]
        address = re.sub(r"\{(\w+)\}", lambda name: {"negotiation": HERE, "position": "1"}.get(name[1], "geneva"), path)
        for holder in (None, *world.keys):
            headers = with_key(world.keys[holder]) if holder else {}
            if method == "post":
                fact = {
                    "occurred": "2022-01-10",
                    "sources": [{"publisher": "P", "kind": "outlet", "published": "2022"}],
                }
                answer = await world.client.post(address, json=bodies.get(address, fact), headers=headers)
            else:  # HEAD: a stream has no end
                answer = await world.client.head(address, headers=headers)
            wanted = expected(holder, permission)
            found = answer.status_code if answer.status_code in {401, 403} else 0
            assert found == wanted, (operation["operationId"], holder, answer.status_code, answer.text)
            calls += 1
    assert calls > 300


async def test_refusals_say_what_is_lacking_and_challenge(world: World) -> None:
    for holder, path, status, name, said, challenge in (
        (None, "/v1/parties", 401, "key-missing", "parley keys create", 'Bearer realm="parley"'),
        ("unknown", "/v1/parties", 401, "key-refused", "no key of this service", 'error="invalid_token"'),
        ("mistyped", "/v1/parties", 401, "key-refused", "no key of this service", 'error="invalid_token"'),
        ("expired", "/v1/parties", 401, "key-refused", "of expired expired", 'error="invalid_token"'),
        ("revoked", "/v1/parties", 401, "key-refused", "of revoked was revoked", 'error="invalid_token"'),
        (
            "recorder-elsewhere",
            f"/v1/negotiations/{HERE}",
            403,
            "negotiation-not-covered",
            f"does not cover the negotiation {HERE}: it is limited to {ELSEWHERE}",
            'error="insufficient_scope"',
        ),
    ):
        answer = await world.client.get(path, headers=with_key(world.keys[holder]) if holder else {})
        assert said in str(problem(answer, status, name)["detail"])
        assert challenge in answer.headers["www-authenticate"]
    refused = await world.client.post("/v1/parties", json={}, headers=with_key(world.keys["reader"]))
    detail = str(problem(refused, 403, "role-lacking")["detail"])
    assert detail.startswith("The key reader has the role reader, and this takes recorder or admin.")


async def test_refusal_of_a_negotiation_is_the_same_whether_there_is_one_or_not(world: World) -> None:
    """A key tells its holder nothing of what it does not cover."""
    headers = with_key(world.keys["recorder-elsewhere"])
    answers = [await world.client.get(f"/v1/negotiations/{name}", headers=headers) for name in (HERE, "no-such-talks")]
    found = [problem(answer, 403, "negotiation-not-covered") for answer in answers]
    for one in found:
        del one["request_id"]
    assert str(found[0]).replace(HERE, "no-such-talks") == str(found[1])


@pytest.mark.parametrize(
    "sent",
    [
        "Basic cGFybGV5",
        "Bearer",
        "Bearer ",
        "parley_x",
        "Bearer a b",
        "Bearer " + "a" * 5000,
        "Bearer \xff",
        "Digest x",
    ],
)
async def test_authorization_of_another_form_is_refused(world: World, sent: str) -> None:
    answer = await world.client.get("/v1/parties", headers={b"Authorization": sent.encode("latin-1")})
    problem(answer, 401, "key-refused")


async def test_scheme_is_taken_in_small_letters_too_and_two_keys_are_not(world: World) -> None:
    headers = [("Authorization", f"bearer {world.keys['reader']}")]
    assert (await world.client.get("/v1/parties", headers=headers)).status_code == 200
    assert (await world.client.get("/v1/parties", headers=headers * 2)).status_code == 401


async def test_refusals_fit_the_document(world: World, described: Described) -> None:
    for holder, status in ((None, 401), ("reader", 403)):
        answer = await world.client.post("/v1/parties", json={}, headers=with_key(world.keys[holder]) if holder else {})
        assert answer.status_code == status
        described.check_answer("/v1/parties", "post", status, answer.json())
