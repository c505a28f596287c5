"""Every table of a negotiation. What is listed here has its address, forms and description by itself."""

from typing import Final

from negotiation.tables.deadlines import DEADLINES
from negotiation.tables.table import Table

TABLES: Final[tuple[Table, ...]] = (DEADLINES,)
