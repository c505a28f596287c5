"""What there is of the calendar beside its tables: how many days they talked, a subscription, and the timeline."""

from typing import Final

from litestar.types import ASGIApp

from negotiation.documents.views import encode
from negotiation.state.dossier import Dossier
from negotiation.tables.table import days
from negotiation.tables.talk_days import talk_days
from parley.http.operations import Call, Operation, reads
from parley.http.request.clocks import read_clocks
from parley.http.request.parameters import CLOCKS
from parley.http.response import answers
from parley.http.routes.tables import composed_of
from parley.telling import timeline
from parley.telling.drawing import draw
from parley.telling.titles import title_of

ICALENDAR: Final = "text/calendar"
SVG: Final = "image/svg+xml"


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


@reads(
    "/negotiations/{negotiation:str}/timeline.svg",
    Operation(
        id="drawTimeline",
        tag="Tables",
        summary="Draw the timeline of a negotiation",
        description="The timeline as a picture (SVG): a lane a forum, rounds as bands, a mark a fact, a bar at the "
        "date that it is read by. Every mark has its sentence as its title and is a link to its event.",
        query=CLOCKS,
        media_type=SVG,
        conditional=True,
    ),
)
async def draw_timeline(call: Call) -> ASGIApp:
    """The timeline as a picture."""
    negotiation = call.path["negotiation"]
    clocks = await read_clocks(call)
    by = None if clocks is None else clocks.reading.happened_by or clocks.reading.reported_by

    def compose(dossier: Dossier, parties: Dossier) -> bytes:
        return draw(
            timeline.rows(dossier, parties),
            title=title_of(negotiation, dossier),
            clock=None if by is None else days(by)[1],
        )

    return answers.document(call, await composed_of(call, compose, with_reading=False), SVG)


HANDLERS: Final = (count_talk_days, subscribe_to_calendar, draw_timeline)
