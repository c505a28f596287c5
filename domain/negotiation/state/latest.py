"""The value that stands last of all that is shown together: of a document's versions, consents, votes and so on."""

from bisect import insort
from collections.abc import Sequence
from typing import Final

from negotiation.state.ordered import remove_sorted
from negotiation.state.register_keys import Key, Kind, about_of, kind_of, named_in
from negotiation.state.registers import Assertion, chronological

OF_DOCUMENTS: Final[frozenset[Kind]] = frozenset(
    {
        "document",
        "consent",
        "status",
        "disclosure",
        "vote",
        "provision-state",
        "figure",
        "text-correction",
        "endorsement",
        "entry-conditions",
    }
)
"""Registers that are shown together, by document."""


def document_of(key: Key) -> str:
    """The document that a register is shown with; empty where it is of something else."""
    return about_of(key) if kind_of(key) == "document" else named_in(about_of(key), "document")


class Latest:
    """Of each document the last current value of each register, by date."""

    __slots__ = ("_by_date", "_last")

    def __init__(self) -> None:
        self._last: dict[Key, Assertion] = {}
        self._by_date: dict[str, list[tuple[tuple[int, int, str, str], Key]]] = {}

    def put(self, key: Key, standing: Sequence[Assertion]) -> None:
        """The current values of a register are these now, by date."""
        name = document_of(key)
        if not name:
            return
        by_date = self._by_date.setdefault(name, [])
        before = self._last.get(key)
        if before is not None:
            remove_sorted(by_date, (chronological(before), key))
        if standing:
            self._last[key] = standing[-1]
            insort(by_date, (chronological(standing[-1]), key))
        elif before is not None:
            del self._last[key]

    def of(self, document: str) -> Assertion:
        """The last of all; there has to be one."""
        return self._last[self._by_date[document][-1][1]]
