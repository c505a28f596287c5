"""What README says of compose is so: its lines are run, in their order."""

import re

import httpx

from tests.compose.stack import ROOT, Stack, answered, run, until
from tests.compose.verdict import assert_holds, assert_read_models_hold
from tests.survival.load import Load

DEMAND = "/v1/negotiations/european-security/demands/veto-on-enlargement"


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
