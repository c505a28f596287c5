"""Pieces of sentences: parties by their names, actors, references, lists. All of them are rich text.

Styles are named after what they mark: ``party``, ``thing`` (a slug), ``deed``, ``said`` (content), ``faint``.
"""

import re
from collections.abc import Iterable
from typing import Final, TypeAlias

import msgspec
from rich.text import Text

from negotiation.events.fact import Fact
from negotiation.references import (
    Actor,
    Assessor,
    Attendee,
    Carrier,
    Duration,
    Figure,
    Meeting,
    Ref,
    provision_and_option,
)
from negotiation.state import register_keys
from negotiation.state.dossier import Dossier
from parley.telling import dates

Piece: TypeAlias = str | Text | None
"""A part of a phrase; None is left out."""

_TAKES_THE: Final = re.compile(
    r"(United|European|African|Arab|Organi[sz]ation|Conference|Council|Commission|Republic|Kingdom|Union|League"
    r"|Netherlands|Philippines|Holy See|Soviet)\b"
)
_NAMES: Final = ("party", "thing")
_KINDS: Final = {"agenda-item": "agenda item", "event": "fact"}


def say(*pieces: Piece) -> Text:
    """One phrase of several."""
    return Text.assemble(*(piece for piece in pieces if piece))


def deed(text: str) -> Text:
    """What somebody did."""
    return Text(text, "deed")


def thing(text: str) -> Text:
    """The name that the record knows something by."""
    return Text(text, "thing")


def said(text: str | None, before: str = ": ") -> Text | None:
    """What the record tells of the content, in its own words; in a line, whatever lines it had."""
    return None if text is None else say(before, Text(" ".join(text.split()), "said"))


def listed(pieces: Iterable[Piece], last: str = " and ", between: str = ", ") -> Text:
    """One, two and three."""
    every = [piece for piece in pieces if piece]
    joints = [between] * (len(every) - 2) + [last] * (len(every) > 1) + [""]
    return say(*(part for pair in zip(every, joints, strict=True) for part in pair)) if every else Text()


def count(number: int, noun: str, plural: str | None = None) -> str:
    """``1 event``, ``2 events``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


class Names:
    """What parties are called, as far as the story has come; their slugs where that is not known or contested."""

    def __init__(self, parties: Dossier) -> None:
        self._parties = parties

    def party(self, slug: str) -> Text:
        """A party, with the article that its name takes."""
        values = self._parties.history.register(register_keys.party_name(slug)).values
        name = msgspec.json.decode(values[0].value, type=str) if len(values) == 1 else slug
        return say("the " if _TAKES_THE.match(name) else None, Text(name, "party"))

    def parties(self, slugs: Iterable[str]) -> Text:
        """Parties, one after the other."""
        return listed(self.party(slug) for slug in slugs)

    def to(self, slugs: Iterable[str]) -> Text | None:
        """To whom; None: to nobody in particular."""
        return say(" to ", found) if (found := self.parties(slugs)) else None

    def actor(self, actor: Actor) -> Text:
        """Somebody who acted."""
        if actor.party is None:
            return Text(actor.speaker or "somebody unnamed", "party" if actor.speaker else "")
        unnamed = "unnamed" if actor.as_ == "unnamed" else None
        speaker = f" ({actor.speaker or unnamed})" if actor.speaker or unnamed else None
        return say(self.party(actor.party), speaker, " for its members" if actor.as_ == "for-members" else None)

    def actors(self, by: Iterable[Actor]) -> Text:
        """Those who acted; empty where nobody is named."""
        return listed(self.actor(actor) for actor in by)

    def by(self, by: Iterable[Actor]) -> Text | None:
        """By whom; None: by nobody in particular."""
        return say(", by ", found) if (found := self.actors(by)) else None

    def assessor(self, assessor: Assessor) -> Text:
        """Whose assessment it is."""
        within = self.party(assessor.party) if assessor.party else assessor.outlet and Text(assessor.outlet, "party")
        if assessor.person is None:
            return within or Text()
        return say(Text(assessor.person, "party"), within and say(" (", within, ")"))

    def carrier(self, carrier: Carrier) -> Text:
        """Who carried it."""
        within = self.party(carrier.party) if carrier.party else None
        if carrier.person is None:
            return within or Text()
        return say(carrier.person, within and say(" (", within, ")"))

    def attendees(self, present: Iterable[Attendee]) -> Text:
        """Those who were present: ``Wendy Sherman (head, the United States)``."""
        return listed(self._attendee(one) for one in present)

    def _attendee(self, one: Attendee) -> Text:
        more = listed([one.capacity, one.party and self.party(one.party)], last=", ")
        return say(Text(one.person, "party"), say(" (", more, ")") if more else None)

    def meeting(self, meeting: Meeting) -> Text:
        """Parties that met, and how: ``Iran and the United States through Oman``."""
        through = listed(self.carrier(carrier) for carrier in meeting.through)
        return say(self.parties(meeting.parties), say(" through ", through) if through else " directly")

    def reference(self, ref: Ref) -> Text:
        """What a reference names: ``the demand veto-on-enlargement``, or a party."""
        if ref.kind == "party":
            return self.party(ref.id)
        return say("the ", named(ref.kind, ref.id, ref.version, ref.place))

    def around(self, event: Fact) -> Text:
        """What any fact may say besides: who carried it, on what conditions, from when on."""
        conditions = listed(Text(one.text.rstrip("."), "said") for one in event.conditions)
        return say(
            say(", carried by ", self.carrier(event.via)) if event.via else None,
            say(", on condition: ", conditions) if conditions else None,
            f", effective {dates.date(event.effective)}" if event.effective else None,
        )


def named(kind: str, name: str, version: str | None = None, provision: str | None = None) -> Text:
    """Something by its kind and name: ``demand veto-on-enlargement``; a negotiation is the only one told of."""
    if kind == "negotiation":
        return Text(kind)
    of_provision, option = provision_and_option(provision or "")
    where = say(
        f", version {version}" if version and version != "1" else None,
        f", {of_provision}" if of_provision else None,
        f", option {option}" if option else None,
    )
    word = _KINDS.get(kind, kind)
    if kind == "session":
        round_, _, session = name.partition("/")
        return say(f"{word} ", thing(session), " of ", thing(round_))
    return say(f"{word} ", thing(name), where)


def how_long(duration: Duration) -> str:
    """``at least 7 hours``."""
    given = (
        ("", duration.exactly),
        ("about ", duration.about),
        ("at least ", duration.at_least),
        ("at most ", duration.at_most),
    )
    return ", ".join(f"{word}{dates.duration(length)}" for word, length in given if length)


def how_many(figure: Figure) -> str:
    """``about 900 brackets``."""
    return f"{numbers(figure.exactly, figure.about, figure.at_least, figure.at_most)} {figure.unit}"


def numbers(
    exactly: int | None = None, about: int | None = None, at_least: int | None = None, at_most: int | None = None
) -> str:
    """``about 900``."""
    given = (("", exactly), ("about ", about), ("at least ", at_least), ("at most ", at_most))
    return ", ".join(f"{word}{number:,}" for word, number in given if number is not None)


def sentence(text: Text) -> Text:
    """With a capital at the beginning, where no name stands there, and a stop at the end."""
    found = text.copy()
    found.rstrip()
    if not found.plain.endswith((".", "!", "?")):
        found.append(".")
    if not any(span.start == 0 and span.style in _NAMES for span in found.spans):
        found.plain = found.plain[:1].upper() + found.plain[1:]
    return found
