"""What can be set for the compose files is explained, and what is explained can be set; and what their scripts do."""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from parley.settings import TABLE

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted(ROOT.glob("docker-compose*.yml"))
USED = re.compile(r"\$\{([A-Z_]+)(?::-([^}]*))?\}")
EXPLAINED = re.compile(r"^#([A-Z_]+)=(.*)$", re.MULTILINE)
OF_COMPOSE_ITSELF = {"COMPOSE_FILE"}
SEGMENT = "000000010000000000000007"


def used() -> dict[str, set[str]]:
    """The variables that the compose files use, with their defaults there."""
    found: dict[str, set[str]] = {}
    for file in FILES:
        for name, default in USED.findall(file.read_text(encoding="utf-8")):
            found.setdefault(name, set()).add(default)
    return found


def explained() -> dict[str, str]:
    """The variables of .env.example, with the defaults that it tells."""
    return dict(EXPLAINED.findall((ROOT / ".env.example").read_text(encoding="utf-8")))


def test_variables_of_compose_files_are_all_explained_with_their_defaults() -> None:
    assert used().keys() == explained().keys() - OF_COMPOSE_ITSELF
    of_the_service = {setting.variable: setting.default for setting in TABLE}
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    for name, defaults in used().items():
        told = {default or of_the_service.get(name, "") for default in defaults} - {""} or {""}
        assert explained()[name] in told, name
        assert all(default in text for default in told), name


