"""API keys: what one is, how it is written, what is kept of it.

A key is written ``parley_<id>_<secret>``. The id is public: lists and logs name a key by it. The secret is 256 random
bits in base64url (RFC 4648); only its SHA-256 is kept, which is enough because there is nothing to guess: see
docs/decisions/0013.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest
from types import MappingProxyType
from typing import Final, Literal, NamedTuple, TypeAlias, get_args

from msgspec import Struct

Role: TypeAlias = Literal["reader", "recorder", "admin"]
"""A reader reads the record; a recorder records, too; an admin may also read how the service itself is doing."""

ROLES: Final[tuple[Role, ...]] = get_args(Role)

RANK: Final[Mapping[Role, int]] = MappingProxyType({role: rank for rank, role in enumerate(ROLES)})
"""Each role may do what those below it may."""

MOST_NEGOTIATIONS: Final = 100
"""Negotiations that one key may be limited to."""

_PREFIX: Final = "parley_"
_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz234567"
_ID: Final = 10
_SECRET_BYTES: Final = 32
_SECRET: Final = 43
_SECRET_AT: Final = len(_PREFIX) + _ID + 1
_LENGTH: Final = _SECRET_AT + _SECRET


class Key(Struct, frozen=True, kw_only=True):
    """A key, without its secret. ``negotiations``: those it is limited to, None: all. Times are aware."""

    id: str
    name: str
    role: Role
    negotiations: frozenset[str] | None
    digest: bytes
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    def fits(self, secret: bytes) -> bool:
        """Whether the secret is this key's; takes as long whether it is or not."""
        return compare_digest(self.digest, digest_of(secret))


class NewKey(NamedTuple):
    """A key as its holder gets it, once."""

    id: str
    written: str
    digest: bytes


def make() -> NewKey:
    """Make a new key, of the system's randomness."""
    id_ = "".join(secrets.choice(_ALPHABET) for _ in range(_ID))
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    return NewKey(id_, f"{_PREFIX}{id_}_{secret}", digest_of(secret.encode("ascii")))


def digest_of(secret: bytes) -> bytes:
    """What is kept of a secret."""
    return sha256(secret).digest()


def taken_apart(written: bytes) -> tuple[str, bytes] | None:
    """Id and secret of what has the form of a key; None for anything else."""
    if len(written) != _LENGTH or not written.startswith(_PREFIX.encode()) or not written.isascii():
        return None
    return written[len(_PREFIX) : _SECRET_AT - 1].decode("ascii"), written[_SECRET_AT:]
