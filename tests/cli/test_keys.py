"""`parley keys`, and what becomes of serving without any."""

import re
from pathlib import Path

import pytest

from tests.cli import running
from tests.cli.running import EUROPEAN_SECURITY, Running, get

KEY = re.compile(r"parley_[a-z2-7]{10}_[A-Za-z0-9_-]{43}\n")


def keys(*arguments: str | Path, **variables: str) -> running.Ended:
    return running.run("keys", *arguments, **variables)


def test_keys_of_a_demo_are_made_used_listed_and_revoked_while_it_serves(served: tuple[Running, str, Path]) -> None:
    _, address, folder = served
    talks = f"{address}{EUROPEAN_SECURITY}"
    assert "No keys: services on this record serve their own machine alone." in keys("list", "--data", folder).output
    assert get(talks).status == 200
    made = keys("create", "desk", "--role", "reader", "--only", "european-security", "--data", folder)
    assert made.status == 0
    assert KEY.fullmatch(made.output)
    assert "desk is a reader of european-security." in made.errors
    assert "It is the first key" in made.errors
    assert "not on record" not in made.errors
    key = made.output.strip()
    assert get(talks).status == 401
    assert get(talks, key=key).status == 200
    other = keys("create", "ops", "--role", "admin", "--only", "no-such-talks", "--expires", "90d", "--data", folder)
    assert "There is no negotiation no-such-talks on record yet." in other.errors
    listed = keys("list", "--data", folder).output
    assert re.search(rf"^{key[7:17]}  desk  reader +european-security  in use$", listed, re.MULTILINE)
    assert re.search(r"^\S+  ops   admin +no-such-talks +in use until \S+Z$", listed, re.MULTILINE)
    assert key[18:] not in listed
    revoked = keys("revoke", "desk", "--data", folder)
    assert revoked.output == f"Revoked: {key[7:17]} of desk. No service takes it any more.\n"
    assert get(talks, key=key).status == 401
    assert "Nothing to do" in keys("revoke", key[7:17], "--data", folder).output
    assert " revoked 20" in keys("list", "--data", folder).output


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("Desk",), 2, "small letters"),
        (("local",), 2, "local stands for what was recorded without a key"),
        (("desk", "--expires", "soon"), 2, "--expires: 'soon' is not a plain date"),
        (("desk", "--expires", "2022-01-10"), 2, "--expires: 2022-01-10 is over already"),
        (("desk", "--another"), 1, "There is no key of the name desk yet"),
        (("desk", "--only", "a b"), 2, "small letters"),
    ],
)
def test_key_that_cannot_be_made_is_refused_with_the_remedy(
    database: str, arguments: tuple[str, ...], status: int, said: str
) -> None:
    ended = keys("create", *arguments, "--role", "reader", PARLEY_DATABASE_URL=database)
    assert ended.status == status
    assert said in " ".join(ended.errors.replace("│", " ").split())
    assert ended.output == ""


def test_revoke_of_what_nobody_has_is_told(database: str) -> None:
    ended = keys("revoke", "nobody", PARLEY_DATABASE_URL=database)
    assert (ended.status, ended.output) == (1, "")
    assert ended.errors.startswith("parley: No key has the id or the name nobody")


def test_serve_without_keys_refuses_to_be_reached_from_elsewhere_unless_told_to_be_open(database: str) -> None:
    for host in ("0.0.0.0", "::"):
        refused = running.run("serve", "--host", host, PARLEY_PORT="0", PARLEY_DATABASE_URL=database)
        assert refused.status == 2
        assert refused.errors.startswith(f"parley: No keys are set up, so whoever reaches {host} could read and record")
        assert "--open" in refused.errors
    for arguments, variables in ((("--open",), {}), ((), {"PARLEY_OPEN": "yes"})):
        with running.running(
            "serve", "--host", "0.0.0.0", *arguments, PARLEY_PORT="0", PARLEY_DATABASE_URL=database, **variables
        ) as command:
            assert "WHOEVER REACHES THIS ADDRESS" in command.line(lambda line: "No keys are set up" in line)


def test_serve_with_a_key_set_up_serves_elsewhere_and_takes_nobody_without(database: str) -> None:
    key = keys("create", "desk", "--role", "reader", PARLEY_DATABASE_URL=database).output.strip()
    with running.running("serve", "--host", "0.0.0.0", PARLEY_PORT="0", PARLEY_DATABASE_URL=database) as command:
        address = command.line(lambda line: "parley: serving http" in line).split("serving ")[1].split()[0]
        assert get(f"{address}/v1/parties").status == 401
        assert get(f"{address}/v1/parties", key=key).status == 200


def test_serve_on_the_loopback_without_keys_says_so(database: str) -> None:
    with running.running("serve", PARLEY_PORT="0", PARLEY_DATABASE_URL=database) as command:
        assert "this machine alone is served" in command.line(lambda line: "No keys are set up" in line)


def test_demo_without_keys_refuses_to_be_reached_from_elsewhere_unless_told_to_be_open(folder: Path) -> None:
    refused = running.run("demo", "--host", "0.0.0.0", "--port", "0", "--data", folder)
    assert refused.status == 2
    assert "No keys are set up, so whoever reaches 0.0.0.0 could read and record everything." in refused.errors
    with running.demo(folder, "--host", "0.0.0.0", "--open") as command:
        assert get(f"{command.address()}{EUROPEAN_SECURITY}").status == 200
        assert "WHOEVER REACHES THIS ADDRESS" in command.line(lambda line: "No keys are set up" in line)
