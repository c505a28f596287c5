"""What a negotiation is called."""

from negotiation.events.procedure import NegotiationOpened
from negotiation.state import register_keys
from negotiation.state.dossier import Dossier
from negotiation.tables.table import values


def title_of(negotiation: str, dossier: Dossier) -> str:
    """The title of a negotiation: the first of several, its slug where there is none."""
    for knowns in values(dossier.history, register_keys.negotiation()):
        event = knowns[0].event
        if isinstance(event, NegotiationOpened):
            return event.title
    return negotiation
