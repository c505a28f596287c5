"""`parley verify --checkpoint`: the record is proved against any number of checkpoints."""

import re
from pathlib import Path

import pytest

from parley.checkpoints import checkpoint
from tests.checkpoints.forger import cut, rewrite
from tests.checkpoints.world import KEY, NAME, OTHER, checkpoint_of, record, signing
from tests.cli.running import Ended, run
from tests.record.desk import connection

VERIFIER = ("--verifier", str(KEY.verifier))
PARTIES = ("russia", "nato", "ukraine", "georgia")


@pytest.fixture
async def kept(database: str, tmp_path: Path) -> Path:
    """A folder with a file of the checkpoints of positions 0 to 2 and one of position 4, of the record."""
    async with signing(database) as service:
        notes = [await checkpoint_of(service)]
        for party in PARTIES:
            await record(service, party)
            notes.append(await checkpoint_of(service))
    (tmp_path / "early").write_text("".join(notes[:3]), encoding="utf-8")
    (tmp_path / "late").write_text(f"\n{notes[4]}\n", encoding="utf-8")
    return tmp_path


def verify(database: str, *arguments: str | Path) -> Ended:
    return run("verify", *arguments, PARLEY_DATABASE_URL=database)


def test_record_that_nobody_touched_holds_against_all_its_checkpoints(database: str, kept: Path) -> None:
    for given in (
        ("--checkpoint", kept / "early", kept / "late", *VERIFIER),
        ("--checkpoint", kept / "early", "--checkpoint", kept / "late", *VERIFIER),
        (*VERIFIER, "--verifier", str(OTHER.verifier), f"--checkpoint={kept / 'late'}", kept / "early"),
    ):
        ended = verify(database, *given)
        assert (ended.status, ended.errors) == (0, "")
        assert ended.output == "The record holds: 4 events.\nSo do its checkpoints: 4, the last of position 4.\n"


async def test_record_rewritten_with_new_hashes_is_revealed_by_a_checkpoint_alone(database: str, kept: Path) -> None:
    async with connection(database) as own:
        await rewrite(own, 3, b"Ukraine", b"Ukrania")
    alone = verify(database)
    assert (alone.status, alone.errors) == (0, "")
    ended = verify(database, "--checkpoint", kept / "early", kept / "late", *VERIFIER)
    assert (ended.status, ended.output) == (1, "")
    assert ended.errors.startswith("parley: Position 4 does not hold: its hash is ")
    assert f"; the checkpoint at line 2 of {kept / 'late'} has " in ended.errors
    assert ended.errors.endswith(f"; the checkpoint at line 11 of {kept / 'early'} holds at position 2.\n")
    assert ended.errors.count("\n") == 1
    assert verify(database, "--checkpoint", kept / "early", *VERIFIER).status == 0


async def test_record_cut_off_is_revealed_by_a_checkpoint_alone(database: str, kept: Path) -> None:
    async with connection(database) as own:
        await cut(own, 3)
    assert verify(database).status == 0
    ended = verify(database, "--checkpoint", kept / "late", kept / "early", *VERIFIER)
    assert ended.status == 1
    assert ended.errors == (
        f"parley: Position 4 does not hold: the record ends at 3; the checkpoint at line 2 of {kept / 'late'} is of "
        "position 4.\n"
    )


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (
            checkpoint.signed(OTHER, 0, bytes(32)),
            rf"line 1: it is signed by {NAME}\+{OTHER.verifier.id.hex()}, an unknown key: the keys that were given are",
        ),
        (checkpoint.signed(KEY, 0, bytes(32)).replace("\n0\n", "\n1\n"), "line 1: the signature by .* is wrong"),
        (checkpoint.signed(KEY, 0, bytes(32))[:-1], "line 1: this checkpoint is not whole, its end is missing"),
        (f"{checkpoint.signed(KEY, 0, bytes(32))}\n{NAME}\n7\n", "line 7: this checkpoint is not whole"),
        ("", "there is no checkpoint in it"),
        ("a letter\n\nfrom home\n", "line 3: a signature belongs here"),
    ],
)
def test_file_whose_checkpoints_do_not_hold_is_named_with_the_line(
    database: str, tmp_path: Path, content: str, told: str
) -> None:
    file = tmp_path / "checkpoints"
    file.write_text(content, encoding="utf-8")
    ended = verify(database, "--checkpoint", file, *VERIFIER)
    assert (ended.status, ended.output) == (1, "")
    assert ended.errors.startswith(f"parley: {file}")
    assert ended.errors.count("\n") == 1
    assert re.search(told, ended.errors)


def test_call_that_cannot_be_checked_is_refused_with_the_remedy(database: str, kept: Path) -> None:
    for given, status, told in (
        (("--checkpoint", kept / "late"), 2, "Name the verifier key that was published: --verifier"),
        (
            ("--checkpoint", kept / "late", "--verifier", "me"),
            2,
            "--verifier: a verifier key is written name+id+base64",
        ),
        ((kept / "late", *VERIFIER), 2, f"say what {kept / 'late'} is: --checkpoint"),
        (("--checkpoint", kept / "none", *VERIFIER), 1, f"{kept / 'none'}: No such file or directory"),
    ):
        ended = verify(database, *given)
        assert (ended.status, ended.output) == (status, "")
        assert told in " ".join(ended.errors.replace("│", " ").split())
