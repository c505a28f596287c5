"""What was recorded about facts, as sentences: corrections, retractions, and accounts beside them."""

from collections.abc import Mapping
from typing import Final, NamedTuple, assert_never

import msgspec
from rich.text import Text

from negotiation.envelope import AnyFact, Recorded, RecordEvent
from negotiation.events.catalogue import AccountAdded, EventCorrected, EventRetracted
from negotiation.events.fact import Event, Fact
from negotiation.state.dossier import Dossier
from negotiation.state.facts import Lives, differing_event
from parley.telling import dates
from parley.telling.phrases import Names, Piece, deed, listed, said, say, sentence
from parley.telling.sentences import phrase, tell


class Subject(NamedTuple):
    """The fact that something was recorded about, as it read before that."""

    position: int
    stream: str
    occurred: str
    event: AnyFact


def subject_of(fact: str, dossier: Dossier, lives: Lives) -> Subject | None:
    """A fact as a dossier has it, else as it was recorded; None where it is not among the events either."""
    known = dossier.history.known.get(fact)
    if known:
        return Subject(known[0].position, known[0].stream, known[0].occurred, known[0].event)
    event = lives.events.get(fact)
    if event is None or not isinstance(event.event, Fact):
        return None
    return Subject(event.position, event.stream, event.occurred or "XXXX", event.event)


class Teller:
    """Sentences about events, at a point of a story. ``events``: what they may speak about, by id."""

    def __init__(self, events: Mapping[str, Recorded], names: Names) -> None:
        self._events = events
        self._names = names

    def sentence(self, recorded: Recorded, fact: Subject | None, *, beside: bool) -> Text:
        """One event as a sentence.

        ``fact``: what it is about at last; None where that is not here. ``beside``: it is told directly after that
        fact, which need not be said again.
        """
        body = recorded.event
        if isinstance(body, Fact):
            return tell(body, recorded.occurred or "XXXX", recorded.stream, self._names)
        if beside or fact is None:
            return sentence(self._about(recorded, body, fact))
        before = tell(fact.event, fact.occurred, fact.stream, self._names)
        return say(Text(f"On #{fact.position}: ", "faint"), before, " ", sentence(self._about(recorded, body, fact)))

    def _about(self, recorded: Recorded, body: RecordEvent, fact: Subject | None) -> Text:
        match body:
            case EventCorrected():
                now = tell(body.replacement, recorded.occurred or "XXXX", recorded.stream, self._names)
                return say(deed("corrected"), _dated(recorded.occurred, fact), said(_stopped(body.reason)), " ", now)
            case EventRetracted():
                target = self._events.get(body.target)
                what: Piece = None
                if target is not None and not isinstance(target.event, Fact):
                    what = f"the {_KINDS[type(target.event)]} #{target.position} is "
                return say(what, deed("withdrawn"), said(body.reason))
            case AccountAdded():
                return say(sentence(self._account(recorded, body, fact)), said(body.note, " Note: "))
            case _:
                assert_never(body)

    def _account(self, recorded: Recorded, body: AccountAdded, fact: Subject | None) -> Text:
        who = listed(Text(name, "party") for name in dict.fromkeys(source.publisher for source in recorded.sources))
        match body.stance:
            case "agrees":
                return say(who, " ", deed("tells it too"))
            case "denies":
                return say(who, " ", deed("denies it"))
            case "differs":
                return say(who, " ", deed("tells it otherwise"), self._otherwise(body, fact))

    def _otherwise(self, body: AccountAdded, fact: Subject | None) -> Text | None:
        """What an account says instead: its date where that differs, and the fact in its words."""
        if fact is None:
            return None
        dated = _dated(body.differs.get("occurred", fact.occurred), fact)
        if body.differs.keys() == {"occurred"}:
            return dated
        try:
            event = differing_event(fact.event, body.differs)
        except msgspec.ValidationError:  # the fact was corrected since
            return dated
        return say(dated, ": ", phrase(event, fact.occurred, fact.stream, self._names))


def _dated(occurred: str | None, fact: Subject | None) -> Text | None:
    """A date that is not the fact's."""
    if occurred is None or (fact is not None and occurred == fact.occurred):
        return None
    return say(", dated ", dates.date(occurred))


def _stopped(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


_KINDS: Final[dict[type[Event], str]] = {
    AccountAdded: "account",
    EventCorrected: "correction",
    EventRetracted: "withdrawal",
}
