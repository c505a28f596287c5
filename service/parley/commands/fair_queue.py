"""Requests that wait to be recorded, taken in turns by client, so that one client does not keep the others waiting.

Start-time fair queueing (Goyal, Vin and Cheng, 1996): a request starts where its client's request before it finishes,
or where the queue is now, whichever is later; it finishes its own weight further on; the earliest start is taken next.
"""

from collections.abc import Sequence
from heapq import heapify, heappop, heappush
from math import inf
from typing import Final

from parley.commands.request import Waiter
from parley.store.errors import RecordBusy

MOST_BYTES_WAITING: Final = 64 << 20
"""Of what was sent, with all requests that wait together; in memory they take two to three times as much."""
_FORGET_AT: Final = 1_024
"""So many clients, or requests that nobody waits for, are remembered before they are looked through."""


class FairQueue:
    """A bounded queue. When it is full, the client with the most in it gives way to one with less."""

    def __init__(self, limit: int) -> None:
        """``limit``: how many requests may wait."""
        self.limit = limit
        self._by_client: dict[str, dict[Waiter, None]] = {}
        self._weights: dict[str, int] = {}
        self._finishes: dict[str, float] = {}
        self._starts: list[tuple[float, int, Waiter]] = []
        self._now = 0.0
        self._number = 0
        self._waiting = self._bytes = 0
        self._speed = inf

    def __len__(self) -> int:
        return self._waiting

    def put(self, waiter: Waiter, within_s: float) -> None:
        """Let a request wait for its turn; raises RecordBusy where there is no room, or no time: ``within_s`` seconds.

        To make room, the latest requests of the client with the most weight are answered RecordBusy.
        """
        request = waiter.request
        if self._speed < inf and self._ahead(request.client, request.weight) > self._speed * within_s:
            raise RecordBusy
        while self._waiting >= self.limit or self._bytes + request.size > MOST_BYTES_WAITING:
            self._make_room(request.client, request.weight)
        self._number += 1
        waiter.start = max(self._now, self._finishes.get(request.client, 0.0))
        self._finishes[request.client] = waiter.start + request.weight
        self._let_wait(waiter)

    def put_back(self, waiters: Sequence[Waiter]) -> None:
        """Let requests that were taken wait again, with the turn that they had."""
        for waiter in waiters:
            if not waiter.answer.done():
                self._number += 1
                self._let_wait(waiter)

    def take(self, most: int) -> list[Waiter]:
        """The requests whose turn it is: one, and more as long as their weight together is at most ``most``."""
        taken: list[Waiter] = []
        weight = 0
        while self._starts:
            start, _, waiter = self._starts[0]
            if self._waits(waiter):
                weight += waiter.request.weight
                if taken and weight > most:
                    break
                self._now = max(self._now, start)
                self.remove(waiter)
                taken.append(waiter)
            heappop(self._starts)
        if len(self._finishes) > _FORGET_AT:
            self._finishes = {client: finish for client, finish in self._finishes.items() if finish > self._now}
        return taken

    def remove(self, waiter: Waiter) -> None:
        """A request is taken, or nobody waits for its answer; nothing happens if it does not stand in the queue."""
        client = waiter.request.client
        if not self._waits(waiter):
            return
        mine = self._by_client[client]
        del mine[waiter]
        self._weights[client] -= waiter.request.weight
        self._waiting -= 1
        self._bytes -= waiter.request.size
        if not mine:
            del self._by_client[client], self._weights[client]
        if len(self._starts) > 2 * self._waiting + _FORGET_AT:
            self._starts = [one for one in self._starts if self._waits(one[2])]
            heapify(self._starts)

    def clear(self) -> list[Waiter]:
        """Take everything."""
        return self.take(self._total() + 1)

    def measured(self, weight: int, seconds: float) -> None:
        """A full batch of such a weight took so long: from then on, what cannot be done in time is refused at once."""
        speed = weight / max(seconds, 1e-6)
        self._speed = speed if self._speed == inf else max(speed, 0.9 * self._speed + 0.1 * speed)

    def _let_wait(self, waiter: Waiter) -> None:
        client = waiter.request.client
        self._by_client.setdefault(client, {})[waiter] = None
        self._weights[client] = self._weights.get(client, 0) + waiter.request.weight
        self._waiting += 1
        self._bytes += waiter.request.size
        heappush(self._starts, (waiter.start, self._number, waiter))

    def _waits(self, waiter: Waiter) -> bool:
        return waiter in self._by_client.get(waiter.request.client, ())

    def _total(self) -> int:
        return sum(self._weights.values())

    def _ahead(self, client: str, weight: int) -> int:
        """What is recorded up to and with this request at least: no more of any client than of this one."""
        mine = self._weights.get(client, 0) + weight
        return mine + sum(min(other, mine) for name, other in self._weights.items() if name != client)

    def _make_room(self, client: str, weight: int) -> None:
        """Refuse the latest request of the client with the most weight, unless that is the one that asks."""
        most = max(self._weights, key=self._weights.__getitem__, default=client)
        if most == client or self._weights[most] <= self._weights.get(client, 0) + weight:
            raise RecordBusy
        latest = next(reversed(self._by_client[most]))
        self.remove(latest)
        self._finishes[most] = latest.start
        latest.settle(RecordBusy())
