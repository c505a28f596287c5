"""Read models, kept in the append's own transaction: what was just recorded is what is read."""

from typing import Final

from parley.projections import findings, items, ledger, negotiations, parties, rounds
from parley.projections.tables import ReadModel

READ_MODELS: Final[tuple[ReadModel, ...]] = (parties, negotiations, rounds, items, ledger, findings)
"""Every read model, in the order in which they are written."""
