"""Findings of a negotiation: what is on record there and does not add up."""

from typing import Final

from litestar.types import ASGIApp
from msgspec import json
from msgspec.structs import replace

from parley.http.operations import Call, Operation, reads
from parley.http.request.clocks import find
from parley.http.request.filters import one_of
from parley.http.request.parameters import FINDING, FINDINGS, PAGING_AT
from parley.http.response import answers, paging


@reads(
    "/negotiations/{negotiation:str}/findings",
    Operation(
        id="listFindings",
        tag="Findings",
        summary="List what does not add up in a negotiation",
        description="The record takes what sources say even where it cannot be so, and shows it here, by event.",
        query=(*PAGING_AT, FINDING),
        items="Finding",
    ),
)
async def list_findings(call: Call) -> ASGIApp:
    """The negotiation's findings, by event."""
    negotiation = call.path["negotiation"]
    type_ = one_of(call.query, "type", FINDINGS)
    after, limit = paging.asked(paging.FINDINGS, call.address, call.query)
    found = await find(call, lambda at: at.findings(negotiation, after, limit), "negotiation", negotiation)
    if type_ is not None:
        found = replace(found, items=tuple([one for one in found.items if json.decode(one)["type"] == type_]))
    return answers.page(call, paging.FINDINGS, found)


HANDLERS: Final = (list_findings,)
