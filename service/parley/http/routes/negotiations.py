"""Negotiations: the whole process, seen across its own stream and those of its rounds."""

from typing import Final

from litestar.types import ASGIApp

from parley.http.operations import Call, Operation, reads, writes
from parley.http.request.clocks import find, view
from parley.http.request.parameters import OF_DOCUMENT, PAGING_AT, ROUNDS
from parley.http.response import answers, paging
from parley.http.routes import events
from parley.http.routes.recording import record_events, record_short


@reads(
    "/negotiations",
    Operation(
        id="listNegotiations",
        tag="Negotiations",
        summary="List the negotiations",
        description="By slug, their name in addresses. A key that is limited to some negotiations is shown those.",
        query=PAGING_AT,
        items="NegotiationSummary",
        missing=False,
        one_reading=False,  # of them all, one reading may take longer than there is time
    ),
)
async def list_negotiations(call: Call) -> ASGIApp:
    """Every negotiation that the caller may read, by slug."""
    after, limit = paging.asked(paging.NEGOTIATIONS, call.address, call.query)
    found = await (await view(call)).negotiations(after, limit, call.caller.negotiations)
    return answers.page(call, paging.NEGOTIATIONS, found)


@writes(
    "/negotiations",
    Operation(
        id="openNegotiation",
        tag="Negotiations",
        summary="Open a negotiation",
        description="The short form of recording `NegotiationOpened` in the negotiation's own stream.",
        takes="NewNegotiation",
        answers="Receipt",
        missing=False,
    ),
)
async def open_negotiation(call: Call) -> ASGIApp:
    """Record `NegotiationOpened`."""
    return await record_short(call, "NegotiationOpened", "negotiation", lambda slug: slug)


@reads(
    "/negotiations/{negotiation:str}",
    Operation(
        id="getNegotiation",
        tag="Negotiations",
        summary="Read a negotiation",
        description="Its frame, rounds, participants, agenda, bodies, documents, deadlines, commitments, conduct, "
        "outcomes, what happened between rounds, and what does not add up. Every list shows its first 50 and "
        "counts all.",
        query=OF_DOCUMENT,
        answers="Negotiation",
        conditional=True,
    ),
)
async def get_negotiation(call: Call) -> ASGIApp:
    """One negotiation."""
    negotiation = call.path["negotiation"]
    found = await find(call, lambda at: at.negotiation(negotiation), "negotiation", negotiation)
    return await answers.reading(call, found)


@reads(
    "/negotiations/{negotiation:str}/events",
    events.of_stream(
        "Negotiation",
        "Negotiations",
        "a negotiation (between its rounds)",
        ROUNDS,
        hint=" A round has its own list, at `.../rounds/{round}/events`; `rounds=true` lists all of them together.",
    ),
)
async def list_negotiation_events(call: Call) -> ASGIApp:
    """The events of the negotiation's own stream."""
    negotiation = call.path["negotiation"]
    return await events.page_of_stream(call, negotiation, "negotiation", negotiation)


@writes(
    "/negotiations/{negotiation:str}/events",
    events.into_stream("Negotiation", "Negotiations", "a negotiation (between its rounds)"),
)
async def record_negotiation_events(call: Call) -> ASGIApp:
    """Record events in the negotiation's own stream."""
    return await record_events(call, call.path["negotiation"])


HANDLERS: Final = (
    list_negotiations,
    open_negotiation,
    get_negotiation,
    list_negotiation_events,
    record_negotiation_events,
)
