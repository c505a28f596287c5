"""Whether parties agree on a document."""

from typing import Literal, TypeAlias

from negotiation.state.dossier import Dossier
from negotiation.state.register_keys import about

Agreement: TypeAlias = Literal["none", "agreed", "disputed"]


def agreement(dossier: Dossier, document: str) -> Agreement:
    """``none``, ``agreed`` (every consent to a document names one version) or ``disputed`` (they name several)."""
    named = dossier.history.consents.versions(about("document", document))
    return "none" if not named else "agreed" if named == 1 else "disputed"
