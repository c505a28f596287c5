"""Every table that is served: those of the domain, and those that tell in sentences."""

from typing import Final

from negotiation.tables import every
from negotiation.tables.table import Table
from parley.telling.timeline import TIMELINE

TABLES: Final[tuple[Table, ...]] = (TIMELINE, *every.TABLES)
