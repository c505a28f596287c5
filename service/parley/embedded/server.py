"""The private server of one data folder: start or attach, and stop."""

import atexit
import os
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self
from urllib.parse import quote

from parley.embedded import cluster, locks, sockets
from parley.embedded.account import Account, account_for, user_name
from parley.embedded.child import CANNOT_BECOME
from parley.embedded.errors import (
    AlreadyRunning,
    FolderBusy,
    ForeignServer,
    NoRoom,
    RootUnsupported,
    StartFailed,
    StartTimedOut,
    folder_faults,
    no_room,
)
from parley.embedded.installation import binaries, reachable_binaries, version
from parley.embedded.log import ServerLog
from parley.embedded.postmaster import Postmaster, serving, works_in
from parley.embedded.processes import ServerProcess

_NO_CONFIG: Mapping[str, str] = MappingProxyType({})
_DEFAULTS = {"shared_buffers": "128MB", "max_connections": "100", "fsync": "on", "synchronous_commit": "on"}
_FIXED = {  # what keeps the server private; `config` cannot change it
    "listen_addresses": "",
    "port": str(sockets.PORT),
    "unix_socket_directories": ".",  # the data folder: as private as the data, and never too long a path for the server
    "unix_socket_permissions": "0700",
    "logging_collector": "off",
}
_OFF = frozenset({"off", "false", "no", "0"})
_POLL_S = 0.005  # neither postmaster.pid nor a lock with a time limit has an event to wait for


