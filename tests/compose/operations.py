"""The page that operators read, and its commands, run as they stand there."""

import re

from tests.compose.stack import ADDRESS, ROOT, Stack, run

PAGE = ROOT / "docs" / "operations.md"


class Operations:
    """The commands of the page, and which of them were run."""

    def __init__(self) -> None:
        blocks = re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
        self.lines = {line for block in blocks for line in block.splitlines()}
        self.tried: set[str] = set()

    def run(self, stack: Stack, line: str, **variables: str) -> str:
        """Run a line of the page in a stack and give what it said; it has to stand there, and to end well."""
        assert line in self.lines, f"{PAGE.name} does not have the command: {line}"
        self.tried.add(line)
        ours = line.replace("127.0.0.1:8080", ADDRESS.removeprefix("http://"))
        said = run("bash", "-c", f"set -o pipefail; {ours}", variables={**stack.variables, **variables})
        assert said.status == 0, f"{line}: {said.output}"
        return said.output
