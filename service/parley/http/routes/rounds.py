"""Rounds: meetings and written exchanges of a negotiation."""

from typing import Final

from litestar.types import ASGIApp

from negotiation.streams import round_stream
from parley.http.operations import Call, Operation, reads, writes
from parley.http.request.clocks import find
from parley.http.request.parameters import OF_DOCUMENT, PAGING_AT
from parley.http.response import answers, paging
from parley.http.routes import events
from parley.http.routes.recording import record_events, record_short


def _stream(call: Call) -> str:
    return round_stream(call.path["negotiation"], call.path["round"])


@reads(
    "/negotiations/{negotiation:str}/rounds",
    Operation(
        id="listRounds",
        tag="Rounds",
        summary="List the rounds of a negotiation",
        description="By the date they start; those without a date last.",
        query=PAGING_AT,
        items="RoundSummary",
    ),
)
async def list_rounds(call: Call) -> ASGIApp:
    """The negotiation's rounds, by their start."""
    negotiation = call.path["negotiation"]
    after, limit = paging.asked(paging.ROUNDS, call.address, call.query)
    found = await find(call, lambda at: at.rounds(negotiation, after, limit), "negotiation", negotiation)
    return answers.page(call, paging.ROUNDS, found)


@writes(
    "/negotiations/{negotiation:str}/rounds",
    Operation(
        id="scheduleRound",
        tag="Rounds",
        summary="Schedule a round, or reschedule it",
        description="The short form of recording `RoundScheduled` in the round's own stream.",
        takes="NewRound",
        answers="Receipt",
    ),
)
async def schedule_round(call: Call) -> ASGIApp:
    """Record `RoundScheduled`."""
    negotiation = call.path["negotiation"]
    return await record_short(call, "RoundScheduled", "round", lambda slug: round_stream(negotiation, slug))


@reads(
    "/negotiations/{negotiation:str}/rounds/{round:str}",
    Operation(
        id="getRound",
        tag="Rounds",
        summary="Read a round",
        description="Its schedule, proceedings, sessions, participants, delegations, outcomes, what was said and done, "
        "and what does not add up. Every list shows its first 50 and counts all.",
        query=OF_DOCUMENT,
        answers="Round",
        conditional=True,
    ),
)
async def get_round(call: Call) -> ASGIApp:
    """One round."""
    negotiation, round_ = call.path["negotiation"], call.path["round"]
    found = await find(call, lambda at: at.round(negotiation, round_), "round", f"{round_} of {negotiation}")
    return await answers.reading(call, found)


@reads("/negotiations/{negotiation:str}/rounds/{round:str}/events", events.of_stream("Round", "Rounds", "a round"))
async def list_round_events(call: Call) -> ASGIApp:
    """The events of the round's stream."""
    return await events.page_of_stream(
        call, _stream(call), "round", f"{call.path['round']} of {call.path['negotiation']}"
    )


@writes("/negotiations/{negotiation:str}/rounds/{round:str}/events", events.into_stream("Round", "Rounds", "a round"))
async def record_round_events(call: Call) -> ASGIApp:
    """Record events in the round's stream."""
    return await record_events(call, _stream(call))


HANDLERS: Final = (list_rounds, schedule_round, get_round, list_round_events, record_round_events)
