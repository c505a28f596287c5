"""The head of the log: where the record ends, and the hash that all of it leads to; signed, too, as a checkpoint."""

from typing import Final

from litestar.types import ASGIApp

from parley.checkpoints import checkpoint
from parley.http.operations import Call, Operation, reads
from parley.http.request.clocks import read_clocks
from parley.http.request.parameters import AS_OF
from parley.http.response import answers
from parley.http.response.errors import NoSigningKey
from parley.store import reader

MEDIA_TYPE: Final = "text/plain"


@reads(
    "/log/head",
    Operation(
        id="getHead",
        tag="Log",
        summary="Read where the record ends",
        description="The last position, and the hash that covers every event up to it: who keeps it can tell later "
        "whether anything before was changed.",
        answers="Head",
        missing=False,
    ),
)
async def get_head(call: Call) -> ASGIApp:
    """Position, hash and time of the last event."""
    head = await reader.head(call.recording.pool)
    recorded_at = head.recorded_at.isoformat(timespec="microseconds").replace("+00:00", "Z") if head.position else None
    return answers.plain({"position": head.position, "hash": head.hash.hex(), "recorded_at": recorded_at})


@reads(
    "/log/checkpoint",
    Operation(
        id="getCheckpoint",
        tag="Log",
        summary="Read where the record ends, signed",
        description="A signed note (c2sp.org/signed-note) in the form of c2sp.org/tlog-checkpoint: the name of the "
        "key, the position, and in base64 the hash that covers every event up to it; an empty line; the signature. The "
        "hash is that of Parley's chain, not the root of a Merkle tree. With `as_of` it is the checkpoint of the "
        "record as it was then. Somebody who kept it can ask for it again: if it is not the same, the record was "
        "rewritten.",
        query=(AS_OF,),
        answers="Checkpoint",
        media_type=MEDIA_TYPE,
        missing=True,
    ),
)
async def get_checkpoint(call: Call) -> ASGIApp:
    """The head now, or at a position; raises NoSigningKey where there is no key."""
    key = call.signing_key
    if key is None:
        raise NoSigningKey
    clocks = await read_clocks(call)
    pool = call.recording.pool
    if clocks is None or clocks.reading.as_of is None:
        position, hash_, _ = await reader.head(pool)
    else:
        position = clocks.reading.as_of
        hash_ = await reader.hash_at(pool, position)
    return answers.Answer(200, [answers.NO_STORE], checkpoint.signed(key, position, hash_).encode(), MEDIA_TYPE)


HANDLERS: Final = (get_head, get_checkpoint)
