"""Signed notes (c2sp.org/signed-note), with Ed25519 keys: how they are signed, written down, taken apart and checked.

A note is a text that ends in a line feed, an empty line, and a line a signature:
``— <name> base64(key id || signature)``. The key id is the beginning of SHA-256(name, line feed, 1, public key).
"""

import re
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Sequence
from hashlib import sha256
from typing import Final, NamedTuple, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519: Final = b"\x01"
"""The byte that stands for this kind of signature."""
MOST_NAME: Final = 255
_SIGNATURE_BEGINS: Final = "— "
_DASH: Final = _SIGNATURE_BEGINS.encode()
_SECRET_BEGINS: Final = "PRIVATE+KEY+"  # noqa: S105 - what stands before one
_ID_BYTES: Final = 4
_KEY_BYTES: Final = 32
_NOT_IN_NAMES: Final = re.compile(r"[\s+\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]")
_CONTROLS: Final = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")


class NoteError(Exception):
    """What is wrong with a key or a note, as a sentence without its full stop. ``line``: where, counted from 1."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


class VerifierKey(NamedTuple):
    """The public half of a signing key: whose it is, its id, and the key."""

    name: str
    id: bytes
    public: bytes

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{_base64(ED25519 + self.public)}"

    @property
    def called(self) -> str:
        """Name and id, which tell it from other keys."""
        return f"{self.name}+{self.id.hex()}"

    @classmethod
    def of(cls, name: str, public: bytes) -> Self:
        """The verifier key of a public key; raises NoteError for a name that no key can have."""
        if not name or len(name) > MOST_NAME or _NOT_IN_NAMES.search(name) or "://" in name:
            raise NoteError(
                "a key's name is like an address without https://, such as parley.example.org/record: at most "
                f"{MOST_NAME} characters, no spaces, no + and no control characters"
            )
        return cls(name, sha256(name.encode() + b"\n" + ED25519 + public).digest()[:_ID_BYTES], public)

    @classmethod
    def read(cls, text: str) -> Self:
        """Read ``name+id+base64``; raises NoteError."""
        name, id_, encoded = _parts(text, "a verifier key is written name+id+base64")
        key = cls.of(name, _key(encoded))
        _check_id(key, id_)
        return key

    def has_signed(self, text: str, signature: bytes) -> bool:
        """Whether this is the key's signature of the text."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except (InvalidSignature, ValueError):
            return False
        return True


class SigningKey(NamedTuple):
    """A key that signs notes: whose it is, and the secret."""

    name: str
    secret: bytes

    @classmethod
    def made(cls, name: str) -> Self:
        """A new one; raises NoteError for a name that no key can have."""
        VerifierKey.of(name, b"")
        return cls(name, Ed25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def read(cls, text: str) -> Self:
        """Read what `written` gave; raises NoteError, which does not show the secret."""
        form = f"a signing key is written {_SECRET_BEGINS}name+id+base64"
        if not text.startswith(_SECRET_BEGINS):
            raise NoteError(form)
        name, id_, encoded = _parts(text.removeprefix(_SECRET_BEGINS), form)
        key = cls(name, _key(encoded))
        _check_id(key.verifier, id_)
        return key

    @property
    def written(self) -> str:
        """The key as it is kept in a file, secret and all; other programs for signed notes read it, too."""
        return f"{_SECRET_BEGINS}{self.name}+{self.verifier.id.hex()}+{_base64(ED25519 + self.secret)}"

    @property
    def verifier(self) -> VerifierKey:
        """Its public half."""
        return VerifierKey.of(self.name, self._private().public_key().public_bytes_raw())

    def signed(self, text: str) -> str:
        """The text, which ends in a line feed, as a note with this key's signature. The same text gives the same."""
        signature = self.verifier.id + self._private().sign(text.encode())
        return f"{text}\n{_SIGNATURE_BEGINS}{self.name} {_base64(signature)}\n"

    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.secret)


class Signature(NamedTuple):
    """A signature as it stands in a note, not checked."""

    name: str
    key_id: bytes
    bytes: bytes


