"""Parties that act before they are there, or when they are there no more."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from negotiation.envelope import AnyFact
from negotiation.events.agreements import Consent
from negotiation.events.fact import Fact
from negotiation.events.parties import Delegation, PartyAdmitted, PartyReturned, PartyWalkedOut
from negotiation.events.procedure import Talks
from negotiation.findings.types import ActOutsideLifetime, Finding
from negotiation.state.facts import Known
from negotiation.state.families import FACT_TYPES
from negotiation.state.history import History
from negotiation.state.lifetimes import Lifetime


def _who_sits(event: Talks) -> Iterable[str]:
    return (party for room in event.rooms for party in room)


_BY_FAMILY: Final[dict[type[Fact], Callable[[Any], Iterable[str]]]] = {
    Talks: _who_sits,
    Consent: lambda event: event.parties,
    Delegation: lambda event: (event.party,),
    PartyAdmitted: lambda event: (event.party,),
    PartyReturned: lambda event: (event.party,),
    PartyWalkedOut: lambda event: (event.party,),
}
"""Who acts by a fact besides those who it is `by`: who is sent away, invited or spoken of does not, nor who belongs."""
_ACTING: Final = {
    type_: next((_BY_FAMILY[base] for base in type_.__mro__ if base in _BY_FAMILY), None) for type_ in FACT_TYPES
}


def act_outside_lifetime(known: Known, event: AnyFact, history: History) -> Sequence[Finding]:
    """Who acts was there: only parties whose beginning or end is known are looked at."""
    lifetimes = history.parties.lifetimes
    if not lifetimes:
        return ()
    acting: list[str] = []  # in plain loops, and of few parties: every fact is looked at here
    for actor in event.by:
        if actor.party in lifetimes:
            acting.append(actor.party)  # noqa: PERF401
    more = _ACTING[type(event)]
    if more is not None:
        for party in more(event):
            if party in lifetimes:
                acting.append(party)  # noqa: PERF401
    return _outside(known, acting, lifetimes) if acting else ()


def _outside(known: Known, acting: Iterable[str], lifetimes: Mapping[str, Lifetime]) -> Sequence[Finding]:
    found: list[Finding] = []
    for party in dict.fromkeys(acting):
        lived, start = lifetimes[party], known.start
        if lived.not_yet(start):
            dates, when = lived.began, "before it was identified"
        elif lived.no_more(start):
            dates, when = lived.ended, "after it split or was succeeded"
        else:
            continue
        written = ", ".join(dict.fromkeys(one.written for one in dates))
        found.append(
            ActOutsideLifetime(
                event=known.id,
                stream=known.stream,
                related=tuple(dict.fromkeys(one.fact for one in dates)),
                party=party,
                when=f"{when} ({written})",
            )
        )
    return found
