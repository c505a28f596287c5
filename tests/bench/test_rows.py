"""The rows' machinery works, at a size at which its figures say nothing; what is not there is told, not left out."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bench import server
from bench.figures import Figure
from bench.load import generators
from bench.posting import WRITERS
from bench.rows import FAMILIES
from bench.rows.recording import SLOW_DISK
from bench.run import Missing, Run
from bench.scale import TINY
from bench.server import NotDurable, Server
from bench.workers import WorkerFailed, module, worker
from tests.record.desk import connection


@pytest.fixture(scope="module")
async def durable(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """The benchmark's server."""
    async with server.running(tmp_path_factory.mktemp("bench") / "server") as running:
        yield running


@pytest.fixture(scope="module")
def run(durable: Server, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A tiny run."""
    return Run(durable, TINY, tmp_path_factory.mktemp("run"), "", lambda _: None)


async def measured(run: Run, *names: str) -> list[Figure]:
    """Measure rows of one family."""
    family = next(family for family in FAMILIES if set(names) <= set(family.rows))
    return await family.measure(run, names)


@pytest.mark.parametrize(
    "names",
    [
        ("record_vs_pgbench", "record_vs_eventsourcing"),
        ("append_alone",),
        ("append_long_round",),
        ("consents_at_scale",),
        ("append_with_search",),
    ],
    ids=lambda names: names[0],
)
async def test_measure_rows_of_two_sides_gives_both_and_their_ratio(run: Run, names: tuple[str, ...]) -> None:
    figures = await measured(run, *names)
    assert tuple(figure.name for figure in figures) == names
    for figure in figures:
        assert figure.ours is not None
        assert figure.peer_value is not None
        assert figure.ratio == figure.ours / figure.peer_value > 0
        assert figure.reach


@pytest.mark.parametrize("name", ["post_vs_decode", "post_minimal_vs_decode", "get_while_recording"])
async def test_measure_row_over_http_gives_both_sides_or_tells_that_load_is_missing(run: Run, name: str) -> None:
    (figure,) = await measured(run, name)
    try:
        await generators.find(run, None)
    except Missing as why:
        assert figure.ours is None
        assert figure.note == f"not measured: {why}"
    else:
        assert figure.ours is not None
        assert figure.peer_value is not None


async def test_measure_record_and_project_waits_for_read_models_or_tells_that_the_peer_is_missing(run: Run) -> None:
    (figure,) = await measured(run, "record_and_project_vs_emmett")
    if figure.ours is None:
        assert figure.note.startswith("not measured: ")
    else:
        assert figure.ratio is not None
        assert "after the last event, counted" in figure.note
    assert figure.reach


async def test_measure_read_after_write_tells_half_and_99_of_100_readings(run: Run) -> None:
    (figure,) = await measured(run, "read_after_write")
    assert (figure.ours or 0) > 0
    assert "p99 " in figure.note
    assert figure.reach


async def test_measure_positions_tells_time_and_size_of_the_matrix(run: Run) -> None:
    (figure,) = await measured(run, "positions_196x30")
    assert (figure.ours or 0) > 0
    assert f"{TINY.seats} parties, 2 blocs, {TINY.provisions} provisions" in figure.note
    assert " kB (to reach: 300)" in figure.note
    assert figure.reach


async def test_measure_timeline_tells_time_of_rows_and_picture(run: Run) -> None:
    (figure,) = await measured(run, "timeline_500")
    assert (figure.ours or 0) > 0
    assert "rows: p99 " in figure.note
    assert "picture: p99 " in figure.note
    assert f"{TINY.facts} facts in 10 rounds" in figure.note
    assert figure.reach


async def test_measure_import_tells_seconds_and_keeps_the_file_for_the_next_run(run: Run) -> None:
    (first,) = await measured(run, "import")
    (file,) = run.folder.glob(f"record_{TINY.large}_*.jsonl")
    written = file.stat().st_mtime_ns
    (second,) = await measured(run, "import")
    assert (first.ours or 0) > 0 < (second.ours or 0)
    assert first.unit == "s"
    assert file.stat().st_mtime_ns == written
    assert file.read_bytes().count(b"\n") == TINY.large + 1


async def test_measure_rebuild_tells_speed_and_memory_at_both_sizes(run: Run) -> None:
    speed, memory = await measured(run, "rebuild", "memory_rebuild_at_1m")
    assert (speed.ours or 0) > 0
    assert (memory.ours or 0) > 10 < (memory.peer_value or 0)


async def test_measure_search_asks_every_kind_of_question(run: Run) -> None:
    (figure,) = await measured(run, "search_1m")
    assert (figure.ours or 0) > 0
    assert figure.reach == "<= 200 ms"
    for kind in ("the commonest word", "a rare word", "words in a row", "with a typing error", "of one negotiation"):
        assert kind in figure.note
        assert f"{kind} 0 " not in figure.note


async def test_measure_live_readers_has_every_reader_see_every_event(run: Run) -> None:
    (figure,) = await measured(run, "live_readers")
    assert (figure.ours or 0) > 0
    recorded = TINY.follow_rate * TINY.follow_s // WRITERS * WRITERS
    assert f"{TINY.readers * recorded:,} deliveries" in figure.note
    assert "nobody missed an event" in figure.note


async def test_measure_peer_that_cannot_be_had_is_told_with_the_remedy(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    figures = [
        *await measured(run, "record_vs_emmett", "record_vs_message_db"),
        *await measured(run, "record_and_project_vs_emmett"),
        *await measured(run, "get_vs_memory"),
    ]
    assert [(figure.name, figure.ours, figure.ratio) for figure in figures] == [
        (name, None, None)
        for name in ("record_vs_emmett", "record_vs_message_db", "record_and_project_vs_emmett", "get_vs_memory")
    ]
    assert all(figure.note.startswith("not measured: ") for figure in figures)
    assert "apt-get install npm" in figures[0].note
    assert "apt-get install wrk" in figures[3].note


@pytest.mark.parametrize("name", ["fsync", "synchronous_commit"])
async def test_running_server_that_may_lose_what_it_acknowledged_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(NotDurable, match=f"{name} = off: nothing is measured"):
        async with server.running(tmp_path, {name: "off"}):
            pass


async def test_set_up_slow_disk_is_what_sessions_have_until_the_end(durable: Server) -> None:
    async with durable.set_up(SLOW_DISK):
        assert await shown(durable, "commit_delay") == "2000"
        assert await shown(durable, "commit_siblings") == "0"
    assert await shown(durable, "commit_delay") == "0"


async def shown(durable: Server, name: str) -> str:
    """What a new session has."""
    async with connection(durable.dsn("postgres")) as own:
        found: str = await own.fetchval(f"SHOW {name}")
        return found


async def test_ask_worker_that_ends_tells_its_last_words() -> None:
    async with worker(*module("bench.sides.appender", "postgresql://127.0.0.1:1/none")) as gone:
        with pytest.raises(WorkerFailed, match="ConnectionRefusedError"):
            await gone.ask("each", entries=[])
