import os
import time
from pathlib import Path

from parley.embedded import EmbeddedPostgres
from tests.embedded.servers import FAST, Watch, ask, copied, server_pid, spawned, supervisor, watched_family


async def test_start_after_server_was_killed_recovers(folder: Path, server: EmbeddedPostgres) -> None:
    """After kill -9 of the server alone, while a connection is open, the same object starts it again with its data."""
    await ask(server.dsn(), "CREATE TABLE kept AS SELECT 7 AS n")
    with Watch(server_pid(folder)) as process:
        process.kill()
    assert server.start().owned
    assert await ask(server.dsn(), "SELECT n FROM kept") == 7


async def test_start_while_orphans_of_killed_server_live_waits(folder: Path) -> None:
    """Backends that outlive a killed server hold its memory for a moment: the next start waits for their end."""
    with supervisor(folder) as first:
        await ask(first.report["dsn"], "CREATE TABLE kept AS SELECT 7 AS n")
        with watched_family(server_pid(folder)) as processes, EmbeddedPostgres(folder, config=FAST) as second:
            assert not second.owned
            processes[0].kill()
            assert second.start().owned
            assert all(process.ends() for process in processes)
            assert await ask(second.dsn(), "SELECT n FROM kept") == 7


def test_kill_of_supervisor_ends_server(folder: Path) -> None:
    """After kill -9 of the program its server shuts down by itself, in an orderly way."""
    with supervisor(folder) as running, Watch(server_pid(folder)) as process:
        running.kill()
        assert process.ends()
    assert not (folder / "data" / "postmaster.pid").exists()
    assert (folder / "server.log").read_text().rstrip().endswith("database system is shut down")


async def test_start_right_after_supervisor_was_killed_does_not_attach(folder: Path) -> None:
    """A start in the moment of the old server's shutdown waits for it and starts a server of its own."""
    with supervisor(folder) as running:
        old = server_pid(folder)
        await ask(running.report["dsn"], "CREATE TABLE kept AS SELECT generate_series(1, 100000) AS n")
        running.kill()
        with EmbeddedPostgres(folder, config=FAST) as server:
            assert server.owned
            assert server_pid(folder) != old
            assert await ask(server.dsn(), "SELECT count(*) FROM kept") == 100_000


async def test_start_after_both_were_killed_recovers(folder: Path) -> None:
    """After kill -9 of program and server the next start recovers what was committed."""
    with supervisor(folder) as running, Watch(server_pid(folder)) as process:
        await ask(running.report["dsn"], "CREATE TABLE kept AS SELECT 7 AS n")
        process.kill()
        running.kill()
    with EmbeddedPostgres(folder, config=FAST, attach=False) as server:
        assert await ask(server.dsn(), "SELECT n FROM kept") == 7


async def test_start_with_pid_of_unrelated_process_ignores_it(folder: Path) -> None:
    """A left-over `postmaster.pid` whose pid is another living process's now is seen through."""
    leave_pid_file(folder, os.getpid())
    with EmbeddedPostgres(folder, config=FAST, attach=False) as server:
        assert await ask(server.dsn(), "SELECT 1") == 1


async def test_start_with_pid_of_another_server_ignores_it(
    folder: Path, server: EmbeddedPostgres, made_once: Path, place: Path
) -> None:
    """Not even a pid that is now another PostgreSQL's, run by the same user, deceives: that one is left alone."""
    another = copied(made_once, place / "another")
    leave_pid_file(another, server_pid(folder))
    with EmbeddedPostgres(another, config=FAST) as second:
        assert second.owned
        assert await ask(second.dsn(), "SELECT 1") == 1
        assert await ask(server.dsn(), "SELECT 1") == 1


def leave_pid_file(folder: Path, pid: int) -> None:
    """Write the file a killed server leaves, with its socket."""
    path = folder / "data" / "postmaster.pid"
    path.write_text(f"{pid}\n{folder / 'data'}\n1700000000\n5432\n.\n\n  1234567         1\nready   \n")
    owner = (folder / "data").stat()
    os.chown(path, owner.st_uid, owner.st_gid)


async def test_start_after_half_made_data_makes_it_whole(place: Path) -> None:
    """What a killed first start left in the temporary folder is removed, and the data made anew."""
    half_made = place / "data.new"
    (half_made / "base").mkdir(parents=True)
    (half_made / "PG_VERSION").write_text("18\n")
    with EmbeddedPostgres(place, config=FAST) as server:
        assert await ask(server.dsn(), "SELECT 1") == 1
    assert not half_made.exists()


async def test_start_after_kill_while_making_data_makes_it_whole(place: Path) -> None:
    """A first start killed with -9 while initdb works leaves nothing that the next one cannot clean up."""
    deadline = time.monotonic() + 20
    with spawned(place) as first:
        while not (place / "data.new" / "base").exists():
            assert time.monotonic() < deadline
            os.sched_yield()
        first.kill()
        with EmbeddedPostgres(place, config=FAST) as server:
            assert server.owned
            assert await ask(server.dsn(), "SELECT 1") == 1
    assert not (place / "data.new").exists()
