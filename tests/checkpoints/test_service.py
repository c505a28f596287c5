"""`GET /v1/log/checkpoint` and `parley checkpoint`: where the record ends, or ended, signed."""

import asyncio
import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from parley.cli import files
from tests.checkpoints import third_party
from tests.checkpoints.world import KEY, NAME, checkpoint_of, record, signing
from tests.cli import running
from tests.cli.running import run
from tests.http.test_routing import problem
from tests.record.desk import connection


async def test_checkpoint_is_the_head_signed_for_other_programs_too(database: str) -> None:
    async with signing(database) as service, httpx.AsyncClient(base_url=service.address) as client:
        empty = await client.get("/v1/log/checkpoint")
        assert third_party.opened(empty.text, str(KEY.verifier)) == [NAME, "0", base64.b64encode(bytes(32)).decode()]
        await record(service, "russia", "nato")
        answer = await client.get("/v1/log/checkpoint")
        head = (await client.get("/v1/log/head")).json()
        assert head["position"] == 2
        expected = [NAME, "2", base64.b64encode(bytes.fromhex(head["hash"])).decode()]
        assert third_party.opened(answer.text, str(KEY.verifier)) == expected
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        assert answer.headers["cache-control"] == "no-store"
        only_its_head = await client.head("/v1/log/checkpoint")
        assert (only_its_head.status_code, only_its_head.content) == (200, b"")
        assert only_its_head.headers["content-length"] == str(len(answer.content))


async def test_checkpoint_of_an_earlier_position_or_instant_is_what_was_given_then(database: str) -> None:
    async with signing(database) as service, httpx.AsyncClient(base_url=service.address) as client:
        then = [await checkpoint_of(service)]
        for party in ("russia", "nato", "ukraine"):
            await record(service, party)
            then.append(await checkpoint_of(service))
        assert [await checkpoint_of(service, f"?as_of={position}") for position in range(4)] == then
        yesterday = (datetime.now(UTC) - timedelta(days=1)).date()
        assert await checkpoint_of(service, f"?as_of={yesterday}") == then[0]
        for query, told in (
            ("as_of=4", "as_of: the record ends at position 3"),
            ("as_of=soon", "as_of: 'soon' is not a plain date"),
            ("happened_by=2022", "happened_by: there is no such parameter here, it takes as_of"),
        ):
            refused = problem(await client.get(f"/v1/log/checkpoint?{query}"), 400, "malformed-request")
            assert told in str(refused["detail"])


async def test_checkpoint_of_a_position_that_is_missing_in_the_table_is_not_signed(database: str) -> None:
    async with signing(database) as service, httpx.AsyncClient(base_url=service.address) as client:
        await record(service, "russia", "nato")
        async with connection(database) as own:
            await own.execute("DELETE FROM parley_events WHERE notification_id = 1")
        refused = problem(await client.get("/v1/log/checkpoint?as_of=1"), 503, "record-damaged")
        assert "parley verify" in str(refused["detail"])


async def test_record_whose_head_is_missing_is_not_signed(database: str, tmp_path: Path) -> None:
    file = tmp_path / "signing.key"
    files.write_private(file, KEY.written)
    async with signing(database) as service, httpx.AsyncClient(base_url=service.address) as client:
        async with connection(database) as own:
            await own.execute("DELETE FROM head")
        refused = problem(await client.get("/v1/log/checkpoint"), 503, "record-damaged")
        assert "is missing" in str(refused["detail"])
    ended = await asyncio.to_thread(run, "checkpoint", "--signing-key", file, PARLEY_DATABASE_URL=database)
    assert (ended.status, ended.output, ended.errors.count("\n")) == (1, "", 1)
    assert "run `parley verify`" in ended.errors


async def test_service_without_a_key_says_how_to_get_one(database: str) -> None:
    async with signing(database, key=None) as service, httpx.AsyncClient(base_url=service.address) as client:
        refused = problem(await client.get("/v1/log/checkpoint"), 404, "no-signing-key")
        assert "`parley keys signing`" in str(refused["detail"])
        assert "PARLEY_SIGNING_KEY_FILE" in str(refused["detail"])
        assert "parley keys signing" in (await client.get("/problems/no-signing-key")).text


def test_serve_signs_with_the_key_in_the_file_and_so_does_the_command(database: str, tmp_path: Path) -> None:
    file = tmp_path / "signing.key"
    files.write_private(file, f"{KEY.written}\n")
    with running.running(
        "serve", PARLEY_PORT="0", PARLEY_DATABASE_URL=database, PARLEY_SIGNING_KEY_FILE=str(file)
    ) as command:
        address = command.line(lambda line: "parley: serving http" in line).split("serving ")[1].split()[0]
        answered = running.get(f"{address}/v1/log/checkpoint")
    assert answered.status == 200
    made = run("checkpoint", PARLEY_DATABASE_URL=database, PARLEY_SIGNING_KEY_FILE=str(file))
    assert (made.status, made.output.encode(), made.errors) == (0, answered.body, "")
    made = run("checkpoint", "--signing-key", file, PARLEY_DATABASE_URL=database)
    assert made.output.encode() == answered.body


def test_key_that_cannot_be_used_ends_serve_and_the_command_before_they_begin(database: str, tmp_path: Path) -> None:
    file = tmp_path / "signing.key"
    file.write_text(f"{KEY.written}\n")
    file.chmod(0o644)
    for command in (("serve", "--port", "0"), ("checkpoint",)):
        ended = run(*command, PARLEY_DATABASE_URL=database, PARLEY_SIGNING_KEY_FILE=str(file))
        assert (ended.status, ended.output) == (2, "")
        assert f"`chmod 600 {file}`" in ended.errors
    ended = run("checkpoint", PARLEY_DATABASE_URL=database)
    assert ended.status == 2
    assert "`parley keys signing NAME FILE` makes one" in ended.errors
