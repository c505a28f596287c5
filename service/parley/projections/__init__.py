"""Read models: a cache of the fold, by unit, with the position that it holds."""

from typing import Final

from parley.projections import findings, items, ledger, negotiations, parties, rounds, search
from parley.projections.tables import ReadModel

READ_MODELS: Final[tuple[ReadModel, ...]] = (parties, negotiations, rounds, items, ledger, findings, search)
"""Every read model, in the order in which they are written."""
