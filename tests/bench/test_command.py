"""`python -m bench.generate` as a user runs it."""

import os
import subprocess
import sys
from pathlib import Path
from resource import RLIM_INFINITY, RLIMIT_FSIZE, setrlimit

import pytest

from bench.generator.exporting import lines
from bench.generator.record import record
from bench.generator.size import Size

ROOT = Path(__file__).resolve().parents[2]


def generate(*arguments: str | Path, most_bytes: int = RLIM_INFINITY) -> subprocess.CompletedProcess[str]:
    """Run it to its end; no file of its may become larger than ``most_bytes``."""
    command = [sys.executable, "-m", "bench.generate", *map(str, arguments)]
    environment = {**os.environ, "COLUMNS": "200", "NO_COLOR": "1"}
    return subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        preexec_fn=lambda: setrlimit(RLIMIT_FSIZE, (most_bytes, most_bytes)),
    )


def test_generate_out_writes_the_whole_export_and_nothing_else(tmp_path: Path) -> None:
    """The file is what its sizes and seed say; nothing half written stays beside it."""
    file = tmp_path / "talks.jsonl"
    done = generate("--events", "500", "--seed", "7", "--negotiations", "2", "--out", file)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{file}: 500 events.\n", "")
    assert file.read_bytes() == b"".join(lines(record(Size(events=500, negotiations=2), 7)))
    assert list(tmp_path.iterdir()) == [file]


async def test_generate_database_copies_and_tells_how_to_go_on(database: str) -> None:
    done = generate("--events", "300", "--database", database)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "300 events copied. Make their read models now: parley rebuild\n"
    again = generate("--events", "300", "--database", database)
    assert again.returncode == 1
    assert "already holds 300 events" in again.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "--out FILE, --database URL"),
        (["--out", "{folder}/x", "--events", "0"], "--events"),
        (["--out", "{folder}/x", "--events", "100", "--negotiations", "500"], "--negotiations"),
        (["--out", "{folder}/x", "--events", "100", "--long-round", "100"], "--long-round"),
        (["--out", "{folder}/missing/x"], "No such file or directory"),
        (["--database", "postgresql://127.0.0.1:1/none"], "out of reach"),
        (["--database", "nonsense"], "out of reach"),
    ],
)
def test_generate_what_cannot_be_is_told_in_a_sentence(tmp_path: Path, arguments: list[str], said: str) -> None:
    done = generate(*(each.format(folder=tmp_path) for each in arguments))
    assert done.returncode in {1, 2}
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_generate_out_where_there_is_no_room_leaves_no_part_of_a_file(tmp_path: Path) -> None:
    done = generate("--events", "5000", "--out", tmp_path / "talks.jsonl", most_bytes=1 << 20)
    assert (done.returncode, list(tmp_path.iterdir())) == (1, [])
    assert "talks.jsonl: File too large." in done.stderr
