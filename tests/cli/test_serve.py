"""`parley serve` and `parley migrate` on a database of the operator's own."""

import asyncio
import json
import os
import re
import socket
from pathlib import Path
from signal import SIGINT, SIGTERM

import asyncpg
import httpx
import pytest

from parley.embedded import EmbeddedPostgres
from parley.settings import TABLE
from parley.store.migrate import known_version
from tests import databases
from tests.cli import running
from tests.cli.running import Running, get
from tests.http.world import SOURCE
from tests.record.desk import connection, head_held, writers_waiting

NOWHERE = "postgresql://somebody:secret@127.0.0.1:1/parley"


def test_serve_on_a_migrated_database_answers_until_a_signal(database: str) -> None:
    with running.running("serve", "--port", "0", PARLEY_DATABASE_URL=database, PARLEY_PORT="1") as command:
        assert get(f"{_address(command)}/health/ready").status == 200
        command.signal(SIGINT)
        ended = command.ended()
    assert ended.status == 0
    assert re.search(r"^\S+Z info parley: stopped\n\Z", ended.output, re.MULTILINE)


def test_serve_stopped_while_a_client_dawdles_ends_within_its_bound_and_tells_it(database: str) -> None:
    with running.running("serve", PARLEY_PORT="0", PARLEY_DATABASE_URL=database, PARLEY_SHUTDOWN_S="0") as command:
        host, port = _address(command).removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as client:
            client.sendall(b"POST /v1/negotiations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n")
            client.sendall(b"Content-Length: 9\r\nExpect: 100-continue\r\n\r\n")
            assert client.recv(100).startswith(b"HTTP/1.1 100")
            command.signal(SIGTERM)
            ended = command.ended()
            head, _, body = b"".join(iter(lambda: client.recv(4096), b"")).partition(b"\r\n\r\n")
    assert ended.status == 0
    assert "Traceback" not in ended.output
    assert head.startswith(b"HTTP/1.1 503 ")
    assert b"\r\nretry-after: 2" in head
    assert json.loads(body)["type"] == "/problems/stopping"


async def test_serve_stopped_while_a_request_is_recorded_answers_it_first(database: str) -> None:
    party = {"occurred": "../2022-01-10", "sources": [SOURCE], "party": "russia", "name": "Russia", "kind": "state"}
    with running.running("serve", PARLEY_PORT="0", PARLEY_DATABASE_URL=database) as command:
        address = await asyncio.to_thread(_address, command)
        async with httpx.AsyncClient(base_url=address) as client:
            async with head_held(database), connection(database) as own:
                recording = asyncio.create_task(client.post("/v1/parties", json=party))
                await writers_waiting(own)
                command.signal(SIGTERM)
                await asyncio.to_thread(_refused, address)
            answer = await recording
        ended = await asyncio.to_thread(command.ended)
    assert (answer.status_code, ended.status) == (201, 0)


def _refused(address: str) -> None:
    """Wait until nobody listens any more: the stop has begun."""
    host, port = address.removeprefix("http://").split(":")
    while True:
        try:
            socket.create_connection((host, int(port))).close()
        except (ConnectionRefusedError, ConnectionResetError):  # the latter: of those who had not been let in yet
            return


def test_serve_with_an_address_from_a_file_reads_it(database: str, tmp_path: Path) -> None:
    (tmp_path / "url").write_text(f"{database}\n")
    with running.running("serve", "--port", "0", PARLEY_DATABASE_URL_FILE=str(tmp_path / "url")) as command:
        assert get(f"{_address(command)}/health/ready").status == 200


def test_serve_told_to_log_json_writes_an_object_a_line_with_every_request(database: str) -> None:
    settings = {"PARLEY_LOG_FORMAT": "json", "PARLEY_ACCESS_LOG": "on", "PARLEY_DATABASE_URL": database}
    with running.running("serve", "--port", "0", cwd=running.ROOT, **settings) as command:
        begun = json.loads(command.line(lambda line: "serving http" in line))
        address = begun["message"].split()[1]
        answer = get(f"{address}/v1/parties?limit=1")
        request = json.loads(command.line(lambda line: "/v1/parties" in line))
        command.signal(SIGTERM)
        ended = command.ended()
    assert (begun["level"], begun["logger"]) == ("info", "parley")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", begun["time"])
    assert (request["logger"], request["request_id"]) == ("parley.access", answer.headers["x-request-id"])
    assert (request["method"], request["path"], request["status"]) == ("GET", "/v1/parties", 200)
    assert [json.loads(line)["message"] for line in ended.output.splitlines()][-1] == "stopped"


