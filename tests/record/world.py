"""A small world to record in: what is handed in, as requests, and what is given back."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any, Final

import msgspec

from negotiation.envelope import Submission
from parley.commands.identifiers import new_event_id
from parley.commands.request import Entry, IfMatch, Receipt, Request

TALKS: Final = "talks"
GENEVA: Final = "talks/geneva"
BRUSSELS: Final = "talks/brussels"
SOURCE: Final = {"publisher": "The Gazette", "kind": "outlet", "published": "2022-01-12"}


def entry(
    stream: str,
    event: dict[str, Any],
    *,
    id: str | None = None,  # noqa: A002 - the word of the wire
    occurred: str | None = "2022-01-10",
    sources: Sequence[dict[str, Any]] = (SOURCE,),
) -> Entry:
    """One submission, with an id of its own unless it is given one."""
    fields = {"event": event, "id": id or new_event_id(), "sources": sources}
    return Entry(stream, msgspec.convert(fields if occurred is None else fields | {"occurred": occurred}, Submission))


def identified(party: str, **more: Any) -> Entry:
    event = {"type": "PartyIdentified", "party": party, "name": party.title(), "kind": "state"}
    return entry(f"parties/{party}", event, **more)


def joined(group: str, member: str, occurred: str = "2000-01-01") -> Entry:
    return entry(f"parties/{group}", {"type": "MemberJoined", "group": group, "member": member}, occurred=occurred)


def left(group: str, member: str, occurred: str) -> Entry:
    return entry(f"parties/{group}", {"type": "MemberLeft", "group": group, "member": member}, occurred=occurred)


def opened(negotiation: str = TALKS, **more: Any) -> Entry:
    return entry(negotiation, {"type": "NegotiationOpened", "title": "Talks", **more})


def scheduled(round_: str, negotiation: str = TALKS) -> Entry:
    return entry(f"{negotiation}/{round_}", {"type": "RoundScheduled", "round": round_, "starts": "2022-01-10"})


def said(text: str, stream: str = GENEVA, by: str = "russia", **more: Any) -> Entry:
    return entry(stream, {"type": "StatementMade", "text": text, "by": [{"party": by}]}, **more)


def demanded(demand: str, stream: str = GENEVA, by: str = "russia", to: Sequence[str] = (), **more: Any) -> Entry:
    event = {"type": "DemandTabled", "demand": demand, "text": "No further.", "by": [{"party": by}], "to": to}
    return entry(stream, event | more)


def answered(
    demand: str,
    answer: str = "reject",
    stream: str = GENEVA,
    by: str = "united-states",
    as_: str = "self",
    **more: Any,
) -> Entry:
    on = {"kind": "demand", "id": demand}
    event = {"type": "AnswerGiven", "on": on, "answer": answer, "by": [{"party": by, "as": as_}]}
    return entry(stream, event, **more)


def talked(stream: str = GENEVA) -> Entry:
    return entry(stream, {"type": "TalksHeld", "session": "day-1", "rooms": [["united-states", "russia"]]})


def failed(stream: str = GENEVA) -> Entry:
    return entry(stream, {"type": "NoBreakthrough", "assessed_by": {"outlet": "The Gazette"}})


def retracted(target: Entry) -> Entry:
    """Withdraw what an entry recorded."""
    event = {"type": "EventRetracted", "target": id_of(target), "reason": "It was wrong."}
    return entry(target.stream, event, occurred=None, sources=())


def corrected(target: Entry, event: dict[str, Any]) -> Entry:
    """Give what an entry recorded another content."""
    correction = {"type": "EventCorrected", "target": id_of(target), "reason": "Read anew.", "replacement": event}
    return entry(target.stream, correction)


def account(target: Entry, **differs: Any) -> Entry:
    """Put a differing account beside what an entry recorded."""
    event = {"type": "AccountAdded", "target": id_of(target), "stance": "differs", "differs": differs}
    return entry(target.stream, event, occurred=None)


def id_of(one: Entry) -> str:
    assert one.submission.id is not None
    return one.submission.id


def request(
    *entries: Entry,
    by: str = "desk",
    key: str | None = None,
    body: bytes = b"",
    if_match: tuple[str, int] | None = None,
    timeout_s: float = 10.0,
    size: int = 0,
    client: str = "",
) -> Request:
    return Request(
        entries=entries,
        recorded_by=by,
        key=key,
        fingerprint=sha256(body).digest(),
        if_match=None if if_match is None else IfMatch(*if_match),
        timeout_s=timeout_s,
        size=size,
        client=client,
    )


PARTIES: Final = ("russia", "united-states", "ukraine", "sweden", "nato")


def parties() -> Request:
    return request(*(identified(party) for party in PARTIES))


def negotiation(name: str = TALKS) -> Request:
    """It was opened, with a round in Geneva and one in Brussels."""
    return request(opened(name), scheduled("geneva", name), scheduled("brussels", name))


def events(receipt: Receipt) -> list[dict[str, Any]]:
    """The envelopes in a receipt."""
    body: dict[str, list[dict[str, Any]]] = msgspec.json.decode(receipt.body)
    return body["events"]


def found(receipt: Receipt) -> list[str]:
    """The types of the findings in a receipt."""
    body = msgspec.json.decode(receipt.body)
    return [finding["type"] for finding in body["findings"]]
