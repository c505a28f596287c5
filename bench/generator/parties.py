"""The parties' own streams: first everybody is identified, then blocs win and lose members until the record ends."""

from collections.abc import Iterator
from typing import Final

from bench.generator.cast import Cast, Party
from bench.generator.days import DAY, FIRST_DAY, LAST_OPENING, day_text
from bench.generator.desk import Desk, Filed
from bench.generator.dice import Dice
from bench.generator.size import Size
from negotiation.events.parties import (
    Codes,
    MemberJoined,
    MemberLeft,
    PartyIdentified,
    PartyReclassified,
    PartyRenamed,
    PartySplit,
    PartySucceeded,
)
from negotiation.streams import party_stream

_ALREADY: Final = f"../{day_text(FIRST_DAY)}"


def cast_of(size: Size) -> Cast:
    """The parties for a record of this size: most of the events in their streams identify one."""
    return Cast(max(1, size.party_events * 2 // 3))


def parties(cast: Cast, size: Size, seed: int) -> Iterator[Filed]:
    """Everything in the parties' streams, in an order in which it can be recorded."""
    desk = Desk(Dice(seed, "parties"), FIRST_DAY, size.party_events, size)
    for number, party in enumerate(cast.parties):
        desk.file(party_stream(party.slug), _identified(party, number), anchor=True, occurred=_ALREADY)
        yield from desk.due()
    for bloc, members in cast.members.items():
        for member in members:
            joined = MemberJoined(group=bloc, member=member)
            desk.file(party_stream(bloc), joined, occurred=f"{desk.dice.between(1951, 1989)}-01-01")
    yield from desk.due()
    yield from _later(cast, desk)
    yield from desk.rest()


def _identified(party: Party, number: int) -> PartyIdentified:
    codes = _codes(number) if party.kind == "state" else None
    return PartyIdentified(party=party.slug, name=party.name, kind=party.kind, codes=codes)


def _codes(number: int) -> Codes:
    # From XAA on the standard leaves the codes to their users.
    return Codes(iso3166=f"X{chr(65 + number // 26 % 26)}{chr(65 + number % 26)}")


def _later(cast: Cast, desk: Desk) -> Iterator[Filed]:
    total = desk.left
    between = (LAST_OPENING - FIRST_DAY - 2 * DAY) // max(1, desk.left)
    members = {bloc: list(inside) for bloc, inside in cast.members.items()}
    while desk.left:
        desk.wait(between)
        _change(cast, members, desk, closing=desk.left < total // 4)
        yield from desk.due()


def _change(cast: Cast, members: dict[str, list[str]], desk: Desk, *, closing: bool) -> None:
    dice = desk.dice
    states = cast.of("state")
    if dice.chance(0.25) or not members or len(states) < 4:
        _rename(dice.pick(states if states and dice.chance(0.5) else cast.parties), states, desk, closing=closing)
        return
    bloc, member = dice.pick(list(members)), dice.pick(states).slug
    inside = members[bloc]
    if member in inside and len(inside) > 1:
        inside.remove(member)
        desk.file(party_stream(bloc), MemberLeft(group=bloc, member=member))
    elif member not in inside:
        inside.append(member)
        desk.file(party_stream(bloc), MemberJoined(group=bloc, member=member))


def _rename(party: Party, states: list[Party], desk: Desk, *, closing: bool) -> None:
    """A party takes another name, splits and goes on, or (most of them near the end of the record) is succeeded."""
    dice, stream = desk.dice, party_stream(party.slug)
    others = tuple(state.slug for state in dice.some(states, 2) if state != party)
    if others and party.kind == "state" and dice.chance(0.4):
        desk.file(stream, PartySplit(party=party.slug, into=(party.slug, *others)))
    elif others and dice.chance(0.8 if closing else 0.1):
        desk.file(stream, PartySucceeded(party=party.slug, into=others[:1]))
    elif party.kind == "armed-group" and dice.chance(0.5):
        desk.file(stream, PartyReclassified(party=party.slug, kind=dice.pick(("movement", "government"))))
    elif party.kind == "state" and dice.chance(0.4):  # most codes are some other state's
        desk.file(stream, PartyReclassified(party=party.slug, codes=_codes(dice.below(2 * len(states)))))
    else:
        name = f"{dice.pick(('New', 'United', 'Free', 'Joint'))} {party.name}"
        desk.file(stream, PartyRenamed(party=party.slug, name=name))
