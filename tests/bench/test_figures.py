"""What is written of a run, for people and for programs."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.figures import Figure, Measured, markdown, table, write
from bench.rows import NAMES

REQUIRED = {"name", "ours", "unit", "peer", "peer_value", "ratio"}
ROOT = Path(__file__).resolve().parents[2]

OURS, THEIRS = Measured.of([9_000, 11_000, 10_000]), Measured.of([4_000, 5_000, 6_000])
TWO = Figure.measured("record_vs_pgbench", OURS, "events/s", "pgbench", THEIRS, reach=">= 0.8x", note="one run")
ALONE = Figure.measured("rebuild", Measured.of([12.5]), "events/s")
MISSING = Figure.missing("get_vs_memory", "requests/s", "a handler", "wrk is not installed")


def written(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(path.read_bytes())
    return found


def test_write_figures_are_a_list_of_rows_with_the_fields_that_programs_read(tmp_path: Path) -> None:
    path = tmp_path / "build" / "bench.json"
    write(path, [TWO, MISSING, ALONE], NAMES)
    first, second, third = written(path)
    assert all(set(row) >= REQUIRED for row in (first, second, third))
    assert [first[key] for key in ("ours", "unit", "peer", "peer_value", "ratio")] == [
        *(10_000, "events/s", "pgbench", 5_000, 2.0)
    ]
    assert first["ours_spread"] == [9_000, 11_000]
    assert (second["name"], second["ours"], second["note"]) == (
        "get_vs_memory",
        None,
        "not measured: wrk is not installed",
    )
    assert (path.parent / "bench.md").read_text(encoding="utf-8") == markdown([TWO, MISSING, ALONE]) + "\n"
    assert (third["name"], third["peer_value"], third["ratio"]) == ("rebuild", None, None)


def test_write_some_rows_keeps_the_others_of_an_earlier_run(tmp_path: Path) -> None:
    path = tmp_path / "bench.json"
    write(path, [ALONE, TWO], NAMES)
    write(path, [Figure.measured("rebuild", Measured.of([99.0]), "events/s")], NAMES)
    assert [(row["name"], row["ours"]) for row in written(path)] == [("record_vs_pgbench", 10_000), ("rebuild", 99.0)]


def test_table_tells_every_row_and_why_one_was_not_measured() -> None:
    paper = StringIO()
    Console(width=150, file=paper).print(table([TWO, ALONE, MISSING]))
    told = paper.getvalue()
    assert "10,000 (9,000-11,000)" in told
    assert "2.00x" in told
    assert "not measured: wrk is not installed" in told
    assert markdown([TWO]).splitlines()[-1].startswith("| `record_vs_pgbench` | 10,000 (9,000-11,000) events/s |")


def test_performance_page_says_how_each_row_is_measured() -> None:
    page = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
    assert [name for name in NAMES if f"`{name}`" not in page] == []
