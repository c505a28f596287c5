"""What parties are called, and their codes, for tables that others read without knowing slugs."""

import msgspec

from negotiation.state import register_keys
from negotiation.state.dossier import Dossier
from negotiation.state.register_keys import Key


class Called:
    """Names and codes at one reading, each looked up once."""

    def __init__(self, parties: Dossier) -> None:
        self._history = parties.history
        self._names: dict[str, str] = {}
        self._codes: dict[Key, str | None] = {}

    def name(self, party: str) -> str:
        """The party's name; its slug where none is known or several are contested."""
        if party not in self._names:
            values = self._history.supposed(register_keys.party_name(party)).values
            self._names[party] = msgspec.json.decode(values[0].value, type=str) if len(values) == 1 else party
        return self._names[party]

    def country(self, party: str) -> str | None:
        """The party's ISO 3166-1 alpha-3 code."""
        return self._code(party, "iso3166")

    def cameo(self, party: str) -> str | None:
        """The party's CAMEO code; of a state without one its ISO code, which CAMEO uses for states."""
        return self._code(party, "cameo") or self.country(party)

    def _code(self, party: str, scheme: str) -> str | None:
        key = register_keys.party_code(party, scheme)
        if key not in self._codes:
            values = self._history.supposed(key).values
            self._codes[key] = msgspec.json.decode(values[0].value, type=str) if len(values) == 1 else None
        return self._codes[key]
