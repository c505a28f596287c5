"""Every table of a negotiation. What is listed here has its address, forms and description by itself."""

from typing import Final

from negotiation.tables.calendar import CALENDAR
from negotiation.tables.consents import CONSENTS
from negotiation.tables.deadlines import DEADLINES
from negotiation.tables.fields import FIELDS
from negotiation.tables.gdelt import GDELT
from negotiation.tables.people import DELEGATIONS, MEETINGS, OFFICES, PARTICIPANTS
from negotiation.tables.plover import PLOVER
from negotiation.tables.positions import POSITION_HISTORY, POSITION_TOTALS, POSITIONS
from negotiation.tables.sources import SOURCES
from negotiation.tables.table import Table
from negotiation.tables.talk_days import TALK_DAYS
from negotiation.tables.votes import VOTES

TABLES: Final[tuple[Table, ...]] = (
    CALENDAR,
    TALK_DAYS,
    DEADLINES,
    VOTES,
    DELEGATIONS,
    PARTICIPANTS,
    OFFICES,
    MEETINGS,
    CONSENTS,
    POSITIONS,
    POSITION_TOTALS,
    POSITION_HISTORY,
    PLOVER,
    GDELT,
    SOURCES,
    FIELDS,
)
