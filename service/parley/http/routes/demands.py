"""The demand ledger of a negotiation: each demand, by whom, to whom, since when, and who answered what."""

from typing import Any, Final

from litestar.types import ASGIApp
from msgspec import json
from msgspec.structs import replace

from parley.http.operations import Call, Operation, missing, reads
from parley.http.request.clocks import find
from parley.http.request.filters import is_asked, one_of, slug_of
from parley.http.request.parameters import ANSWER, ANSWERED_BY, ANSWERS, OF_DOCUMENT, PAGING_AT, SILENT
from parley.http.response import answers, paging


@reads(
    "/negotiations/{negotiation:str}/demands",
    Operation(
        id="listDemands",
        tag="Demands",
        summary="List the demands of a negotiation and the answers to them",
        description="The ledger: by whom, to whom, since when, where tabled, in whose words, and each party's answers "
        "with date, round, source and quote. `unknown` counts the parties it was put to of whom no answer is on "
        "record, `not_put` those it was never put to; `silent=true` names them. A demand that a group made for its "
        "members is theirs, too: `owners` has them.",
        query=(*PAGING_AT, SILENT, ANSWERED_BY, ANSWER),
        items="Demand",
    ),
)
async def list_demands(call: Call) -> ASGIApp:
    """The negotiation's demands, by slug."""
    negotiation = call.path["negotiation"]
    after, limit = paging.asked(paging.DEMANDS, call.address, call.query)
    silent = is_asked(call.query, "silent")
    party, answer = slug_of(call.query, "party"), one_of(call.query, "answer", ANSWERS)
    found = await find(
        call, lambda at: at.demands(negotiation, after, limit, silent=silent), "negotiation", negotiation
    )
    if party is not None or answer is not None:
        if party is not None and await call.recording.live.party(party) is None:
            raise missing("party", party)
        kept = (_answered(json.decode(item), party, answer) for item in found.items)
        found = replace(found, items=tuple([json.encode(item) for item in kept if item["answers"]]))
    return answers.page(call, paging.DEMANDS, found)


def _answered(demand: dict[str, Any], party: str | None, answer: str | None) -> dict[str, Any]:
    """A demand with the answers that are asked for alone."""
    kept = [
        one
        for one in demand["answers"]
        if party in (None, one["party"])
        and (answer is None or any(value["value"].get("answer") == answer for value in one["values"]))
    ]
    return {**demand, "answers": kept}


@reads(
    "/negotiations/{negotiation:str}/demands/{demand:str}",
    Operation(
        id="getDemand",
        tag="Demands",
        summary="Read a demand and the answers to it",
        query=(*OF_DOCUMENT, SILENT),
        answers="Demand",
        conditional=True,
    ),
)
async def get_demand(call: Call) -> ASGIApp:
    """One demand."""
    negotiation, demand = call.path["negotiation"], call.path["demand"]
    silent = is_asked(call.query, "silent")
    name = f"{demand} in {negotiation}"
    found = await find(call, lambda at: at.demand(negotiation, demand, silent=silent), "demand", name)
    return await answers.reading(call, found)


HANDLERS: Final = (list_demands, get_demand)
