"""Stream names: one per round, one per negotiation, one per party.

``european-security/geneva``, ``european-security``, ``parties/russia``.
"""

from functools import lru_cache
from typing import NamedTuple

PARTIES = "parties"
"""The first part of every party's stream; no negotiation has this name."""


class Stream(NamedTuple):
    """A stream name taken apart. ``unit`` is what decides together: a negotiation with its rounds, or all parties."""

    name: str
    unit: str
    part: str

    @property
    def is_party(self) -> bool:
        """Whether it is a party's stream; ``part`` is then the party."""
        return self.unit == PARTIES

    @property
    def is_round(self) -> bool:
        """Whether it is a round's stream; ``part`` is then the round."""
        return self.unit != PARTIES and self.part != ""


@lru_cache(maxsize=65_536)
def stream(name: str) -> Stream:
    """Take a stream name apart; no error: what has no slash is a negotiation."""
    unit, _, part = name.partition("/")
    return Stream(name, unit, part)


def round_stream(negotiation: str, round_: str) -> str:
    """The stream of a round."""
    return f"{negotiation}/{round_}"


def party_stream(party: str) -> str:
    """The stream of a party."""
    return f"{PARTIES}/{party}"
