"""Tables by type: what is told of a family of the catalogue, looked up by the type of the event at hand."""

from collections.abc import Mapping
from typing import Final, TypeVar, get_args

from negotiation.envelope import AnyFact
from negotiation.events.fact import Fact

_V = TypeVar("_V")

FACT_TYPES: Final[tuple[type[AnyFact], ...]] = get_args(AnyFact)

FAMILY_OF: Final[dict[type[Fact], str]] = {type_: type_.__mro__[1].__name__ for type_ in FACT_TYPES}
"""The catalogue family of each type, by its shape's name: ``Demand``, ``Answer``, ``Talks`` ..."""


def by_type(by_family: Mapping[type[Fact], _V]) -> dict[type[Fact], _V]:
    """The same for each type of the catalogue; raises StopIteration where one is left out."""
    return {
        type_: next(by_family[base] for base in type_.__mro__ if issubclass(base, Fact) and base in by_family)
        for type_ in FACT_TYPES
    }
