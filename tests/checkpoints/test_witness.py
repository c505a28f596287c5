"""`parley witness`: keeps checkpoints on disk, and names the first two that contradict each other."""

import asyncio
import os
import socketserver
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from signal import SIGINT, SIGTERM

import pytest

from parley.checkpoints import checkpoint, notes
from parley.cli import files, kept
from parley.cli.failures import Failure
from tests.access.desk import make_key
from tests.checkpoints.forger import cut, rewrite
from tests.checkpoints.world import KEY, NAME, OTHER, Attending, checkpoint_of, record, signing
from tests.cli import running
from tests.cli.running import Running, run
from tests.record.desk import connection

VERIFIER = ("--verifier", str(KEY.verifier))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where checkpoints are to be kept."""
    return tmp_path / "kept"


def held(file: Path) -> str:
    """What is in it."""
    return file.read_text(encoding="utf-8")


def put(file: Path, content: bytes) -> None:
    """Have this in it."""
    file.write_bytes(content)


def positions(file: Path) -> list[int]:
    """Of the checkpoints that are kept."""
    found = notes.read(file.read_bytes())
    assert found.unfinished_line is None
    return [one.position for one in checkpoint.opened(found.notes, [KEY.verifier])]


async def test_witness_keeps_each_checkpoint_once_and_the_record_holds_against_them(database: str, file: Path) -> None:
    async with signing(database) as service:
        witness = Attending(service.address + "/", file)
        assert await witness.once() == "Kept: position 0.\n"
        await record(service, "russia", "nato")
        assert await witness.once() == "Kept: position 2.\n"
        assert await witness.once() == "Nothing new: position 2.\n"
        await record(service, "ukraine")
        assert await Attending(service.address, file).once() == "Kept: position 3.\n"
        assert held(file).endswith(f"\n\n{await checkpoint_of(service)}")
    assert positions(file) == [0, 2, 3]
    proved = await asyncio.to_thread(run, "verify", "--checkpoint", file, *VERIFIER, PARLEY_DATABASE_URL=database)
    assert (proved.status, proved.errors) == (0, "")


@pytest.mark.parametrize("grown", [False, True], ids=["as it was", "grown since"])
async def test_witness_catches_a_record_that_was_rewritten_with_new_hashes(
    database: str,
    file: Path,
    grown: bool,  # noqa: FBT001 - of pytest
) -> None:
    """Also where more was recorded since, so that no position has two heads."""
    async with signing(database) as service:
        witness = Attending(service.address, file)
        await record(service, "russia")
        await witness.once()
        await record(service, "nato")
        await witness.once()
    async with connection(database) as own:
        await rewrite(own, 1, b"Russia", b"Rossia")
    async with signing(database) as service:
        if grown:
            await record(service, "ukraine")
        with pytest.raises(Failure) as caught:
            await Attending(service.address, file).once()
        assert str(caught.value).startswith(
            f"{file}, lines 7 and 13: two checkpoints of {NAME} contradict each other. At position 2 one has the hash "
        )
        assert caught.value.status == 1
        assert positions(file) == [1, 2, 2]
        lines = held(file).split("\n")
        assert (lines[6:8], lines[12:14]) == ([NAME, "2"], [NAME, "2"])
        assert f"{lines[8]} and the other {lines[14]}: the record was rewritten" in str(caught.value)
        # It is said again as long as they are there, and nothing is added.
        with pytest.raises(Failure, match="lines 7 and 13"):
            await Attending(service.address, file).once()
    assert positions(file) == [1, 2, 2]


async def test_witness_catches_a_record_whose_end_was_cut_off(database: str, file: Path) -> None:
    async with signing(database) as service:
        await record(service, "russia", "nato")
        await Attending(service.address, file).once()
    async with connection(database) as own:
        await cut(own, 1)
    async with signing(database) as service:
        with pytest.raises(
            Failure, match=r"lines 1 and 7: .* The record ended at position 2, and later at 1: its end was"
        ):
            await Attending(service.address, file).once()
    assert positions(file) == [2, 1]


async def test_witness_names_the_first_two_that_contradict_in_its_file(database: str, file: Path) -> None:
    signed = [checkpoint.signed(KEY, position, bytes([hash_]) * 32) for position, hash_ in
              ((1, 1), (2, 2), (3, 3), (2, 4), (3, 5))]  # fmt: skip
    put(file, "\n".join(signed).encode())
    with pytest.raises(Failure, match=r"lines 7 and 19: .* At position 2"):
        await Attending("http://127.0.0.1:1", file).once()


async def test_witness_asks_again_while_the_service_is_away_and_tells_so(database: str, file: Path) -> None:
    with running.running(
        "serve", PARLEY_PORT="0", PARLEY_DATABASE_URL=database, PARLEY_SIGNING_KEY_FILE=key_of(file)
    ) as first:
        address = await asyncio.to_thread(address_of, first)
    port = int(address.rpartition(":")[2])
    arguments = ("witness", address, "--every", "1s", "--to", file, *VERIFIER)
    with running.running(*arguments) as witness:
        said = await asyncio.to_thread(witness.line, lambda line: "does not answer" in line)
        assert said.startswith(f"{address}/v1/log/checkpoint does not answer (")
        assert said.endswith("); asking again in 1 s.")
        async with signing(database, port=port) as service:
            await asyncio.to_thread(witness.line, lambda line: line == "Kept: position 0.\n")
            await record(service, "russia")
            await asyncio.to_thread(witness.line, lambda line: line == "Kept: position 1.\n")
        await asyncio.to_thread(witness.line, lambda line: "does not answer" in line)
        witness.signal(SIGTERM)
        ended = await asyncio.to_thread(witness.ended)
    assert ended.status == 0
    assert ended.output.endswith("Stopped.\n")
    assert "Traceback" not in ended.output
    assert positions(file) == [0, 1]


@pytest.mark.parametrize(("status", "ends"), [(503, False), (500, False), (429, False), (404, True), (401, True)])
def test_witness_ends_where_it_was_called_wrongly_and_not_where_the_service_has_troubles(
    file: Path,
    status: int,
    ends: bool,  # noqa: FBT001 - of pytest
) -> None:
    with (
        answered_with(b"HTTP/1.1 %d No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n" % status) as address,
        running.running("witness", address, "--every", "1s", "--to", file, *VERIFIER) as witness,
    ):
        for _ in range(1 if ends else 2):
            said = witness.line(lambda line: f"{address}/v1/log/checkpoint answered {status}" in line)
            assert said.endswith("; asking again in 1 s.") == (not ends)
        if not ends:
            witness.signal(SIGTERM)
        assert witness.ended().status == (1 if ends else 0)


@pytest.mark.parametrize("signal", [SIGINT, SIGTERM])
async def test_witness_stopped_while_it_waits_for_an_answer_ends_at_once(file: Path, signal: int) -> None:
    asked = asyncio.Event()

    async def never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        asked.set()
        await reader.read()
        writer.close()
        await writer.wait_closed()

    async with answering(never) as address:
        with running.running("witness", address, "--every", "1h", "--to", file, *VERIFIER) as witness:
            async with asyncio.timeout(running.PATIENCE_S):
                await asked.wait()
            witness.process.send_signal(signal)
            ended = await asyncio.to_thread(witness.ended)
    assert (ended.status, ended.output) == (0, "Stopped.\n")


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (b"HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n", "answered 503."),
        (b"HTTP/1.1 429 No\r\ncontent-length: 0\r\n\r\n", "answered 429."),
        (
            b"HTTP/1.1 302 No\r\nlocation: https://x.example\r\ncontent-length: 0\r\n\r\n",
            "302, which leads to https://x.example",
        ),
        (b'HTTP/1.1 404 No\r\ncontent-length: 23\r\n\r\n{"detail": "a\\u001bb."}', "answered 404: a b."),
        (
            b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello",
            "no checkpoint by the key that was given: this is not one",
        ),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 70_000, "answers with more than a checkpoint"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhel", "does not answer"),
        (b"SSH-2.0-OpenSSH\r\n", "does not answer"),
        (b"", "does not answer"),
    ],
)
async def test_witness_of_what_is_no_checkpoint_keeps_nothing_and_says_what_was_answered(
    file: Path, answer: bytes, told: str
) -> None:
    async def answer_it(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()
        await writer.wait_closed()

    async with answering(answer_it) as address:
        with pytest.raises(Failure) as caught:
            await Attending(address, file).once()
    assert told in str(caught.value)
    assert str(caught.value).isprintable()
    assert not held(file)


async def test_witness_takes_no_checkpoint_of_another_key_or_with_a_wrong_signature(database: str, file: Path) -> None:
    async with signing(database, key=OTHER) as service:
        with pytest.raises(Failure, match="an unknown key"):
            await Attending(service.address, file).once()
        assert await Attending(service.address, file, KEY, OTHER).once() == "Kept: position 0.\n"

    async def forge(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        note = checkpoint.signed(OTHER, 1, bytes(32)).replace("\n1\n", "\n2\n").encode()
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(note) + note)
        writer.close()
        await writer.wait_closed()

    async with answering(forge) as address:
        with pytest.raises(Failure, match=r"the signature by .* is wrong"):
            await Attending(address, file, OTHER).once()


async def test_witness_shows_its_key_where_the_service_asks_for_one(database: str, file: Path) -> None:
    key_file = file.with_name("reader.key")
    async with signing(database) as service:
        files.write_private(key_file, await make_key(database, "archive", "reader") + "\n")
        await service.app.state["gate"].keyring.next_look()
        with pytest.raises(Failure, match=r"answered 401: .*--key-file FILE"):
            await Attending(service.address, file).once()
        assert await Attending(service.address, file, key_file=key_file).once() == "Kept: position 0.\n"
    key_file.chmod(0o644)
    with pytest.raises(Failure, match="chmod 600"):
        Attending("http://127.0.0.1:1", file, key_file=key_file)


async def test_witness_of_a_service_that_does_not_sign_says_so(database: str, file: Path) -> None:
    async with signing(database, key=None) as service:
        with pytest.raises(Failure, match="answered 404: This service has no key that signs checkpoints"):
            await Attending(service.address, file).once()


async def test_checkpoint_that_was_half_written_is_removed_and_kept_anew(database: str, file: Path) -> None:
    """A power cut may leave the beginning of one, cut within a character even."""
    async with signing(database) as service:
        await Attending(service.address, file).once()
        await record(service, "russia")
        whole, half = held(file).encode(), f"\n{await checkpoint_of(service)}".encode()
        for end in (2, len(NAME), len(NAME) + 3, half.index("—".encode()) + 1, len(half) - 1):
            put(file, whole + half[:end])
            said = await Attending(service.address, file).once()
            assert said.startswith(
                f"{file}: removed a checkpoint from line 7 on that had not been written to its end.\n"
            )
            assert said.endswith("\nKept: position 1.\n")
            assert held(file).encode() == whole + half


@pytest.mark.parametrize(
    "content",
    [b"Dear archivist,\n", b"root:x:0:0\n", b"x", b"a\n\nb\n", b"\0\0\0", b"parley.example.org/other\n", b"\xff"],
)
def test_file_that_is_somebody_elses_is_refused_and_left_as_it_is(file: Path, content: bytes) -> None:
    put(file, content)
    with pytest.raises(Failure, match=f"^{file}, line "), kept.Kept.opened(file, [KEY.verifier]):
        pass
    assert file.read_bytes() == content


async def test_checkpoint_is_on_disk_before_it_is_said(
    database: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[tuple[int, int]] = []
    fsync = os.fsync

    def noted(descriptor: int) -> None:
        fsync(descriptor)
        status = os.fstat(descriptor)
        synced.append((status.st_ino, status.st_size))

    async with signing(database) as service:
        witness = Attending(service.address, file)
        monkeypatch.setattr(os, "fsync", noted)
        await witness.once()
    inode, folder = inode_of(file), inode_of(file.parent)
    assert (inode, len(held(file).encode())) in synced
    assert folder in {number for number, _ in synced}


async def test_checkpoint_that_there_is_no_room_for_is_not_begun(database: str, file: Path) -> None:
    """The system lets a file grow to 1 KiB, as a disk that is full."""
    before = "\n".join(checkpoint.signed(KEY, position, bytes(32)) for position in range(5))
    put(file, before.encode())
    assert 900 < len(before.encode()) < 1024
    async with signing(database) as service:
        await record(service, "russia", "nato", "ukraine", "georgia", "osce")
        async with connection(database) as own:
            await own.execute("UPDATE parley_events SET hash = $1 WHERE notification_id = 4", bytes(32))
        process = await asyncio.create_subprocess_exec(
            *("bash", "-c", 'ulimit -f 1; exec "$@"', "bash", sys.executable, "-m", "parley.cli"),
            *("witness", service.address, "--once", "--to", str(file), *VERIFIER),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": f"{running.ROOT / 'domain'}:{running.ROOT / 'service'}"},
        )
        output, errors = await process.communicate()
    assert (process.returncode, output, errors.decode()) == (1, b"", f"parley: {file}: File too large.\n")
    assert held(file) == before


async def test_two_witnesses_do_not_share_a_file(database: str, file: Path) -> None:
    async with signing(database) as service:
        with kept.Kept.opened(file, [KEY.verifier]), pytest.raises(Failure, match="Another witness"):
            await Attending(service.address, file).once()


def test_call_that_is_not_well_formed_is_refused_with_the_remedy(tmp_path: Path) -> None:
    to = ("--to", tmp_path / "kept")
    for given, told in (
        (("http://x", *to, *VERIFIER), "say how often: --every 1h, say, or --once"),
        (("http://x", *to, *VERIFIER, "--once", "--every", "1h"), "say how often"),
        (("http://x", *to, *VERIFIER, "--every", "hourly"), "a whole number with its unit"),
        (("http://x", *to, *VERIFIER, "--every", "0s"), "a whole number with its unit"),
        (("http://x", *to, "--once"), "Name the verifier key that was published"),
        (("ftp://x", *to, *VERIFIER, "--once"), "ftp://x is no address of a service"),
        (("http://me:secret@x", *to, *VERIFIER, "--once"), "is no address of a service"),
        (("http://x:port", *to, *VERIFIER, "--once"), "is no address of a service"),
        (("http://x", "--to", tmp_path / "no" / "kept", *VERIFIER, "--once"), "No such file or directory"),
        (("http://x", "--to", "/dev/null", *VERIFIER, "--once"), "/dev/null is no file that can be added to"),
        (
            ("http://x", *to, *VERIFIER, "--verifier", str(KEY._replace(name="y").verifier), "--once"),
            "The verifier keys are of several records",
        ),
    ):
        ended = run("witness", *given)
        assert ended.status in {1, 2}
        assert told in " ".join(ended.errors.replace("│", " ").split())
        assert "Traceback" not in ended.errors


def inode_of(file: Path) -> int:
    return file.stat().st_ino


def key_of(file: Path) -> str:
    """A file with the signing key."""
    made = file.with_name("signing.key")
    files.write_private(made, KEY.written)
    return str(made)


def address_of(command: Running) -> str:
    return command.line(lambda line: "parley: serving http" in line).split("serving ")[1].split()[0]


@contextmanager
def answered_with(answer: bytes) -> Iterator[str]:
    """A server on a thread that answers this to whatever it is asked, and its address."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while self.rfile.readline().strip():
                pass
            self.wfile.write(answer)

    with socketserver.TCPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@asynccontextmanager
async def answering(
    answer: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[str]:
    """A server that is none of Parley's, and its address."""
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await server.wait_closed()
