"""What changed in a negotiation between two readings."""

import sys
from collections.abc import Sequence
from typing import Final

from litestar.types import ASGIApp
from msgspec import Struct

from negotiation.tables.moves import At, MoveRow, moves
from parley.http.operations import Call, Operation, missing, reads
from parley.http.request.clocks import CLOCKS, pinned_clocks
from parley.http.request.parameters import DIFF_CLOCKS, PAGING
from parley.http.response import answers, paging
from parley.http.response.errors import MalformedRequest
from parley.http.routes.tables import filtered, filters_of, wanted_of
from parley.projections.units import Folded
from parley.queries.difference import Between, difference, rows_between
from parley.store.reading import Page


@reads(
    "/negotiations/{negotiation:str}/diff",
    Operation(
        id="diffNegotiation",
        tag="Negotiations",
        summary="Read what changed in a negotiation between two readings",
        description="Registers (rounds, demands, answers and all else that can change) that appeared, changed, became "
        "contested, were settled or went, or stand on other evidence, each before and after and with the events that "
        "did it; and findings that came and went. Each reading is by any of the three clocks: `from_...` names the "
        "first, `to_...` the second; without the latter it is the record as it stands. What changed since you last "
        "looked: give as `from_as_of` the `as_of` that `reading.to` told then.",
        query=(*PAGING, *DIFF_CLOCKS),
        items="Change",
    ),
)
async def diff_negotiation(call: Call) -> ASGIApp:
    """The changes, by register."""
    cursor, limit = paging.asked(paging.CHANGES, call.address, call.query)
    between = await _between(call)
    after = int(cursor[0]) if cursor else 0
    recording, negotiation = call.recording, call.path["negotiation"]
    found = await difference(recording.pool, recording.folds, negotiation, between, after=after, limit=limit)
    return _page(call, paging.CHANGES, between, found)


_FILTERS: Final = filters_of(MoveRow)


@reads(
    "/negotiations/{negotiation:str}/moves",
    Operation(
        id="listMoves",
        tag="Tables",
        summary="List what moved in a negotiation between two readings",
        description="Who went from which answer to which on each demand, document, provision and option, and what was "
        "tabled, reworded, revised and conceded: a row each. The two readings are those of `diff`.",
        query=(*PAGING, *DIFF_CLOCKS, *_FILTERS.values()),
        items="MoveRow",
    ),
)
async def list_moves(call: Call) -> ASGIApp:
    """The moves."""
    cursor, limit = paging.asked(paging.ROWS, call.address, call.query)
    wanted = wanted_of(_FILTERS, call.query)
    between = await _between(call)
    after = int(cursor[0]) if cursor else 0
    recording, negotiation = call.recording, call.path["negotiation"]

    def rows(before: Folded, now: Folded) -> Sequence[Struct]:
        return filtered(moves(At(*before), At(*now)), wanted, _FILTERS, now.parties)

    most = sys.maxsize if call.whole else limit
    found = await rows_between(recording.pool, recording.folds, negotiation, between, rows, after=after, limit=most)
    return _page(call, paging.ROWS, between, found)


async def _between(call: Call) -> Between:
    """The two readings that a request compares; raises MalformedRequest where the first is not said."""
    if not any(f"from_{clock}" in call.query for clock in CLOCKS):
        raise MalformedRequest(
            name="from_as_of",
            remedy="say since when: a position or an instant; or give from_happened_by, from_reported_by",
        )
    return await pinned_clocks(call, "from_"), await pinned_clocks(call, "to_")


def _page(call: Call, listing: paging.Listing, between: Between, found: Page | None) -> ASGIApp:
    if found is None:
        raise missing("negotiation", call.path["negotiation"])
    # Later pages are of the same two readings, whatever is recorded meanwhile.
    pinned = {f"{prefix}as_of": str(at.reading.as_of) for prefix, at in zip(("from_", "to_"), between, strict=True)}
    return answers.page(call._replace(query={**call.query, **pinned}), listing, found)


HANDLERS: Final = (diff_negotiation, list_moves)
