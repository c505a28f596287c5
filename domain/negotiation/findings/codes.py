"""Codes of parties: one that two parties hold at one date is most often one party on record twice, or a slip.

A party holds a code from the fact that gives it until it gets another of the same scheme, or until it ends.
"""

from collections.abc import Iterable, Iterator, Sequence

from negotiation.dates import Interval
from negotiation.events.parties import SCHEMES, Identity, PartyIdentified, PartyReclassified
from negotiation.findings.types import CodeHeldByTwo
from negotiation.references import Named
from negotiation.state import register_keys
from negotiation.state.facts import Known
from negotiation.state.grounds import codes_named
from negotiation.state.history import History
from negotiation.state.register_keys import Key, about_of
from negotiation.state.registers import precedes


def code_held_by_two(known: Known, event: Identity, history: History) -> Sequence[CodeHeldByTwo]:
    """No other party holds a code of this one at the same date, for certain."""
    return list(_held_twice(known, event, history))


def _held_twice(known: Known, event: Identity, history: History) -> Iterator[CodeHeldByTwo]:
    for scheme, code, name in _codes(known):
        givers = history.introducers(name)
        if len(givers) < 2:
            continue
        others = {
            other.id: other.event.party
            for other in givers
            if isinstance(other.event, Identity)
            and other.event.party != event.party
            and not _given_up(known, event.party, scheme, other.start, history)
            and not _given_up(other, other.event.party, scheme, known.start, history)
        }
        if others:
            yield CodeHeldByTwo(
                event=known.id,
                stream=known.stream,
                related=tuple(sorted(others)),
                scheme=scheme,
                code=code,
                party=event.party,
                others=", ".join(sorted(set(others.values()))),
            )


def _codes(known: Known) -> Iterable[tuple[str, str, Named]]:
    event = known.event
    return codes_named(event.codes) if isinstance(event, PartyIdentified | PartyReclassified) else ()


def _given_up(known: Known, party: str, scheme: str, by: Interval, history: History) -> bool:
    """Whether a party may have had another code, or have ended, by the time at which another took its code."""
    later = (
        one.known.start
        for one in history.assertions(register_keys.party_code(party, scheme)).values()
        if precedes(known, one.known) and _code_in(one.known, scheme) != _code_in(known, scheme)
    )
    ended = history.lifetimes.get(party)
    dates = (*later, *(one.date for one in (ended.ended if ended is not None else ())))
    return any(not by.before(date) for date in dates)


def _code_in(known: Known, scheme: str) -> str | None:
    return next((code for one, code, _ in _codes(known) if one == scheme), None)


def holders(key: Key, moved: Sequence[Known], history: History) -> Iterator[str]:
    """The facts that give the codes that a change of a party's codes, or of how long it is there, can concern."""
    party = about_of(key)
    registers = [register_keys.party_code(party, scheme) for scheme in SCHEMES]
    facts = [one.known for register in registers for one in history.assertions(register).values()]
    for name in dict.fromkeys(name for known in (*facts, *moved) for _, _, name in _codes(known)):
        yield from (one.id for one in history.introducers(name))