def test_settings_of_the_service_can_all_be_set_in_the_compose_file() -> None:
    """All but the address inside the container, and traces, for which the image lacks the library."""
    services = YAML(typ="safe").load(ROOT / "docker-compose.yml")["services"]
    given = set(services["api"]["environment"])
    for setting in TABLE:
        assert {setting.variable, setting.file_variable} & given or setting.field in {"host", "traces"}, (
            setting.variable
        )


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_compose_file_that_names_no_password_is_the_only_kind_there_is(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert not re.search(r"PASSWORD(?!_FILE|_SECRET)\w*\s*[:=]|trust", text)
    assert not re.search(r"postgres\w*://[^@\s]*:[^@\s]*@", text)


class Archive:
    """An archive, and a server that puts its log there."""

    def __init__(self, folder: Path) -> None:
        self._log = folder / "log"
        self.place = folder / "archive"
        self.place.mkdir()

    def take(self, content: str | None) -> subprocess.CompletedProcess[str]:
        """Be asked for the segment, which holds this."""
        self._log.unlink(missing_ok=True)
        if content is not None:
            self._log.write_text(content, encoding="utf-8")
        return subprocess.run(
            ["bash", ROOT / "deploy/postgres/archive.sh", self._log, SEGMENT],
            env={**os.environ, "ARCHIVE": str(self.place)}, capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip

    @property
    def files(self) -> dict[str, str]:
        """What is in it."""
        return {file.name: file.read_text(encoding="utf-8") for file in self.place.iterdir()}


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """An empty one."""
    return Archive(tmp_path)


def test_log_is_archived_and_once_more_after_a_crash_but_never_over_another(archive: Archive) -> None:
    assert archive.take("whole").returncode == 0
    assert archive.files == {SEGMENT: "whole"}
    assert archive.take("whole").returncode == 0  # the server was killed before it noted the first time
    refused = archive.take("other")
    assert refused.returncode == 1
    assert f"the archive has another {SEGMENT}" in refused.stderr
    assert archive.files == {SEGMENT: "whole"}


def test_log_that_was_half_archived_when_the_server_was_killed_is_archived_anew(archive: Archive) -> None:
    (archive.place / f".{SEGMENT}").write_text("who", encoding="utf-8")
    assert archive.take("whole").returncode == 0
    assert archive.files == {SEGMENT: "whole"}


def test_log_that_cannot_be_read_is_not_archived_and_not_told_to_be(archive: Archive) -> None:
    assert archive.take(None).returncode == 1
    assert SEGMENT not in archive.files


STEP = """
step() { # where the node is killed, if it is to be here
    echo >>"$STEPS"
    if [ "$(wc -l <"$STEPS")" = "${KILLED_AT:-0}" ]; then kill -9 "$NODE_PID"; exit 1; fi
}
"""
PROGRAMS = {
    "gosu": 'shift; exec "$@"',
    "chown": "",
    "sleep": "",
    "psql": """
echo >>"$ASKED"
[ "$(wc -l <"$ASKED")" -gt "${SILENT:-0}" ] || exit 2
case "$*" in
*pg_walfile_name*) [ "$PEER_IS" = standby ] || echo "$PEER_IS" ;;
*) [ "$PEER_IS" = standby ] && echo t || echo f ;;
esac""",
    "pg_controldata": """echo "Latest checkpoint's TimeLineID:       $(cat "$PGDATA/global/pg_control")" """,
    "pg_basebackup": """
while [ "$1" != --pgdata ]; do shift; done
[ -z "$(ls -A "$2")" ] || { echo "$2 exists but is not empty" >&2; exit 1; }
echo 17 >"$2/PG_VERSION"
touch "$2/of.$NODE_PID" "$2/postgresql.auto.conf"
step
mkdir "$2/global"
echo 1 >"$2/global/pg_control"
step""",
    "sync": "step",
    "mv": """
if [ "$1" = --target-directory ]; then
    for one in "${@:3}"; do /bin/mv "$one" "$2"; step; done
else
    /bin/mv "$@"
    step
fi""",
    "rmdir": '/bin/rmdir "$@"; step',
    "docker-entrypoint.sh": 'echo "$*: $(ls "$PGDATA" 2>/dev/null | xargs)" >"$SERVED"',
}
"""What a node calls, as far as it concerns it; a copy is told from another one by a file in it."""


@dataclass(frozen=True)
class Ended:
    """How a start of a node came out."""

    killed: bool
    serves: set[str] | None
    said: str


class Node:
    """A server of docker-compose.ha.yml without PostgreSQL: what deploy/postgres/node.sh does before it serves."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self._served = folder / "served"
        programs = folder / "programs"
        programs.mkdir()
        for name, what in PROGRAMS.items():
            (programs / name).write_text(f"#!/usr/bin/env bash\nset -e\n{STEP}\n{what}\n", encoding="utf-8")
            (programs / name).chmod(0o755)
        for name in ("superuser_password", "replication_password"):
            (folder / name).write_text("secret", encoding="utf-8")
        self._variables = {
            **os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "PGDATA": str(self.data),
            "CREDENTIALS": str(folder), "NODE": "database", "PEER": "standby", "SERVED": str(self._served),
            "STEPS": str(folder / "steps"), "ASKED": str(folder / "asked"),
        }  # fmt: skip

    def holds(self, timeline: int | str, *history: str) -> None:
        """Give it the data of a primary."""
        for folder in ("global", "pg_wal"):
            (self.data / folder).mkdir(parents=True)
        (self.data / "PG_VERSION").write_text("17", encoding="utf-8")
        (self.data / "global/pg_control").write_text(str(timeline), encoding="utf-8")
        for name in history:
            (self.data / "pg_wal" / name).touch()

    def start(self, peer_is: int | str, **variables: int | str) -> Ended:
        """Start it beside a peer that is a primary on a timeline, a standby, or SILENT so many times it is asked."""
        for left in ("SERVED", "STEPS", "ASKED"):
            Path(self._variables[left]).unlink(missing_ok=True)
        more = {name: str(value) for name, value in {"PEER_IS": peer_is, **variables}.items()}
        done = subprocess.run(
            ["bash", "-c", 'export NODE_PID=$$; exec bash "$0" start postgres', ROOT / "deploy/postgres/node.sh"],
            env={**self._variables, **more}, capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip
        serves = None
        if self._served.exists():
            what, _, files = self._served.read_text(encoding="utf-8").partition(": ")
            assert what == "postgres"
            serves = set(files.split())
        return Ended(done.returncode < 0, serves, done.stderr)


@pytest.fixture
def node(tmp_path: Path) -> Node:
    """The server `database`, without data."""
    return Node(tmp_path)


def test_copy_that_is_killed_at_any_moment_is_made_anew_and_follows(tmp_path: Path) -> None:
    whole = {"PG_VERSION", "global", "postgresql.auto.conf", "replicator.pgpass", "standby.signal"}
    moment = 0
    killed = True
    while killed:
        moment += 1
        (folder := tmp_path / str(moment)).mkdir()
        node = Node(folder)
        first = node.start(1, KILLED_AT=moment)
        killed = first.killed
        assert (first.serves is None) == killed, first.said
        # It began as the primary: where nobody answers it would make an empty database, had it not begun a copy.
        again = node.start(1, SILENT=1)
        assert again.serves is not None, again.said
        [copied] = again.serves - whole
        assert again.serves == whole | {copied}
        assert copied.startswith("of.")
        assert "application_name=database" in (node.data / "postgresql.auto.conf").read_text(encoding="utf-8")
        if first.serves is not None:
            assert again.serves == first.serves
    assert moment > len(PROGRAMS)


def test_first_primary_makes_the_database_where_nobody_answers(node: Node) -> None:
    assert node.start("standby", SILENT=9).serves == set()


def test_server_without_data_waits_for_a_primary_before_it_copies(node: Node) -> None:
    said = node.start("standby")
    assert said.serves is None
    assert "promote it" in said.said


@pytest.mark.parametrize(
    ("ours", "history", "theirs", "why_not"),
    [
        (1, (), 2, "has succeeded it as the primary"),
        ("", ("00000002.history",), 1, "its data are not whole"),
        (2, ("00000002.history",), 2, "is a primary on timeline 2"),
        (1, (), 1, "is a primary on timeline 1"),
        (2, ("00000002.history",), 1, None),
        # Promoted, and killed before its first checkpoint, beside the old primary.
        (1, ("00000002.history",), 1, None),
        (9, ("0000000A.history",), 9, None),
        (1, (), "standby", None),
    ],
)
def test_primary_does_not_come_up_beside_another_unless_it_succeeded_that(
    node: Node, ours: int | str, history: tuple[str, ...], theirs: int | str, why_not: str | None
) -> None:
    node.holds(ours, *history)
    said = node.start(theirs)
    if why_not is None:
        assert said.serves == {"PG_VERSION", "global", "pg_wal"}, said.said
    else:
        assert said.serves is None
        assert why_not in said.said


def test_primary_comes_up_where_nobody_answers_and_a_standby_beside_a_primary(node: Node) -> None:
    node.holds(1)
    assert node.start(1, SILENT=9).serves is not None
    (node.data / "standby.signal").touch()
    assert node.start(1).serves is not None