class Note(NamedTuple):
    """A note, not checked: the line it begins at, its text, its signatures."""

    line: int
    text: str
    signatures: tuple[Signature, ...]

    def checked(self, keys: Sequence[VerifierKey]) -> VerifierKey:
        """The first of these keys that signed it; raises NoteError where none did, or one's signature is wrong.

        Signatures by other keys say nothing: a note may have those of others beside its own.
        """
        known = {(key.name, key.id): key for key in keys}
        ours = [(known[one.name, one.key_id], one) for one in self.signatures if (one.name, one.key_id) in known]
        for key, signature in ours:
            if not key.has_signed(self.text, signature.bytes):
                raise NoteError(f"the signature by {key.called} is wrong: the text is not what this key signed")
        if not ours:
            by = ", ".join(f"{one.name}+{one.key_id.hex()}" for one in self.signatures)
            given = ", ".join(key.called for key in keys)
            raise NoteError(f"it is signed by {by}, an unknown key: the keys that were given are {given}")
        return ours[0][0]


class Read(NamedTuple):
    """What is in a file of notes.

    ``whole``: how many of its bytes are whole notes; ``unfinished_line``: where behind them one begins whose end is not
    there, None where there is none; ``unfinished``: what there is of it.
    """

    notes: tuple[Note, ...]
    whole: int
    unfinished_line: int | None
    unfinished: bytes


def read(content: bytes) -> Read:
    """Read notes that stand one after the other, with or without empty lines between; raises NoteError.

    Texts without empty lines only, which is what checkpoints are.
    """
    lines, last = _lines(content)
    signature_cut_off = bool(last) and (last.startswith(_DASH) or _DASH.startswith(last))
    notes: list[Note] = []
    at = whole = 0
    while True:
        while at < len(lines) and not lines[at]:
            at += 1
        begins = at
        while at < len(lines) and lines[at]:
            at += 1
        text = "".join(f"{line}\n" for line in lines[begins:at])
        at += 1
        signed_at = at
        while at < len(lines) and lines[at].startswith(_SIGNATURE_BEGINS):
            at += 1
        if signed_at >= len(lines) or (at == len(lines) and signature_cut_off):
            break
        if at == signed_at:
            raise NoteError("a signature belongs here, a line that begins with —", at + 1)
        signatures = tuple(_signature(line, number) for number, line in enumerate(lines[signed_at:at], signed_at + 1))
        notes.append(Note(begins + 1, text, signatures))
        whole = at
    unfinished_line = begins + 1 if begins < len(lines) or last else None
    ends = content.split(b"\n")
    whole_bytes, begun = (len(b"".join(line + b"\n" for line in ends[:until])) for until in (whole, begins))
    return Read(tuple(notes), whole_bytes, unfinished_line, content[begun:])


def _lines(content: bytes) -> tuple[list[str], bytes]:
    """The lines, and what stands behind the last line feed, which may be cut off within a character."""
    *ended, last = content.split(b"\n")
    lines = []
    for number, line in enumerate(ended, 1):
        try:
            lines.append(line.decode())
        except UnicodeDecodeError as error:
            raise NoteError("this is not UTF-8", number) from error
        found = _CONTROLS.search(lines[-1])
        if found is not None:
            raise NoteError(
                f"here is the control character U+{ord(found[0]):04X}; a note has none but line feeds", number
            )
    return lines, last


def _signature(line: str, number: int) -> Signature:
    name, _, encoded = line.removeprefix(_SIGNATURE_BEGINS).rpartition(" ")
    try:
        signature = b64decode(encoded, validate=True)
    except (NotBase64, ValueError):
        signature = b""
    if not name or _NOT_IN_NAMES.search(name) or len(signature) <= _ID_BYTES:
        raise NoteError("a signature is written — name base64", number)
    return Signature(name, signature[:_ID_BYTES], signature[_ID_BYTES:])


def _parts(text: str, form: str) -> tuple[str, str, str]:
    parts = text.split("+", 2)  # the last part is base64, which may have more of them
    if len(parts) != 3:
        raise NoteError(form)
    return parts[0], parts[1], parts[2]


def _key(encoded: str) -> bytes:
    try:
        decoded = b64decode(encoded, validate=True)
    except (NotBase64, ValueError):
        decoded = b""
    if len(decoded) != 1 + _KEY_BYTES or not decoded.startswith(ED25519):
        raise NoteError("its last part is not an Ed25519 key in base64: was a character lost?")
    return decoded[1:]


def _check_id(key: VerifierKey, id_: str) -> None:
    if key.id.hex() != id_:
        raise NoteError(f"its id is {id_}, and its name and key give {key.id.hex()}: was a character changed?")


def _base64(data: bytes) -> str:
    return b64encode(data).decode("ascii")
