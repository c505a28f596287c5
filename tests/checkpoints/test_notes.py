"""Signed notes are those of c2sp.org/signed-note, and what is not well formed or not signed is refused by its line."""

from base64 import b64encode

import pytest

from parley.checkpoints import checkpoint, notes
from parley.checkpoints.checkpoint import Checkpoint
from parley.checkpoints.notes import NoteError, SigningKey, VerifierKey
from tests.checkpoints import third_party

NAME = "parley.example.org/record"
KEY = SigningKey(NAME, bytes(range(32)))
VERIFIER = KEY.verifier
HASH = bytes(range(100, 132))
NOTE = checkpoint.signed(KEY, 79, HASH)
OTHER = SigningKey(NAME, bytes(32))

# What the reference implementation of signed notes has in its documentation.
EXAMPLE = """\
This is an example message.

— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
"""
EXAMPLE_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"


def opened(text: str, *keys: VerifierKey) -> list[Checkpoint]:
    """The checkpoints in a text."""
    return list(checkpoint.opened(notes.read(text.encode()).notes, keys or (VERIFIER,)))


def signed(text: str, key: SigningKey = KEY) -> str:
    """Any text, signed."""
    return key.signed(text)


def test_note_of_another_program_is_read_and_its_signature_holds() -> None:
    [note] = notes.read(EXAMPLE.encode()).notes
    key = VerifierKey.read(EXAMPLE_KEY)
    assert note.checked([key]) == key
    assert str(key) == EXAMPLE_KEY


def test_checkpoint_is_one_to_another_program() -> None:
    encoded = b64encode(HASH).decode()
    assert third_party.opened(NOTE, str(VERIFIER)) == [NAME, "79", encoded]
    assert NOTE.startswith(f"{NAME}\n79\n{encoded}\n\n— {NAME} ")
    with pytest.raises(ValueError, match="The signature is not authentic"):
        third_party.opened(NOTE.replace("79", "78"), str(VERIFIER))


def test_key_that_was_written_down_is_read_as_the_same() -> None:
    key = SigningKey.made(NAME)
    assert SigningKey.read(key.written) == key
    assert VerifierKey.read(str(key.verifier)) == key.verifier
    assert SigningKey.made(NAME) != key


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is written name"),
        (NAME, "is written name"),
        (str(VERIFIER).replace(VERIFIER.id.hex(), "00000000"), "its id is 00000000, and its name and key give"),
        (str(VERIFIER).replace("example", "exemple"), "its id is .* was a character changed"),
        (str(VERIFIER)[:-3], "not an Ed25519 key in base64"),
        (str(VERIFIER).replace("+AQ", "+BA"), "not an Ed25519 key in base64"),
        (str(VERIFIER).replace(NAME, "https://x"), "like an address without https://"),
        (str(VERIFIER).replace(NAME, "a b"), "no spaces"),
        (str(VERIFIER).replace(NAME, "a\u202eb"), "no control characters"),
    ],
)
def test_verifier_key_that_is_none_is_refused(text: str, told: str) -> None:
    with pytest.raises(NoteError, match=told):
        VerifierKey.read(text)


@pytest.mark.parametrize(
    "spoil", [lambda text: text[8:], lambda text: text[:-4], lambda text: text.replace("org", "com")]
)
def test_signing_key_that_is_none_is_refused_and_not_shown(spoil: object) -> None:
    assert callable(spoil)
    secret = KEY.written.split("+", 4)[4]
    with pytest.raises(NoteError) as refused:
        SigningKey.read(spoil(KEY.written))
    assert secret[:8] not in str(refused.value)


def test_file_of_many_checkpoints_gives_each_with_its_line() -> None:
    rotated = checkpoint.signed(OTHER, 80, HASH)
    found = opened(f"{NOTE}{NOTE}\n\n{rotated}\n", VERIFIER, OTHER.verifier)
    assert [(one.position, one.line) for one in found] == [(79, 1), (79, 6), (80, 13)]
    assert {one.hash for one in found} == {HASH}


