"""What the containers may and may not, and how soon they are there and gone."""

import asyncio
import json
import time
from typing import Any

import httpx
import pytest

from tests.compose.stack import ADDRESS, Stack, answered, run
from tests.survival.load import Load

START_WITHIN_S = 3.0
MOST_TRIES = 3
STOP_WITHIN_S = 15.0
"""PARLEY_SHUTDOWN_S for requests under way, and 5 s for what is being written."""
GUESSES = ("", "parley", "postgres", "password")


def test_up_from_nothing_answers_at_the_published_port(stack: Stack) -> None:
    assert answered("/health/ready").json()["status"] == "ready"
    assert answered("/docs").status_code == httpx.codes.OK


def test_service_starts_within_three_seconds(stack: Stack) -> None:
    """Where the machine has the time: the better one of some tries counts."""
    tries: list[float] = []
    while not tries or min(tries) >= START_WITHIN_S:
        assert len(tries) < MOST_TRIES, tries
        stack.compose("restart", "api")
        stack.up()
        tries.append(stack.container("api").started_in_s())


async def test_service_told_to_stop_under_load_ends_well_within_its_bound(stack: Stack, load: Load) -> None:
    container = stack.container("api")
    async with load.under_load():
        await load.acknowledgements(20)
        began = time.monotonic()
        await asyncio.to_thread(stack.compose, "stop", "api")
        took_s = time.monotonic() - began
        assert took_s < STOP_WITHIN_S
        assert container.state["ExitCode"] == 0
        await asyncio.to_thread(stack.up)
        await load.acknowledgements(20)


def test_service_runs_without_privileges_on_files_it_cannot_change(stack: Stack) -> None:
    assert stack.compose("exec", "-T", "api", "id", "-u").strip() == "10001"
    for place in ("/", "/srv/parley", "/opt/parley", "/home"):
        said = run("docker", "exec", stack.container("api").id, "sh", "-c", f"touch {place}/x")
        assert said.status != 0, place
        assert "Read-only file system" in said.output
    host = stack.container("api").described["HostConfig"]
    assert host["CapDrop"] == ["ALL"]
    assert not host["CapAdd"]
    assert "no-new-privileges:true" in host["SecurityOpt"]


def test_image_has_nothing_to_build_with_and_no_server(stack: Stack) -> None:
    look = """
for one in gcc cc make git hatchling postgres initdb; do command -v $one; done
find /opt /srv -name "hatchling*" -o -name "pip" -o -name postgres -o -name initdb
true
"""
    assert stack.compose("exec", "-T", "api", "sh", "-c", look) == ""


@pytest.mark.parametrize("service", ["api", "database"])
def test_container_has_bounds_and_turns_its_logs_over(stack: Stack, service: str) -> None:
    host = stack.container(service).described["HostConfig"]
    assert host["Memory"] > 0
    assert host["PidsLimit"] > 0
    assert host["LogConfig"] == {"Type": "json-file", "Config": {"max-file": "5", "max-size": "10m"}}
    assert host["RestartPolicy"]["Name"] == "unless-stopped"


def test_ports_are_this_machines_alone_and_the_database_has_none(stack: Stack) -> None:
    ports: dict[str, Any] = stack.container("api").described["NetworkSettings"]["Ports"]
    assert [bound["HostIp"] for bound in ports["8080/tcp"]] == ["127.0.0.1"]
    assert not any(stack.container("database").described["NetworkSettings"]["Ports"].values())
    # The database's network leads nowhere.
    described = json.loads(run("docker", "network", "inspect", *_networks(stack, "database")).output)
    assert [network["Internal"] for network in described] == [True]


def test_password_is_made_up_kept_from_the_environment_and_not_to_be_guessed(stack: Stack) -> None:
    password = stack.compose("exec", "-T", "api", "cat", "/credentials/parley/database_password").strip()
    assert len(password) == 44
    for service in ("api", "database"):
        assert password not in json.dumps(stack.container(service).described)
    attempts = f"""
import asyncio, asyncpg
async def attempt(user, password):
    try:
        await asyncpg.connect(host="database", user=user, database="postgres", password=password)
    except asyncpg.InvalidPasswordError as refused:
        return type(refused).__name__
async def attempts():
    print({{await attempt(user, guess) for user in ("parley", "postgres") for guess in {GUESSES}}})
asyncio.run(attempts())
"""
    said = stack.compose("exec", "-T", "api", "/opt/parley/bin/python", "-", stdin=attempts)
    assert said.strip() == "{'InvalidPasswordError'}"


@pytest.mark.parametrize(
    ("published", "open_", "status"),
    [
        ("127.0.0.1:8080", "", 0),
        ("[::1]:8080", "", 0),
        ("0.0.0.0:8080", "", 1),
        ("8080", "", 1),
        ("192.168.0.1:8080", "off", 0),
        ("192.168.0.1:8080", "on", 0),
    ],
)
def test_published_beyond_this_machine_nothing_starts_unless_somebody_said_who_may_come(
    stack: Stack, published: str, open_: str, status: int
) -> None:
    said = run(
        "docker", "compose", "run", "--rm", "-T", "--no-deps", "credentials",
        variables={**stack.variables, "PARLEY_PUBLISH": published, "PARLEY_OPEN": open_},
    )  # fmt: skip
    assert said.status == status, said.output
    assert ("is reached from other machines" in said.output) == bool(status)


def test_role_of_the_service_is_no_superuser(stack: Stack) -> None:
    assert (
        stack.psql("SELECT rolsuper OR rolcreaterole OR rolreplication FROM pg_roles WHERE rolname = 'parley'") == "f"
    )


def _networks(stack: Stack, service: str) -> list[str]:
    return list(stack.container(service).described["NetworkSettings"]["Networks"])


def test_address_is_the_one_that_is_published(stack: Stack) -> None:
    assert stack.compose("port", "api", "8080").strip() == ADDRESS.removeprefix("http://")
