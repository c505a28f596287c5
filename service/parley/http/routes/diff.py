"""What changed in a negotiation between two readings."""

from typing import Final

from litestar.types import ASGIApp

from parley.http.operations import Call, Operation, missing, reads
from parley.http.request.clocks import CLOCKS, pinned_clocks
from parley.http.request.parameters import DIFF_CLOCKS, PAGING
from parley.http.response import answers, paging
from parley.http.response.errors import MalformedRequest
from parley.queries.difference import difference


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
    negotiation = call.path["negotiation"]
    if not any(f"from_{clock}" in call.query for clock in CLOCKS):
        raise MalformedRequest(
            name="from_as_of",
            remedy="say since when: a position or an instant; or give from_happened_by, from_reported_by",
        )
    cursor, limit = paging.asked(paging.CHANGES, call.address, call.query)
    first, second = await pinned_clocks(call, "from_"), await pinned_clocks(call, "to_")
    after = int(cursor[0]) if cursor else 0
    found = await difference(
        call.recording.pool, call.recording.folds, negotiation, (first, second), after=after, limit=limit
    )
    if found is None:
        raise missing("negotiation", negotiation)
    # Later pages are of the same two readings, whatever is recorded meanwhile.
    pinned = {f"{prefix}as_of": str(at.reading.as_of) for prefix, at in (("from_", first), ("to_", second))}
    return answers.page(call._replace(query={**call.query, **pinned}), paging.CHANGES, found)


HANDLERS: Final = (diff_negotiation,)
