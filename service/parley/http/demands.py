"""The demand ledger of a negotiation: each demand, by whom, to whom, since when, and who answered what."""

from typing import Final

from litestar.types import ASGIApp

from parley.http import answers, paging
from parley.http.operations import Call, Operation, missing, reads
from parley.http.parameters import PAGING
from parley.projections import ledger


@reads(
    "/negotiations/{negotiation:str}/demands",
    Operation(
        id="listDemands",
        tag="Demands",
        summary="List the demands of a negotiation and the answers to them",
        description="The ledger: by whom, to whom, since when, where tabled, in whose words, and each party's answers "
        "with date, round, source and quote. `unknown` lists parties it was put to of whom no answer is on record, "
        "`not_put` those it was never put to.",
        query=PAGING,
        items="Demand",
    ),
)
async def list_demands(call: Call) -> ASGIApp:
    """The negotiation's demands, by slug."""
    negotiation = call.path["negotiation"]
    after, limit = paging.asked(paging.DEMANDS, call.query)
    found = await ledger.page(call.recording.pool, negotiation, after, limit)
    if found is None:
        raise missing("negotiation", negotiation)
    return answers.page(call, paging.DEMANDS, found)


@reads(
    "/negotiations/{negotiation:str}/demands/{demand:str}",
    Operation(
        id="getDemand",
        tag="Demands",
        summary="Read a demand and the answers to it",
        answers="Demand",
        conditional=True,
    ),
)
async def get_demand(call: Call) -> ASGIApp:
    """One demand."""
    negotiation, demand = call.path["negotiation"], call.path["demand"]
    found = await ledger.get(call.recording.pool, negotiation, demand)
    if found is None:
        raise missing("demand", f"{demand} in {negotiation}")
    return answers.document(call, found)


HANDLERS: Final = (list_demands, get_demand)
