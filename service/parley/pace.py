"""The pace of work on the event loop: however many requests have work to do at once, one turn has so much of it."""

import asyncio
from heapq import heappop, heappush


class Pace:
    """Lets tasks do a bounded amount of work in one turn of the loop together; the rest waits for the turns after it.

    Of those that wait, the smallest amount is next, so that one event does not wait for the lists of others.
    """

    def __init__(self, most: int) -> None:
        """``most``: what may begin from one turn to the next; one turn has twice as much at most."""
        self.most = most
        self._loop: asyncio.AbstractEventLoop | None = None
        self._begin_on(None)

    def _begin_on(self, loop: asyncio.AbstractEventLoop | None) -> None:
        self._loop = loop
        self._left = self.most
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._number = 0
        self._will_renew = False

    async def spend(self, amount: int) -> None:
        """Wait until work of this amount may be done; more than one turn has is done in a turn without other work."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._begin_on(loop)
        if self._waiting or not self._fits(amount):
            self._number += 1
            turn = loop.create_future()
            heappush(self._waiting, (amount, self._number, turn))
            await turn
        else:
            self._left -= amount
        if not self._will_renew:
            self._will_renew = True
            loop.call_soon(self._renew, loop)

    def _fits(self, amount: int) -> bool:
        return amount <= self._left or self._left == self.most

    def _renew(self, loop: asyncio.AbstractEventLoop) -> None:
        """A turn has passed: let those go on that there is room for."""
        self._left = self.most
        self._will_renew = False
        while self._waiting and self._fits(self._waiting[0][0]):
            amount, _, turn = heappop(self._waiting)
            if not turn.done():  # whoever waited may have gone away
                self._left -= amount
                turn.set_result(None)
        if self._left < self.most:
            self._will_renew = True
            loop.call_soon(self._renew, loop)
