"""What the pages say of compose is so: their commands are run, and do what they are said to do."""

import re
from pathlib import Path

import httpx
import pytest

from tests.compose.operations import Operations
from tests.compose.stack import ROOT, Stack, answered, run, until
from tests.compose.verdict import assert_holds, assert_read_models_hold, stored
from tests.survival.load import Load

DEMAND = "/v1/negotiations/european-security/demands/veto-on-enlargement"
WRITTEN = ("record.backup", "record.ndjson", "base.tar.gz")


@pytest.fixture(autouse=True)
def _tidy() -> None:
    """The commands write into the project's folder."""
    for name in WRITTEN:
        (ROOT / name).unlink(missing_ok=True)


def lines() -> list[str]:
    """The commands of README's blocks that are about compose."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [line for block in blocks if "docker compose" in block for line in block.splitlines()]


async def test_readme_lines_on_compose_do_what_they_say(stack: Stack, load: Load) -> None:
    before_the_end = [line for line in lines() if "compose down" not in line]
    assert len(before_the_end) == len(lines()) - 1
    for line in before_the_end:
        said = run("bash", "-c", line)
        assert said.status == 0, f"{line}: {said.output}"
    await until(lambda: answered(DEMAND).status_code == httpx.codes.OK)
    await until(lambda: not stack.containers("demo"))
    assert_read_models_hold(stack)
    assert run("bash", "-c", lines()[-1]).status == 0
    assert stack.compose("ps", "--quiet") == ""
    stack.up()
    await assert_holds(stack, load)


async def test_password_changed_as_documented_is_the_only_one_that_lets_in(
    stack: Stack, load: Load, operations: Operations, tmp_path: Path
) -> None:
    assert operations.run(stack, "curl -s 127.0.0.1:8080/health/ready").startswith('{"status":"ready"')
    file = tmp_path / "database_password"
    file.write_text("a password of one's own: /%@'\"\n")
    file.chmod(0o600)
    setting = {"PARLEY_DATABASE_PASSWORD_SECRET": str(file)}
    operations.run(stack, "docker compose up credentials", **setting)
    operations.run(
        stack, "docker compose exec -T -u postgres database bash /docker-entrypoint-initdb.d/10-roles.sh", **setting
    )
    operations.run(stack, "docker compose restart api", **setting)
    stack.up()
    await assert_holds(stack, load)
    kept = stack.compose("exec", "-T", "api", "cat", "/credentials/parley/database_password")
    assert kept.strip() == file.read_text().strip()


async def test_service_with_a_key_made_as_documented_signs_checkpoints(stack: Stack, operations: Operations) -> None:
    made = operations.run(
        stack, "docker compose run --rm -T --no-deps api keys signing parley.example.org/record /signing/key"
    )
    verifier = made.splitlines()[-1]
    setting = {"PARLEY_SIGNING_KEY_FILE": "/signing/key"}
    operations.run(stack, "docker compose up -d --wait", **setting)
    note = operations.run(stack, "curl -s 127.0.0.1:8080/v1/log/checkpoint", **setting)
    assert note.startswith("parley.example.org/record\n")
    proved = stack.compose(
        *("exec", "-T", "api", "parley", "verify", "--checkpoint", "-", "--verifier", verifier), stdin=note
    )
    assert "So do its checkpoints: 1," in proved
    stack.up()


async def test_backup_taken_and_restored_as_documented_gives_the_record_back(
    stack: Stack, load: Load, operations: Operations
) -> None:
    """The program that takes it is of a newer release of PostgreSQL than the server, as it is in the image."""
    async with load.under_load():
        await load.acknowledgements(20)
    before = await stored()
    said = operations.run(stack, "docker compose exec -T api parley backup - > record.backup")
    assert f"{len(before)} events" in said
    operations.run(stack, "docker compose exec -T api parley export - > record.ndjson")
    assert len((ROOT / "record.ndjson").read_text(encoding="utf-8").splitlines()) == len(before) + 1
    operations.run(stack, "docker compose stop api")
    operations.run(
        stack,
        "docker compose exec -T -u postgres database "
        "psql -c 'DROP DATABASE parley' -c 'CREATE DATABASE parley OWNER parley'",
    )
    said = operations.run(stack, "docker compose run --rm -T --no-deps api restore - < record.backup")
    assert f"{len(before)} events restored" in said
    assert "The record holds." in said
    operations.run(stack, "docker compose up -d --wait")
    assert await stored() == before
    assert_read_models_hold(stack)
    async with load.under_load():
        await load.acknowledgements(20)
    await assert_holds(stack, load)