def test_serve_told_to_trace_with_no_collector_there_serves_and_stops(database: str) -> None:
    settings = {"PARLEY_TRACES": "otlp", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"}
    with running.running("serve", "--port", "0", cwd=running.ROOT, PARLEY_DATABASE_URL=database, **settings) as command:
        assert get(f"{_address(command)}/v1/parties").status == 200
        command.signal(SIGTERM)
        ended = command.ended()
    assert ended.status == 0
    assert "are lost" in ended.output
    assert "Traceback" not in ended.output


def test_serve_told_to_trace_without_the_library_says_what_to_install(database: str, tmp_path: Path) -> None:
    (tmp_path / "opentelemetry").mkdir()
    (tmp_path / "opentelemetry" / "__init__.py").touch()
    sources = os.pathsep.join([str(tmp_path), str(running.ROOT / "domain"), str(running.ROOT / "service")])
    ended = running.run("serve", "--port", "0", PARLEY_TRACES="otlp", PARLEY_DATABASE_URL=database, PYTHONPATH=sources)
    assert ended.status == 2
    assert "install parley[otel], or leave the setting off." in ended.errors
    assert ended.errors.count("\n") == 1


def test_serve_with_mistaken_settings_tells_all_at_once_and_no_password() -> None:
    ended = running.run(
        "serve", PARLEY_DATABASE_URL="mysql://me:secret@there/db", PARLEY_PORT="eighty", PARLEY_LOG_LEVL="debug"
    )
    assert ended.status == 2
    for named in ("PARLEY_DATABASE_URL", "PARLEY_PORT: found 'eighty'; accepted is", "PARLEY_LOG_LEVL"):
        assert named in ended.errors
    assert "secret" not in ended.errors


@pytest.mark.parametrize("command", ["serve", "migrate"])
def test_command_on_a_database_that_is_away_says_so_in_one_sentence(command: str) -> None:
    ended = running.run(command, PARLEY_PORT="0", PARLEY_DATABASE_URL=NOWHERE)
    assert ended.status == 1
    assert ended.errors.startswith("parley: The database 127.0.0.1:1/parley does not answer (")
    assert ended.errors.count("\n") == 1


def test_serve_on_a_taken_port_says_so(database: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        ended = running.run("serve", PARLEY_PORT=port, PARLEY_DATABASE_URL=database)
    assert ended.status == 2
    assert ended.errors.startswith(f"parley: Port {port} of 127.0.0.1 is taken by another program")
    assert "PARLEY_PORT" in ended.errors


async def test_migrate_brings_a_database_to_what_serve_needs(template: EmbeddedPostgres) -> None:
    async with databases.database(template, template="template0") as empty:
        refused = running.run("serve", PARLEY_PORT="0", PARLEY_DATABASE_URL=empty)
        assert refused.status == 1
        assert "Run `parley migrate` first." in refused.errors
        applied = running.run("migrate", PARLEY_DATABASE_URL=empty)
        assert applied.status == 0
        assert f"the schema is at version {known_version()}" in applied.output
        assert "nothing to do" in running.run("migrate", PARLEY_DATABASE_URL=empty).output


async def test_migrate_of_a_database_from_the_future_is_refused_in_one_sentence(database: str) -> None:
    connection = await asyncpg.connect(database)
    await connection.execute("INSERT INTO parley.migrations (version) VALUES (9999)")
    await connection.close()
    ended = running.run("migrate", PARLEY_DATABASE_URL=database)
    assert ended.status == 1
    assert ended.errors.startswith("parley: The database has schema version 9999")
    assert ended.errors.count("\n") == 1


def test_serve_asked_for_help_tells_every_setting() -> None:
    told = " ".join(re.sub("[│╭╮╰╯─|]", " ", running.run("serve", "--help", COLUMNS="120").output).split())
    for setting in TABLE:
        assert setting.variable in told
        assert setting.default in told
        assert setting.meaning[1:] in told
        assert setting.accepted in told


def _address(command: Running) -> str:
    return command.line(lambda line: "parley: serving http" in line).split("serving ")[1].split()[0]
