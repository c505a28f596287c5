"""`parley keys`, and what becomes of serving without any."""

import io
import re
from collections.abc import Awaitable
from pathlib import Path

import httpx
import pytest
from rich.console import Console

from parley.cli.failures import Failure
from parley.cli.keys import Wanted, create, revoke, tell
from parley.cli.opening import serves_here_alone
from tests.cli import running
from tests.cli.running import EUROPEAN_SECURITY, Running, get

KEY = re.compile(r"parley_[a-z2-7]{10}_[A-Za-z0-9_-]{43}\n")


def keys(*arguments: str | Path, **variables: str) -> running.Ended:
    return running.run("keys", *arguments, **variables)


def test_keys_of_a_demo_are_made_and_revoked_while_it_serves(served: tuple[Running, str, Path]) -> None:
    _, address, folder = served
    talks = f"{address}{EUROPEAN_SECURITY}"
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
    revoked = keys("revoke", "desk", "--data", folder)
    assert revoked.output == f"Revoked: {key[7:17]} of desk. No service takes it any more.\n"
    assert get(talks, key=key).status == 401


@pytest.mark.parametrize(
    ("host", "alone"),
    [("127.0.0.1", True), ("127.3.2.1", True), ("localhost", True), ("::1", True), ("0.0.0.0", False), ("::", False)],
)
def test_host_is_this_machine_s_own_only_on_the_loopback(host: str, alone: bool) -> None:  # noqa: FBT001
    assert serves_here_alone(host, 8080) == alone


async def test_list_tells_whose_keys_there_are_and_what_became_of_them(
    database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen = {"PARLEY_DATABASE_URL": database}
    console = Text()
    said = await told(tell(console, None, chosen), console)
    assert said == "No keys: services on this record serve their own machine alone.\n"
    await create(None, Wanted("ops", "admin", ("b-talks", "a-talks"), "90d", another=False), chosen)
    await create(None, Wanted("desk-officer", "recorder", (), None, another=False), chosen)
    out, err = capsys.readouterr()
    one, other = out.splitlines()
    assert "ops is an admin of b-talks, a-talks until" in err
    assert "desk-officer is a recorder.\n" in err
    assert "There is no negotiation a-talks on record yet." in err
    assert err.count("It is the first key") == 1
    await told(revoke(console, None, "desk-officer", chosen), console)
    lines = (await told(tell(console := Text(), None, chosen), console)).splitlines()
    assert lines[0].split() == ["ID", "NAME", "ROLE", "NEGOTIATIONS", "STATE"]
    assert re.fullmatch(rf"{other[7:17]}  desk-officer  recorder  all              revoked \S+Z", lines[1])
    assert re.fullmatch(rf"{one[7:17]}  ops           admin     a-talks,b-talks  in use until \S+Z", lines[2])
    assert other[18:] not in "".join(lines)
    again = await told(revoke(console := Text(), None, other[7:17], chosen), console)
    assert again == f"Nothing to do, revoked before: {other[7:17]} of desk-officer.\n"
    with pytest.raises(Failure, match="No key has the id or the name nobody"):
        await revoke(console, None, "nobody", chosen)


async def test_key_that_cannot_be_made_is_refused_with_the_remedy(
    database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    many = tuple(f"talks-{number}" for number in range(101))
    for wanted, status, said in (
        (Wanted("local", "reader", (), None, another=False), 2, "local stands in the record for what was recorded"),
        (Wanted("desk", "reader", (), "soon", another=False), 2, "--expires: 'soon' is not a plain date"),
        (Wanted("desk", "reader", (), "2022-01-10", another=False), 2, "--expires: 2022-01-10 is over already"),
        (Wanted("desk", "reader", (), "2022-01-10", another=False), 2, "or a number of days, such as 90d."),
        (Wanted("desk", "reader", (), "0d", another=False), 2, "--expires: 0d is over already"),
        (Wanted("desk", "reader", (), "9999", another=False), 2, "--expires: "),
        (Wanted("desk", "reader", many, None, another=False), 2, "100 negotiations at most"),
        (Wanted("desk", "reader", (), None, another=True), 1, "There is no key of the name desk yet"),
    ):
        with pytest.raises(Failure, match=re.escape(said)) as refused:
            await create(None, wanted, {"PARLEY_DATABASE_URL": database})
        assert refused.value.status == status
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("arguments", [("Desk",), ("desk", "--only", "a b")])
def test_name_that_is_no_slug_is_refused(arguments: tuple[str, ...]) -> None:
    ended = keys("create", *arguments, "--role", "reader", PARLEY_DATABASE_URL="postgresql://nowhere")
    assert ended.status == 2
    assert "write small letters and digits" in ended.errors


class Text(Console):
    """A console whose lines are kept."""

    def __init__(self) -> None:
        super().__init__(file=io.StringIO(), width=80, highlight=False, markup=False, emoji=False)


async def told(work: Awaitable[None], console: Text) -> str:
    """What is said in doing it."""
    await work
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_serve_without_keys_refuses_to_be_reached_from_elsewhere_unless_told_to_be_open(database: str) -> None:
    refused = running.run("serve", "--host", "0.0.0.0", PARLEY_PORT="0", PARLEY_DATABASE_URL=database)
    assert refused.status == 2
    assert refused.errors.startswith("parley: No keys are set up, so whoever reaches 0.0.0.0 could read and record")
    assert "--open" in refused.errors
    with running.running(
        "serve", "--host", "0.0.0.0", PARLEY_PORT="0", PARLEY_DATABASE_URL=database, PARLEY_OPEN="on"
    ) as command:
        assert "WHOEVER REACHES THIS ADDRESS" in command.line(lambda line: "No keys are set up" in line)


def test_serve_open_here_listens_elsewhere_and_answers_to_the_names_of_this_machine_alone(database: str) -> None:
    with running.running(
        "serve", "--host", "0.0.0.0", PARLEY_PORT="0", PARLEY_DATABASE_URL=database, PARLEY_OPEN="here"
    ) as command:
        address = command.line(lambda line: "parley: serving http" in line).split("serving ")[1].split()[0]
        assert get(f"{address}/v1/parties").status == 200
        answer = httpx.get(f"{address}/v1/parties", headers={"Host": "evil.example"})
        assert (answer.status_code, answer.json()["type"]) == (421, "/problems/misdirected-request")


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
    assert f"(`parley keys create --data {folder}`)" in refused.errors
    with running.demo(folder, "--host", "0.0.0.0", "--open") as command:
        assert get(f"{command.address()}{EUROPEAN_SECURITY}").status == 200
        said = command.line(lambda line: "No keys are set up" in line)
        assert "WHOEVER REACHES THIS ADDRESS" in said
        assert f"(`parley keys create --data {folder}` makes one" in said
