"""The examples of the catalogue, recorded one after the other: what is in the golden file."""

from typing import Any, Final

import msgspec

from negotiation.envelope import Recorded, Submission
from negotiation.events.examples import EVENT_ID, EXAMPLES
from tests.negotiation.histories import BRUSSELS, GENEVA, NEGOTIATION, World

_HOMES: Final = {
    "PartyIdentified": "parties/russia",
    "PartyRenamed": "parties/osce",
    "PartyReclassified": "parties/russia",
    "PartySplit": "parties/czechoslovakia",
    "PartySucceeded": "parties/soviet-union",
    "MemberJoined": "parties/nato",
    "MemberLeft": "parties/council-of-europe",
    "NegotiationOpened": NEGOTIATION,
    "TalksBrokenOff": NEGOTIATION,
    "NegotiationConcluded": NEGOTIATION,
    "RoundCancelled": BRUSSELS,
}
"""The streams of those that do not stand in Geneva's."""

_DATES: Final = {
    "PartyIdentified": "../2022-01-11",
    "PartyRenamed": "1995-01-01",
    "PartySplit": "1993-01-01",
    "PartySucceeded": "[1991-12-25..1991-12-26]",
    "MemberJoined": "1949-04-04",
    "MemberLeft": "2022-03-16",
    "NegotiationOpened": "[..2021-12]",
    "RoundScheduled": "[..2022-01-03]",
    "TalksHeld": "2022-01-10T09:00:00+01:00/2022-01-10",
    "DemandTabled": "2021-12-17?",
    "DocumentTabled": "2021-12~",
    "ConductReported": "2021-11/..",
    "CommitmentMade": "2022-01-11",
    "NegotiationConcluded": "XXXX",
}
"""When those happened that did not on the day of the talks in Geneva."""

_SOURCE: Final[dict[str, Any]] = {
    "publisher": "The Example Gazette",
    "kind": "outlet",
    "title": "Talks end without breakthrough",
    "url": "https://example.org/talks",
    "published": "2022-06-02",
    "retrieved": "2022-06-03T08:30:00Z",
}
_QUOTED: Final[dict[str, Any]] = _SOURCE | {
    "kind": "quote",
    "attribution": "named",
    "speaker": "Wendy Sherman",
    "quote": "We will not make decisions about Ukraine without Ukraine.",
    "locator": "third paragraph",
}

_PARTIES: Final = (
    *("united-states", "nato", "ukraine", "georgia", "switzerland", "osce"),
    *("czechoslovakia", "czechia", "slovakia", "soviet-union", "council-of-europe"),
)


def recorded_examples(world: World | None = None) -> list[Recorded]:
    """One event of each type, in order, as a world recorded it: the n-th has the n-th example's id.

    ``world``: it holds them afterwards, and the parties and the round that they name besides.
    """
    world = world or World()
    for number, party in enumerate(_PARTIES, 1001):
        known = {"type": "PartyIdentified", "party": party, "name": party, "kind": "other"}
        world.record(f"parties/{party}", _submission(known), EVENT_ID.format(number))
    scheduled = {"type": "RoundScheduled", "round": "brussels"}
    examples: list[Recorded] = []
    for number, (type_, event) in enumerate(EXAMPLES.items(), 1):
        recorded = world.record(_HOMES.get(type_, GENEVA), _submission(event), EVENT_ID.format(number))
        examples.append(msgspec.structs.replace(recorded, recorded_at=f"2022-06-03T09:00:00.{number:06}Z"))
        if type_ == "NegotiationOpened":
            world.record(BRUSSELS, _submission(scheduled), EVENT_ID.format(1000))
    return examples


def _submission(event: dict[str, Any]) -> Submission:
    type_ = event["type"]
    sources = [_SOURCE, _QUOTED] if type_ in {"CommitmentMade", "AccountAdded"} else [_SOURCE]
    fields: dict[str, Any] = {"event": event, "sources": sources}
    if type_ not in {"EventRetracted", "AccountAdded"}:
        fields["occurred"] = _DATES.get(type_, "2022-01-10")
    return msgspec.convert(fields, Submission)
