"""Who can come to a table: the parties of a record, by kind, and who belongs to which bloc."""

from itertools import zip_longest
from typing import Final, Literal, NamedTuple, TypeAlias

from bench.generator.dice import Dice
from bench.generator.vocabulary import ARMED_GROUPS, BLOCS, ORGANISATIONS, REGIONS, STATES, TRADES

Kind: TypeAlias = Literal["state", "bloc", "international-organisation", "armed-group", "union", "company"]


class Party(NamedTuple):
    """A party and what it is."""

    slug: str
    name: str
    kind: Kind


def _party(name: str, kind: Kind) -> Party:
    return Party(name.lower().replace(" ", "-"), name, kind)


_GUILDS: Final = [(f"{trade} Workers {region}", f"{trade} Works {region}") for region in REGIONS for trade in TRADES]

# So ordered that the first seven make a table of any kind.
_EVERYBODY: Final[tuple[Party, ...]] = tuple(
    party
    for row in zip_longest(
        (_party(name, "state") for name in STATES[::2]),
        (_party(name, "bloc") for name in BLOCS),
        (_party(name, "state") for name in STATES[1::2]),
        (_party(workers, "union") for workers, _ in _GUILDS),
        (_party(works, "company") for _, works in _GUILDS),
        (_party(name, "armed-group") for name in ARMED_GROUPS),
        (_party(name, "international-organisation") for name in ORGANISATIONS),
    )
    for party in row
    if party is not None
)

_AT_A_TABLE: Final[dict[str, tuple[Kind, ...]]] = {
    "security": ("state", "bloc", "international-organisation"),
    "trade": ("state", "bloc", "company"),
    "peace": ("state", "armed-group", "international-organisation"),
    "work": ("union", "company"),
}


class Cast:
    """The first so many of all parties there can be (``parties``), and the first members of each bloc (``members``)."""

    def __init__(self, number: int) -> None:
        self.parties: Final = _EVERYBODY[:number]
        states = [party.slug for party in self.of("state")]
        blocs = [party.slug for party in self.of("bloc")]
        # Most states belong to one bloc, some to none.
        self.members: Final = {
            bloc: [state for index, state in enumerate(states) if index % (len(blocs) + 1) == number]
            for number, bloc in enumerate(blocs)
        }

    def of(self, *kinds: Kind) -> list[Party]:
        """The parties of these kinds."""
        return [party for party in self.parties if party.kind in kinds]

    def table(self, theme: str, dice: Dice) -> list[Party]:
        """Two to eleven parties for a negotiation of a theme; where there is a bloc, some of its members too."""
        at_hand = self.of(*_AT_A_TABLE[theme])
        found = dice.some(at_hand if len(at_hand) > 1 else self.parties, dice.between(2, 8))
        blocs = [party for party in at_hand if party.kind == "bloc"]
        if blocs and dice.chance(0.7):
            bloc = dice.pick(blocs)
            members = [party for party in at_hand if party.slug in self.members[bloc.slug]]
            found += [party for party in (bloc, *dice.some(members, 2)) if party not in found]
        return found
