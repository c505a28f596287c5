"""What events changed in a fold: for findings, for read models, and for whoever tells what happened."""

from typing import Final, TypeAlias

from msgspec import Struct

from negotiation.findings.types import Finding
from negotiation.state.facts import Known
from negotiation.state.latest import OF_DOCUMENTS
from negotiation.state.lifetimes import OF_LIFETIMES
from negotiation.state.register_keys import Key, Kind, about_of, kind_of

Flip: TypeAlias = tuple[str, ...]
"""What there is or is not any more, other than before.

``("exists", "party", party, "", "")``: a party is identified. ``("named", party)``: it is named for the first time.
``("listed", stream, family)``: a stream has any fact of a family. ``("lived", party)``: a party began or ended
otherwise than before.
"""

MOVED: Final[frozenset[Kind]] = frozenset(
    {
        *(
            "answer",
            "party-code",
            "deadline",
            "demand",
            "participation",
            "performance",
            "proceedings",
            "schedule",
            "session",
        ),
        *OF_DOCUMENTS,
        *OF_LIFETIMES,
    }
)
"""The kinds of registers of which what was put in and taken out is told."""


class Changes(Struct, gc=False):
    """What one or several events touched: registers, facts to be looked at again, streams, and what flipped.

    ``found``: the facts whose findings are others than before; ``raised``: the findings that were not there before.
    ``moved``: what was put into registers and taken out of them, by key, where that matters to others (`MOVED`).
    """

    keys: set[Key]
    facts: set[str]
    streams: set[str]
    flips: set[Flip]
    found: set[str]
    raised: list[Finding]
    moved: dict[Key, list[Known]]

    @classmethod
    def none(cls) -> "Changes":
        """Nothing yet."""
        return cls(set(), set(), set(), set(), set(), [], {})

    def join(self, other: "Changes") -> None:
        """Add what another batch touched; what it moved was looked at then."""
        self.keys |= other.keys
        self.facts |= other.facts
        self.streams |= other.streams
        self.flips |= other.flips
        self.found |= other.found
        self.raised += other.raised


def parties_touched(changes: Changes) -> set[str]:
    """The parties that others look at again: known now or no more, begun or ended otherwise, with other members."""
    flipped = {flip[2] for flip in changes.flips if flip[:2] == ("exists", "party")}
    flipped |= {flip[1] for flip in changes.flips if flip[0] == "lived"}
    return flipped | {about_of(key) for key in changes.keys if kind_of(key) == "membership"}
