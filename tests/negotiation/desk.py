"""A desk that records: given what is on record, when this is handed in, then that is read."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec
import pytest

from negotiation.clocks import NOW, Reading
from negotiation.envelope import Recorded, Submission
from negotiation.findings.types import Finding
from negotiation.refusals import Refusal
from negotiation.state.register_keys import Key
from negotiation.state.registers import Register
from tests.negotiation.histories import BRUSSELS, GENEVA, NEGOTIATION, World, folded

VETO: Final = {"kind": "demand", "id": "veto-on-enlargement"}
RUSSIA: Final = [{"party": "russia"}]
UNITED_STATES: Final = [{"party": "united-states"}]
NATO: Final = [{"party": "nato"}]

TALKS: Final = {"type": "TalksHeld", "session": "day-1", "rooms": [["united-states", "russia"]]}
DEMAND: Final = {"type": "DemandTabled", "demand": "veto-on-enlargement", "text": "No further expansion.", "by": RUSSIA}
NO_BREAKTHROUGH: Final = {"type": "NoBreakthrough", "assessed_by": {"outlet": "The Gazette"}}


class Desk:
    """Records into one world. Facts are payloads as they are sent; what is not given is as usual."""

    def __init__(self) -> None:
        self.world = World()

    def record(
        self,
        event: dict[str, Any],
        stream: str = GENEVA,
        occurred: str | None = "2022-01-10",
        *,
        published: str = "2022-01-12",
        publisher: str = "The Gazette",
        sources: Sequence[dict[str, Any]] | None = None,
    ) -> Recorded:
        """Record one event: a payload, where, when, and who says so."""
        if sources is None:
            sources = [{"publisher": publisher, "kind": "outlet", "published": published}]
        fields = {"event": event, "sources": sources} | ({} if occurred is None else {"occurred": occurred})
        return self.world.record(stream, msgspec.convert(fields, Submission))

    def correct(self, target: Recorded, event: dict[str, Any], occurred: str = "2022-01-10") -> Recorded:
        """Give a fact (or its last correction) another content."""
        correction = {"type": "EventCorrected", "target": target.id, "reason": "Read anew.", "replacement": event}
        return self.record(correction, target.stream, occurred)

    def retract(self, target: Recorded) -> Recorded:
        """Withdraw an event."""
        return self.record(
            {"type": "EventRetracted", "target": target.id, "reason": "It was wrong."}, target.stream, None, sources=[]
        )

    def account(
        self,
        target: Recorded,
        stance: str = "agrees",
        published: str = "2022-01-12",
        publisher: str = "The Courier",
        **differs: Any,
    ) -> Recorded:
        """Put another source beside a fact."""
        event: dict[str, Any] = {"type": "AccountAdded", "target": target.id, "stance": stance}
        if differs:
            event["differs"] = differs
        return self.record(event, target.stream, None, published=published, publisher=publisher)

    def answer(
        self, answer: str, occurred: str = "2022-01-10", publisher: str = "The Gazette", **more: Any
    ) -> Recorded:
        """The answer of the United States to the veto, unless told otherwise."""
        event = {"type": "AnswerGiven", "on": VETO, "answer": answer, "by": UNITED_STATES}
        return self.record(event | more, GENEVA, occurred, publisher=publisher)

    def register(self, *key: str, at: Reading = NOW) -> Register:
        """How a register of the negotiation reads."""
        return self.read(at).talks.history.register(Key(key))

    def values(self, *key: str, at: Reading = NOW) -> list[Any]:
        """The current values of a register of the negotiation."""
        return [msgspec.json.decode(value.value) for value in self.register(*key, at=at).values]

    def read(self, at: Reading) -> World:
        """The world at another reading."""
        return self.world if at == NOW else folded(self.world.events, at)

    def findings(self, about: Recorded, at: Reading = NOW) -> list[Finding]:
        """What does not add up about one fact."""
        return list(self.read(at).dossier(about.stream).findings.get(about.id, ()))


ANSWER_OF_THE_UNITED_STATES: Final = ("answer", "demand/veto-on-enlargement", "", "", "united-states")


def identified(party: str) -> dict[str, Any]:
    return {"type": "PartyIdentified", "party": party, "name": party, "kind": "state"}


def set_table() -> Desk:
    """Three parties, the negotiation, rounds in Geneva and Brussels, and the demand for a veto."""
    desk = Desk()
    for party in ("russia", "united-states", "nato"):
        desk.record(identified(party), f"parties/{party}", "../2022-01-11")
    desk.record({"type": "NegotiationOpened", "title": "Talks on European security"}, NEGOTIATION, "2021-12")
    desk.record({"type": "RoundScheduled", "round": "geneva"}, GENEVA, "2022-01-03")
    desk.record({"type": "RoundScheduled", "round": "brussels"}, BRUSSELS, "2022-01-03")
    desk.record(DEMAND, NEGOTIATION, "2021-12-17")
    return desk


def refused(by: type[Refusal], pointer: str, remedy: str, act: Callable[[], object]) -> None:
    """The act is refused by this rule, at this place, with a message that says what to do; nothing is recorded."""
    with pytest.raises(Refusal) as caught:
        act()
    assert type(caught.value) is by
    assert caught.value.pointer == pointer
    assert remedy in str(caught.value)
    assert "{" not in str(caught.value)
