"""Checkpoints: heads of the record, signed. The form is that of c2sp.org/tlog-checkpoint; the hash is our chain's.

The text has three lines: the origin, which is the name of the key that signs; the position; and the hash of the chain
at that position in base64, where a transparency log has the root of its Merkle tree. Further lines mean nothing here.
"""

import re
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from parley.checkpoints import notes
from parley.checkpoints.notes import Note, NoteError, SigningKey, VerifierKey

MOST_POSITION: Final = 2**63 - 1
_HASH_BYTES: Final = 32
_POSITION: Final = re.compile(r"0|[1-9][0-9]{0,18}")


class Checkpoint(NamedTuple):
    """A head of the record that a known key signed: whose record, the position, the hash of the chain there.

    ``line``: where it begins in its file.
    """

    origin: str
    position: int
    hash: bytes
    line: int = 1

    @property
    def written_hash(self) -> str:
        """The hash as it stands in the note."""
        return b64encode(self.hash).decode("ascii")


def signed(key: SigningKey, position: int, hash_: bytes) -> str:
    """The checkpoint of a position, as a signed note."""
    return key.signed(f"{key.name}\n{position}\n{b64encode(hash_).decode('ascii')}\n")


def opened(found: Sequence[Note], keys: Sequence[VerifierKey]) -> Iterator[Checkpoint]:
    """The checkpoints that these keys signed; raises NoteError for a note that is none."""
    for note in found:
        try:
            yield _opened(note, keys)
        except NoteError as error:
            raise NoteError(str(error), error.line or note.line) from error


def read_one(content: bytes, keys: Sequence[VerifierKey]) -> Checkpoint:
    """The one checkpoint that this is, signed by one of these keys; raises NoteError."""
    found = notes.read(content)
    if len(found.notes) != 1 or found.unfinished_line is not None:
        raise NoteError("this is not one signed note")
    return next(opened(found.notes, keys))


def _opened(note: Note, keys: Sequence[VerifierKey]) -> Checkpoint:
    key = note.checked(keys)
    origin, position, hash_ = [*note.text.split("\n"), "", ""][:3]
    if origin != key.name:
        raise NoteError(f"its first line is {origin}, and the key that signed it is {key.name}'s")
    if not _POSITION.fullmatch(position) or int(position) > MOST_POSITION:
        raise NoteError("the second line of a checkpoint is a position, a whole number in plain digits", note.line + 1)
    return Checkpoint(origin, int(position), _hash(hash_, note.line + 2), note.line)


def _hash(text: str, line: int) -> bytes:
    try:
        found = b64decode(text, validate=True)
    except (NotBase64, ValueError):
        found = b""
    if len(found) != _HASH_BYTES:
        raise NoteError("the third line of a checkpoint is a hash of 32 bytes in base64", line)
    return found
