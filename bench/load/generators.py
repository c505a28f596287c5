"""The programs that load comes from, each in a process of its own: wrk where it is installed, else autocannon."""

import asyncio
import shutil
from asyncio.subprocess import PIPE
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

import msgspec
from msgspec import Struct

from bench import peers
from bench.run import Missing, Run
from bench.workers import WorkerFailed, pinning

_HERE: Final = Path(__file__).parent
_SLOWEST_S: Final = 30
"""An answer that takes longer is taken for none."""


class Load(Struct, frozen=True):
    """What the program saw: answers, in how many seconds, and how long one took.

    ``refused``: answers of 400 and more; ``broken``: requests without an answer; ``ended``: connections that had sent
    all they had; ``sent``: how many each connection sent.
    """

    requests: int
    seconds: float
    p50_s: float
    p99_s: float
    refused: int
    broken: int
    ended: int = 0
    sent: tuple[int, ...] = ()

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.requests / self.seconds

    @property
    def told(self) -> str:
        """How long an answer took, in a few words."""
        return f"answers after {self.p50_s * 1000:.1f} ms (p50), {self.p99_s * 1000:.1f} ms (p99)"


class Generator:
    """A program, and the processors that it may use."""

    name = "wrk"

    def __init__(self, program: str, processors: set[int] | None) -> None:
        self._program, self._processors = program, processors

    async def get(self, address: str, paths: Path, connections: int, seconds: int) -> Load:
        """Ask for the paths in a file, one a line, in turn, on so many connections."""
        return await self._run(self._command("get", address, paths, connections, seconds))

    async def post(self, address: str, folder: Path, connections: int, seconds: int) -> Load:
        """Send the requests in a folder, each connection those of its own file, in their order."""
        return await self._run(self._command("post", address, folder, connections, seconds))

    def _command(
        self, what: Literal["get", "post"], address: str, source: Path, connections: int, seconds: int
    ) -> Sequence[str]:
        # A thread for each connection keeps the order of its requests.
        threads = connections if what == "post" else 1
        return (
            self._program, f"--threads={threads}", f"--connections={connections}", f"--duration={seconds}s",
            f"--timeout={_SLOWEST_S}s", f"--script={_HERE / f'{what}.lua'}", address, "--", str(source),
        )  # fmt: skip

    async def _run(self, command: Sequence[str]) -> Load:
        process = await asyncio.create_subprocess_exec(
            *command, stdout=PIPE, stderr=PIPE, preexec_fn=pinning(self._processors)
        )
        out, words = await process.communicate()
        told = [line for line in out.splitlines() if line.startswith(b"{")]
        if process.returncode != 0 or not told:
            raise WorkerFailed(f"{self.name}: {(words + out).decode('utf-8', 'replace').strip()}")
        load = msgspec.json.decode(told[-1], type=Load)
        if load.refused or load.broken:
            raise WorkerFailed(f"of {load.requests} requests {load.refused} were refused and {load.broken} broken off")
        return load


class Autocannon(Generator):
    """The same, an npm package: it takes more of the processor, so that what is measured gets less."""

    name = "autocannon"

    def __init__(self, folder: Path, processors: set[int] | None) -> None:
        super().__init__("node", processors)
        self._script = folder / "load.mjs"

    def _command(
        self, what: Literal["get", "post"], address: str, source: Path, connections: int, seconds: int
    ) -> Sequence[str]:
        numbers = (str(connections), str(seconds), str(_SLOWEST_S))
        return (self._program, str(self._script), what, address, str(source.absolute()), *numbers)


async def find(run: Run, processors: set[int] | None) -> Generator:
    """What load can come from here; raises Missing."""
    if program := shutil.which("wrk"):
        return Generator(program, processors)
    try:
        return Autocannon(await peers.installed(run.folder / "peers"), processors)
    except Missing as why:
        remedy = "Debian and Ubuntu: apt-get install wrk; macOS: brew install wrk"
        raise Missing(f"wrk is not installed ({remedy}), nor autocannon: {why}") from why


def pack(path: Path, requests: Sequence[bytes]) -> None:
    """Write a file of requests for one connection: the length of each, a line feed, the request."""
    path.write_bytes(b"".join(b"%d\n%b" % (len(request), request) for request in requests))
