"""Whose turn it is to fold: one reading at a time, and nobody waits who cannot be served in time."""

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from math import ceil
from typing import Final

from parley.store.errors import ReadsBusy

PATIENCE_S: Final = 0.75
"""A reading waits for others for so long, or half as long as it takes by itself, where that is longer."""
WITHIN_S: Final = 30.0
SPEED: Final = 10_000.0
"""Events a second, until it is measured."""
REST_S: Final = 0.05
"""What a reading takes besides folding, until it is measured."""
MEASURED: Final = 200
"""The speed of folding fewer events says little."""
_NEWEST: Final = 0.3
"""The share that the newest measurement has in what is expected."""


class Turn:
    """A reading that has its turn, or waits for it."""

    def __init__(self, course: Hashable, position: int, events: int) -> None:
        """``events``: as many have to be folded, if nothing is folded before."""
        self.course, self.position, self.events = course, position, events
        self.begins: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.folded = 0
        self.folding_s = 0.0

    def count(self, events: int, seconds: float) -> None:
        """Take note of what was folded, and how long it took."""
        self.folded += events
        self.folding_s += seconds


class Turns:
    """Gives one reading its turn at a time.

    Those that wait have it in rounds, so that nobody overtakes all others: of the readings of one course, of which a
    later one can go on from an earlier one, the earliest is first.
    """

    def __init__(self, within_s: float = WITHIN_S) -> None:
        """``within_s``: how long a reading may take altogether."""
        self._within_s = within_s
        self.speed = SPEED
        self.rest_s = REST_S
        self.refused = 0
        self._now: Turn | None = None
        self._began = 0.0
        self._round: list[Turn] = []
        self._next: list[Turn] = []

    @property
    def waiting(self) -> int:
        """How many readings wait for their turn."""
        return len(self._round) + len(self._next)

    def ahead_s(self) -> float:
        """How long it takes until all that wait now are done: each course is folded once, up to its end."""
        if self._now is None:
            return 0.0
        waiting = [*self._round, *self._next]
        courses: dict[Hashable, int] = {}
        for one in waiting:
            courses[one.course] = max(courses.get(one.course, 0), one.events)
        spent = asyncio.get_running_loop().time() - self._began
        under_way = max(0.0, self._now.events / self.speed + self.rest_s - spent)
        return under_way + sum(courses.values()) / self.speed + len(waiting) * self.rest_s

    @asynccontextmanager
    async def turn(self, course: Hashable, position: int, events: int) -> AsyncIterator[Turn]:
        """Wait for one's turn and have it; raises ReadsBusy, at once where it can be foreseen."""
        turn = Turn(course, position, events)
        await self._wait(turn)
        self._now, self._began = turn, asyncio.get_running_loop().time()
        try:
            yield turn
        finally:
            self._measure(turn, asyncio.get_running_loop().time() - self._began)
            self._pass_on()

    async def _wait(self, turn: Turn) -> None:
        if self._now is None:
            return
        ahead, alone = self.ahead_s(), turn.events / self.speed + self.rest_s
        patience = max(PATIENCE_S, alone / 2)
        if ahead > patience or ahead + alone > self._within_s:
            raise self._busy(ahead)
        self._next.append(turn)
        try:
            async with asyncio.timeout(patience):
                await turn.begins
        except BaseException as error:
            if turn.begins.cancelled():
                self._round = [one for one in self._round if one is not turn]
                self._next = [one for one in self._next if one is not turn]
            else:  # it was given its turn in the same moment
                self._pass_on()
            if isinstance(error, TimeoutError):
                raise self._busy(self.ahead_s()) from None
            raise

    def _busy(self, ahead: float) -> ReadsBusy:
        self.refused += 1
        error = ReadsBusy(reason="As many readings of the past are asked for as can be folded in time")
        error.retry_after_s = max(1, ceil(ahead))
        return error

    def _measure(self, turn: Turn, took: float) -> None:
        if turn.folded >= MEASURED and turn.folding_s > 0:
            self.speed += _NEWEST * (turn.folded / turn.folding_s - self.speed)
        self.rest_s += _NEWEST * (max(0.0, took - turn.folding_s) - self.rest_s)

    def _pass_on(self) -> None:
        self._now = None
        self._round = [one for one in self._round if not one.begins.cancelled()]
        if not self._round:
            first: dict[Hashable, int] = {}
            waiting = [one for one in self._next if not one.begins.cancelled()]
            for number, one in enumerate(waiting):
                first.setdefault(one.course, number)
            self._round = sorted(waiting, key=lambda one: (first[one.course], one.position))
            self._next = []
        if self._round:
            self._now = self._round.pop(0)
            self._began = asyncio.get_running_loop().time()
            self._now.begins.set_result(None)