class EmbeddedPostgres:
    """A private PostgreSQL on `folder`, which holds `data`, `server.log` and `server.lock`.

    The server ends with the process that started it: by `stop`, at the interpreter's exit and, on Linux, however the
    process dies; elsewhere the next start attaches to it. It listens only on a Unix socket inside `data`, open to one
    user (0700); therefore, and only therefore, it trusts whoever connects. It runs in a session of its own, so a
    terminal's Ctrl-C does not reach it. As root it runs as an unprivileged account, see `account`.

    Not to be used by several threads at once. `config` are server settings (`{"fsync": "off"}`); they apply to a server
    that this object starts, not to one it attaches to.
    """

    busy_wait_s = 30.0  # for a server that is stopping, or another process that is starting one
    ready_wait_s = 120.0  # recovery after a crash replays up to max_wal_size, 1 GB
    stop_wait_s = 30.0  # per way of stopping; a fast shutdown writes at most shared_buffers

    def __init__(self, folder: Path, *, config: Mapping[str, str] = _NO_CONFIG, attach: bool = True) -> None:
        """Name the data folder (made at the start); `attach=False` refuses a folder whose server is already running."""
        self.owned = False
        self._folder = folder.absolute()
        self._data = self._folder / "data"
        self._config = dict(config)
        self._attach = attach
        self._log = ServerLog(self._folder / "server.log")
        self._process: ServerProcess | None = None
        self._starter_pid = 0

    def __enter__(self) -> Self:
        """Start or attach."""
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop()

    def dsn(self, database: str = cluster.DATABASE) -> str:
        """Return the address of a database for asyncpg, psycopg and PostgreSQL's own programs."""
        host = quote(str(sockets.client_folder(self._data)), safe="")
        return f"postgresql://{cluster.ROLE}@/{quote(database, safe='')}?host={host}&port={sockets.PORT}"

    def start(self) -> Self:
        """Make the data if there is none, start its server or attach to it, and return when it takes connections.

        Whatever a killed predecessor left (a half made folder, a stale `postmaster.pid`, a server in its last moments)
        is waited for or removed. Raises a subclass of EmbeddedPostgresError. Blocks; may be called on the thread of an
        event loop.
        """
        if self.owned and self._ready_server() is not None:
            return self
        self.stop()
        binaries()  # before anything is made, say so if they are missing
        with folder_faults(self._folder, user_name(os.geteuid())), ExitStack() as held:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            account = account_for(self._folder, self._data)
            lock = self._lock_or_attach(account)
            if lock is None:
                return self
            held.callback(os.close, lock)
            self._refuse_foreign_server()
            programs = reachable_binaries(account)
            if not cluster.is_made(self._data, version()):
                cluster.Maker(self._folder, account, programs, lock).make(synced=self._synced())
            self._launch(programs / "postgres", account, lock)
        return self

    def stop(self) -> None:
        """Shut the server down if this object started it, and wait for its end; else do nothing.

        Open transactions are rolled back. A process forked from the starter does nothing either.
        """
        if self._starter_pid != os.getpid():
            return
        if self._process is not None:
            self._process.end(self.stop_wait_s)
        self._process = None
        self.owned = False
        self._starter_pid = 0
        sockets.forget_client_folder(self._data)
        atexit.unregister(self.stop)

    def _synced(self) -> bool:
        return self._config.get("fsync", "on").lower() not in _OFF

    def _lock_or_attach(self, account: Account) -> int | None:
        """Return the folder's lock, or None when a server is ready and we attached to it; wait while it is neither."""
        path = self._folder / "server.lock"
        deadline = time.monotonic() + self.busy_wait_s
        while (lock := locks.hold(path, account)) is None:
            server = self._ready_server()
            if server is not None and not self._attach:
                raise AlreadyRunning(folder=self._folder, pid=server.pid)
            if server is not None:
                return None
            if time.monotonic() > deadline:
                raise FolderBusy(folder=self._folder, waited_s=self.busy_wait_s, lock=path)
            time.sleep(_POLL_S)  # a lock that others hold has no event to wait for with a bound
        return lock

    def _ready_server(self) -> Postmaster | None:
        """Return the folder's running server if it takes connections and is not about to stop."""
        server = Postmaster.read(self._data)
        if server is None:
            return None
        socket = sockets.client_folder(self._data) / sockets.SOCKET
        # The file may be a killed server's while its last processes hold the lock, or say "ready" of one told to stop.
        return server if serving(socket, cluster.ROLE) == server.pid else None

    def _refuse_foreign_server(self) -> None:
        """Raise ForeignServer if a server that does not know our lock (one started by hand) runs on the data."""
        server = Postmaster.read(self._data)
        if server is None:
            return
        socket = sockets.client_folder(self._data) / server.socket  # relative to the data, or absolute
        if works_in(server.pid, self._data) or serving(socket, cluster.ROLE) == server.pid:
            raise ForeignServer(data=self._data, pid=server.pid)

    def _launch(self, postgres: Path, account: Account, lock: int) -> None:
        """Start the server on the data."""
        # We hold the lock, so this file is stale, even if another process has its pid now.
        (self._data / "postmaster.pid").unlink(missing_ok=True)
        (self._data / f"{sockets.SOCKET}.lock").unlink(missing_ok=True)
        arguments = ["-D", account.path_of(self._data)]
        for name, value in (_DEFAULTS | self._config | _FIXED).items():
            arguments += ["-c", f"{name}={value}"]
        with self._log.opened(account) as log, ExitStack() as undo:
            self._starter_pid = os.getpid()
            undo.callback(self.stop)
            process = ServerProcess(postgres, arguments, account=account, folder=self._data, log=log, lock=lock)
            self._process = process
            process.create()
            self._await_ready(process)
            undo.pop_all()
        self.owned = True
        atexit.register(self.stop)

    def _await_ready(self, process: ServerProcess) -> None:
        """Return when the server takes connections; raise if it ended, or is not ready in time."""
        deadline = time.monotonic() + self.ready_wait_s
        while True:
            server = Postmaster.read(self._data)
            if server is not None and server.pid == process.pid and server.status == "ready":
                return
            if process.ended_within(_POLL_S):
                raise self._start_failure(process)
            if time.monotonic() > deadline:
                words = self._log.last_lines()
                raise StartTimedOut(folder=self._folder, waited_s=self.ready_wait_s, path=self._log.path, log=words)

    def _start_failure(self, process: ServerProcess) -> StartFailed | NoRoom | RootUnsupported:
        words = self._log.last_lines()
        if process.exit_status == CANNOT_BECOME:
            return RootUnsupported(reason=words)
        if reason := no_room(words):
            return NoRoom(folder=self._folder, reason=reason)
        return StartFailed(folder=self._folder, path=self._log.path, log=words)
