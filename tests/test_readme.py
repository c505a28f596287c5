"""README and the pages that show commands tell the truth: each is run, in order, and says what stands below it.

Every block that begins with ```console is run by bash, one `$ ` command (with its `> ` lines) after the other, beside
one demo, in a folder that has `seeds` and `.venv/bin/parley`. `...` stands for anything, several lines included (as in
doctest). The demo's address stands for 127.0.0.1:8080, and a last line that is not ended is ended; nothing else is
changed before the two texts are compared. `make demo` is the demo beside which all this is run.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from doctest import ELLIPSIS, OutputChecker
from pathlib import Path
from typing import NamedTuple

import pytest

from tests import curl
from tests.cli.running import PATIENCE_S, ROOT, running

README = ROOT / "README.md"
PAGES = (README, *(ROOT / "docs" / f"{name}.md" for name in ("access", "checkpoints", "questions", "search")))
ADDRESS = "127.0.0.1:8080"
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Step(NamedTuple):
    """A command of the README, and what stands below it."""

    page: str
    line: int
    command: str
    expected: str


def steps(page: Path) -> Iterator[Step]:
    text = page.read_text(encoding="utf-8")
    for block in BLOCK.finditer(text):
        if block[1] != "console":
            continue
        line = text.count("\n", 0, block.start()) + 2
        assert block[2].startswith("$ "), f"{page.name}:{line}: a console block begins with a command"
        for part in re.split(r"^(?=\$ )", block[2], flags=re.MULTILINE)[1:]:
            lines = part.splitlines(keepends=True)
            more = next((number for number, each in enumerate(lines[1:], 1) if not each.startswith("> ")), len(lines))
            command = "".join(each[2:] for each in lines[:more])
            yield Step(page.name, line, command, "".join(lines[more:]))
            line += len(lines)


def differs(step: Step, found: str) -> str:
    """Tell how what was found differs from what stands there; nothing if it does not."""
    if OutputChecker().check_output(step.expected, found, ELLIPSIS):
        return ""
    return f"{step.page}:{step.line}: $ {step.command}\n--- stands there:\n{step.expected}--- is said:\n{found}"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """What a clone has that the README uses, where its commands can leave what they like."""
    (tmp_path / "seeds").symlink_to(ROOT / "seeds")
    commands = tmp_path / ".venv" / "bin"
    commands.mkdir(parents=True)
    _script(commands / "parley", "-m", "parley.cli")
    _script(commands / "python3")
    if shutil.which("curl") is None:
        _script(commands / "curl", curl.__file__)
    return tmp_path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_of_a_page_run_in_order_say_what_stands_there(place: Path, page: Path) -> None:
    with running("demo", "--port", "0", cwd=place) as demo:
        address = demo.address().removeprefix("http://")
        demo.line(lambda line: line.startswith("The record is kept"))
        for step in steps(page):
            if step.command == "make demo\n":
                said = "".join(["Making .venv ...\n", *demo.said])
            else:
                said = _run(step.command.replace(ADDRESS, address), place)
            difference = differs(step, said.replace(address, ADDRESS))
            assert not difference, difference


def test_commands_with_curl_use_what_its_stand_in_understands() -> None:
    commands = [step for page in PAGES for step in steps(page)]
    lines = [line for step in commands for line in [step.command.replace("\\\n", " ")] if line.startswith("curl ")]
    assert lines
    for line in lines:
        words = shlex.split(line.split(" | ")[0])
        assert curl.parser().parse_args(words[1:]).url.startswith(ADDRESS)


def test_readme_first_screen_names_the_two_commands_that_make_knows() -> None:
    first_screen = README.read_text(encoding="utf-8").splitlines()[:20]
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {line.split()[1] for line in first_screen if line.startswith("    make ")}
    assert named == {"demo", "test"} <= targets


def _run(command: str, place: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PARLEY_")}
    path = os.pathsep.join([str(place / ".venv" / "bin"), environment["PATH"]])
    # What stands on a page is what a terminal shows that is 100 columns wide and takes UTF-8.
    terminal = {"COLUMNS": "100", "PYTHONUTF8": "1"}
    done = subprocess.run(
        ["bash", "-c", command], cwd=place, env={**environment, "PATH": path, **terminal}, encoding="utf-8",
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PATIENCE_S, check=False,
    )  # fmt: skip
    return done.stdout if done.stdout.endswith("\n") or not done.stdout else f"{done.stdout}\n"


def _script(path: Path, *arguments: str) -> None:
    """Make a command of our interpreter, with our sources."""
    words = shlex.join([sys.executable, *arguments])
    sources = os.pathsep.join([str(ROOT / "domain"), str(ROOT / "service")])
    path.write_text(f'#!/bin/sh\nPYTHONPATH={shlex.quote(sources)} exec {words} "$@"\n')
    path.chmod(0o755)
