"""One question to the database for all who have one just then."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

_Q = TypeVar("_Q")
_A = TypeVar("_A")


class Coalesced(Generic[_Q, _A]):
    """Asks one question at a time. Those who ask while an answer is under way share the next one."""

    def __init__(self, ask: Callable[[Sequence[_Q]], Awaitable[_A]]) -> None:
        """``ask``: gets every question that waits, and returns one answer to all."""
        self._ask = ask
        self._waiting: list[tuple[_Q, asyncio.Future[_A]]] = []
        self._asking: asyncio.Task[None] | None = None

    async def __call__(self, question: _Q) -> _A:
        """Return an answer to a question that is asked from now on, at the earliest. Raises what asking raises."""
        answer: asyncio.Future[_A] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, answer))
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._run(), name="parley-coalesced")
        return await answer

    async def _run(self) -> None:
        while self._waiting:
            waiting, self._waiting = self._waiting, []
            try:
                answer = await self._ask([question for question, _ in waiting])
            except Exception as error:  # noqa: BLE001 - whatever it is, those who asked hear of it
                for _, future in waiting:
                    if not future.done():  # gave up
                        future.set_exception(error)
            else:
                for _, future in waiting:
                    if not future.done():
                        future.set_result(answer)
            finally:
                for _, future in waiting:
                    future.cancel()  # this task was cancelled
