"""Load over HTTP comes from `wrk`, in a process of its own."""

import asyncio
import shutil
from asyncio.subprocess import PIPE
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from bench.run import Missing
from bench.workers import WorkerFailed, pinning

_SCRIPTS: Final = Path(__file__).parent


class Load(Struct, frozen=True):
    """What wrk saw: answers, in how many seconds, and how long one took.

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


def find() -> str:
    """Where wrk is; raises Missing."""
    found = shutil.which("wrk")
    if found is None:
        raise Missing("wrk is not installed (Debian and Ubuntu: apt-get install wrk; macOS: brew install wrk)")
    return found


async def get(address: str, paths: Path, connections: int, seconds: int, processors: set[int] | None) -> Load:
    """Ask for paths, in turn, on so many connections."""
    return await _run([address, "--", str(paths)], "get.lua", processors, t=1, c=connections, d=seconds)


async def post(address: str, folder: Path, connections: int, seconds: int, processors: set[int] | None) -> Load:
    """Send the requests in a folder, each connection those of its own file, in their order."""
    return await _run([address, "--", str(folder)], "post.lua", processors, t=connections, c=connections, d=seconds)


async def _run(arguments: Sequence[str], script: str, processors: set[int] | None, **options: int) -> Load:
    process = await asyncio.create_subprocess_exec(
        find(), *(f"-{name}{value}" for name, value in options.items()), "--timeout=30s",
        f"--script={_SCRIPTS / script}", *arguments, stdout=PIPE, stderr=PIPE, preexec_fn=pinning(processors),
    )  # fmt: skip
    out, words = await process.communicate()
    told = [line for line in out.splitlines() if line.startswith(b"{")]
    if process.returncode != 0 or not told:
        raise WorkerFailed(f"wrk: {(words + out).decode('utf-8', 'replace').strip()}")
    load = msgspec.json.decode(told[-1], type=Load)
    if load.refused or load.broken or load.ended:
        raise WorkerFailed(
            f"of {load.requests} requests {load.refused} were refused and {load.broken} broken off; "
            f"{load.ended} connections had no more to send"
        )
    return load


def pack(path: Path, requests: list[bytes]) -> None:
    """Write a file of requests for one connection."""
    path.write_bytes(b"".join(b"%d\n%b" % (len(request), request) for request in requests))
