"""Every table of a negotiation. `parley.telling.tables` adds those that tell in sentences."""

from typing import Final

from negotiation.tables.calendar import CALENDAR
from negotiation.tables.deadlines import DEADLINES
from negotiation.tables.gdelt import GDELT
from negotiation.tables.plover import PLOVER
from negotiation.tables.table import Table
from negotiation.tables.talk_days import TALK_DAYS

TABLES: Final[tuple[Table, ...]] = (CALENDAR, TALK_DAYS, DEADLINES, PLOVER, GDELT)
