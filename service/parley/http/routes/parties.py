"""Parties: who they are, what they belong to. Shared by all negotiations."""

from typing import Final

from litestar.types import ASGIApp

from negotiation.streams import party_stream
from parley.http.operations import Call, Operation, reads, writes
from parley.http.request.clocks import find, view
from parley.http.request.parameters import OF_DOCUMENT, PAGING_AT
from parley.http.response import answers, paging
from parley.http.routes import events
from parley.http.routes.recording import record_events, record_short


@reads(
    "/parties",
    Operation(
        id="listParties",
        tag="Parties",
        summary="List the parties",
        description="By slug, their name in addresses.",
        query=PAGING_AT,
        items="PartySummary",
        missing=False,
    ),
)
async def list_parties(call: Call) -> ASGIApp:
    """Every party, by slug."""
    after, limit = paging.asked(paging.PARTIES, call.address, call.query)
    return answers.page(call, paging.PARTIES, await (await view(call)).parties(after, limit))


@writes(
    "/parties",
    Operation(
        id="identifyParty",
        tag="Parties",
        summary="Identify a party",
        description="The short form of recording `PartyIdentified` in the party's own stream.",
        takes="NewParty",
        answers="Receipt",
        missing=False,
    ),
)
async def identify_party(call: Call) -> ASGIApp:
    """Record `PartyIdentified`."""
    return await record_short(call, "PartyIdentified", "party", party_stream)


@reads(
    "/parties/{party:str}",
    Operation(
        id="getParty",
        tag="Parties",
        summary="Read a party",
        description="Its name, kind, codes, succession, members and groups, each with the facts that it rests on.",
        query=OF_DOCUMENT,
        answers="Party",
        conditional=True,
    ),
)
async def get_party(call: Call) -> ASGIApp:
    """One party."""
    party = call.path["party"]
    found = await find(call, lambda at: at.party(party), "party", party)
    return await answers.reading(call, found)


@reads("/parties/{party:str}/events", events.of_stream("Party", "Parties", "a party"))
async def list_party_events(call: Call) -> ASGIApp:
    """The events of the party's stream."""
    party = call.path["party"]
    return await events.page_of_stream(call, party_stream(party), "party", party)


@writes("/parties/{party:str}/events", events.into_stream("Party", "Parties", "a party"))
async def record_party_events(call: Call) -> ASGIApp:
    """Record events in the party's stream."""
    return await record_events(call, party_stream(call.path["party"]))


HANDLERS: Final = (list_parties, identify_party, get_party, list_party_events, record_party_events)
