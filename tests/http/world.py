"""What tests record over HTTP: a few facts by short names, and the whole catalogue."""

from collections.abc import Callable
from typing import Any, Final

import httpx

from negotiation.events.examples import EVENT_ID, EXAMPLES

N: Final = "/v1/negotiations/european-security"
GENEVA: Final = f"{N}/rounds/geneva"
BRUSSELS: Final = f"{N}/rounds/brussels"
SOURCE: Final[dict[str, Any]] = {"publisher": "The Example Gazette", "kind": "outlet", "published": "2022-01-11"}

_PARTIES: Final = (
    *("united-states", "nato", "ukraine", "georgia", "switzerland", "osce"),
    *("czechoslovakia", "czechia", "slovakia", "soviet-union", "council-of-europe"),
)
_HOMES: Final = {
    "PartyIdentified": "/v1/parties/russia",
    "PartyRenamed": "/v1/parties/osce",
    "PartyReclassified": "/v1/parties/russia",
    "PartySplit": "/v1/parties/czechoslovakia",
    "PartySucceeded": "/v1/parties/soviet-union",
    "MemberJoined": "/v1/parties/nato",
    "MemberLeft": "/v1/parties/council-of-europe",
    "NegotiationOpened": N,
    "TalksBrokenOff": N,
    "NegotiationConcluded": N,
    "RoundCancelled": BRUSSELS,
}


def fact(type_: str, /, occurred: str = "2022-01-10", **fields: Any) -> dict[str, Any]:
    """A submission of a fact."""
    return {"occurred": occurred, "sources": [SOURCE], "event": {"type": type_, **fields}}


def identified(party: str) -> dict[str, Any]:
    """A party, in the short form."""
    return {"occurred": "../2022-01-10", "sources": [SOURCE], "party": party, "name": party.title(), "kind": "state"}


def opened() -> dict[str, Any]:
    """The negotiation, in the short form."""
    return {"occurred": "[..2021-12]", "sources": [SOURCE], "negotiation": "european-security", "title": "Security"}


def scheduled(round_: str, starts: str = "2022-01-10") -> dict[str, Any]:
    """A round, in the short form."""
    return {"occurred": "[..2022-01-11]", "sources": [SOURCE], "round": round_, "starts": starts}


async def post(client: httpx.AsyncClient, path: str, body: Any, **headers: str) -> httpx.Response:
    """Post JSON; header names are written with underscores."""
    return await client.post(
        path, json=body, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )


async def record(client: httpx.AsyncClient, path: str, *facts: dict[str, Any]) -> list[dict[str, Any]]:
    """Record facts one by one, each of which must be taken; gives the envelopes."""
    events: list[dict[str, Any]] = []
    for one in facts:
        answer = await post(client, path, one)
        assert answer.status_code == 201, answer.text
        events += answer.json()["events"]
    return events


async def record_frame(client: httpx.AsyncClient) -> None:
    """Record three parties, the negotiation and two rounds: positions 1 to 6."""
    await record(client, "/v1/parties", *map(identified, ("russia", "united-states", "nato")))
    await record(client, "/v1/negotiations", opened())
    await record(client, f"{N}/rounds", scheduled("geneva"), scheduled("brussels", "2022-01-12"))


TALKS: Final = fact("TalksHeld", session="day-1", rooms=[["russia", "united-states"]])
DEMAND: Final = fact("DemandTabled", demand="veto", text="No further.", by=[{"party": "russia"}], to=["nato"])
OUTCOME: Final = fact("NoBreakthrough", assessed_by={"outlet": "The Example Gazette"})
TALKS_ID: Final = EVENT_ID.format(10)
RETRACTION: Final[dict[str, Any]] = {"event": {"type": "EventRetracted", "target": TALKS_ID, "reason": "Wrong."}}


async def record_shared(client: httpx.AsyncClient) -> None:
    """Record the frame, a demand, talks that are then retracted, and an outcome: positions 1 to 10."""
    await record_frame(client)
    await record(client, f"{GENEVA}/events", DEMAND, {**TALKS, "id": TALKS_ID}, RETRACTION, OUTCOME)


async def record_catalogue(
    client: httpx.AsyncClient, change: Callable[[dict[str, Any]], dict[str, Any]] = lambda body: body
) -> dict[str, httpx.Response]:
    """Record the example of every type of event, changed as asked; gives the answers by type."""
    await record(client, "/v1/parties", *map(identified, _PARTIES))
    answers: dict[str, httpx.Response] = {}
    for number, (type_, event) in enumerate(EXAMPLES.items(), 1):
        body: dict[str, Any] = {"id": EVENT_ID.format(number), "sources": [SOURCE], "event": event}
        if type_ not in {"EventRetracted", "AccountAdded"}:
            body["occurred"] = "2022-01-10"
        answers[type_] = await post(client, f"{_HOMES.get(type_, GENEVA)}/events", change(body))
        assert answers[type_].status_code == 201, (type_, answers[type_].text)
        if type_ == "NegotiationOpened":
            await record(client, f"{N}/rounds", scheduled("brussels", "2022-01-12"))
    return answers
