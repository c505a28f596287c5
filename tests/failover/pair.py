"""A primary and its standby: two servers on one machine, the second made by PostgreSQL's own programs."""

import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import quote

import asyncpg

from parley.embedded import EmbeddedPostgres
from parley.embedded.installation import installed_program
from parley.embedded.postmaster import Postmaster
from parley.embedded.processes import ServerProcess
from parley.store.migrate import migrate
from tests.databases import in_memory_folder
from tests.record.desk import until
from tests.survival.world import DURABLE_AGAINST_KILLS, kill_server

SYNCHRONOUS = {"synchronous_standby_names": "standby"}
IN_STEP = "SELECT count(*) = 1 FROM pg_stat_replication WHERE state = 'streaming' AND sync_state = $1"


class Standby(EmbeddedPostgres):
    """A server that is there when it takes connections for reading."""

    def _await_ready(self, process: ServerProcess) -> None:
        deadline = monotonic() + self.ready_wait_s
        while True:
            server = Postmaster.read(self._data)
            if server is not None and server.pid == process.pid and server.status in {"ready", "standby"}:
                return
            assert not process.ended_within(0.01), self._log.last_lines()
            assert monotonic() < deadline


class Pair:
    """Two servers: ``primary`` and ``standby``, by what they were in the beginning."""

    def __init__(self, folder: Path, config: Mapping[str, str]) -> None:
        self._folder = folder
        self._config = {**DURABLE_AGAINST_KILLS, **config}
        self.primary = EmbeddedPostgres(folder / "primary", config=self._config)
        self.standby = Standby(folder / "standby", config=DURABLE_AGAINST_KILLS)

    @property
    def dsn(self) -> str:
        """The address of both."""
        hosts = ",".join(quote(_socket_folder(server), safe="") for server in (self.primary, self.standby))
        return f"postgresql://parley@/parley?host={hosts}&port=5432&target_session_attrs=read-write"

    async def start(self) -> None:
        """Bring both up, the standby in step, and migrate."""
        self.primary.start()
        self._copy()
        self.standby.start()
        wanted = "sync" if "synchronous_standby_names" in self._config else "async"
        await until(lambda: ask(self.primary, IN_STEP, wanted))
        await migrate(self.dsn)

    def _copy(self) -> None:
        program = installed_program("pg_basebackup")
        assert program is not None
        source = f"host={_socket_folder(self.primary)} port=5432 user=parley application_name=standby"
        target = self._folder / "standby" / "data"
        how = ("--write-recovery-conf", "--checkpoint=fast", "--no-sync")
        subprocess.run([program, *how, "--dbname", source, "--pgdata", target], check=True, capture_output=True)
        owner = (self._folder / "primary" / "data").stat()
        for path in (target, *target.rglob("*")):
            shutil.chown(path, owner.st_uid, owner.st_gid)

    def kill_primary(self) -> None:
        """SIGKILL all of it in one moment."""
        kill_server(self._folder / "primary")
        self.primary.stop()

    def start_old_primary(self) -> None:
        """Bring it up again as it was: nobody told it that it has been succeeded."""
        self.primary = EmbeddedPostgres(self._folder / "primary", config=self._config).start()

    async def promote(self) -> None:
        """Make the standby the primary."""
        assert await ask(self.standby, "SELECT pg_promote(wait => true)")

    def stop(self) -> None:
        """Stop both."""
        self.standby.stop()
        self.primary.stop()


@asynccontextmanager
async def pair(**config: str) -> AsyncIterator[Pair]:
    """A primary and a standby in step with it."""
    folder = _folder()
    two = Pair(folder, config)
    try:
        await two.start()
        yield two
    finally:
        two.stop()
        shutil.rmtree(folder, ignore_errors=True)


async def ask(server: EmbeddedPostgres, statement: str, *arguments: object) -> Any:
    """One value from one server."""
    connection = await asyncpg.connect(server.dsn(), server_settings={"search_path": "parley"})
    try:
        return await connection.fetchval(statement, *arguments)
    finally:
        await connection.close()


def _folder() -> Path:
    """A folder that the servers' account may pass through, for each goes to the other's socket."""
    folder = Path(tempfile.mkdtemp(prefix="parley-pair-", dir=in_memory_folder()))
    for each in (folder, folder / "primary", folder / "standby"):
        each.mkdir(exist_ok=True)
        each.chmod(0o711)
    return folder


def _socket_folder(server: EmbeddedPostgres) -> str:
    return str(server._data)
