"""What a negotiation has come to: who sits at the table, what lies on it, what has been said."""

from typing import Final, TypeVar

from msgspec import Struct

from bench.generator.cast import Party
from bench.generator.desk import Desk, Slip
from bench.generator.dice import Dice
from bench.generator.sourcing import person
from bench.generator.vocabulary import ACTS, REASONS, SAYINGS, THINGS, UNTIL
from negotiation.envelope import AnyFact
from negotiation.references import Actor, Assessor, Ref

T = TypeVar("T")

_REMEMBERED: Final = 40
"""Parties come back to the latest so many demands, documents, deadlines; a table has room for no more."""


class Seat:
    """A party at the table, and its people."""

    __slots__ = ("assessor", "bloc", "by", "deputy", "for_members", "head", "party", "spoken", "unnamed")

    def __init__(self, party: Party, dice: Dice) -> None:
        self.party: Final = party.slug
        self.bloc: Final = party.kind == "bloc"
        self.head: Final = person(dice)
        self.deputy: Final = person(dice)
        self.by: Final = (Actor(party=party.slug),)
        self.spoken: Final = (Actor(party=party.slug, speaker=self.head),)
        self.for_members: Final = (Actor(party=party.slug, as_="for-members"),)
        self.unnamed: Final = (Actor(party=party.slug, as_="unnamed"),)
        self.assessor: Final = Assessor(party=party.slug)

    def acts(self, dice: Dice) -> tuple[Actor, ...]:
        """Who acted, as a source puts it: the party, its head of delegation, or officials without a name."""
        chance = dice.roll()
        return self.by if chance < 0.6 else self.spoken if chance < 0.9 else self.unnamed


class Tabled(Struct, kw_only=True):
    """A demand or a document on the table: its slug, whose it is, its parts or provisions, its versions."""

    slug: str
    owners: tuple[str, ...]
    parts: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()


class Table:
    """One negotiation as its desk sees it.

    ``here``: the stream of the round that is under way, or its own. ``contested``: the share of answers that are told
    differently. ``adjourned``: what stopped the talks, until they are resumed.
    """

    def __init__(self, slug: str, seats: list[Seat], desk: Desk, contested: float) -> None:
        self.slug: Final = slug
        self.seats: Final = seats
        self.desk: Final = desk
        self.dice: Final = desk.dice
        self.contested: Final = contested
        self.here = slug
        self.round = ""
        self.sittings = 0
        self.adjourned: Slip | None = None
        self.session: str | None = None
        self.present: list[Seat] = list(seats)
        self.demands: Final[list[Tabled]] = []
        self.documents: Final[list[Tabled]] = []
        self.commitments: Final[list[str]] = []
        self.conditions: Final[list[str]] = []
        self.deadlines: Final[list[str]] = []
        self.conducts: Final[list[str]] = []
        self.items: Final[list[str]] = []
        self.bodies: Final[list[str]] = []
        self._counts: dict[str, int] = {}

    def file(self, event: AnyFact, *, anchor: bool = False, occurred: str = "", words: str = "") -> Slip | None:
        """File a fact where things are happening."""
        return self.desk.file(self.here, event, anchor=anchor, occurred=occurred, words=words)

    def number(self, kind: str) -> int:
        """The next number of a kind, from 1: slugs end with it."""
        self._counts[kind] = number = self._counts.get(kind, 0) + 1
        return number

    def slug_of(self, kind: str) -> str:
        """A new slug: `withdraw-heavy-weapons-12`."""
        thing = self.dice.pick(THINGS).removeprefix("the ").replace(" ", "-")
        return f"{self.dice.pick(ACTS)}-{thing}-{self.number(kind)}"

    def one(self) -> Seat:
        """A party that is there."""
        return self.dice.pick(self.present)

    def others(self, seat: Seat) -> tuple[str, ...]:
        """Whom a party may address: one or all of the others at the table, or nobody."""
        if self.dice.chance(0.4):
            return ()
        others = tuple(other.party for other in self.seats if other is not seat)
        return others if self.dice.chance(0.3) or not others else (self.dice.pick(others),)

    def in_session(self) -> str | None:
        """The session that an act is reported from, if it is."""
        return self.session if self.dice.chance(0.6) else None

    def claim(self) -> str:
        """The words of a demand."""
        dice = self.dice
        return f"Both sides are to {dice.pick(ACTS)} {dice.pick(THINGS)} {dice.pick(UNTIL)}."

    def words(self) -> str:
        """The words of a statement."""
        dice = self.dice
        return f"{dice.pick(SAYINGS)} {dice.pick(THINGS)} {dice.pick(UNTIL)}."

    def reason(self) -> str | None:
        """Why talks take their course, if it is told."""
        return self.dice.pick(REASONS) if self.dice.chance(0.6) else None

    def demand(self) -> Ref | None:
        """One of the latest demands, now and then one part of it."""
        return self.on_demand(self.dice.pick(self.demands)) if self.demands else None

    def document(self) -> Ref | None:
        """The latest version of one of the latest documents, now and then one provision of it."""
        return self.on_document(self.dice.pick(self.documents)) if self.documents else None

    def on_demand(self, tabled: Tabled) -> Ref:
        """A reference to a demand, now and then to one part of it."""
        return Ref(kind="demand", id=tabled.slug, provision=self._part(tabled))

    def on_document(self, tabled: Tabled) -> Ref:
        """A reference to a document's latest version, now and then to one provision of it."""
        return Ref(kind="document", id=tabled.slug, version=tabled.versions[-1], provision=self._part(tabled))

    def _part(self, tabled: Tabled) -> str | None:
        return self.dice.pick(tabled.parts) if tabled.parts and self.dice.chance(0.3) else None

    def matter(self) -> tuple[Ref, ...]:
        """What a statement is about, if that is told."""
        about = self.demand() if self.dice.chance(0.7) else self.document()
        return () if about is None or self.dice.chance(0.3) else (about,)


def remember(several: list[T], new: T) -> None:
    """Put something on the table; the oldest is forgotten where there is no more room."""
    several.append(new)
    if len(several) > _REMEMBERED:
        del several[0]
