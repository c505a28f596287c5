"""Writers that never give up, and what was acknowledged to them."""

import asyncio
import random
import time
import uuid
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import msgspec

from bench.generator.desk import Filed
from bench.generator.record import generate
from bench.generator.size import Size
from negotiation.events.parties import PartyIdentified
from negotiation.streams import PARTIES as PARTIES_UNIT
from negotiation.streams import stream
from parley.commands.request import Entry
from parley.http.response.addresses import address_of

NEGOTIATION = "wages-2026"
ROUNDS = ("spring", "summer", "autumn")
PARTIES = ("union", "company", "mediator", "ministry")
SOURCE = {"publisher": "Local Paper", "kind": "outlet", "published": "2026-03-01"}
BACK_OFF_S = 0.05
"""How long a client waits before it tries again; a real one would, and there is nothing to wait for."""
ACKNOWLEDGED_WITHIN_S = 120.0
PATIENCE_S = 15.0
"""How long a client waits for an answer; the service promises one, or a 503, before that."""


def by_unit(filed: Iterable[Filed]) -> dict[str, deque[Entry]]:
    """What is filed, apart by negotiation (and parties), each in its order."""
    found: dict[str, deque[Entry]] = {}
    for one in filed:
        found.setdefault(stream(one.entry.stream).unit, deque()).append(one.entry)
    return found


class Load:
    """Writers that ask a service until they are answered 201, each request always under the same key."""

    def __init__(self, address: Callable[[], str], seed: int, *, writers: int, generated: int) -> None:
        """``address``: of a replica, asked before each try. ``writers`` write the same few things over and over;
        ``generated`` events of whole negotiations come too.
        """
        self._address = address
        self._writers = writers
        self._random = random.Random(seed)
        self._generated = by_unit(generate(Size(events=generated, related=0), seed))
        self.acknowledged: dict[str, Any] = {}
        self.tries: Counter[str] = Counter()
        self.slowest_s = 0.0
        self._progress = asyncio.Condition()
        self._client = httpx.AsyncClient(timeout=PATIENCE_S, verify=False)
        self._stopping = False

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def open(self) -> None:
        """Record what the writers' events rest on: parties, a negotiation, its rounds and a demand."""
        parties = self._generated[PARTIES_UNIT]
        while any(isinstance(entry.submission.event, PartyIdentified) for entry in parties):
            await self._persist_entry(parties.popleft())
        for party in PARTIES:
            event = {"type": "PartyIdentified", "party": party, "name": party, "kind": "other"}
            await self._persist(f"/v1/parties/{party}/events", event, "../2026-03-01")
        opened = {"type": "NegotiationOpened", "title": "Wages"}
        await self._persist(f"/v1/negotiations/{NEGOTIATION}/events", opened, "2026-01-01")
        for round_ in ROUNDS:
            scheduled = {"type": "RoundScheduled", "round": round_, "starts": "2026-02"}
            await self._persist(self._events_of(round_), scheduled, "2026-01-02")
        demand = {"type": "DemandTabled", "demand": "raise", "text": "7%", "by": [{"party": "union"}]}
        await self._persist(self._events_of("spring"), demand, "2026-02-01")

    @asynccontextmanager
    async def under_load(self) -> AsyncIterator[None]:
        """Writers write; at the end each has its last request acknowledged."""
        self._stopping = False
        async with asyncio.TaskGroup() as group:
            for _ in range(self._writers):
                group.create_task(self._write_on())
            for entries in self._generated.values():
                group.create_task(self._write_generated(entries))
            yield
            self._stopping = True

    async def acknowledgements(self, more: int) -> None:
        """Wait until this many more requests were acknowledged; not for ever."""
        wanted = len(self.acknowledged) + more
        async with asyncio.timeout(ACKNOWLEDGED_WITHIN_S), self._progress:
            await self._progress.wait_for(lambda: len(self.acknowledged) >= wanted)

    @staticmethod
    def _events_of(round_: str) -> str:
        return f"/v1/negotiations/{NEGOTIATION}/rounds/{round_}/events"

    async def _persist(self, path: str, event: dict[str, Any], occurred: str) -> None:
        await self._send(path, msgspec.json.encode({"occurred": occurred, "sources": [SOURCE], "event": event}))

    async def _persist_entry(self, entry: Entry) -> None:
        await self._send(f"{address_of(entry.stream)}/events", msgspec.json.encode(entry.submission))

    async def _send(self, path: str, body: bytes) -> None:
        key = str(uuid.uuid4())
        headers = {"Content-Type": "application/json", "Idempotency-Key": f'"{key}"'}
        answer = await self._tried(path, body, headers)
        while answer is None:
            await asyncio.sleep(BACK_OFF_S)
            answer = await self._tried(path, body, headers)
        async with self._progress:
            self.acknowledged[key] = answer.json()
            self._progress.notify_all()

    async def _tried(self, path: str, body: bytes, headers: dict[str, str]) -> httpx.Response | None:
        """The answer 201, None where it is worth another try; a 503 says when."""
        began = time.monotonic()
        try:
            answer = await self._client.post(self._address() + path, content=body, headers=headers)
        except httpx.TransportError as error:
            self.tries[type(error).__name__] += 1
            return None
        finally:
            self.slowest_s = max(self.slowest_s, time.monotonic() - began)
        self.tries[str(answer.status_code)] += 1
        if answer.status_code == httpx.codes.CREATED:
            return answer
        assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE, answer.text
        assert "retry-after" in answer.headers
        return None

    async def _write_on(self) -> None:
        while not self._stopping:
            path = self._events_of(self._random.choice(ROUNDS))
            await self._persist(path, self._event(), f"2026-02-{self._random.randint(1, 28):02}")

    async def _write_generated(self, entries: deque[Entry]) -> None:
        """A negotiation's events in their order; what is left when the load ends waits for the next."""
        while entries and not self._stopping:
            await self._persist_entry(entries.popleft())

    def _event(self) -> dict[str, Any]:
        party = self._random.choice(PARTIES[1:])
        match self._random.randrange(3):
            case 0:
                return {"type": "StatementMade", "text": "We will see.", "by": [{"party": party}]}
            case 1:
                session = f"day-{self._random.randint(1, 30)}"
                return {"type": "TalksHeld", "session": session, "rooms": [["union", party]]}
            case _:
                on, answer = {"kind": "demand", "id": "raise"}, self._random.choice(["reject", "defer", "accept"])
                return {"type": "AnswerGiven", "on": on, "answer": answer, "by": [{"party": party}]}
