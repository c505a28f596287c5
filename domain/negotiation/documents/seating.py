"""Who sat with whom: of each pair of parties in a sitting one answer, directly, through a third, or not directly."""

from collections.abc import Iterator
from itertools import combinations
from typing import Literal, NamedTuple, TypeAlias

from msgspec import Struct

from negotiation.events.procedure import Talks
from negotiation.references import Carrier
from negotiation.state.dossier import Dossier
from negotiation.state.register_keys import about_of, name_of

Manner: TypeAlias = Literal["direct", "through", "indirect"]


class Pair(NamedTuple):
    """Two parties, by slug, and how they met. ``indirect``: not directly, and nobody says through whom."""

    first: str
    second: str
    manner: Manner
    through: tuple[Carrier, ...] = ()


class PairRow(Struct, frozen=True, kw_only=True, gc=False):
    """How two parties met in a session. ``contested``: sources tell the session in several ways, each with its rows."""

    round: str
    session: str
    occurred: str
    first: str
    second: str
    manner: Manner
    through: tuple[Carrier, ...]
    contested: bool
    event: str
    position: int


def who_met(event: Talks) -> Iterator[Pair]:
    """Each pair of parties of which the event tells that they met, once, by slug.

    What ``meetings`` says of a pair goes before what rooms tell: in one room they met directly, in several through
    those who went between, and ``direct`` says it of all.
    """
    told = {pair: one.through for one in event.meetings for pair in combinations(sorted(one.parties), 2)}
    rooms: dict[str, set[int]] = {}
    for number, room in enumerate(event.rooms):
        for party in room:
            rooms.setdefault(party, set()).add(number)
    between = tuple([Carrier(party=party) for party in event.shuttles])
    for pair in sorted({*told, *combinations(sorted(rooms), 2)}):
        through = told.get(pair)
        if through is not None:
            yield Pair(*pair, "through" if through else "direct", through)
            continue
        together = not rooms[pair[0]].isdisjoint(rooms[pair[1]])
        if together if event.direct is None else event.direct:
            yield Pair(*pair, "direct")
        else:
            yield Pair(*pair, "through" if between else "indirect", between)


def sittings(dossier: Dossier) -> Iterator[PairRow]:
    """How each pair of parties met in each session of each round, at the dossier's reading; by session."""
    history = dossier.history
    for key in sorted(history.keys_of_kind("session")):
        standing = {one.same: one.known for one in reversed(history.standing(key))}
        for known in reversed(standing.values()):
            event = known.event
            assert isinstance(event, Talks), "only talks have sessions"
            for pair in who_met(event):
                yield PairRow(
                    round=about_of(key),
                    session=name_of(key),
                    occurred=known.occurred,
                    contested=len(standing) > 1,
                    event=known.id,
                    position=known.position,
                    **pair._asdict(),
                )
