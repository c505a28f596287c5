"""A verifier that somebody else could write from docs/data-model.md alone. It shares no code with Parley."""

import hashlib
from collections.abc import Iterable


def first_fault(rows: Iterable[tuple[int, str, int, str, bytes, bytes]]) -> int | None:
    """The first position that does not hold; rows are (position, stream, version, topic, state, hash), in order."""
    previous = b"\x00" * 32
    expected_position = 1
    for position, stream, version, topic, state, stored in rows:
        if position != expected_position:
            return expected_position
        digest = hashlib.sha256()
        digest.update(previous)
        digest.update(position.to_bytes(8, "big"))
        digest.update(len(stream.encode("utf-8")).to_bytes(4, "big"))
        digest.update(stream.encode("utf-8"))
        digest.update(version.to_bytes(8, "big"))
        digest.update(len(topic.encode("utf-8")).to_bytes(4, "big"))
        digest.update(topic.encode("utf-8"))
        digest.update(len(state).to_bytes(4, "big"))
        digest.update(state)
        if digest.digest() != stored:
            return position
        previous = stored
        expected_position += 1
    return None
