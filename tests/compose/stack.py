"""The stack as an operator has it: `docker compose` in the project's folder, and the port that it publishes."""

import asyncio
import json
import os
import subprocess
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

import httpx

ROOT: Final = Path(__file__).resolve().parents[2]
ADDRESS: Final = f"http://{os.environ.get('PARLEY_PUBLISH', '127.0.0.1:8080')}"
PATIENCE_S: Final = 120.0
SINGLE: Final = ("docker-compose.yml",)
SCALED: Final = (*SINGLE, "docker-compose.scale.yml")
AVAILABLE: Final = (*SCALED, "docker-compose.ha.yml")
ARCHIVED: Final = (*SINGLE, "docker-compose.archive.yml")


class Said(NamedTuple):
    """How a command ended, and what it said, in the order in which it said it."""

    status: int
    output: str


def run(*command: str, stdin: str | None = None, variables: Mapping[str, str] | None = None) -> Said:
    """Run a command in the project's folder, whatever comes of it."""
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **(variables or {})}, input=stdin, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, timeout=PATIENCE_S, check=False,
    )  # fmt: skip
    return Said(done.returncode, done.stdout)


class Stack:
    """One project of compose."""

    def __init__(self, files: tuple[str, ...] = SINGLE) -> None:
        self.variables = {"COMPOSE_FILE": ":".join(files)}

    def compose(self, *arguments: str, stdin: str | None = None) -> str:
        """Run `docker compose` and give what it said; it has to end well."""
        said = run("docker", "compose", *arguments, stdin=stdin, variables=self.variables)
        assert said.status == 0, f"docker compose {' '.join(arguments)}: {said.output}"
        return said.output

    def up(self, *services: str) -> None:
        """Bring it up and wait until it is healthy."""
        self.compose("up", "--detach", "--wait", *services)

    def parley(self, *arguments: str) -> str:
        """Run a command of Parley's in a container of the service."""
        return self.compose("exec", "--no-TTY", "api", "parley", *arguments)

    def containers(self, service: str) -> list[str]:
        """The ids of a service's containers that run."""
        return self.compose("ps", "--quiet", service).split()

    def container(self, service: str) -> "Container":
        """The only container of a service; one that has ended counts too."""
        [found] = self.compose("ps", "--all", "--quiet", service).split()
        return Container(found)

    def psql(self, statement: str, database: str = "parley", service: str = "database") -> str:
        """Ask the database, as its superuser."""
        words = ["psql", "-XAt", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-d", database, "-c", statement]
        return self.compose("exec", "--no-TTY", service, *words).strip()


class Container:
    """A container, by its id."""

    def __init__(self, id_: str) -> None:
        self.id = id_

    @property
    def described(self) -> Any:
        """What `docker inspect` says."""
        return json.loads(run("docker", "inspect", self.id).output)[0]

    @property
    def state(self) -> Any:
        """How it is."""
        return self.described["State"]

    def kill(self) -> None:
        """SIGKILL its first process, as a machine out of memory does; after `docker kill` it would not start again."""
        killed = run(
            "docker", "run", "--rm", "--privileged", "--pid=host", "--network=none", "--user=0",
            "--entrypoint=kill", "postgres:17", "-9", str(self.state["Pid"]),
        )  # fmt: skip
        assert killed.status == 0, killed.output

    def started_in_s(self) -> float:
        """How long it took from its start until it was found healthy for the first time."""
        state = self.state
        healthy = next(one["End"] for one in state["Health"]["Log"] if one["ExitCode"] == 0)
        return (_moment(healthy) - _moment(state["StartedAt"])).total_seconds()


def _moment(text: str) -> datetime:
    """RFC 3339 with nanoseconds; those are more than is understood here."""
    whole, _, rest = text.partition(".")
    zone = "+00:00" if rest.endswith("Z") else rest[-6:]
    return datetime.fromisoformat(f"{whole}.{rest[:6]}{zone}")


async def until(true: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
    """Ask again and again whether it is so: what a container does has no event here."""
    deadline = time.monotonic() + patience_s
    while not await asyncio.to_thread(true):
        assert time.monotonic() < deadline, "it never became so"


def answered(path: str, method: str = "GET", **options: Any) -> httpx.Response:
    """The answer to one request."""
    with httpx.Client(base_url=ADDRESS, timeout=30, verify=False) as client:
        return client.request(method, path, **options)


def ready() -> bool:
    """Whether the service says that it can record and read."""
    try:
        return answered("/health/ready").status_code == httpx.codes.OK
    except httpx.TransportError:
        return False
