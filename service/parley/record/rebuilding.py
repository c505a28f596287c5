"""Read models from the events alone: unit by unit, so that memory holds one negotiation and the parties at a time."""

from collections.abc import AsyncIterator
from typing import Final, NamedTuple

import asyncpg

from negotiation.dossier import Dossier
from negotiation.envelope import Recorded
from negotiation.history import Changes
from negotiation.negotiation import negotiation_dossier
from negotiation.party import knows_party, parties_dossier
from negotiation.streams import PARTIES
from parley.projections import READ_MODELS
from parley.projections.touched import Touched
from parley.record.codec import decode_state
from parley.record.log import SQL

_UNITS: Final = """
SELECT unit, count(*) AS events FROM parley_events GROUP BY unit ORDER BY unit <> 'parties', unit
"""


class Progress(NamedTuple):
    """How many events were folded, of how many."""

    done: int
    total: int


async def fold_read_models(connection: asyncpg.Connection) -> AsyncIterator[Progress]:
    """Fold every event on record into read models that are empty, in the caller's transaction.

    Yields after each unit. Parties come first, because every negotiation asks whether a party is known.
    """
    parties = parties_dossier()
    units = await connection.fetch(_UNITS)
    done, total = 0, sum(row["events"] for row in units)
    for row in units:
        unit = row["unit"]
        dossier = parties if unit == PARTIES else negotiation_dossier(lambda party: knows_party(parties, party))
        await _fold_unit(connection, unit, dossier, parties)
        done += row["events"]
        yield Progress(done, total)


async def _fold_unit(connection: asyncpg.Connection, unit: str, dossier: Dossier, parties: Dossier) -> None:
    events: list[Recorded] = [
        decode_state(
            row["state"],
            stream=row["originator_id"],
            version=row["originator_version"],
            position=row["notification_id"],
        )
        for row in await connection.fetch(SQL["events_of_units"], [unit])
    ]
    changes: Changes = dossier.apply_all(events)
    dossier.history.journal.keep()
    touched = Touched(changes={unit: changes}, dossiers={unit: dossier}, parties=parties, groups=frozenset())
    for read_model in READ_MODELS:
        await read_model.write(connection, touched)
