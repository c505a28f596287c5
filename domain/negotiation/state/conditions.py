"""What hangs on conditions: which are known to be met or not, and which values are branches of one decision.

A decision says what it is if this happens, and what if that happens: several facts, on one date, by the same actors,
from the same first source, each with its ``if``. Sources that disagree are not branches of one decision.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Final, Literal, Protocol, TypeAlias, TypeVar

from negotiation.events.agreements import Performance
from negotiation.state.facts import Known
from negotiation.texts import folded

Verdict: TypeAlias = Literal["met", "not-met", "open"]
"""What is known of a condition. Where assessments differ, or it was met in part, it is open."""

_MET: Final = frozenset({"met"})
_NOT_MET: Final = frozenset({"not-met", "violated"})


class _Asserted(Protocol):
    @property
    def known(self) -> Known: ...


_A = TypeVar("_A", bound=_Asserted)


def verdict(assessments: Iterable[Known]) -> Verdict:
    """What the current assessments of a condition say together."""
    found = {one.event.finding for one in assessments if isinstance(one.event, Performance)}
    return "open" if not found else "met" if found <= _MET else "not-met" if found <= _NOT_MET else "open"


def decision(known: Known) -> Hashable | None:
    """The decision that a fact with conditions is a branch of; None where nothing hangs on conditions."""
    if not known.event.conditions:
        return None
    actors = frozenset(actor.party or "" for actor in known.event.by)
    source = folded(known.sources[0].publisher) if known.sources else ""
    return (known.occurred, actors, source)


def branches(every: Sequence[_Asserted]) -> dict[str, Hashable]:
    """The facts that are branches of a decision, each with its decision."""
    found: dict[str, Hashable] = {}
    for one in every:
        known = one.known
        if known.account is None and (of := decision(known)) is not None:
            found[known.id] = of
    return found


def are_alternatives(standing: Sequence[_Asserted]) -> bool:
    """Whether these are the branches of one decision: each hangs on other conditions than the others."""
    first = decision(standing[0].known)
    if first is None or any(one.known.account is not None or decision(one.known) != first for one in standing):
        return False
    conditions = {one.known.id: _conditions(one.known) for one in standing}
    return len(set(conditions.values())) == len(conditions)


def left(every: Sequence[_A], verdict_on: Callable[[str], Verdict]) -> list[_A]:
    """The values that are left: no branch whose condition was not met, nor one beside a branch that holds."""
    open_ = [one for one in every if not is_void(one.known, verdict_on)]
    decided = {
        decision(one.known)
        for one in open_
        if one.known.event.conditions and all(verdict_on(name) == "met" for name in _conditions(one.known))
    }
    if not decided:
        return open_
    return [
        one
        for one in open_
        if (of := decision(one.known)) not in decided
        or of is None
        or all(verdict_on(name) == "met" for name in _conditions(one.known))
    ]


def is_void(known: Known, verdict_on: Callable[[str], Verdict]) -> bool:
    """Whether it hangs on a condition that was not met."""
    return any(verdict_on(condition.condition) == "not-met" for condition in known.event.conditions)


def _conditions(known: Known) -> frozenset[str]:
    return frozenset(condition.condition for condition in known.event.conditions)
