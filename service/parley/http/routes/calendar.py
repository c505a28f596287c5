"""What there is of the calendar beside its tables: how many days they talked, and a subscription."""

from typing import Final

from litestar.types import ASGIApp

from negotiation.documents.views import encode
from negotiation.tables.talk_days import talk_days
from parley.http.operations import Call, Operation, reads
from parley.http.request.parameters import CLOCKS
from parley.http.response import answers
from parley.http.routes.tables import composed_of

ICALENDAR: Final = "text/calendar"


@reads(
    "/negotiations/{negotiation:str}/talk-days/count",
    Operation(
        id="countTalkDays",
        tag="Tables",
        summary="Count the days of talks of a negotiation",
        description="How many days they talked at least and at most, as far as dates tell, from when to when, and the "
        "longest gap between.",
        query=CLOCKS,
        answers="TalkDays",
        conditional=True,
    ),
)
async def count_talk_days(call: Call) -> ASGIApp:
    """How many days they talked."""
    return answers.document(call, await composed_of(call, lambda dossier, _: encode(talk_days(dossier))))


@reads(
    "/negotiations/{negotiation:str}/calendar.ics",
    Operation(
        id="subscribeToCalendar",
        tag="Tables",
        summary="Subscribe to the calendar of a negotiation",
        description="The calendar as iCalendar (RFC 5545), for calendar programs: rounds, talks, pauses and "
        "deadlines. What was called off or put off stays, as cancelled. Where a date is uncertain the entry covers "
        "all days that it can mean, and says so.",
        query=CLOCKS,
        media_type=ICALENDAR,
        conditional=True,
    ),
)
async def subscribe_to_calendar(call: Call) -> ASGIApp:
    """The calendar for a calendar program."""
    from parley.telling.subscription import subscription  # its library takes 0.1 s to import

    negotiation = call.path["negotiation"]
    found = await composed_of(
        call, lambda dossier, parties: subscription(negotiation, dossier, parties), with_reading=False
    )
    return answers.document(call, found, ICALENDAR)


HANDLERS: Final = (count_talk_days, subscribe_to_calendar)