def test_signatures_of_others_and_further_lines_mean_nothing() -> None:
    note = f"— elsewhere.example.org {b64encode(bytes(76)).decode()}\n"
    [found] = opened(NOTE + note)
    assert found.position == 79
    [found] = opened(signed(f"{NAME}\n79\n{b64encode(HASH).decode()}\nan extension\n"))
    assert (found.position, found.hash) == (79, HASH)


HASH_LINE = b64encode(HASH).decode()


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        (NOTE.replace("\n79\n", "\n78\n"), 1, "is wrong: the text is not what this key signed"),
        (f"{NOTE}\n{NOTE.replace(HASH_LINE, HASH_LINE.swapcase())}", 7, "is wrong"),
        (checkpoint.signed(OTHER, 79, HASH), 1, rf"signed by .*\+{OTHER.verifier.id.hex()}, an unknown key"),
        (checkpoint.signed(KEY._replace(name="x"), 79, HASH), 1, r"signed by x\+.*, an unknown key"),
        (signed(f"elsewhere\n79\n{HASH_LINE}\n"), 1, "its first line is elsewhere"),
        (signed(f"{NAME}\n079\n{HASH_LINE}\n"), 2, "is a position"),
        (signed(f"{NAME}\n-1\n{HASH_LINE}\n"), 2, "is a position"),
        (signed(f"{NAME}\n٧٩\n{HASH_LINE}\n"), 2, "is a position"),
        (signed(f"{NAME}\n{2**63}\n{HASH_LINE}\n"), 2, "is a position"),
        (signed(f"{NAME}\n79\n{HASH_LINE[:-4]}\n"), 3, "is a hash of 32 bytes"),
        (signed(f"{NAME}\n79\nhash\n"), 3, "is a hash of 32 bytes"),
        (signed(f"{NAME}\n79\n"), 3, "is a hash of 32 bytes"),
        (signed(f"{NAME}\n"), 2, "is a position"),
        (NOTE.replace("— ", "- "), 5, "a signature belongs here"),
        (NOTE.replace("\n\n", "\n\n\n"), 5, "a signature belongs here"),
        (NOTE.replace(f"— {NAME} ", "— "), 5, "a signature is written"),
        (NOTE.replace(f"— {NAME} ", f"— {NAME} é"), 5, "a signature is written"),
        (f"{NOTE}— {NAME} AAAA\n", 6, "a signature is written"),
        (NOTE.replace("\n", "\r\n"), 1, r"control character U\+000D"),
        (NOTE.replace("79", "7\x1b9"), 2, r"control character U\+001B"),
        ("\x00" * 40 + "\n", 1, r"control character U\+0000"),
        ("Dear archivist,\n\nhere is the record.\n", 3, "a signature belongs here"),
    ],
)
def test_note_that_does_not_hold_is_refused_by_its_line(text: str, line: int, told: str) -> None:
    with pytest.raises(NoteError, match=told) as refused:
        opened(text)
    assert refused.value.line == line


def test_note_that_is_not_utf8_is_refused_by_its_line() -> None:
    with pytest.raises(NoteError, match="not UTF-8") as refused:
        notes.read(NOTE.encode().replace(b"79", b"7\xff"))
    assert refused.value.line == 2


@pytest.mark.parametrize("between", ["", "\n"])
def test_file_cut_off_anywhere_gives_what_is_whole_and_tells_of_the_rest(between: str) -> None:
    """As after a power cut: within a line, a character, a signature; never is half a note taken for a whole one."""
    first, second = (f"{NOTE}{between}".encode(), NOTE.encode())
    for end in range(1, len(second)):
        found = notes.read(first + second[:end])
        assert [note.line for note in found.notes] == [1], end
        assert (found.whole, found.unfinished_line) == (len(NOTE.encode()), 6 + len(between)), end
        assert found.unfinished == second[:end]
    assert notes.read(first + second).unfinished_line is None
