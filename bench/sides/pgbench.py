"""PostgreSQL's own benchmark: one insert a commit, many clients, prepared statements. No rules, no hash."""

import asyncio
import re
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import Final

from bench.workers import WorkerFailed
from parley.embedded import binaries

_TABLE: Final = "CREATE TABLE IF NOT EXISTS inserted (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, state text)"
_RATE: Final = re.compile(r"^tps = ([0-9.]+)", re.MULTILINE)


class Pgbench:
    """A script, run by many clients."""

    def __init__(self, dsn: str, clients: int, script: Path) -> None:
        self._dsn, self._clients, self._script = dsn, clients, script

    async def rate(self, seconds: int, **variables: int) -> float:
        """Transactions a second, connecting left out; ``variables`` are the script's. Raises WorkerFailed."""
        process = await asyncio.create_subprocess_exec(
            str(binaries() / "pgbench"), "--no-vacuum", "--protocol=prepared", f"--client={self._clients}",
            f"--jobs={min(2, self._clients)}", f"--time={seconds}", f"--file={self._script}",
            *(f"--define={name}={value}" for name, value in variables.items()), self._dsn,
            stdout=PIPE, stderr=PIPE,
        )  # fmt: skip
        out, words = await process.communicate()
        found = _RATE.search(out.decode())
        if process.returncode != 0 or found is None or b"ERROR" in words:
            raise WorkerFailed(f"pgbench: {words.decode().strip()}")
        return float(found[1])


def insert_script(path: Path, state_bytes: int) -> str:
    """Write the script that inserts one row of so many bytes, and give the statement that makes its table."""
    path.write_text(f"INSERT INTO inserted (state) VALUES ('{'x' * state_bytes}');\n", encoding="ascii")
    return _TABLE
