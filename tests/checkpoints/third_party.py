"""A verifier that somebody else could write from c2sp.org/signed-note, with another library.

It shares no code with Parley.
"""

import base64
import hashlib

from Crypto.PublicKey import ECC
from Crypto.Signature import eddsa


def opened(note: str, verifier_key: str) -> list[str]:
    """The lines of the text, if this key signed it; raises ValueError."""
    name, key_id, encoded = verifier_key.split("+", 2)
    key = base64.b64decode(encoded)
    if key[0] != 1 or hashlib.sha256(name.encode() + b"\n" + key).hexdigest()[:8] != key_id:
        raise ValueError("no Ed25519 key, or its id is not right")
    text, _, signatures = note.rpartition("\n\n")
    for line in signatures.splitlines():
        dash, by, signature = line.split(" ")
        raw = base64.b64decode(signature)
        if (dash, by, raw[:4].hex()) == ("\N{EM DASH}", name, key_id):
            public = eddsa.import_public_key(key[1:])
            assert isinstance(public, ECC.EccKey)
            eddsa.new(public, "rfc8032").verify(f"{text}\n".encode(), raw[4:])
            return text.split("\n")
    raise ValueError("not signed by this key")
