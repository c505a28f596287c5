"""What there is of the calendar beside its tables: how many days they talked."""

from typing import Final

from litestar.types import ASGIApp

from negotiation.documents.views import encode
from negotiation.tables.talk_days import talk_days
from parley.http.operations import Call, Operation, reads
from parley.http.request.parameters import CLOCKS
from parley.http.response import answers
from parley.http.routes.tables import composed_of


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


HANDLERS: Final = (count_talk_days,)
