"""The head of the log: where the record ends, and the hash that all of it leads to."""

from typing import Final

from litestar.types import ASGIApp

from parley.http.operations import Call, Operation, reads
from parley.http.response import answers
from parley.store import reader


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


HANDLERS: Final = (get_head,)
